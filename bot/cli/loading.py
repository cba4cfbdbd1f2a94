"""Loads the knowledge for commands that answer questions; a separate module, as its imports take half a second."""

import sys
from pathlib import Path

import typer

from bot.answers.snapshot import Snapshot
from bot.cli.options import knowledge_path, read_settings
from bot.knowledge import KnowledgeBase, LoadedKnowledge
from bot.matching.embeddings import Embedder
from bot.matching.encoder import EncoderError
from bot.publishing.array_file import open_embedder
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare


def load_snapshot(path: Path | None) -> Snapshot:
    """The trained knowledge; prints the errors of an invalid file and exits with 1."""
    return prepare(*load_knowledge(path), embedder=load_embedder())


def load_embedder() -> Embedder | None:
    """The sentence encoder of the settings; None, with a message on standard error, if it is unusable."""
    settings = read_settings()
    try:
        return open_embedder(settings.data_dir, settings.encoder_path)
    except EncoderError as error:
        print(f"Meanings are not compared, only words and letters: {error}.", file=sys.stderr)
        return None


def load_knowledge(path: Path | None) -> tuple[KnowledgeBase, str]:
    """The knowledge and its version; prints the errors of an invalid file and exits with 1."""
    path = path or knowledge_path()
    return require_usable(load(path), path)


def require_usable(loaded: LoadedKnowledge, path: Path) -> tuple[KnowledgeBase, str]:
    """The knowledge of a file and its version; prints the errors of an invalid one and exits with 1."""
    if loaded.knowledge is None:
        for diagnostic in loaded.diagnostics:
            print(diagnostic.line_for(path), file=sys.stderr)
        raise typer.Exit(1)
    return loaded.knowledge, loaded.digest
