"""The warnings about the small city's file after some changes."""

from datetime import datetime

from bot.knowledge import Diagnostic
from bot.publishing.lint.check import check_knowledge
from tests.console import SOON
from tests.factories import yaml_text


def warnings(*changes: tuple[str, str], now: datetime = SOON) -> list[Diagnostic]:
    """Check the small city's file after changes that do not break it; return the warnings."""
    examined = check_knowledge(yaml_text(*changes).encode(), now)
    assert examined.snapshot is not None, examined.diagnostics
    assert {found.severity for found in examined.diagnostics} <= {"warning"}
    return list(examined.diagnostics)


def only(found: list[Diagnostic]) -> tuple[int, str]:
    """Return the line and the sentence of the only warning."""
    (warning,) = found
    assert warning.suggestion
    return warning.mark.line, str(warning.sentence)
