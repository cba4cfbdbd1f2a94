"""A picture or file from the server is uploaded to Telegram, which stores it for broadcasts."""

import struct
from typing import Literal

import pytest

from bot.broadcasts.delivery import NotSent, Refused, Sent, Unknown
from bot.broadcasts.model import Attachment, Edition
from bot.sandbox import Sandbox
from bot.telegram_api.attachment_uploader import AttachmentUploader
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.client import Client
from bot.telegram_api.rate_limiter import RateLimiter

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + struct.pack(">II", 4, 3) + b"rest"


@pytest.fixture
def ann(sandbox: Sandbox) -> int:
    """A person who has started the bot."""
    person = sandbox.person()
    sandbox.start(person)
    return person


@pytest.mark.parametrize(
    ("kind", "content"), [("photo", PNG), ("document", b"x" * 8_000_000)], ids=["photo", "document"]
)
async def test_what_was_brought_up_once_can_be_sent_to_others(
    sandbox: Sandbox, client: Client, ann: int, kind: Literal["photo", "document"], content: bytes
) -> None:
    ben = sandbox.person()
    sandbox.start(ben)
    uploaded = await AttachmentUploader(client, RateLimiter(30)).upload(ann, kind, "map.png", content)
    assert isinstance(uploaded, Attachment)
    assert uploaded.kind == kind
    posted = await TelegramTransport(client, RateLimiter(30)).send(ben, Edition("Look", uploaded), "Look", silent=False)
    assert isinstance(posted, Sent)
    assert sandbox.state.files[uploaded.file_id].content == content
    (message,) = sandbox.replies(ben)
    assert message["caption"] == "Look"
    assert uploaded.file_id in str(message[kind])


async def test_a_file_that_is_not_a_picture_is_refused_as_a_photo(sandbox: Sandbox, client: Client, ann: int) -> None:
    assert await AttachmentUploader(client, RateLimiter(30)).upload(ann, "photo", "map.png", b"no picture") == Refused(
        "content"
    )
    assert sandbox.replies(ann) == []


async def test_without_a_reachable_admin_nothing_is_uploaded(sandbox: Sandbox, client: Client) -> None:
    assert await AttachmentUploader(client, RateLimiter(30)).upload(
        sandbox.person(), "document", "map.pdf", b"%PDF"
    ) == Refused("chat")


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("flood", NotSent("flood", retry_after=7)),
        ("error", Unknown("server")),
        ("reset", Unknown("broken")),
        ("garbage", Unknown("garbage")),
    ],
)
async def test_it_is_tried_once_and_what_went_wrong_is_an_outcome(
    sandbox: Sandbox, client: Client, ann: int, kind: str, outcome: NotSent | Unknown
) -> None:
    sandbox.fault(kind, "senddocument", seconds=7)
    rate_limiter = RateLimiter(30)
    assert await AttachmentUploader(client, rate_limiter).upload(ann, "document", "map.pdf", b"%PDF") == outcome
    assert sandbox.replies(ann) == []
    assert (rate_limiter.wait() > 5) == (kind == "flood"), "broadcasts wait as well"


async def test_a_file_counts_in_the_rate_limit_like_an_answer(sandbox: Sandbox, client: Client, ann: int) -> None:
    rate_limiter = RateLimiter(30, clock=lambda: 0.0)
    assert rate_limiter.take(8) == 2
    before = rate_limiter.wait()

    assert isinstance(
        await AttachmentUploader(client, rate_limiter).upload(ann, "document", "map.pdf", b"%PDF"), Attachment
    )
    assert rate_limiter.wait() > before
