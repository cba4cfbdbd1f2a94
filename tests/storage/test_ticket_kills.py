"""A bot that is killed at each write loses no ticket, no answer and no wish, and tells nobody twice."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.storage.databases import Place

#: `make test` kills at some writes, `make soak` at each.
STEPS = [pytest.param(3, id="some"), pytest.param(1, id="each", marks=pytest.mark.soak)]

_SCRIPT = Path(__file__).with_name("ticket_crash.py")
_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_each_write_loses_nothing_and_doubles_only_a_message_in_flight(
    place: Place, tmp_path: Path, step: int
) -> None:
    sent = tmp_path / "sent"
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_SCRIPT), place.address, str(sent), str(step), cwd=_ROOT, env={"PYTHONPATH": str(_ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    word, end = out.decode().split()

    assert (word, err) == ("done", b""), err.decode()
    assert int(end) > 20
    messages = Counter(sent.read_text().splitlines())
    for number in range(1, int(end), step):
        copies = [messages[f"{number} {what}"] for what in ("ticket -900", f"answer {number}", f"taught {number}")]
        assert min(copies) == 1, number
        assert sum(copies) <= 4, number  # one kill, so one message in flight
    doubled = sum(copies > 1 for copies in messages.values())
    assert 1 <= doubled <= 12
    assert place.count("owed_messages") == 0
