"""The features of a text that are compared: stems and their pairs, letter n-grams, Chinese characters and syllables."""

from functools import lru_cache
from itertools import pairwise

import snowballstemmer

from bot.matching.normalize import Query, is_han

_STEM_ENGLISH = snowballstemmer.stemmer("english").stemWord
_STEM_RUSSIAN = snowballstemmer.stemmer("russian").stemWord

#: Plurals that the English stemmer does not recognise.
_PLURALS = {
    "buses": "bus",
    "gases": "gas",
    "children": "child",
    "women": "woman",
    "men": "man",
    "feet": "foot",
    "teeth": "tooth",
}
#: Lengths of the letter n-grams, within a word and its boundaries.
MIN_GRAM, MAX_GRAM = 3, 4


def pair_of_stems(left: str, right: str) -> str:
    return f"{left} {right}"


def syllable_pairs(query: Query) -> list[str]:
    """Adjacent Chinese syllables by sound."""
    han = list(map(is_han, query.tokens))
    if not any(han):
        return []
    pairs = zip(pairwise(query.tokens), pairwise(han), strict=True)
    return [pair_of_syllables(syllable(left), syllable(right)) for (left, right), both in pairs if all(both)]


def pair_of_syllables(left: str, right: str) -> str:
    return f"{left}'{right}"


def terms(query: Query) -> list[str]:
    """Stems of words, and pairs of adjacent Chinese characters, which serve as words."""
    han = list(map(is_han, query.tokens))
    if not any(han):
        return list(map(stem, query.tokens))
    pairs = ["".join(pair) for pair, both in zip(pairwise(query.tokens), pairwise(han), strict=True) if all(both)]
    return [stem(token) for token, is_one in zip(query.tokens, han, strict=True) if not is_one] + pairs


def numbered_terms(query: Query) -> list[str]:
    """Each number with the stem of an adjacent word: "hospital 6" for "the sixth hospital" and "hospital No 6"."""
    if not any(map(str.isdigit, query.tokens)):
        return []
    pairs = [(left, right) for left, right in pairwise(query.tokens) if left.isdigit() != right.isdigit()]
    return [f"{stem(right)} {left}" if left.isdigit() else f"{stem(left)} {right}" for left, right in pairs]


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """The stem of an English or Russian word; numbers and Chinese characters are returned unchanged."""
    if "a" <= token[0] <= "z":
        word = token.removesuffix("'s")
        return str(_STEM_ENGLISH(_PLURALS.get(word, word)))
    if "а" <= token[0] <= "я":
        return str(_STEM_RUSSIAN(token))
    return token


@lru_cache(maxsize=16384)
def letters(token: str) -> tuple[str, ...]:
    """The letter n-grams of a word; none of a Chinese character."""
    if is_han(token):
        return ()
    edged = f"_{token}_"
    return tuple(
        edged[start : start + size] for size in range(MIN_GRAM, MAX_GRAM + 1) for start in range(len(edged) - size + 1)
    )


@lru_cache(maxsize=8192)
def syllable(character: str) -> str:
    """The most common reading of a Chinese character, in pinyin without tones."""
    import pypinyin  # noqa: PLC0415 - heavy; only who reads Chinese waits for it

    return str(pypinyin.lazy_pinyin(character)[0])
