"""What a source does not say: sentences that state this, and aspects that a project covers nevertheless."""

import re
from functools import lru_cache

from bot.knowledge.fields import Aspect, Translated
from bot.knowledge.model import Project

_DENIES = re.compile(
    r"\b(?:does|do|did|has|have) not (?:say|said|name|give|list|describe|state|mention|report|specify)"
    r"|\b(?:gives?|names?|lists?|states?|mentions?|reports?) (?:no|neither)\b|\bsays? nothing\b"
    r"|\b(?:is|are|was|were) not (?:given|named|listed|stated|known|specified|mentioned)\b"
    r"|\bneither\b.{1,80}\b(?:reported|given|named|stated)\b"
    r"|\bno \w+(?: \w+)? (?:has|have|is|are|was|were) (?:been )?(?:reported|given|named|stated)\b"
    r"|未提|\bв (?:источнике|статье) нет\b"
    r"|(?:没有?|未|并未|尚未)(?:具体|详细|进一步)?(?:说明|给出|提到|提及|列出|公布|介绍|写明|指明|点名|描述|透露)"
    r"|\bне (?:сообща|указ|назван|назыв|да[её]т|привод|говор|перечисл|описыв|уточн|раскрыва|упомина)"
)


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
