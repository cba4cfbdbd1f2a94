"""Edits of a knowledge file, and what they leave."""

from typing import Any

import pytest

from bot.i18n.languages import Language
from bot.knowledge.edits import Edit, EditableField
from bot.publishing.yaml.editor import rewrite
from bot.publishing.yaml.nodes import first_mapping
from tests.factories import yaml_text

SUMMARY = (
    "    summary: {en: The Sixth Municipal Hospital is built., zh: 新建市第六医院。, ru: Строится шестая больница.}\n"
)


STATUS = "    status: planned\n    as_of: 2021-11-12\n"


def edit(field: EditableField, value: str | None, language: Language | None = None, project: str = "") -> Edit:
    return Edit(project or "sixth-hospital", field, language, value)


def write(text: str, *edits: Edit) -> str:
    return rewrite(text.encode(), edits)[0].decode()


def with_summary(summary: str) -> str:
    return yaml_text((SUMMARY, summary))


def each(table: dict[str, tuple[Any, ...]]) -> pytest.MarkDecorator:
    count = len(next(iter(table.values())))
    return pytest.mark.parametrize(tuple("abcd"[:count]), table.values(), ids=table)


def piece_of(text: str) -> str:
    """Cut out the entry of the sixth hospital, as a list of its own."""
    at = text.index("  - id: sixth-hospital\n")
    return text[at : text.index("  - id: childcare-centre\n", at)]


def without(text: str, *fields: str) -> str:
    """Remove these fields of the sixth hospital from the text."""
    piece = piece_of(text)
    entry = first_mapping(piece.replace("  - ", "    ", 1))
    rest = piece
    for pair in reversed(entry.pairs):
        if pair.key.value in fields:
            rest = rest[: pair.key.start - 4] + rest[pair.value.end + 1 :]
    return text.replace(piece, rest)
