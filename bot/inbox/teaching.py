"""Teaching: a group of questions becomes ways of asking, a fact or a project, after a review of the effects.

A proposal is a draft of the publisher, stored with its group and target. It is refused if it would break an answer.
`Publisher.publish` publishes it, so there is one version, one audit entry and one `/undo`; then the group is marked as
taught. After a kill in between, the next start marks it, because the proposal contains the digest of its content
(`InboxService.mark_taught`).
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import ValidationError

from bot.answers.answer import NotFound, Overview, Smalltalk, areas_of, projects_of
from bot.answers.decision import decide
from bot.answers.learning.phrasings import AREA, TOPIC
from bot.answers.render import compose
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import Translator
from bot.inbox.masking import MASKED
from bot.inbox.model import QuestionGroup, Teaching, TeachingTarget, UnansweredQuestion
from bot.inbox.regression import BrokenAnswer, asked_again
from bot.inbox.service import InboxService
from bot.knowledge import Aspect, KnowledgeBase, Phrasings, Status
from bot.matching.normalize import language_of, to_query
from bot.publishing.live import LiveVersion
from bot.publishing.publisher import Publisher
from bot.publishing.results import Drafted, Outcome, Preview, Published
from bot.publishing.yaml.additions import Place, Texts, with_fact, with_project, with_ways_of_asking

_NO_LETTER = re.compile("[^a-z0-9]+")
#: The number of likely targets that are offered.
_LIKELY = 3


@dataclass(frozen=True, slots=True)
class TriedExample:
    """An example of the group, and whether the new version answers it with the target."""

    text: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What teaching a group would change, once its author publishes it."""

    preview: Preview
    target: TeachingTarget
    texts: Texts
    tried: tuple[TriedExample, ...]
    labelled: int
    digests: int
    replies: Mapping[Language, str]  #: what the first example is answered then, by the reader's language


@dataclass(frozen=True, slots=True)
class Broken:
    """The proposal would break answers, so it is refused."""

    answers: tuple[BrokenAnswer, ...]


@dataclass(frozen=True, slots=True)
class GroupDecided:
    """The group was meanwhile taught or ignored, or no longer exists (None)."""

    group: QuestionGroup | None


@dataclass(frozen=True, slots=True)
class NothingToTeach:
    """No chosen example can be used as a way of asking."""


Proposed: TypeAlias = Proposal | Broken | GroupDecided | NothingToTeach | Drafted


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact that staff wrote, in the city's default language, confirmed today."""

    owner: TeachingTarget  #: a project or an area
    aspect: Aspect
    statement: str


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project that staff wrote, in the city's default language, confirmed today."""

    area: str
    status: Status
    title: str
    summary: str
    source: str


class TeachingService:
    """Proposes and publishes what staff teach; every method may raise StorageError or FileError."""

    def __init__(self, inbox: InboxService, publisher: Publisher, now: Callable[[], datetime]) -> None:
        self._inbox = inbox
        self.publisher = publisher
        self._now = now

    async def likely_targets(self, questions: Sequence[UnansweredQuestion]) -> list[TeachingTarget]:
        """The three projects or areas that the questions are most likely about, best first."""
        return await asyncio.to_thread(likely_targets, [each.text for each in questions], self._live.snapshot)

    async def attach(
        self, group: int, target: TeachingTarget, questions: Sequence[UnansweredQuestion], person: int
    ) -> Proposed:
        """Propose the questions as ways of asking for an existing target."""
        live = self._live
        texts = usable_texts(questions, live.snapshot.knowledge)
        place = place_of(target, live.snapshot.knowledge)
        if place is None or not texts:
            return NothingToTeach()
        content = await asyncio.to_thread(with_ways_of_asking, live.content, place, texts)
        return await self._propose(group, target, texts, content, live, person)

    async def add_fact(
        self, group: int, fact: NewFact, questions: Sequence[UnansweredQuestion], person: int
    ) -> Proposed:
        """Propose a new fact that answers the questions."""
        live, owner = self._live, fact.owner
        knowledge = live.snapshot.knowledge
        entry = knowledge.project_by_id.get(owner.id) or knowledge.area_by_id.get(owner.id)
        place = place_of(owner, knowledge)
        texts = usable_texts(questions, knowledge)
        if entry is None or place is None:
            return NothingToTeach()
        name = _free_id(f"{fact.aspect}-{group}", {each.id for each in entry.facts})
        written = {
            "id": name,
            "answers": [fact.aspect],
            "statement": {knowledge.city.default_language: fact.statement},
            "as_of": knowledge.city.day_at(self._now()).isoformat(),
        }
        part: Literal["projects", "areas"] = "projects" if owner.kind == "project" else "areas"
        content = await asyncio.to_thread(with_fact, live.content, part, owner.id, written)
        ways: Place = (part, owner.id, name)
        content = await asyncio.to_thread(with_ways_of_asking, content, ways, texts)
        return await self._propose(group, TeachingTarget("fact", f"{owner.id}/{name}"), texts, content, live, person)

    async def add_project(
        self, group: int, project: NewProject, questions: Sequence[UnansweredQuestion], person: int
    ) -> Proposed:
        """Propose a new project that the questions are about."""
        live = self._live
        city = live.snapshot.knowledge.city
        texts = usable_texts(questions, live.snapshot.knowledge)
        used = {*live.snapshot.knowledge.project_by_id, *live.snapshot.knowledge.area_by_id}
        name = _free_id(_slug(project.title) or f"project-{group}", used)
        written: Mapping[str, Any] = {
            "id": name,
            "area": project.area,
            "title": {city.default_language: project.title},
            "status": project.status.value,
            "as_of": city.day_at(self._now()).isoformat(),
            "summary": {city.default_language: project.summary},
            "source": project.source,
        }
        content = await asyncio.to_thread(with_project, live.content, written)
        content = await asyncio.to_thread(with_ways_of_asking, content, ("projects", name, None), texts)
        return await self._propose(group, TeachingTarget("project", name), texts, content, live, person)

    async def publish(self, draft: str, person: int) -> Outcome:
        """Publish a proposal and mark its group as taught."""
        outcome = await self.publisher.publish(draft, person)
        if isinstance(outcome, Published):
            await self._inbox.mark_taught()
        return outcome

    @property
    def _live(self) -> LiveVersion:
        return self.publisher.live

    async def _propose(  # noqa: PLR0917 - its callers are the three above
        self, group: int, target: TeachingTarget, texts: Texts, content: bytes, live: LiveVersion, person: int
    ) -> Proposed:
        found = await self._inbox.store.group(group)
        if found is None or found.state in ("taught", "ignored"):
            return GroupDecided(found)
        drafted = await self.publisher.drafts.from_inbox(content, live, person)
        if not isinstance(drafted, Preview):
            return drafted
        context = self.publisher.context
        snapshot = await context.preparation.snapshot(content, live.snapshot)
        digests = await self._inbox.collector.answered_digests()
        added = [text for _, text in texts]
        entry = _entry_of(target)
        again = await asyncio.to_thread(asked_again, live.snapshot, snapshot, added, digests, entry)
        lost = [BrokenAnswer("", each.question, each.before) for each in drafted.effects.lost_questions]
        if broken := (*again.broken, *lost):
            await self.publisher.drafts.discard(drafted.draft.id)
            return Broken(broken)
        await self._inbox.store.keep_teaching(
            Teaching(group, target, drafted.draft.id, drafted.draft.digest, self._now())
        )
        tried = await asyncio.to_thread(_try_all, texts, target, snapshot)
        replies = await asyncio.to_thread(_replies, added[0], snapshot, self._now())
        return Proposal(drafted, target, texts, tried, again.labelled, again.digests, replies)


# --- Rules -----------------------------------------------------------------------------------------------------------


def usable_texts(questions: Sequence[UnansweredQuestion], knowledge: KnowledgeBase) -> Texts:
    """The questions that can serve as ways of asking, with languages: nothing masked, nothing invalid."""
    found: dict[str, Any] = {}
    for question in questions:
        text = " ".join(MASKED.sub(" ", question.text).split())
        language = question.language or language_of(text) or knowledge.city.default_language
        try:
            (phrasing,) = Phrasings.model_validate({language: [text]}).texts_in(language)
        except ValidationError:
            continue
        if to_query(phrasing).tokens:
            found.setdefault(phrasing, language)
    return [(language, text) for text, language in found.items()]


def place_of(target: TeachingTarget, knowledge: KnowledgeBase) -> Place | None:
    """Where the ways of asking for a target belong; None if the knowledge no longer contains it."""
    match target.kind:
        case "project":
            return ("projects", target.id, None) if target.id in knowledge.project_by_id else None
        case "area":
            return ("areas", target.id, None) if target.id in knowledge.area_by_id else None
        case "topic":
            return ("topics", target.id, None) if target.id in knowledge.topic_by_id else None
        case "smalltalk":
            return ("smalltalk", target.id, None)
        case "fact":
            return _place_of_fact(target, knowledge)


def _place_of_fact(target: TeachingTarget, knowledge: KnowledgeBase) -> Place | None:
    owner, _, fact = target.id.partition("/")
    entry = knowledge.project_by_id.get(owner) or knowledge.area_by_id.get(owner)
    if entry is None or all(each.id != fact for each in entry.facts):
        return None
    return ("projects" if owner in knowledge.project_by_id else "areas", owner, fact)


def likely_targets(texts: Sequence[str], snapshot: Snapshot) -> list[TeachingTarget]:
    """The projects and areas with the best scores over all texts."""
    engine = snapshot.engine
    scored = engine.score_all([to_query(text) for text in texts], without_phrasings=True)
    if not scored:
        return []
    total = np.sum([scores.entries for scores in scored], axis=0)
    ranked = sorted(zip(engine.learned.by_entry.labels, total, strict=True), key=lambda pair: -pair[1])
    names = [name for name, _ in ranked if name][:_LIKELY]
    return [
        TeachingTarget("area", name.removeprefix(AREA)) if name.startswith(AREA) else TeachingTarget("project", name)
        for name in names
    ]


def reply_to(text: str, snapshot: Snapshot, translator: Translator, now: datetime) -> str:
    """The bot's reply to a question."""
    day = snapshot.knowledge.city.day_at(now)
    return compose(decide(text, snapshot).answer, snapshot.knowledge, translator, day).text


def _replies(text: str, snapshot: Snapshot, now: datetime) -> dict[Language, str]:
    return {language: reply_to(text, snapshot, translator_in(language), now) for language in LANGUAGES}


def _try_all(texts: Texts, target: TeachingTarget, snapshot: Snapshot) -> tuple[TriedExample, ...]:
    return tuple(TriedExample(text, leads_to_target(text, target, snapshot)) for _, text in texts)


def leads_to_target(text: str, target: TeachingTarget, snapshot: Snapshot) -> bool:
    """Whether a question is answered with the target."""
    answer = decide(text, snapshot).answer
    match target.kind:
        case "topic":
            return isinstance(answer, NotFound) and answer.topic is not None and answer.topic.id == target.id
        case "smalltalk":
            return isinstance(answer, Overview) if target.id == "overview" else answer == Smalltalk(target.id)  # type: ignore[arg-type]
        case "area":
            return target.id in areas_of(answer, snapshot.knowledge)
        case "project" | "fact":
            owner = target.id.partition("/")[0]
            return owner in projects_of(answer) or owner in areas_of(answer, snapshot.knowledge)


def _entry_of(target: TeachingTarget) -> str:
    """The entry of the added phrasings, as the engine names it."""
    owner = target.id.partition("/")[0]
    return {"area": f"{AREA}{owner}", "topic": f"{TOPIC}{owner}"}.get(target.kind, owner)


def _slug(title: str) -> str:
    """An id from the Latin letters of a title; empty if it has none."""
    return _NO_LETTER.sub("-", to_query(title).text.encode("ascii", "ignore").decode())[:40].strip("-")


def _free_id(wanted: str, used: set[str]) -> str:
    """The id, followed by a number if it is already used."""
    candidates = (wanted, *(f"{wanted[:36]}-{number}" for number in range(2, 1000)))
    return next(name for name in candidates if name not in used)
