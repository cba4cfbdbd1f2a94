"""The folder in which commands run, and the knowledge that they load repeatedly, prepared once."""

from pathlib import Path

import pytest

from bot.settings import NAMES
from tests.console import prepare_once
from tests.factories import YAML_TEXT


@pytest.fixture(autouse=True)
def _knowledge_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("bot.cli.loading", "bot.publishing.lint.check"):
        monkeypatch.setattr(f"{user}.prepare", prepare_once)


@pytest.fixture
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the developer's machine, a wide terminal, and an empty current folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_city(empty_folder: Path) -> Path:
    """The same, with the small city's knowledge in it."""
    (empty_folder / "knowledge").mkdir()
    (empty_folder / "knowledge" / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    return empty_folder
