"""The small city's file on disk, and the bot's replies about it."""

from pathlib import Path

from bot.knowledge import LoadedKnowledge
from bot.publishing.files.load import load
from tests.factories import yaml_text


def read(path: Path, *changes: tuple[str, str]) -> LoadedKnowledge:
    """Write the file with each (old, new) pair replaced, and load it."""
    path.write_text(yaml_text(*changes), encoding="utf-8")
    return load(path)


def lines(loaded: LoadedKnowledge) -> list[str]:
    """The diagnostics as `minsheng check` prints them."""
    return [diagnostic.line_for("k.yaml") for diagnostic in loaded.diagnostics]
