"""The actions of `minsheng inbox` and `minsheng teach`, as the control server offers them.

Only the bot's own account can reach the socket, and it has all rights. Its teaching is recorded without a person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.control.server import Action, Input, RejectedError, Row, validated
from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.inbox.messages import format_broken, format_proposal
from bot.inbox.model import QuestionGroup, TeachingTarget, UnansweredQuestion
from bot.inbox.service import InboxService
from bot.inbox.teaching import Broken, GroupDecided, Proposal, TeachingService
from bot.knowledge import KnowledgeBase
from bot.publishing.results import Published

#: The person in drafts that the operator creates.
OPERATOR = 0
_NOTHING = lazy_gettext("There is nothing to teach: check the group and the id of the target.")
#: The most groups in a list, and examples of each.
_MAX_GROUPS, _EXAMPLES = 1000, 6


class _TeachRequest(Input):
    group: int
    kind: Literal["project", "fact", "area", "topic", "smalltalk"]
    id: str
    language: Language = "en"


class _DecideRequest(Input):
    group: int
    state: Literal["ignored", "later"]


class _DraftRequest(Input):
    draft: str
    publish: bool


@dataclass(frozen=True, slots=True)
class InboxActions:
    """The operator's actions on the inbox."""

    inbox: InboxService
    teaching: TeachingService
    knowledge: Callable[[], KnowledgeBase]

    def table(self) -> Mapping[str, Action]:
        """The actions by their names."""
        return {
            "inbox": validated(Input, self._list),
            "teach": validated(_TeachRequest, self._teach),
            "decide": validated(_DecideRequest, self._decide),
            "publish-teaching": validated(_DraftRequest, self._publish),
        }

    async def _list(self, _: Input) -> Sequence[Row]:
        groups = await self.inbox.waiting(_MAX_GROUPS)
        return [group_row(group, await self.inbox.examples(group.id, _EXAMPLES)) for group in groups]

    async def _decide(self, asked: _DecideRequest) -> Sequence[Row]:
        if not await self.inbox.decide(asked.group, asked.state, None):
            raise RejectedError(_no_group(asked.group))
        return [{"group": asked.group, "state": asked.state}]

    async def _teach(self, asked: _TeachRequest) -> Sequence[Row]:
        """Propose a teaching; the row contains the draft and its effects."""
        translator, target = translator_in(asked.language), TeachingTarget(asked.kind, asked.id)
        questions = await self.inbox.examples(asked.group, _EXAMPLES)
        match proposed := await self.teaching.attach(asked.group, target, questions, OPERATOR):
            case Proposal():
                text = format_proposal(proposed, self.knowledge(), translator)
                return [{"draft": proposed.preview.draft.id, "text": text}]
            case Broken(answers=answers):
                text = format_broken(answers, self.knowledge(), translator)
                raise RejectedError(lazy_gettext("{text}", text=text))
            case GroupDecided():
                raise RejectedError(_no_group(asked.group))
            case _:
                raise RejectedError(_NOTHING)

    async def _publish(self, asked: _DraftRequest) -> Sequence[Row]:
        if not asked.publish:
            await self.teaching.publisher.drafts.discard(asked.draft)
            return []
        outcome = await self.teaching.publish(asked.draft, OPERATOR)
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
