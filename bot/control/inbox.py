"""The actions of `minsheng inbox` and `minsheng teach`, as the control server offers them.

The socket is reachable with the bot's own account only, which has all rights; what it teaches has no person.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bot.control.server import Action, RejectedError, Row
from bot.errors import FileError
from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.inbox.messages import format_broken, format_proposal
from bot.inbox.model import QuestionGroup, TeachingTarget, UnansweredQuestion
from bot.inbox.service import InboxService
from bot.inbox.teaching import Broken, GroupDecided, Proposal, TeachingService
from bot.knowledge import KnowledgeBase
from bot.publishing.results import Published

#: Stands for the operator where a draft needs the number of a person.
OPERATOR = 0
_NOTHING = lazy_gettext("There is nothing to teach: look at the group, and at the id of the target.")
#: Groups in one list, and examples of each.
_MOST, _EXAMPLES = 1000, 6


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _TeachRequest(_Input):
    group: int
    kind: Literal["project", "fact", "area", "topic", "smalltalk"]
    id: str
    language: Language = "en"


class _DecideRequest(_Input):
    group: int
    state: Literal["ignored", "later"]


class _DraftRequest(_Input):
    draft: str
    publish: bool


class InboxActions:
    """The operator's actions on the inbox."""

    def __init__(self, inbox: InboxService, teaching: TeachingService, knowledge: Callable[[], KnowledgeBase]) -> None:
        self._inbox = inbox
        self._teaching = teaching
        self._knowledge = knowledge

    def table(self) -> Mapping[str, Action]:
        """The actions by their names."""
        return {"inbox": self._list, "teach": self._teach, "decide": self._decide, "publish-teaching": self._publish}

    async def _list(self, _: Mapping[str, Any]) -> Sequence[Row]:
        groups = await self._inbox.waiting(_MOST)
        return [group_row(group, await self._inbox.examples(group.id, _EXAMPLES)) for group in groups]

    async def _decide(self, given: Mapping[str, Any]) -> Sequence[Row]:
        asked = _DecideRequest.model_validate(given)
        if not await self._inbox.decide(asked.group, asked.state, None):
            raise RejectedError(_no_group(asked.group))
        return [{"group": asked.group, "state": asked.state}]

    async def _teach(self, given: Mapping[str, Any]) -> Sequence[Row]:
        """Propose; the row has the draft and what it would change."""
        asked = _TeachRequest.model_validate(given)
        translator = translator_in(asked.language)
        questions = await self._inbox.examples(asked.group, _EXAMPLES)
        try:
            proposed = await self._teaching.attach(
                asked.group, TeachingTarget(asked.kind, asked.id), questions, OPERATOR
            )
        except FileError as error:
            raise RejectedError(error.why) from None
        match proposed:
            case Proposal():
                text = format_proposal(proposed, self._knowledge(), translator)
                return [{"draft": proposed.preview.draft.id, "text": text}]
            case Broken(answers=answers):
                text = format_broken(answers, self._knowledge(), translator)
                raise RejectedError(lazy_gettext("{text}", text=text))
            case GroupDecided():
                raise RejectedError(_no_group(asked.group))
            case _:
                raise RejectedError(_NOTHING)

    async def _publish(self, given: Mapping[str, Any]) -> Sequence[Row]:
        asked = _DraftRequest.model_validate(given)
        if not asked.publish:
            await self._teaching.discard(asked.draft)
            return []
        try:
            outcome = await self._teaching.publish(asked.draft, OPERATOR)
        except FileError as error:
            raise RejectedError(error.why) from None
        if not isinstance(outcome, Published):
            raise RejectedError(lazy_gettext("Another version was published meanwhile; nothing was published."))
        return [{"version": outcome.version.digest}]


def group_row(group: QuestionGroup, examples: Sequence[UnansweredQuestion]) -> dict[str, Any]:
    """A group for scripts; the names are stable. Times are ISO 8601 in UTC."""
    return {
        "group": group.id,
        "count": group.count,
        "newest": group.newest.isoformat(timespec="seconds"),
        "languages": sorted({question.language or "" for question in examples} - {""}),
        "outcomes": sorted({question.outcome for question in examples}),
        "near": [{"id": miss.id, "confidence": miss.confidence} for miss in (examples[0].near if examples else ())],
        "examples": [question.text for question in examples],
    }


def _no_group(number: int) -> LazyMessage:
    return lazy_gettext("There is no group {number} that waits.", number=number)
