"""Questions in a language of the bot in which a city's file is not written.

An encoder places texts of one language near each other. Such a question would come nearer to the topics elsewhere,
which are written in every language, than to what the file holds. Talk and topics say the same in every language, so
what their means differ by is the language: this is taken from the question, and it is compared with texts in the file's
languages alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answers.learning.phrasings import AREA, STATEMENT, Phrasing
from bot.i18n.languages import Language
from bot.matching.index import Floats

#: A file lacks a language with less than this share of the phrasings of its most frequent one: a title or two.
_KEPT = 0.1
#: The mean of fewer texts tells what they are about rather than their language. The bot's own languages have hundreds;
#: one that was just added has a greeting or two, and is then read by its words alone.
_FEWEST_SHARED = 50


@dataclass(frozen=True, slots=True)
class LackingLanguages:
    """What is needed to read a question in a language that the file lacks."""

    shifts: Mapping[Language, Floats]  #: language -> what a meaning differs by from the same in the file's languages
    comparable: NDArray[np.bool_]  #: phrasing -> whether it is one of an area or in a language of the file


def lacking_languages(phrasings: Sequence[Phrasing], meanings: Floats) -> LackingLanguages:
    """Find the languages that a file lacks, from its phrasings and their meanings as the index has them."""
    of_area = np.array([phrasing.label.startswith(AREA) for phrasing in phrasings], np.bool_)
    codes = np.array([phrasing.language for phrasing in phrasings])
    # Everyday words come in every language, whatever the file is written in.
    written = np.array([phrasing.importance > STATEMENT for phrasing in phrasings], np.bool_)
    counts = Counter[str](codes[of_area & written].tolist())
    kept = [code for code, count in counts.items() if count >= _KEPT * max(counts.values())]
    numbers = Counter[Language](codes[~of_area].tolist())
    shared = [code for code, number in numbers.items() if number >= _FEWEST_SHARED]
    means = {code: meanings[~of_area & (codes == code)].mean(axis=0) for code in shared}
    middle = [means[code] for code in shared if code in kept]
    shifts = {code: np.mean(middle, axis=0) - mean for code, mean in means.items() if code not in kept and middle}
    return LackingLanguages(shifts, of_area | np.isin(codes, kept))
