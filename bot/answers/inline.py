"""Cards that a citizen shares in other chats: matches for what they typed, or everything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.answers.answer import Answer, Emergency, Overview, matches_of
from bot.answers.decision import decide
from bot.answers.emergencies.contacts import emergency_reply
from bot.answers.render import show
from bot.answers.reply import Target
from bot.answers.service import TranslatorIn
from bot.answers.snapshot import Snapshot
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.knowledge import Area, KnowledgeBase, Project


@dataclass(frozen=True, slots=True)
class Card:
    """One card: its entry in the list, and the text that others then read."""

    target: Target
    title: str
    note: str
    text: str


@dataclass(frozen=True, slots=True)
class Cards:
    """One page of cards, whether there are more, and their language."""

    cards: tuple[Card, ...]
    has_more: bool
    translator: Translator


def find_cards(
    text: str,
    *,
    start: int,
    count: int,
    snapshot: Snapshot,
    translator_in: TranslatorIn,
    preferred: Language,
    now: datetime,
) -> Cards:
    """Cards for what may be meant, best first, in the language of the text, or in `preferred` if it shows none.

    Without a text: all areas, then all projects.
    """
    knowledge = snapshot.knowledge
    language: Language | None = None
    if typed := text.strip():
        decision = decide(typed, snapshot)
        if isinstance(decision.answer, Emergency):
            return _emergency_card(decision.answer, knowledge, translator_in(decision.language or preferred))
        language, targets = decision.language, _meant(typed, decision.answer, knowledge)
    else:
        targets = _everything(knowledge)
    translator = translator_in(language or preferred)
    page = list(islice(dict.fromkeys(targets), start, start + count + 1))
    cards = (_card(target, knowledge, translator, now) for target in page[:count])
    return Cards(tuple(card for card in cards if card), len(page) > count, translator)


def _emergency_card(emergency: Emergency, knowledge: KnowledgeBase, translator: Translator) -> Cards:
    """The numbers to call, as the only card."""
    text = emergency_reply(emergency.kind, knowledge.city, translator)
    return Cards((Card(Target("overview"), text.splitlines()[0], "", text),), False, translator)


def _everything(knowledge: KnowledgeBase) -> Iterator[Target]:
    yield from (Target("area", area.id) for area in knowledge.areas)
    yield from (Target("project", project.id) for project in knowledge.projects)


def _meant(typed: str, answer: Answer, knowledge: KnowledgeBase) -> Iterator[Target]:
    """What was asked for, related projects, and titles that contain the text, as people choose while typing."""
    if isinstance(answer, Overview):
        yield from _everything(knowledge)
    matches = matches_of(answer)
    for match in matches:
        yield Target("project", match.project.id) if match.project else Target("area", match.area.id)
    for match in matches[:1]:
        yield from (Target("project", project.id) for project in knowledge.projects_of(match.area.id))
    for area in knowledge.areas:
        if _is_in_title(typed, area):
            yield Target("area", area.id)
    for project in knowledge.projects:
        if _is_in_title(typed, project):
            yield Target("project", project.id)


def _is_in_title(typed: str, entry: Area | Project) -> bool:
    return any(typed.casefold() in title.casefold() for title in entry.title.texts)


def _card(target: Target, knowledge: KnowledgeBase, translator: Translator, now: datetime) -> Card | None:
    today = knowledge.city.day_at(now)
    reply = show(target, knowledge, translator, today)
    if reply is None:
        return None
    if target.kind == "area":
        title = _title(knowledge.area_by_id[target.id], knowledge, translator)
        number = len(knowledge.projects_of(target.id))
        return Card(target, title, translator.ngettext("{number} project", "{number} projects", number), reply.text)
    project = knowledge.project_by_id[target.id]
    area = _title(knowledge.area_by_id[project.area], knowledge, translator)
    note = f"{project.status.info.label.render(translator)} · {area}"
    return Card(target, _title(project, knowledge, translator), note, reply.text)


def _title(entry: Area | Project, knowledge: KnowledgeBase, translator: Translator) -> str:
    return entry.title.in_language(translator.language, knowledge.city.default_language)
