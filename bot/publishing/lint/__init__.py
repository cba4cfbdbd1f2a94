"""What an editor-in-chief would say about a knowledge file in which no fault was found: warnings, never errors."""

from collections.abc import Callable
from datetime import date

from bot.answers.snapshot import Snapshot
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.knowledge import Diagnostic, Document
from bot.publishing.lint.dates import strange_days
from bot.publishing.lint.lengths import long_replies
from bot.publishing.lint.near_duplicates import alike_phrasings
from bot.publishing.lint.unreachable_facts import out_of_reach

#: More than this of one sort helps nobody.
_ENOUGH = 200


def lint(
    document: Document, snapshot: Snapshot, phrases_in: Callable[[Language], Translator], today: date
) -> list[Diagnostic]:
    """Every warning about a knowledge base, in the order of the file; `snapshot` was made from `document`.

    Costs some 15 questions for each project and a few for each fact, and a comparison of the phrasings that share
    rare words; on a city's file a second or two.
    """
    sorts = (
        alike_phrasings(document, snapshot),
        out_of_reach(document, snapshot),
        long_replies(document, snapshot.knowledge, phrases_in),
        strange_days(document, snapshot.knowledge, today),
    )
    return sorted(warning for found in sorts for warning, _ in zip(found, range(_ENOUGH), strict=False))
