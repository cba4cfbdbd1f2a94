"""Commands that run in the process of the tests read the same knowledge again and again: it is prepared once."""

from typing import Any

import pytest

from bot.answers.snapshot import Snapshot
from bot.knowledge import KnowledgeBase
from bot.publishing.source import prepare

_prepared: dict[tuple[str, bool], Snapshot] = {}


def _prepare_once(knowledge: KnowledgeBase, digest: str, *, embedder: Any = None) -> Snapshot:
    """What `prepare` returns; the digest names the content of all files, so equal digests have equal snapshots."""
    key = digest, embedder is not None
    if key not in _prepared:
        _prepared[key] = prepare(knowledge, digest, embedder=embedder)
    return _prepared[key]


@pytest.fixture(autouse=True)
def _knowledge_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.options.prepare", _prepare_once)
