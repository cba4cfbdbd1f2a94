"""Checks the promises of a broadcast against what Telegram accepted.

The record of the sandbox decides; the database of the bot may be wrong.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.broadcasts.model import Broadcast
from bot.sandbox.call_log import SENDS, CallLog
from tests.storage.databases import Place

#: The most that may be on their way at a time, and the fewest that may be allowed to.
WIDEST, USUAL = 16, 8
_FINAL = frozenset({"sent", "failed", "unknown", "skipped", "cancelled"})


@dataclass(frozen=True)
class DeliveryRecords:
    """The stored deliveries of a broadcast."""

    states: Mapping[int, tuple[str, str]]  #: chat -> state and reason
    attempts: Mapping[int, int]
    erased: int  #: deliveries of which only their number stayed

    def of(self, state: str, reason: str | None = None) -> set[int]:
        """The chats in a state, with any reason or with this one."""
        return {chat for chat, (is_in, why) in self.states.items() if is_in == state and reason in (None, why)}


def records_of(place: Place, broadcast: Broadcast) -> DeliveryRecords:
    """The stored deliveries of a broadcast, read without the program."""
    here = f"WHERE broadcast_id = {broadcast.id}"
    rows = place.execute(f"SELECT chat_id, state, reason, attempts FROM deliveries {here}")
    erased = place.execute(f"SELECT coalesce(sum(number), 0) FROM tallies {here}")[0][0]
    states = {chat: (state, reason) for chat, state, reason, _ in rows}
    return DeliveryRecords(states, {chat: attempts for chat, _, _, attempts in rows}, int(erased))


def copies_of(record: CallLog, broadcast: Broadcast) -> Counter[int]:
    """Count the messages of a broadcast to each chat, by the record of the sandbox."""
    sends = [call for call in record.sends() if broadcast.number in call.text]
    return Counter(call.chat_id for call in sends if call.chat_id is not None)


def check(
    place: Place,
    broadcast: Broadcast,
    copies: Counter[int],
    people: Collection[int],
    *,
    deaths: int = 0,
    uncertain: int = 0,
    window: int = USUAL,
) -> DeliveryRecords:
    """Each recipient ends in one state, which is true, and gets no more copies than the class of the broadcast allows.

    `deaths`: how often the program crashed; each crash may leave a window of deliveries with an unknown outcome.
    `uncertain`: how many calls lost their answer. `window`: its size, which grows on a slow connection.
    """
    records, once = records_of(place, broadcast), broadcast.kind == "once"
    sent, unknown, got = records.of("sent"), records.of("unknown"), set(copies)
    assert {state for state, _ in records.states.values()} <= _FINAL, "a recipient still waits"
    assert len(records.states) + records.erased == len(people), "a recipient was lost, or counted twice"
    assert records.states.keys() <= set(people)
    assert sent <= got, "reported as sent, and Telegram never had it"
    erased = set(people) - records.states.keys()
    assert got <= sent | unknown | erased, "Telegram took it, and it is reported neither as sent nor as unknown"
    assert max(records.attempts.values(), default=0) <= 2
    assert max(copies.values(), default=0) <= (1 if once else 2)
    assert sum(number > 1 for number in copies.values()) <= window * deaths + uncertain
    assert len(unknown) <= window * deaths + uncertain
    return records


def check_silence(record: CallLog, seconds: float) -> None:
    """Fail if a message left the bot during a long 429, except those that were in flight."""
    sends = [call for call in record.calls if call.method.lower() in SENDS]
    floods = [call.at for call in sends if call.status == 429]
    assert floods, "Telegram never asked to wait"
    meanwhile = [call for call in sends if floods[0] < call.at < floods[0] + seconds]
    assert len(meanwhile) < WIDEST


def check_pace(record: CallLog, per_second: float, burst: float) -> None:
    """Fail if a second has more accepted messages than the rate and the burst allow."""
    times = [call.at for call in record.sends()]
    for first, began in enumerate(times):
        within = [at for at in times[first:] if at < began + 1]
        assert len(within) <= per_second + burst
