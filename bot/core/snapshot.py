"""Everything that answers depend on, swapped as one reference when the knowledge changes."""

from dataclasses import dataclass

from bot.core.knowledge import KnowledgeBase, Talk
from bot.core.lexicon import Lexicon, build_lexicon
from bot.core.matching.understanding import Understanding, understand


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the knowledge, ready for questions."""

    knowledge: KnowledgeBase
    understanding: Understanding
    lexicon: Lexicon
    version: str  #: identifies the text of the knowledge file


def build_snapshot(knowledge: KnowledgeBase, talk: Talk, version: str) -> Snapshot:
    """Prepare a knowledge base for questions; takes about a second for a city's file."""
    return Snapshot(knowledge, understand(knowledge, talk), build_lexicon(talk, knowledge.topics_elsewhere), version)
