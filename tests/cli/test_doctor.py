"""Checks for an operator, before a start and after a failure."""

from pathlib import Path

import pytest
from typer.testing import Result

from bot.matching.encoder import load_encoder
from tests.cli.minsheng import minsheng
from tests.console import cached_encoder

TOKEN = "1000000001:CANARY-token-that-must-not-be-seen-anywhere"


pytestmark = pytest.mark.usefixtures("small_city")


@pytest.fixture(autouse=True)
def _encoder_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.runtime.system_checks.load_encoder", cached_encoder)


def findings(result: Result) -> dict[str, str]:
    """The state of each check, by what it is about."""
    rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    return {about: state for state, about, _ in rows}


def test_a_machine_without_any_setup_reads_what_is_missing() -> None:
    result = minsheng("doctor")
    assert result.exit_code == 78
    assert "TELEGRAM_BOT_TOKEN is missing" in result.stdout
    assert findings(result)["knowledge"] == "ok"
    assert not Path("data").exists()


def test_an_encoder_that_cannot_be_used_is_named_with_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(minsheng("doctor"))["encoder"] == "ok"
    monkeypatch.setattr("bot.runtime.system_checks.load_encoder", load_encoder)
    monkeypatch.setenv("ENCODER_PATH", "missing")
    result = minsheng("doctor")
    assert findings(result)["encoder"] == "warning"
    assert "missing is no folder" in result.stdout
    assert "only words and letters are compared" in result.stdout


def test_each_fault_is_named_with_its_cure_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n", encoding="utf-8")
    Path(".env").chmod(0o644)
    Path("data").mkdir(mode=0o755)
    Path("data/minsheng.db").write_bytes(b"this is no database" * 100)
    Path("knowledge/projects.yaml").write_text("city: [", encoding="utf-8")
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", "http://127.0.0.1:1")
    result = minsheng("doctor")
    assert result.exit_code == 78
    assert findings(result) == {
        "settings": "warning",
        "DATA_DIR": "warning",
        "disk": "ok",
        "knowledge": "error",
        "encoder": "ok",
        "database": "error",
        "Telegram": "error",
    }
    for cure in ("chmod 600 .env", "chmod 700 data", "minsheng check", "TELEGRAM_PROXY"):
        assert cure in result.stdout
    assert TOKEN not in result.output


def test_the_database_is_made_by_upgrade_and_described_by_status() -> None:
    assert "There is no database" in minsheng("db", "status").stderr
    assert minsheng("db", "upgrade").exit_code == 0
    result = minsheng("db", "status")
    assert (result.exit_code, "its schema is current" in result.stdout) == (0, True)
    assert findings(minsheng("doctor"))["database"] == "ok"


def test_a_server_that_is_away_is_a_sentence_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:secretword@127.0.0.1:1/minsheng")
    for command in ("status", "upgrade"):
        result = minsheng("db", command)
        assert (result.exit_code, result.stderr.count("\n")) == (78, 1)
        assert "secretword" not in result.output
