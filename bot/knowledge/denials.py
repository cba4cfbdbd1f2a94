"""What a source does not say: sentences that state this, and aspects that a project covers nevertheless."""

from functools import lru_cache
from pathlib import Path

from bot.i18n.word_patterns import read_word_patterns
from bot.knowledge.fields import Aspect, Translated
from bot.knowledge.model import Project

_DENIES = read_word_patterns(Path(__file__).with_name("denials.yaml")).any_of("denies")


@lru_cache(maxsize=20_000)
def is_denial(text: str) -> bool:
    """Whether a text says that the source does not mention something."""
    return _DENIES.search(text.casefold()) is not None


def denies(text: Translated) -> bool:
    """The same for a text in any of its languages."""
    return any(map(is_denial, text.texts))


def states(project: Project, aspect: Aspect) -> bool:
    """Whether a project covers an aspect: in a fact, with its completion, or with its status."""
    if aspect == "when" and (project.expected_completion or project.due):
        return True
    if aspect == "progress" and (project.status.info.has_begun or project.status.ends_expectations):
        return True
    return any(aspect in fact.answers and not denies(fact.statement) for fact in project.facts)
