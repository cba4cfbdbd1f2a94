"""The ways of asking in a knowledge base, by their entry and fact."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from bot.knowledge.fields import Phrasings
from bot.knowledge.model import Area, KnowledgeBase, Project

AskingKind: TypeAlias = Literal["phrasings", "words", "questions"]
#: (id of an area or project, kind, id of the fact for `questions` or None) -> phrasings.
Ways: TypeAlias = Mapping[tuple[str, AskingKind, str | None], Phrasings]


def ways_of(knowledge: KnowledgeBase) -> Ways:
    """The ways of asking of all areas and projects, including empty ones, in the order of the file."""
    entries: tuple[Area | Project, ...] = (*knowledge.areas, *knowledge.projects)
    return {key: texts for entry in entries for key, texts in _ways_of_entry(entry)}


def _ways_of_entry(entry: Area | Project) -> Iterator[tuple[tuple[str, AskingKind, str | None], Phrasings]]:
    yield (entry.id, "phrasings", None), entry.phrasings
    yield (entry.id, "words", None), entry.words
    for fact in entry.facts:
        yield (entry.id, "questions", fact.id), fact.questions
