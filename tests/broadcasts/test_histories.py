"""Histories that must end well whatever Hypothesis draws; the ledger holds the storage to each step of them."""

from collections.abc import Iterator

import pytest

from bot.broadcasts.delivery import RESEND_AFTER, NotSent, Refused, Sent, Unknown, settle
from tests.broadcasts.state_machine import Mailing
from tests.storage.databases import Place

pytestmark = pytest.mark.usefixtures("_small_chunks")


@pytest.fixture
def mailing(place: Place) -> Iterator[Mailing]:
    """A notice to five people, in the hands of a first program."""
    begun = Mailing(place)
    begun.begin("notice", dict.fromkeys(range(1, 6)))
    begun.take_over()
    yield begun
    begun.close()


def _gather(mailing: Mailing) -> None:
    while mailing.gather():
        mailing.check()


def test_who_stops_the_notices_in_time_gets_none_and_who_starts_again_gets_it(mailing: Mailing) -> None:
    """What counts is the moment of the claim."""
    _gather(mailing)
    for chat in (1, 3, 4):
        mailing.stop(chat)
    mailing.forget(5)
    mailing.start(4, "ru")
    mailing.exchange(1)
    assert mailing.in_flight == {2}
    mailing.end()
    assert mailing.ledger.chats("skipped") == [1, 3]
    assert mailing.ledger.chats("sent") == [2, 4]
    assert mailing.ledger.erased == {("skipped", "erased"): 1}


def test_a_group_that_moves_while_recipients_are_gathered_is_not_missed(mailing: Mailing) -> None:
    """Its new number lies behind what is gathered already."""
    mailing.gather()
    mailing.migrate(5, 0)
    mailing.check()
    mailing.end()
    assert sorted(mailing.ledger.chats("sent")) == [0, 1, 2, 3, 4]


def test_a_group_that_moves_while_it_is_written_to_gets_it_under_its_new_number(mailing: Mailing) -> None:
    """At once, and its attempt is given back; where the new number has its own delivery, that is enough."""
    _gather(mailing)
    mailing.exchange(2)
    mailing.comes_back(1, NotSent("migrated", new_chat=-1001), accepted=False)
    mailing.comes_back(2, NotSent("migrated", new_chat=3), accepted=False)
    mailing.exchange(0)
    mailing.check()
    mailing.end()
    assert sorted(mailing.ledger.chats("sent")) == [-1001, 3, 4, 5]
    assert mailing.ledger.rows[2].reason == "migrated"


def test_what_comes_of_a_message_on_its_way_is_kept_of_a_group_that_moved_meanwhile(mailing: Mailing) -> None:
    """It went to the old number, and is told of that."""
    _gather(mailing)
    mailing.exchange(2)
    mailing.migrate(1, -1001)
    mailing.check()
    for chat in (1, 2):
        mailing.comes_back(chat, mailing.sent(), accepted=True)
    mailing.exchange(0)
    mailing.check()
    assert mailing.ledger.chats("sent") == [1, 2]
    mailing.end()


def test_who_can_never_be_reached_is_no_subscriber_any_more(mailing: Mailing) -> None:
    """Blocked, or there is no such chat; a refused content says nothing of the person."""
    _gather(mailing)
    mailing.exchange(3)
    mailing.comes_back(1, Refused("blocked"), accepted=False)
    mailing.comes_back(2, Refused("chat"), accepted=False)
    mailing.comes_back(3, Refused("content"), accepted=False)
    mailing.exchange(0)
    mailing.check()
    assert mailing.subscribed.keys() == {3, 4, 5}
    mailing.end()


def test_a_program_that_was_overtaken_changes_nothing(mailing: Mailing) -> None:
    """Whatever it says of a message, the one that has the broadcast now knows better."""
    _gather(mailing)
    mailing.exchange(2)
    mailing.take_over(frozenset({1}))
    mailing.now += 2 * mailing.now.resolution
    mailing.exchange(2)
    for outcome in (Sent(9), Refused("blocked"), NotSent("network"), Unknown("silence")):
        mailing.meddle(1, [settle(chat, outcome, mailing.now) for chat in range(1, 6)], 3)
    mailing.check()
    mailing.end()


def test_what_an_older_epoch_left_is_not_settled_by_a_newer_one(mailing: Mailing) -> None:
    """The chat is on its way once more, and an answer that was kept back is of the first time."""
    _gather(mailing)
    mailing.exchange(1)
    mailing.take_over(frozenset({1}))
    mailing.came_back = [settle(1, Sent(9), mailing.now)]
    mailing.exchange(0)
    mailing.check()
    assert mailing.ledger.chats("unknown") == [1]
    mailing.end()


def test_a_claim_whose_answer_was_lost_costs_nobody_an_attempt(mailing: Mailing) -> None:
    """The sender lives and knows that it did not send; nobody gets two."""
    _gather(mailing)
    mailing.exchange(2)
    mailing.comes_back(1, mailing.sent(), accepted=True)
    mailing.exchange(2, lost=True)
    mailing.comes_back(2, Unknown("broken"), accepted=False)
    mailing.exchange(0)
    mailing.take_back()
    mailing.check()
    assert {mailing.ledger.rows[chat].attempts for chat in mailing.ledger.chats("pending")} == {0}
    mailing.end()


def test_what_a_death_left_of_a_cancelled_broadcast_is_unknown(mailing: Mailing) -> None:
    """A history that the machine found: nobody takes over what is cancelled, so it was on its way for ever."""
    _gather(mailing)
    mailing.exchange(3)
    mailing.cancel()
    mailing.end()
    assert mailing.ledger.chats("unknown") == [1, 2, 3]
    assert mailing.ledger.chats("cancelled") == [4, 5]


def test_nothing_is_claimed_and_nothing_swept_while_it_stands_still(mailing: Mailing) -> None:
    """What was on its way is kept all the same."""
    _gather(mailing)
    mailing.exchange(2)
    mailing.pause()
    mailing.comes_back(1, mailing.sent(), accepted=True)
    mailing.comes_back(2, Refused("chat"), accepted=False)
    mailing.exchange(4)
    mailing.sweep()
    mailing.check()
    assert mailing.ledger.chats("pending") == [3, 4, 5]
    mailing.end()


def test_a_copy_is_not_sent_before_a_minute_has_passed_and_never_a_third(mailing: Mailing) -> None:
    """Counted from the claim of the first."""
    _gather(mailing)
    for attempt in (1, 2):
        mailing.exchange(1)
        mailing.comes_back(1, Unknown("silence"), accepted=True)
        mailing.exchange(0)
        mailing.revive()
        assert mailing.ledger.chats("unknown") == [1], f"after attempt {attempt}"
        mailing.forget(5 - attempt)
        for chat in (2, 3, 4, 5):
            mailing.stop(chat)
        mailing.now += RESEND_AFTER + mailing.now.resolution
        mailing.revive()
        mailing.check()
    assert mailing.ledger.chats("unknown") == [1]
    mailing.end()


def test_a_second_try_that_nobody_wants_any_more_ends_there(mailing: Mailing) -> None:
    """Of unknown fate, and unsubscribed before it was sent again: it stays unknown, and the broadcast ends."""
    _gather(mailing)
    mailing.exchange(1)
    mailing.comes_back(1, Unknown("silence"), accepted=False)
    mailing.exchange(0)
    mailing.stop(1)
    mailing.end()
    assert mailing.ledger.rows[1].reason == "unsubscribed"
