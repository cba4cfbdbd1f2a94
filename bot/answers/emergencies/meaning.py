"""Recognises emergencies by their meaning, learned from examples: in any language, and without a sign.

`examples.yaml` holds messages of people in danger, by kind, and ordinary ones that resemble them. A kernel
ridge regression over their sentence embeddings gives a message a score: near 1 if it sounds like danger, near -1 if
it sounds ordinary. The encoder compares meanings across languages, so that "no respira" is near "he is not
breathing".

How a score and the signs of `signs.yaml` decide together:

- a sign holds unless the meaning is clearly ordinary (`_CLEARLY_ORDINARY`): "was the water ever poisoned?";
- without a sign the meaning decides alone, if it is clear (`CLEARLY_DANGER`; `DANGER_BESIDE_IDIOMS` beside an idiom);
- in a language that the bot does not speak there are no signs, and ordinary messages score lower: from
  `DANGER_IN_OTHER_LANGUAGE` on. A few unknown words that show no such language are mostly misspelt ones, and need a
  score of `DANGER_IN_UNKNOWN_WORDS`.

The thresholds were chosen on the messages of `tests/cases/care`; its README has the figures for new messages.
"""

import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.matching.normalize import fold, is_han
from bot.matching.quantised import QuantisedRows, quantised
from bot.matching.stored_arrays import Arrays, code_version

_FILE = Path(__file__).with_name("examples.yaml")
#: The kernel is exp(_SHARPNESS * (cosine - 1)) + _OFFSET.
_SHARPNESS, _OFFSET = 3.0, 0.3
#: Added to the diagonal of the kernel.
_REGULARISATION = 0.1

# Thresholds of the score; the top of this module says what they decide.
_CLEARLY_ORDINARY, CLEARLY_DANGER, DANGER_BESIDE_IDIOMS = -0.3, 0.25, 0.5
DANGER_IN_OTHER_LANGUAGE, DANGER_IN_UNKNOWN_WORDS = 0.1, 0.4

#: A text is in a language of the bot if at least this share of its words is known; Chinese characters are known.
_MIN_KNOWN = 0.4
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """How much a message sounds like danger, and like each kind of danger."""

    score: float
    kinds: tuple[tuple[str, float], ...]  #: the nearest first

    @property
    def is_ordinary(self) -> bool:
        """Whether the message reports no danger, whatever words it contains."""
        return self.score < _CLEARLY_ORDINARY


@dataclass(frozen=True, slots=True)
class EmergencyMeanings:
    """The learned examples."""

    embedder: Embedder
    words: frozenset[str]  #: of the examples
    examples: QuantisedRows  #: their embeddings
    weights: Floats  #: one row per example: of danger, then of each kind
    kinds: tuple[str, ...]

    def is_in_bot_language(self, text: str, known: AbstractSet[str]) -> bool:
        """Whether a text is in a language of the bot, which knows the words `known`."""
        words = _WORD.findall(fold(text))
        known_words = [word for word in words if is_han(word) or word in known or word in self.words]
        return bool(words) and len(known_words) >= _MIN_KNOWN * len(words)

    def meaning_of(self, text: str) -> Meaning:
        """How much a message sounds like danger; encoding it takes about a millisecond."""
        scores = _kernel(self.examples.products(self.embedder.encode([text])))[0] @ self.weights
        kinds = zip(self.kinds, scores[1:].tolist(), strict=True)
        return Meaning(float(scores[0]), tuple(sorted(kinds, key=lambda kind: kind[1], reverse=True)))


@lru_cache(maxsize=2)
def learn_meanings(embedder: Embedder) -> EmergencyMeanings:
    """Learn the examples that come with the program, which takes a second, unless the embedder's store has it."""
    content, store = _FILE.read_bytes(), embedder.store
    if store is None:
        return _from_arrays(_learn(content, embedder), embedder)
    key = hashlib.sha256(f"{code_version()}\0{embedder.version}\0".encode() + content).hexdigest()
    if (kept := store.read(_STORED, key)) is None:
        learned = _learn(content, embedder)
        store.write(_STORED, key, learned)
        kept = store.read(_STORED, key) or learned
    return _from_arrays(kept, embedder)


#: The name under which the result is stored.
_STORED = "emergencies"


def _from_arrays(arrays: Arrays, embedder: Embedder) -> EmergencyMeanings:
    words, kinds = (arrays[name].tobytes().decode().split() for name in ("words", "kinds"))
    examples = QuantisedRows(arrays["examples"], arrays["scales"])
    return EmergencyMeanings(embedder, frozenset(words), examples, arrays["weights"], tuple(kinds))


def _learn(content: bytes, embedder: Embedder) -> Arrays:
    from scipy import linalg  # noqa: PLC0415 - as in `Postings`, only learning needs it

    data = yaml.load(content, yaml.CSafeLoader)
    kinds = tuple(data["emergencies"])
    rows = [(text, kind) for kind, by_language in data["emergencies"].items() for text in _texts(by_language)]
    rows += [(text, "") for text in _texts(data["ordinary"])]
    examples = quantised(embedder.embed([text for text, _ in rows]))
    wanted = np.array([[kind != "", *(kind == each for each in kinds)] for _, kind in rows]) * 2.0 - 1
    meanings = examples.floats()  # as messages are compared with them
    kernel = _kernel(meanings @ meanings.T).astype(np.float64)
    kernel[np.diag_indices(len(rows))] += _REGULARISATION  # in place: the kernel takes 80 MB
    words = frozenset(word for text, _ in rows for word in _WORD.findall(fold(text)))
    return {
        "examples": examples.values,
        "scales": examples.scales,
        # Transposed, the symmetric kernel has the order in which it is solved in its own place (Cholesky).
        "weights": linalg.solve(kernel.T, wanted, assume_a="pos", overwrite_a=True).astype(np.float32),
        "words": np.frombuffer(" ".join(sorted(words)).encode(), np.uint8),
        "kinds": np.frombuffer(" ".join(kinds).encode(), np.uint8),
    }


def _kernel(cosines: Floats) -> Floats:
    kernel: Floats = np.exp(_SHARPNESS * (cosines - 1)) + np.float32(_OFFSET)
    return kernel


def _texts(by_language: dict[str, list[str]]) -> list[str]:
    return [text for texts in by_language.values() for text in texts]
