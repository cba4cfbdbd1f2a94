"""Warnings about a knowledge file that has no errors."""

from collections.abc import Callable
from datetime import date

from bot.answers.snapshot import Snapshot
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.knowledge import Diagnostic, Document
from bot.publishing.lint.contradicted import contradicted
from bot.publishing.lint.dates import wrong_dates
from bot.publishing.lint.lengths import long_replies
from bot.publishing.lint.near_duplicates import near_duplicates
from bot.publishing.lint.placeholders import placeholders
from bot.publishing.lint.unreachable_facts import unreachable_facts

#: The most warnings of one kind.
_ENOUGH = 200


def lint(
    document: Document,
    snapshot: Snapshot,
    translator_in: Callable[[Language], Translator],
    today: date,
    proceed: Callable[[], None] = lambda: None,
) -> list[Diagnostic]:
    """All warnings about a knowledge base, in the order of the file; `snapshot` must be made from `document`.

    Asks about ten questions for each project and a few for each fact, and compares phrasings that share rare words;
    takes a second or two for a city's file. `proceed` is called about every tenth of a second: it may block, and an
    exception that it raises stops the work.
    """
    sorts = (
        near_duplicates(document, snapshot),
        unreachable_facts(document, snapshot, proceed),
        long_replies(document, snapshot.knowledge, translator_in),
        wrong_dates(document, snapshot.knowledge, today),
        contradicted(document, snapshot.knowledge),
        placeholders(document),
    )
    return sorted(warning for found in sorts for warning, _ in zip(found, range(_ENOUGH), strict=False))
