"""Tickets, wishes and owed messages, in either database."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.broadcasts.delivery import MAX_ATTEMPTS, RESEND_AFTER, NotSent, Outcome, Refused, Sent, Unknown
from bot.inbox.tickets.model import (
    MAX_OPEN,
    MAX_WISHES,
    Accepted,
    NewTicket,
    NotOpen,
    Opened,
    OwedMessage,
    Ticket,
    TooMany,
    Wish,
    settle_owed,
)
from bot.storage import Store, open_store
from tests.storage.databases import Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BEN, CLERK, ADMIN, STAFF = 7_000_000_011, 7_000_000_012, 7_000_000_021, 7_000_000_022, -900
GROUP, MOVED = -500, -1_000_000_000_500


def new_ticket(question: int = 1, chat: int = ANN, *, group: int | None = 5, text: str = "Where?") -> NewTicket:
    return NewTicket(question=question, chat=chat, person=chat, message=70, language="ru", text=text, group=group)


def wish(chat: int = ANN, group: int = 5) -> Wish:
    return Wish(chat=chat, person=chat, group=group, message=71, language="zh", created_at=NOON)


async def opened(store: Store, question: int = 1, chat: int = ANN, *, group: int | None = 5) -> Ticket:
    result = await store.open_ticket(new_ticket(question, chat, group=group), [STAFF], NOON)
    assert isinstance(result, Opened)
    return result.ticket


async def send(store: Store, outcome: Outcome, now: datetime = NOON) -> list[OwedMessage]:
    """Settle every due message with the same outcome."""
    claimed = list(await store.claim_owed(100, now))
    await store.settle_owed([(message, settle_owed(message, outcome, now)) for message in claimed], [STAFF], now)
    return claimed


async def test_a_question_has_one_ticket_and_staff_get_it_once(store: Store) -> None:
    ticket = await opened(store)
    again = await store.open_ticket(new_ticket(), [STAFF], NOON)

    assert again == Opened(ticket, new=False)
    assert [(owed.kind, owed.chat, owed.ticket) for owed in await send(store, Sent(90))] == [("ticket", STAFF, ticket)]
    assert await send(store, Sent(91)) == []
    assert await store.ticket_at(STAFF, 90) == ticket
    assert await store.ticket_at(GROUP, 90) is None


async def test_a_citizen_has_at_most_three_open_tickets(store: Store) -> None:
    tickets = [await opened(store, question) for question in range(MAX_OPEN)]

    assert await store.open_ticket(new_ticket(9), [STAFF], NOON) == TooMany()
    await store.answer_ticket(tickets[0].id, CLERK, "There.", NOON)
    assert isinstance(await store.open_ticket(new_ticket(9), [STAFF], NOON), Opened)
    assert isinstance(await store.open_ticket(new_ticket(10, BEN), [STAFF], NOON), Opened)


async def test_of_two_answers_at_once_one_is_delivered_and_the_other_is_told(store: Store) -> None:
    ticket = await opened(store)
    await send(store, Sent(90))
    results = await asyncio.gather(
        *(store.answer_ticket(ticket.id, person, f"by {person}", NOON) for person in (CLERK, ADMIN))
    )

    assert sorted(type(result).__name__ for result in results) == ["Accepted", "NotOpen"]
    [owed] = await send(store, Sent(80))
    assert (owed.kind, owed.chat, owed.reply_to, owed.language) == ("answer", ANN, 70, "ru")
    winner = next(result.ticket for result in results if isinstance(result, Accepted))
    loser = next(result.ticket for result in results if isinstance(result, NotOpen))
    assert winner == loser == await store.ticket(ticket.id)
    assert owed.text == winner.answer == f"by {winner.answered_by}"


async def test_yes_closes_a_ticket_and_erases_what_it_said_and_who_asked(store: Store) -> None:
    ticket = await opened(store)
    assert not await store.close_ticket(ticket.id)
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)

    assert await store.close_ticket(ticket.id)
    assert not await store.close_ticket(ticket.id)
    closed = await store.ticket(ticket.id)
    assert closed
    assert (closed.state, closed.chat, closed.person, closed.text, closed.answer) == ("closed", 0, 0, "", "")
    assert isinstance(await store.answer_ticket(ticket.id, CLERK, "Again.", NOON), NotOpen)
    assert await store.answer_ticket(ticket.id + 1, CLERK, "There.", NOON) is None


async def test_no_opens_a_ticket_again_and_staff_are_told_below_the_message_that_shows_it(store: Store) -> None:
    ticket = await opened(store)
    await send(store, Sent(90))
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)
    await send(store, Sent(80))

    assert await store.reopen_ticket(ticket.id, [STAFF], NOON)
    assert not await store.reopen_ticket(ticket.id, [STAFF], NOON)
    [owed] = await send(store, Sent(92))
    assert (owed.kind, owed.chat, owed.reply_to) == ("reopened", STAFF, 90)
    reopened = await store.ticket_at(STAFF, 92)
    assert reopened
    assert (reopened.state, reopened.answer) == ("open", "There.")
    assert isinstance(await store.answer_ticket(ticket.id, ADMIN, "Here.", NOON), Accepted)


async def test_an_answer_that_comes_again_after_a_crash_does_not_answer_a_ticket_that_was_opened_again(
    store: Store,
) -> None:
    ticket = await opened(store)
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)
    await store.reopen_ticket(ticket.id, [STAFF], NOON)
    await send(store, Sent(90))

    assert isinstance(await store.answer_ticket(ticket.id, CLERK, "There.", NOON), NotOpen)
    assert await send(store, Sent(91)) == []
    assert isinstance(await store.answer_ticket(ticket.id, CLERK, "Here.", NOON), Accepted)


async def test_staff_are_reminded_once_after_a_day(store: Store) -> None:
    await opened(store)
    await send(store, Sent(90))

    assert await store.remind(NOON - HOUR, [STAFF], NOON) == 0
    assert await store.remind(NOON + HOUR, [STAFF], NOON + DAY) == 1
    assert await store.remind(NOON + DAY, [STAFF], NOON + 2 * DAY) == 0
    [owed] = await send(store, Sent(93), NOON + DAY)
    assert (owed.kind, owed.chat, owed.reply_to) == ("reminder", STAFF, 90)


async def test_teaching_tells_each_asker_of_the_group_once_in_their_language(store: Store) -> None:
    ticket = await opened(store)
    await opened(store, 2, BEN, group=6)
    await send(store, Sent(90))
    for chat in (ANN, BEN, GROUP):
        assert await store.keep_wish(wish(chat))
        assert await store.keep_wish(wish(chat))

    assert await store.grant_wishes(5, "Where is it?", NOON) == 3
    assert await store.grant_wishes(5, "Where is it?", NOON) == 0
    owed = await send(store, Sent(80))
    assert [(each.kind, each.chat, each.language, each.text) for each in owed] == [
        ("taught", ANN, "ru", "Where is it?"),
        ("taught", BEN, "zh", "Where is it?"),
        ("taught", GROUP, "zh", "Where is it?"),
    ]
    assert isinstance(await store.answer_ticket(ticket.id, CLERK, "There.", NOON), NotOpen)


async def test_a_chat_has_at_most_twenty_wishes(store: Store) -> None:
    assert all([await store.keep_wish(wish(group=group)) for group in range(MAX_WISHES)])
    assert not await store.keep_wish(wish(group=99))
    assert await store.keep_wish(wish(group=0))


async def test_a_message_that_certainly_was_not_sent_is_sent_later_and_its_attempt_does_not_count(store: Store) -> None:
    await opened(store)
    for number in range(5):
        assert len(await send(store, NotSent("flood", retry_after=60), NOON + number * HOUR)) == 1
        assert await send(store, Sent(90), NOON + number * HOUR + timedelta(seconds=59)) == []
    assert await store.next_owed() == NOON + 4 * HOUR + timedelta(seconds=60)
    [owed] = await send(store, Sent(90), NOON + 5 * HOUR)
    assert owed.attempt == 1


async def test_a_message_that_may_have_arrived_is_sent_once_more_and_then_reported(store: Store) -> None:
    ticket = await opened(store)
    await send(store, Sent(90))
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)

    assert [owed.attempt for owed in await send(store, Unknown("silence"))] == [1]
    assert await send(store, Unknown("silence"), NOON + RESEND_AFTER / 2) == []
    assert [owed.attempt for owed in await send(store, Unknown("silence"), NOON + RESEND_AFTER)] == [MAX_ATTEMPTS]
    [report] = await send(store, Sent(94), NOON + HOUR)
    assert (report.kind, report.chat, report.text) == ("undelivered", STAFF, "unknown")


async def test_an_answer_to_a_person_who_has_blocked_the_bot_is_reported_to_staff(store: Store) -> None:
    ticket = await opened(store)
    await send(store, Sent(90))
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)
    await send(store, Refused("blocked"))

    [report] = await send(store, Sent(94))
    assert (report.kind, report.chat, report.text) == ("undelivered", STAFF, "blocked")


async def test_after_a_crash_what_was_claimed_is_sent_once_more_after_a_minute(place: Place) -> None:
    async with open_store(place.address) as first:
        await opened(first)
        assert len(await first.claim_owed(10, NOON)) == 1
    async with open_store(place.address) as second:
        await second.recover_owed([STAFF], NOON)
        assert await second.claim_owed(10, NOON) == []
        [owed] = await second.claim_owed(10, NOON + RESEND_AFTER)
        assert owed.attempt == MAX_ATTEMPTS
        await second.recover_owed([STAFF], NOON + RESEND_AFTER)
        assert await second.claim_owed(10, NOON + DAY) == []


async def test_a_group_with_a_new_id_keeps_its_tickets_and_wishes(store: Store) -> None:
    ticket = await opened(store, 1, GROUP)
    await store.keep_wish(wish(GROUP, 6))
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)
    await store.migrate(GROUP, MOVED)

    assert [owed.chat for owed in await send(store, Sent(80)) if owed.kind == "answer"] == [MOVED]
    assert await store.grant_wishes(6, "", NOON) == 1
    assert [owed.chat for owed in await send(store, NotSent("migrated", new_chat=GROUP))] == [MOVED]
    assert [owed.chat for owed in await send(store, Sent(81))] == [GROUP]


async def test_own_data_lists_what_is_kept_and_forgetting_erases_it(store: Store, place: Place) -> None:
    ticket = await opened(store)
    await opened(store, 2, BEN)
    await store.keep_wish(wish())
    await store.answer_ticket(ticket.id, BEN, "There.", NOON)
    own = await store.own_inbox(ANN)
    assert [(each.id, each.text) for each in own.tickets] == [(ticket.id, "Where?")]
    assert (own.wishes, own.owed) == (1, 1)

    await store.forget(ANN)
    empty = await store.own_inbox(ANN)
    assert (list(empty.tickets), empty.wishes, empty.owed) == ([], 0, 0)
    assert await store.ticket(ticket.id) is None
    assert [place.count(table) for table in ("tickets", "wishes", "owed_messages")] == [1, 0, 1]


async def test_answered_tickets_close_after_two_weeks_and_nothing_is_kept_for_more_than_90_days(
    store: Store, place: Place
) -> None:
    ticket = await opened(store)
    await opened(store, 2, BEN)
    await store.keep_wish(wish())
    await store.answer_ticket(ticket.id, CLERK, "There.", NOON)
    await store.expire(NOON + 13 * DAY)
    assert [each.state for each in (await store.own_inbox(ANN)).tickets] == ["answered"]

    await store.expire(NOON + 15 * DAY)
    assert list((await store.own_inbox(ANN)).tickets) == []
    assert len((await store.own_inbox(BEN)).tickets) == 1
    await store.expire(NOON + 91 * DAY)
    tables = ("tickets", "wishes", "owed_messages", "ticket_messages")
    assert [place.count(table) for table in tables] == [0, 0, 0, 0]
