"""Whether a message names a well-known city that the knowledge says nothing about.

"How many beds is Beijing adding?" fits the city's own beds. The reply then says which city it is about.
"""

from pathlib import Path

from bot.answers.snapshot import Snapshot
from bot.i18n.word_patterns import read_word_patterns
from bot.knowledge import Area, KnowledgeBase, Project
from bot.matching.normalize import fold

_PATTERNS = read_word_patterns(Path(__file__).with_name("cities.yaml"))
_ANY, _EACH = _PATTERNS.any_of("cities"), _PATTERNS.numbered("cities")


def names_another_city(text: str, snapshot: Snapshot) -> bool:
    """Whether a message names a city that no statement of the knowledge names, in any language.

    O(length of the message), and O(length of the statements) if it names a city.
    """
    folded = fold(text)
    if not _ANY.search(folded):
        return False
    stated = _statements(snapshot.knowledge)
    return any(city.search(folded) and not city.search(stated) for city in _EACH)


def _statements(knowledge: KnowledgeBase) -> str:
    """All that the knowledge states, in small letters."""
    entries: tuple[Area | Project, ...] = (*knowledge.areas, *knowledge.projects)
    texts = (
        knowledge.city.name,
        *(entry.title for entry in entries),
        *(area.overview for area in knowledge.areas),
        *(project.summary for project in knowledge.projects),
        *(fact.statement for entry in entries for fact in entry.facts),
    )
    return "\n".join(text for each in texts for text in each.texts).lower()
