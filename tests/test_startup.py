"""What the bot checks before it serves."""

import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import bot
from bot.startup import warn_of_open_folder


@pytest.mark.parametrize(("mode", "events"), [(0o700, []), (0o755, ["data_dir_open"]), (0o710, ["data_dir_open"])])
def test_a_data_folder_that_others_can_enter_is_logged_at_the_start(
    tmp_path: Path, mode: int, events: list[str]
) -> None:
    tmp_path.chmod(mode)
    with capture_logs() as logs:
        warn_of_open_folder(tmp_path)

    assert [event["event"] for event in logs] == events


def test_a_data_folder_that_does_not_exist_yet_is_no_fault(tmp_path: Path) -> None:
    with capture_logs() as logs:
        warn_of_open_folder(tmp_path / "later")

    assert logs == []


def test_a_start_loads_nothing_that_only_staff_learning_another_database_or_an_upgrade_needs() -> None:
    program = "import sys, bot.app; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(bot.__file__).parents[1], capture_output=True, text=True, check=True
    )
    heavy = {"alembic", "matplotlib", "openpyxl", "psycopg", "pypinyin.phrases_dict", "scipy", "tokenizers", "typer"}
    assert heavy & set(answer.stdout.split()) == set()
