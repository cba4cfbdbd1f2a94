"""The model of the knowledge files, and their validation."""

from dataclasses import dataclass

from bot.knowledge.consistency import consistency_errors
from bot.knowledge.diagnostics import Diagnostic, Document, Mark, ValuePath
from bot.knowledge.fields import (
    ASPECTS,
    INTENTS,
    Aspect,
    Intent,
    Note,
    Phrasings,
    Sentence,
    SmalltalkFile,
    Summary,
    Translated,
)
from bot.knowledge.model import (
    Area,
    AskingFile,
    City,
    Costs,
    Fact,
    KnowledgeBase,
    Project,
    QuietHours,
    Source,
    TopicElsewhere,
)
from bot.knowledge.status import Status
from bot.knowledge.validation import check

__all__ = [
    "ASPECTS",
    "INTENTS",
    "Area",
    "AskingFile",
    "Aspect",
    "City",
    "Costs",
    "Diagnostic",
    "Document",
    "Fact",
    "Intent",
    "KnowledgeBase",
    "LoadedKnowledge",
    "Mark",
    "Note",
    "Phrasings",
    "Project",
    "QuietHours",
    "Sentence",
    "SmalltalkFile",
    "Source",
    "Status",
    "Summary",
    "TopicElsewhere",
    "Translated",
    "ValuePath",
    "check",
    "parse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedKnowledge:
    """The result of reading a knowledge file."""

    knowledge: KnowledgeBase | None  #: None if there is an error
    document: Document | None  #: the plain values with their marks; None if they could not be read
    diagnostics: tuple[Diagnostic, ...]  #: errors and warnings in the order of the file
    digest: str  #: SHA-256 of the bytes, in hexadecimal; empty if they could not be read


def parse(document: Document) -> tuple[KnowledgeBase | None, list[Diagnostic]]:
    """The knowledge base, or None if there is an error, and all diagnostics in the order of the file."""
    knowledge, errors = check(KnowledgeBase, document)
    diagnostics = sorted([*errors, *consistency_errors(document)])
    return (None if any(each.severity == "error" for each in diagnostics) else knowledge), diagnostics
