"""The ways of asking of a knowledge base, by the entry and fact that they ask for; and edits of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.i18n.languages import Language
from bot.knowledge.fields import Phrasings
from bot.knowledge.model import Area, KnowledgeBase, Project

#: Longest way of asking; see `fields.Phrase`.
MOST_CHARACTERS = 300

AskingKind: TypeAlias = Literal["phrasings", "words", "questions"]
#: By the id of an area or project, the kind, and the id of the fact that `questions` ask for (else None).
Ways: TypeAlias = Mapping[tuple[str, AskingKind, str | None], Phrasings]


@dataclass(frozen=True, slots=True)
class AskingEdit:
    """All ways of asking of one kind in one language, as they will be in the files."""

    entry: str  #: the id of a project or area
    kind: AskingKind
    language: Language
    texts: tuple[str, ...]
    fact: str | None = None  #: the id of the fact that `questions` ask for


def ways_of(knowledge: KnowledgeBase) -> Ways:
    """The ways of asking of all areas and projects, also where there are none yet; in the order of the file."""
    entries: tuple[Area | Project, ...] = (*knowledge.areas, *knowledge.projects)
    return {key: texts for entry in entries for key, texts in _ways_of_entry(entry)}


def _ways_of_entry(entry: Area | Project) -> Iterator[tuple[tuple[str, AskingKind, str | None], Phrasings]]:
    yield (entry.id, "phrasings", None), entry.phrasings
    yield (entry.id, "words", None), entry.words
    for fact in entry.facts:
        yield (entry.id, "questions", fact.id), fact.questions
