"""What the log never shows, from any module or library."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.log_config import configure_logging, quiet_loop

TOKEN = "1234567890:canary-canary-canary-canary-canary"
TEXT = "what a citizen wrote"


@pytest.fixture(autouse=True)
def log_at_debug(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Use the program's logging, and that of the tests again afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_own_events_show_their_keys_but_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().debug("event", number=5, url=f"https://api.telegram.org/bot{TOKEN}/getMe")

    shown = capsys.readouterr().err
    assert '"number": 5' in shown
    assert "bot***/getMe" in shown


def test_libraries_show_their_words_but_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("some.library")
    library.setLevel(logging.DEBUG)
    configure_logging("DEBUG")
    library.debug("Calling %s", TOKEN)
    library.info("Calling %s", TOKEN)
    library.warning("Could not read %s", TEXT)
    library.error(f"Could not read {TEXT}")
    library.error("It failed: %s", TOKEN, exc_info=ValueError(TEXT))

    shown = capsys.readouterr().err
    assert shown.count("\n") == 3
    assert "Could not read %s" in shown
    assert TOKEN not in shown
    assert TEXT not in shown


async def test_an_error_that_was_never_awaited_shows_its_class_only(capsys: pytest.CaptureFixture[str]) -> None:
    loop = asyncio.get_running_loop()
    quiet_loop(loop, {"message": TEXT, "exception": ValueError(TEXT)})
    quiet_loop(loop, {"message": TEXT})

    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert TEXT not in shown
