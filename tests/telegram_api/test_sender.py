"""Everything that the bot says arrives once, literally, and in parts that fit."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.broadcasts.delivery import NotSent, Refused, Unknown
from bot.i18n.text_length import utf16_length
from bot.sandbox import Sandbox
from bot.storage import Store
from bot.telegram_api.client import Client
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import MAX_FLOOD_WAIT
from bot.telegram_api.text import escape, split_text
from tests.quiet_time import takes_less_than
from tests.telegram_api.conftest import Echo, now

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


@pytest.fixture
def ann(sandbox: Sandbox) -> int:
    """A person who has written to the bot."""
    person = sandbox.person()
    sandbox.write(person, "hi")
    return person


@pytest.mark.parametrize("text", ["plain", "<b>&amp;</b> 1 < 2 & 3", '<a href="http://evil">click</a>', "</b>"])
async def test_a_text_is_shown_literally(sandbox: Sandbox, echo: Echo, ann: int, text: str) -> None:
    sent = await echo.sender.send(ann, text)

    (reply,) = sandbox.replies(ann)
    assert (reply["text"], reply["message_id"]) == (text, sent)
    assert not any(entity["type"] in ("text_link", "bold") for entity in reply.get("entities", []))


async def test_a_long_text_comes_in_parts_with_the_buttons_under_the_last(
    sandbox: Sandbox, echo: Echo, ann: int
) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "词😀" * 200 for number in range(20))
    sent = await echo.sender.send(ann, text, keyboard=BUTTONS, reply_to=1)

    replies = sandbox.replies(ann)
    assert len(replies) > 1
    assert "".join(reply["text"] for reply in replies).replace("\n", "") == text.replace("\n", "")
    assert [("reply_markup" in reply, "reply_to_message" in reply) for reply in (replies[0], replies[-1])] == [
        (False, True),
        (True, False),
    ]
    assert replies[-1]["message_id"] == sent


async def test_what_telegram_cannot_read_as_markup_is_sent_again_as_it_is(
    sandbox: Sandbox, echo: Echo, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_api.sender.escape", lambda text: f"<broken {text}")

    assert await echo.sender.send(ann, "1 < 2")
    assert sandbox.texts(ann) == ["1 < 2"]


async def test_a_message_that_is_gone_is_answered_all_the_same(sandbox: Sandbox, echo: Echo, ann: int) -> None:
    assert await echo.sender.send(ann, "hello", reply_to=999)
    assert sandbox.texts(ann) == ["hello"]


async def test_an_edit_changes_the_message_and_one_without_changes_succeeds(
    sandbox: Sandbox, echo: Echo, ann: int
) -> None:
    sent = await echo.sender.send(ann, "one")
    assert sent
    assert await echo.sender.edit(ann, sent, "two & three")
    assert await echo.sender.edit(ann, sent, "two & three")
    assert sandbox.texts(ann) == ["two & three"]
    assert await echo.sender.edit(ann, sent, "字" * 5000, keyboard=BUTTONS)
    assert [len(text) for text in sandbox.texts(ann)] == [4096, 904]
    assert not await echo.sender.edit(ann, 999, "of what?")


async def test_a_person_who_blocked_the_bot_is_unsubscribed_and_not_tried_again(
    sandbox: Sandbox, echo: Echo, store: Store, ann: int
) -> None:
    await store.subscribe(ann, now(), "en")
    sandbox.block(ann)

    assert await echo.sender.deliver(ann, "hello") == Refused("blocked")
    assert (await store.read(ann)).subscribed_since is None
    assert sandbox.record.count("sendMessage") == 1


async def test_a_group_that_migrated_gets_its_answer_where_it_is_now(
    sandbox: Sandbox, echo: Echo, store: Store, ann: int
) -> None:
    group = sandbox.group("Yard", [ann])
    await store.subscribe(group, now(), None)
    new = sandbox.migrate(group)

    assert await echo.sender.send(group, "hello")
    assert sandbox.texts(new) == ["hello"]
    assert (await store.read(new)).subscribed_since


async def test_too_many_messages_are_waited_for_as_long_as_telegram_says(
    sandbox: Sandbox, echo: Echo, ann: int
) -> None:
    sandbox.fault("flood", "sendMessage", times=2, seconds=7)

    assert await echo.sender.send(ann, "hello")
    assert echo.nap.asked == [7.0, 7.0]
    assert sandbox.texts(ann) == ["hello"]


async def test_a_flood_without_end_is_given_up(sandbox: Sandbox, echo: Echo, ann: int) -> None:
    sandbox.fault("flood", "sendMessage", seconds=100)

    assert await echo.sender.deliver(ann, "hello") == NotSent("flood", retry_after=100.0)
    assert sum(echo.nap.asked) <= MAX_FLOOD_WAIT


async def test_an_answer_waits_until_telegram_can_be_reached(sandbox: Sandbox, echo: Echo, ann: int) -> None:
    await sandbox.close()
    sending = asyncio.create_task(echo.sender.send(ann, "hello"))
    await echo.nap.times(5)
    assert echo.nap.asked[:4] == [0.5, 1.0, 2.0, 4.0]
    await sandbox.listen()

    assert await sending
    assert sandbox.texts(ann) == ["hello"]


@pytest.fixture
def still(client: Client, store: Store) -> Echo:
    """The small bot, for whose rate_limiter no time passes; it may send 300 messages a second."""
    return Echo(client, store, rate_limiter=RateLimiter(300, clock=lambda: 0.0))


async def test_what_is_said_is_counted_and_what_is_only_shown_is_not(sandbox: Sandbox, still: Echo, ann: int) -> None:
    """A text, an edit and a file: three messages fewer for a broadcast."""

    def there() -> int:
        taken = still.rate_limiter.take(1000)
        still.rate_limiter.give_back(taken)
        return taken

    before = there()
    await still.sender.typing(ann)
    await still.sender.answer_callback("1", "yes")
    await still.sender.fetch_file("no-such-file")
    assert there() == before
    sent = await still.sender.send(ann, "one")
    assert sent
    await still.sender.edit(ann, sent, "two")
    await still.sender.send_file(ann, "a.txt", b"a", "a")
    assert there() == before - 3


async def test_an_answer_that_is_one_too_many_stops_a_broadcast(sandbox: Sandbox, still: Echo, ann: int) -> None:
    sandbox.fault("flood", "sendMessage", times=1, seconds=7)
    await still.sender.send(ann, "hello")

    assert still.rate_limiter.wait() > 7


async def test_a_group_that_gets_too_much_does_not_stop_a_broadcast(sandbox: Sandbox, still: Echo, ann: int) -> None:
    group = sandbox.group("Yard", [ann])
    sandbox.fault("flood", "sendMessage", chat_id=group, times=1, seconds=40)
    await still.sender.send(group, "hello")

    assert still.rate_limiter.wait() == 0


async def test_a_deleted_chat_is_unsubscribed(sandbox: Sandbox, echo: Echo, store: Store, ann: int) -> None:
    await store.subscribe(ann, now(), None)
    sandbox.deactivate(ann)

    assert await echo.sender.deliver(ann, "hello") == Refused("chat")
    assert (await store.read(ann)).subscribed_since is None


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_answer_whose_fate_is_unknown_is_sent_once_more(
    sandbox: Sandbox, echo: Echo, ann: int, accepted: bool
) -> None:
    sandbox.fault("reset", "sendMessage", times=1, accepted=accepted)

    assert await echo.sender.send(ann, "hello")
    assert sandbox.texts(ann) == ["hello"] * (1 + accepted)


async def test_no_chat_gets_three_copies(sandbox: Sandbox, echo: Echo, ann: int, logs: list[EventDict]) -> None:
    sandbox.fault("reset", "sendMessage", accepted=True)

    assert await echo.sender.deliver(ann, "hello") == Unknown("broken")
    assert sandbox.texts(ann) == ["hello", "hello"]
    assert [event["event"] for event in logs] == ["not_delivered"]


async def test_a_server_that_stumbles_gets_more_patience(sandbox: Sandbox, echo: Echo, ann: int) -> None:
    sandbox.fault("error", "sendMessage", times=4, status=502)

    assert await echo.sender.send(ann, "hello")
    assert sandbox.texts(ann) == ["hello"]


async def test_with_a_refused_token_calls_are_few_and_answers_wait(
    sandbox: Sandbox, echo: Echo, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_api.retry_policy.TOKEN_INTERVAL", 0.4)
    good = sandbox.token
    sandbox.set_token("1000000001:another-token-of-the-same-bot-entirely")
    sending = [asyncio.create_task(echo.sender.send(ann, f"hello {number}")) for number in range(20)]
    await asyncio.sleep(0.2)
    first = len(sandbox.calls())
    await asyncio.sleep(0.8)
    assert len(sandbox.calls()) - first <= 3
    assert echo.health.problems
    sandbox.set_token(good)

    async with takes_less_than(1):
        assert all(await asyncio.gather(*sending))
    assert not echo.health.problems
    assert len(sandbox.texts(ann)) == 20


async def test_what_is_soon_of_no_use_is_tried_once(sandbox: Sandbox, client: Client, echo: Echo) -> None:
    await echo.sender.answer_callback("4711", "too late")
    await echo.sender.answer_inline("4711", [])
    await echo.sender.typing(4711)
    await echo.sender.set_commands([("help", "what I can do")])
    await echo.sender.set_commands([])

    assert [call.method for call in sandbox.calls()] == [
        "answerCallbackQuery",
        "answerInlineQuery",
        "sendChatAction",
        "setMyCommands",
        "deleteMyCommands",
    ]


@given(st.text())
def test_escaped_text_has_no_markup(text: str) -> None:
    assert not set("<>") & set(escape(text))


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(ANY, st.integers(8, 50))
def test_pieces_fit_and_lose_nothing_but_space(text: str, longest: int) -> None:
    parts = split_text(text, longest)

    def without_space(words: Any) -> str:
        return "".join("".join(words).split())

    assert all(utf16_length(part) <= longest for part in parts)
    assert without_space(parts) == without_space(text)


@pytest.mark.parametrize("sign", ["👨‍👩‍👧", "🇨🇳", "é", "👍🏽"])
def test_no_sign_is_torn(sign: str) -> None:
    for lead in range(12):
        parts = split_text("x" * lead + sign * 30, 40)
        if sign == "🇨🇳":
            assert all(part.lstrip("x")[0] == "\U0001f1e8" for part in parts if part.lstrip("x"))
        else:
            assert all(part.replace(sign, "").strip("x") == "" for part in parts)
