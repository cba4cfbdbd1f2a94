"""Random histories (Hypothesis) that must end correctly; the storage is compared with the model at each step."""

from collections.abc import Iterator

import pytest

from bot.broadcasts.delivery import RESEND_AFTER, NotSent, Refused, Sent, Unknown, settle
from tests.broadcasts.state_machine import BroadcastMachine
from tests.storage.databases import Place

pytestmark = pytest.mark.usefixtures("_small_chunks")


@pytest.fixture
def machine(place: Place) -> Iterator[BroadcastMachine]:
    """A notice to five people, in the hands of a first program."""
    begun = BroadcastMachine(place)
    begun.begin("notice", dict.fromkeys(range(1, 6)))
    begun.take_over()
    yield begun
    begun.close()


def _gather(machine: BroadcastMachine) -> None:
    while machine.gather():
        machine.check()


def test_who_stops_the_notices_in_time_gets_none_and_who_starts_again_gets_it(machine: BroadcastMachine) -> None:
    """What counts is the moment of the claim."""
    _gather(machine)
    for chat in (1, 3, 4):
        machine.stop(chat)
    machine.forget(5)
    machine.start(4, "ru")
    machine.exchange(1)
    assert machine.in_flight == {2}
    machine.end()
    assert machine.model.chats("skipped") == [1, 3]
    assert machine.model.chats("sent") == [2, 4]
    assert machine.model.erased == {("skipped", "erased"): 1}


def test_a_group_that_moves_while_recipients_are_gathered_is_not_missed(machine: BroadcastMachine) -> None:
    """The new id is below those that are gathered already."""
    machine.gather()
    machine.migrate(5, 0)
    machine.check()
    machine.end()
    assert sorted(machine.model.chats("sent")) == [0, 1, 2, 3, 4]


def test_a_group_that_moves_while_it_is_written_to_gets_it_under_its_new_number(machine: BroadcastMachine) -> None:
    """It is sent at once, and its attempt is given back, unless the new id has its own delivery."""
    _gather(machine)
    machine.exchange(2)
    machine.comes_back(1, NotSent("migrated", new_chat=-1001), accepted=False)
    machine.comes_back(2, NotSent("migrated", new_chat=3), accepted=False)
    machine.exchange(0)
    machine.check()
    machine.end()
    assert sorted(machine.model.chats("sent")) == [-1001, 3, 4, 5]
    assert machine.model.rows[2].reason == "migrated"


def test_what_comes_of_a_message_on_its_way_is_kept_of_a_group_that_moved_meanwhile(machine: BroadcastMachine) -> None:
    """It was sent to the old id, and its delivery is recorded there."""
    _gather(machine)
    machine.exchange(2)
    machine.migrate(1, -1001)
    machine.check()
    for chat in (1, 2):
        machine.comes_back(chat, machine.sent(), accepted=True)
    machine.exchange(0)
    machine.check()
    assert machine.model.chats("sent") == [1, 2]
    machine.end()


def test_who_can_never_be_reached_is_no_longer_a_subscriber(machine: BroadcastMachine) -> None:
    """Blocked, or no such chat; a refused content says nothing about the person."""
    _gather(machine)
    machine.exchange(3)
    machine.comes_back(1, Refused("blocked"), accepted=False)
    machine.comes_back(2, Refused("chat"), accepted=False)
    machine.comes_back(3, Refused("content"), accepted=False)
    machine.exchange(0)
    machine.check()
    assert machine.subscribed.keys() == {3, 4, 5}
    machine.end()


def test_a_program_with_a_stale_epoch_changes_nothing(machine: BroadcastMachine) -> None:
    """An outcome of the old worker changes nothing; the new one has the lease."""
    _gather(machine)
    machine.exchange(2)
    machine.take_over(frozenset({1}))
    machine.now += 2 * machine.now.resolution
    machine.exchange(2)
    for outcome in (Sent(9), Refused("blocked"), NotSent("network"), Unknown("silence")):
        machine.act_in_old_epoch(1, [settle(chat, outcome, machine.now) for chat in range(1, 6)], 3)
    machine.check()
    machine.end()


def test_what_an_older_epoch_left_is_not_settled_by_a_newer_one(machine: BroadcastMachine) -> None:
    """The chat is in flight again, and the delayed outcome belongs to the first attempt."""
    _gather(machine)
    machine.exchange(1)
    machine.take_over(frozenset({1}))
    machine.came_back = [settle(1, Sent(9), machine.now)]
    machine.exchange(0)
    machine.check()
    assert machine.model.chats("unknown") == [1]
    machine.end()


def test_a_claim_whose_answer_was_lost_uses_no_attempt(machine: BroadcastMachine) -> None:
    """The worker is running and knows that it did not send; no recipient gets two."""
    _gather(machine)
    machine.exchange(2)
    machine.comes_back(1, machine.sent(), accepted=True)
    machine.exchange(2, lost=True)
    machine.comes_back(2, Unknown("broken"), accepted=False)
    machine.exchange(0)
    machine.take_back()
    machine.check()
    assert {machine.model.rows[chat].attempts for chat in machine.model.chats("pending")} == {0}
    machine.end()


def test_what_a_crash_left_in_flight_of_a_cancelled_broadcast_is_unknown(machine: BroadcastMachine) -> None:
    """A history that the machine found: a cancelled broadcast is not taken over, so the claim stayed open."""
    _gather(machine)
    machine.exchange(3)
    machine.cancel()
    machine.end()
    assert machine.model.chats("unknown") == [1, 2, 3]
    assert machine.model.chats("cancelled") == [4, 5]


def test_nothing_is_claimed_and_nothing_swept_while_it_is_paused(machine: BroadcastMachine) -> None:
    """Outcomes of messages in flight are stored nevertheless."""
    _gather(machine)
    machine.exchange(2)
    machine.pause()
    machine.comes_back(1, machine.sent(), accepted=True)
    machine.comes_back(2, Refused("chat"), accepted=False)
    machine.exchange(4)
    machine.sweep()
    machine.check()
    assert machine.model.chats("pending") == [3, 4, 5]
    machine.end()


def test_a_copy_is_not_sent_before_a_minute_has_passed_and_never_a_third(machine: BroadcastMachine) -> None:
    """Counted from the claim of the first."""
    _gather(machine)
    for attempt in (1, 2):
        machine.exchange(1)
        machine.comes_back(1, Unknown("silence"), accepted=True)
        machine.exchange(0)
        machine.requeue_unknown()
        assert machine.model.chats("unknown") == [1], f"after attempt {attempt}"
        machine.forget(5 - attempt)
        for chat in (2, 3, 4, 5):
            machine.stop(chat)
        machine.now += RESEND_AFTER + machine.now.resolution
        machine.requeue_unknown()
        machine.check()
    assert machine.model.chats("unknown") == [1]
    machine.end()


def test_a_second_attempt_for_a_chat_that_unsubscribed_ends_there(machine: BroadcastMachine) -> None:
    """With an unknown outcome, and unsubscribed before the second copy: it stays unknown, and the broadcast ends."""
    _gather(machine)
    machine.exchange(1)
    machine.comes_back(1, Unknown("silence"), accepted=False)
    machine.exchange(0)
    machine.stop(1)
    machine.end()
    assert machine.model.rows[1].reason == "unsubscribed"
