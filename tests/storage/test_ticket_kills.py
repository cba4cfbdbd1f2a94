"""A bot that is killed at each write loses no ticket, no answer and no wish, and sends no message twice."""

from collections import Counter
from pathlib import Path

import pytest

from tests.process import preloaded
from tests.storage.databases import Place

#: `make test` kills at some writes, `make soak` at each.
STEPS = [pytest.param(6, id="some"), pytest.param(1, id="each", marks=pytest.mark.soak)]


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_each_write_loses_nothing_and_doubles_only_a_message_in_flight(
    place: Place, tmp_path: Path, step: int
) -> None:
    sent = tmp_path / "sent"
    program = f"from tests.storage.ticket_crash import main; main({place.address!r}, {str(sent)!r}, {step})"
    code, output, errors = await preloaded.run(program, folder=tmp_path, environment={})
    assert (code, output.split()[0], errors) == (0, "done", "")
    end = output.split()[1]

    assert int(end) > 20
    messages = Counter(sent.read_text().splitlines())
    for number in range(1, int(end), step):
        copies = [messages[f"{number} {what}"] for what in ("ticket -900", f"answer {number}", f"taught {number}")]
        assert min(copies) == 1, number
        assert sum(copies) <= 4, number  # one kill, so one message in flight
    doubled = sum(copies > 1 for copies in messages.values())
    assert 1 <= doubled <= 12
    assert place.count("owed_messages") == 0
