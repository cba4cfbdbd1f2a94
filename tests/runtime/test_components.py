"""What the components keep in memory."""

import gc
import weakref
from dataclasses import replace
from pathlib import Path

from bot.publishing.files.repository import FileRepository
from bot.publishing.live import LiveVersion
from bot.runtime.components import Components
from bot.runtime.startup import KnowledgeAtStart
from bot.settings import Settings
from bot.storage import Store
from bot.storage.transactions import NoTransactions
from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from tests.console import small_snapshot


def test_the_first_publication_frees_the_snapshot_of_the_start(tmp_path: Path) -> None:
    first = replace(small_snapshot(), version="first")
    is_alive = weakref.ref(first)
    repository = FileRepository(tmp_path / "projects.yaml", tmp_path)
    components = Components(
        Settings(data_dir=tmp_path),
        Client("1:token", "http://127.0.0.1:1", None),
        Store(NoTransactions("none"), failure="none"),
        KnowledgeAtStart(LiveVersion(first, b""), None, repository),
        Health(),
    )
    held = [components.inbox, components.watcher, components.scheduler, components.control]
    del first

    components.publisher.context.live = LiveVersion(replace(small_snapshot(), version="second"), b"")
    gc.collect()

    assert held
    assert is_alive() is None
