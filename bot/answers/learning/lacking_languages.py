"""Questions in a language that the bot speaks but the city's file does not contain.

An encoder places texts of one language near each other. Such a question would come closer to the topics elsewhere,
which exist in every language, than to the city's texts. Small talk and topics say the same in every language, so the
difference between their mean embeddings is the language itself. It is subtracted from the question, which is then
compared only with texts in the file's languages.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answers.learning.phrasings import AREA, STATEMENT, Phrasing
from bot.i18n.languages import Language
from bot.matching.arrays import Floats
from bot.matching.quantised import QuantisedRows

#: A file lacks a language that has less than this share of the phrasings of its most frequent one: a title or two.
_KEPT = 0.1
#: With fewer texts the mean shows what they are about rather than their language. The bot's own languages have hundreds
#: of texts; a new one has a greeting or two, and is read by its words alone.
_MIN_SHARED = 50


@dataclass(frozen=True, slots=True)
class LackingLanguages:
    """What is needed to read a question in a language that the file lacks."""

    shifts: Mapping[Language, Floats]  #: language -> its offset from the file's languages in embedding space
    comparable: NDArray[np.bool_]  #: phrasing -> whether it is not about an area, or is in a language of the file


def lacking_languages(phrasings: Sequence[Phrasing], meanings: QuantisedRows) -> LackingLanguages:
    """Find the languages that a file lacks, from its phrasings and their embeddings in the index."""
    of_area = np.array([phrasing.label.startswith(AREA) for phrasing in phrasings], np.bool_)
    codes = np.array([phrasing.language for phrasing in phrasings])
    # Everyday words exist in every language, whatever the file is written in.
    written = np.array([phrasing.importance > STATEMENT for phrasing in phrasings], np.bool_)
    counts = Counter[str](codes[of_area & written].tolist())
    kept = [code for code, count in counts.items() if count >= _KEPT * max(counts.values())]
    numbers = Counter[Language](codes[~of_area].tolist())
    shared = [code for code, number in numbers.items() if number >= _MIN_SHARED]
    means = {code: meanings.taken(np.flatnonzero(~of_area & (codes == code))).floats().mean(axis=0) for code in shared}
    middle = [means[code] for code in shared if code in kept]
    shifts = {code: np.mean(middle, axis=0) - mean for code, mean in means.items() if code not in kept and middle}
    return LackingLanguages(shifts, of_area | np.isin(codes, kept))
