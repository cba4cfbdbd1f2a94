"""The transport of a broadcast message: unchanged, sent once, with a correct outcome."""

import asyncio
from typing import Any, Literal

import aiohttp
import pytest

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Attachment, Edition, Link
from bot.sandbox import Sandbox
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.client import Client
from bot.telegram_api.rate_limiter import RateLimiter
from tests.telegram_api.uncertain_sends import UNCERTAIN_OUTCOMES

TEXT = "<b>Water</b> is off &amp; back at 18:00\n\nNo 2026-014"


@pytest.fixture
def rate_limiter() -> RateLimiter:
    """A rate limiter for which no time passes."""
    return RateLimiter(30, clock=lambda: 0.0)


@pytest.fixture
def transport(client: Client, rate_limiter: RateLimiter) -> TelegramTransport:
    return TelegramTransport(client, rate_limiter)


@pytest.fixture
def ann(sandbox: Sandbox) -> int:
    """A person who has started the bot."""
    person = sandbox.person()
    sandbox.start(person)
    return person


async def test_a_text_arrives_with_its_formatting_and_without_a_preview(
    sandbox: Sandbox, transport: TelegramTransport, ann: int
) -> None:
    outcome = await transport.send(ann, Edition("unused"), f"{TEXT} https://example.org", silent=False)

    (message,) = sandbox.replies(ann)
    assert outcome == Sent(message["message_id"])
    assert message["text"].startswith("Water is off & back at 18:00")
    assert message["entities"][0] == {"type": "bold", "offset": 0, "length": 5}
    assert message["link_preview_options"] == {"is_disabled": True}
    assert "reply_markup" not in message


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_an_attachment_that_telegram_has_arrives_with_the_text_below_it(
    sandbox: Sandbox, transport: TelegramTransport, ann: int, kind: Literal["photo", "document"]
) -> None:
    sandbox.attach(ann, kind)
    given = sandbox.messages(ann)[-1][kind]
    file = (given[-1] if kind == "photo" else given)["file_id"]

    outcome = await transport.send(ann, Edition("unused", Attachment(kind, file)), TEXT, silent=False)

    (message,) = sandbox.replies(ann)
    sent = message[kind][-1] if kind == "photo" else message[kind]
    assert outcome == Sent(message["message_id"])
    assert sent["file_id"] == file
    assert message["caption"].startswith("Water is off & back")
    assert message["caption_entities"][0]["type"] == "bold"


async def test_each_link_is_a_button_of_its_own_row(sandbox: Sandbox, transport: TelegramTransport, ann: int) -> None:
    links = (Link("Map", "https://example.org/map"), Link("地图", "https://example.org/zh"))
    await transport.send(ann, Edition("unused", links=links), TEXT, silent=False)

    assert sandbox.replies(ann)[0]["reply_markup"]["inline_keyboard"] == [
        [{"text": "Map", "url": "https://example.org/map"}],
        [{"text": "地图", "url": "https://example.org/zh"}],
    ]


@pytest.mark.parametrize("silent", [False, True])
async def test_only_a_silent_message_asks_for_no_sound(
    sandbox: Sandbox, transport: TelegramTransport, ann: int, silent: bool
) -> None:
    await transport.send(ann, Edition("unused"), TEXT, silent=silent)

    (call,) = sandbox.calls(method="sendMessage")
    assert call.payload.get("disable_notification", False) is silent


async def tried(sandbox: Sandbox, transport: TelegramTransport, chat: int, edition: Edition | None = None) -> Outcome:
    """The outcome of a message, which was tried exactly once."""
    outcome = await transport.send(chat, edition or Edition("unused"), TEXT, silent=False)
    assert len([call for call in sandbox.calls() if call.method.startswith("send")]) == 1
    return outcome


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("kind", "expected"), UNCERTAIN_OUTCOMES.items())
async def test_a_line_that_fails_leaves_it_unknown_after_one_try(
    sandbox: Sandbox, transport: TelegramTransport, ann: int, *, kind: str, expected: Outcome, accepted: bool
) -> None:
    """No one can tell whether the citizen has it, so it is neither called sent nor tried again here."""
    sandbox.fault(kind, "sendMessage", accepted=accepted)

    assert await tried(sandbox, transport, ann) == expected
    assert len(sandbox.replies(ann)) == accepted


async def test_a_late_answer_is_waited_for(sandbox: Sandbox, transport: TelegramTransport, ann: int) -> None:
    sandbox.fault("delay", "sendMessage", accepted=True, seconds=0.2)

    assert isinstance(await tried(sandbox, transport, ann), Sent)


async def test_a_message_without_an_answer_is_given_up_within_fifteen_seconds(
    sandbox: Sandbox, client: Client, rate_limiter: RateLimiter, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are asked of the HTTP library, and shortened a hundred times on their way."""
    asked: list[aiohttp.ClientTimeout] = []
    request = aiohttp.ClientSession.request

    def hasty(session: aiohttp.ClientSession, *args: Any, timeout: aiohttp.ClientTimeout, **others: Any) -> Any:
        asked.append(timeout)
        return request(
            session, *args, timeout=aiohttp.ClientTimeout(sock_read=(timeout.sock_read or 0) / 100), **others
        )

    monkeypatch.setattr(aiohttp.ClientSession, "request", hasty)
    sandbox.fault("hang", "sendMessage")

    assert await tried(sandbox, TelegramTransport(client, rate_limiter), ann) == Unknown("silence")
    (limits,) = asked
    assert (limits.sock_read, limits.connect, limits.total) == (15, 10, 30)


async def test_too_many_messages_stop_the_broadcast_and_nothing_was_sent(
    sandbox: Sandbox, transport: TelegramTransport, rate_limiter: RateLimiter, ann: int
) -> None:
    sandbox.fault("flood", "sendMessage", seconds=7)

    assert await tried(sandbox, transport, ann) == NotSent("flood", retry_after=7.0)
    assert rate_limiter.take(8) == 0
    assert rate_limiter.wait() > 7


async def test_an_unreachable_chat_differs_from_one_that_blocked_the_bot(
    sandbox: Sandbox, transport: TelegramTransport, ann: int
) -> None:
    ben, stranger = sandbox.person("Ben"), sandbox.person("Cleo")
    sandbox.start(ben)
    sandbox.block(ann)
    sandbox.deactivate(ben)

    for chat, expected in {ann: Refused("blocked"), ben: Refused("chat"), 424242: Refused("chat")}.items():
        sandbox.record.clear()
        assert await tried(sandbox, transport, chat) == expected
    sandbox.record.clear()
    assert isinstance(await tried(sandbox, transport, stranger), Refused)


async def test_a_group_that_moved_tells_where_it_is(sandbox: Sandbox, transport: TelegramTransport, ann: int) -> None:
    group = sandbox.group("Yard", [ann])
    new = sandbox.migrate(group)

    assert await tried(sandbox, transport, group) == NotSent("migrated", new_chat=new)


@pytest.mark.parametrize(
    "edition", [Edition("unused", Attachment("photo", "no-such-file")), Edition("unused", links=(Link("x", "no url"),))]
)
async def test_content_that_telegram_refuses_is_reported_as_that(
    sandbox: Sandbox, transport: TelegramTransport, ann: int, edition: Edition
) -> None:
    assert await tried(sandbox, transport, ann, edition) == Refused("content")


async def test_a_wrong_token_hinders_and_a_telegram_that_is_gone_too(
    sandbox: Sandbox, transport: TelegramTransport, ann: int
) -> None:
    assert await transport.is_reachable()
    sandbox.set_token("1000000001:another-token-of-the-same-bot-entirely")
    assert await tried(sandbox, transport, ann) == NotSent("token")
    assert not await transport.is_reachable()
    await sandbox.close()
    assert await transport.send(ann, Edition("unused"), TEXT, silent=False) == NotSent("network")
    assert not await transport.is_reachable()


async def test_a_message_that_is_cancelled_is_cancelled(
    sandbox: Sandbox, transport: TelegramTransport, ann: int
) -> None:
    sandbox.fault("hang", "sendMessage")
    posting = asyncio.create_task(transport.send(ann, Edition("unused"), TEXT, silent=False))
    await sandbox.wait_for_calls("sendMessage")
    posting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await posting


async def test_a_preview_counts_in_the_rate_limit_like_an_answer(client: Client, ann: int) -> None:
    """While a broadcast takes all that there is, previews on top of it would be more than Telegram allows."""
    rate_limiter = RateLimiter(30, clock=lambda: 0.0)
    previews = TelegramTransport(client, rate_limiter, as_answers=True)
    assert rate_limiter.take(8) == 2

    for _ in range(3):
        assert isinstance(await previews.send(ann, Edition("unused"), TEXT, silent=False), Sent)
    assert rate_limiter.wait() > 3 / 30
