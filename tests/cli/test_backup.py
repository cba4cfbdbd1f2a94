"""Backup and restore as an operator runs them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import ErasureLedger, open_store
from tests.cli.minsheng import minsheng
from tests.factories import YAML_TEXT

ANN, BEN = 7_000_000_011, 7_000_000_022
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _two_subscribers(small_city: Path) -> None:
    """A machine on which the bot has two subscribers."""
    asyncio.run(_act("subscribe"))


async def _act(act: str) -> None:
    async with open_store("sqlite+aiosqlite:///data/minsheng.db", erasures=ErasureLedger(Path("data"))) as store:
        if act == "subscribe":
            for person in (ANN, BEN):
                await store.subscribe(person, NOW, "en")
        else:
            await store.forget(ANN)


async def _subscribed(folder: str) -> list[bool]:
    async with open_store(f"sqlite+aiosqlite:///{folder}/minsheng.db") as store:
        return [(await store.read(person)).subscribed_since is not None for person in (ANN, BEN)]


def test_a_backup_is_restored_on_another_machine_without_who_asked_to_be_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = minsheng("backup", "monday.tar.gz")
    assert (made.exit_code, "rows in" in made.stdout) == (0, True)
    assert Path("monday.tar.gz").stat().st_mode & 0o777 == 0o600
    asyncio.run(_act("forget"))

    monkeypatch.setenv("DATA_DIR", "elsewhere")
    monkeypatch.setenv("KNOWLEDGE_PATH", "elsewhere-knowledge.yaml")
    restored = minsheng("restore", "monday.tar.gz", "--erasures", "data/erasures.jsonl")
    assert (restored.exit_code, "Erased again" in restored.stdout) == (0, True), restored.output
    assert asyncio.run(_subscribed("elsewhere")) == [False, True]
    assert Path("elsewhere-knowledge.yaml").read_text(encoding="utf-8") == YAML_TEXT


def test_a_backup_overwrites_no_file_and_a_restore_no_database() -> None:
    assert minsheng("backup", "monday.tar.gz").exit_code == 0
    again = minsheng("backup", "monday.tar.gz")
    assert (again.exit_code, "exists" in again.stderr) == (1, True)
    over = minsheng("restore", "monday.tar.gz")
    assert (over.exit_code, "not empty" in over.stderr) == (78, True)
    assert asyncio.run(_subscribed("data")) == [True, True]


def test_other_knowledge_is_kept_only_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert minsheng("backup", "monday.tar.gz").exit_code == 0
    Path("knowledge/projects.yaml").write_text(YAML_TEXT + "# later\n", encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    refused = minsheng("restore", "monday.tar.gz")
    assert (refused.exit_code, "--keep-knowledge" in refused.stderr) == (78, True)
    assert not Path("elsewhere/minsheng.db").exists()
    assert minsheng("restore", "monday.tar.gz", "--keep-knowledge").exit_code == 0
    assert Path("knowledge/projects.yaml").read_text(encoding="utf-8").endswith("# later\n")


def test_a_file_that_is_not_a_backup_is_refused_in_a_sentence() -> None:
    Path("holiday.jpg").write_bytes(b"\xff\xd8")
    result = minsheng("restore", "holiday.jpg")
    assert (result.exit_code, result.stderr.count("\n")) == (78, 1)
    assert "not a backup of Minsheng" in result.stderr


def test_without_a_database_there_is_no_half_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    result = minsheng("backup", "monday.tar.gz")
    assert (result.exit_code, "There is no database" in result.stderr) == (78, True)
    assert not Path("monday.tar.gz").exists()
