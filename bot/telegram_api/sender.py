"""How the bot speaks: sends, edits and answers until Telegram has it or certainly never will."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext

import structlog
from cachetools import LRUCache
from telegram import (
    BotCommand,
    BotCommandScope,
    InlineKeyboardMarkup,
    InlineQueryResult,
    InlineQueryResultsButton,
    LinkPreviewOptions,
)

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent
from bot.errors import StorageError
from bot.telegram_api.client import Client
from bot.telegram_api.descriptors import max_calls
from bot.telegram_api.errors import classify
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import AnswerRetries, TokenGate
from bot.telegram_api.text import escape, pieces

#: The largest file that is fetched, and the most characters below a file.
MOST_FILE_BYTES, LONGEST_CAPTION = 5_000_000, 1024
#: A chat with such an outcome is unsubscribed.
_UNREACHABLE = (Refused("blocked"), Refused("chat"))
#: Refusals after which the text is sent without formatting.
_MAY_BE_FORMATTING = (Refused("content"), Refused("unclassified"))
#: Seconds after which a call was slow.
_SLOW_CALL = 2.0
_REMEMBERED = 10_000
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

#: Sends words, as HTML or as plain text.
_Call = Callable[[str, str | None], Awaitable[Sent]]

log = structlog.get_logger()


class MessageSender:
    """All that the bot says goes through here. Texts are plain; what they hold is shown literally.

    A text waits as long as there is no way to Telegram: a handler that returns has said its word.
    """

    def __init__(
        self,
        client: Client,
        *,
        token_gate: TokenGate,
        rate_limiter: RateLimiter,
        on_blocked: Callable[[int], Awaitable[None]],
        on_migrated: Callable[[int, int], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._token_gate = token_gate
        self._rate_limiter = rate_limiter
        self._on_blocked = on_blocked
        self._on_migrated = on_migrated
        self._sleep = sleep
        self._slow_places = asyncio.Semaphore(max_calls() // 2)
        self._slow_chats: LRUCache[int, None] = LRUCache(_REMEMBERED)

    async def send(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> int | None:
        """Write into a chat; the number of the (last) message, None when the chat never will have it."""
        outcome = await self.deliver(chat_id, text, keyboard=keyboard, reply_to=reply_to)
        return outcome.message_id if isinstance(outcome, Sent) else None

    async def deliver(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> Outcome:
        """Send a text, in parts if it is long, the buttons under the last; the first failure ends it."""
        parts = pieces(text)
        outcome: Outcome = Sent()
        for number, part in enumerate(parts, start=1):
            buttons = keyboard if number == len(parts) else None
            outcome = await self._send_part(chat_id, part, buttons, reply_to if number == 1 else None)
            if not isinstance(outcome, Sent):
                break
        return outcome

    async def send_once(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> Outcome:
        """Send a text that fits into one message, in its turn and without any retry: the caller keeps the outcome."""

        async def call() -> Sent:
            return Sent(
                await self._client.send_text(
                    chat_id, escape(text), parse_mode="HTML", keyboard=keyboard, reply_to=reply_to
                )
            )

        return await self._rate_limited(call, chat_id)

    async def send_file(self, chat_id: int, name: str, content: bytes, caption: str) -> int | None:
        """Send a file with up to 1,024 characters below it; the message's number, or None."""

        async def call() -> Sent:
            sent = await self._client.send_document(
                chat_id, content, caption[:LONGEST_CAPTION], filename=name, disable_content_type_detection=True
            )
            return Sent(sent.message_id)

        return await self._send_made(call, chat_id)

    async def send_photo(self, chat_id: int, content: bytes, caption: str) -> int | None:
        """Send a picture with up to 1,024 characters below it; the message's number, or None."""

        async def call() -> Sent:
            sent = await self._client.send_photo(chat_id, content, caption[:LONGEST_CAPTION])
            return Sent(sent.message_id)

        return await self._send_made(call, chat_id)

    async def fetch_file(self, file_id: str) -> bytes | None:
        """The content of a file that was sent, of at most 5 MB; None when it cannot be had."""
        content: bytes | None = None

        async def call() -> Sent:
            nonlocal content
            file = await self._client.get_file(file_id)
            if (file.file_size or 0) <= MOST_FILE_BYTES:
                content = bytes(await file.download_as_bytearray())
            return Sent()

        await self._with_retries(call, None)
        return content

    async def edit(
        self, chat_id: int, message_id: int, text: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """Change a message of the bot, and send after it what does not fit; False when it cannot be."""
        first, *others = pieces(text)

        async def call(words: str, mode: str | None) -> Sent:
            markup = None if others else keyboard
            await self._client.edit_message_text(
                words, chat_id, message_id, parse_mode=mode, reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
            )  # fmt: skip
            return Sent(message_id)

        outcome = await self._settle(call, first, chat_id)
        if others and isinstance(outcome, Sent):
            outcome = await self.deliver(chat_id, "\n".join(others), keyboard=keyboard)
        return isinstance(outcome, Sent)

    async def answer_callback(self, query_id: str, text: str | None = None) -> None:
        """Answer a pressed button, so that it stops turning; too late is as good as done."""
        await self._best_effort(self._client.answer_callback_query(query_id, text[:200] if text else None))

    async def answer_inline(
        self,
        query_id: str,
        results: Sequence[InlineQueryResult],
        *,
        next_offset: str = "",
        cache_seconds: int = 60,
        button: InlineQueryResultsButton | None = None,
    ) -> None:
        """Answer an inline query; one that has expired counts as done."""
        await self._best_effort(
            self._client.answer_inline_query(
                query_id,
                results,
                cache_time=cache_seconds,
                is_personal=True,
                next_offset=next_offset,
                button=button,
            )
        )

    async def typing(self, chat_id: int) -> None:
        """Show that the bot is at work, if that can be had at once."""
        await self._best_effort(self._client.send_chat_action(chat_id, "typing"))

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        *,
        language: str | None = None,
        scope: BotCommandScope | None = None,
    ) -> None:
        """Offer these commands (name, description) in the menu; none: those of the next wider scope."""
        menu = [BotCommand(name, description) for name, description in commands]
        if menu:
            await self._best_effort(self._client.set_my_commands(menu, scope=scope, language_code=language))
        else:
            await self._best_effort(self._client.delete_my_commands(scope=scope, language_code=language))

    async def _send_made(self, call: Callable[[], Awaitable[Sent]], chat_id: int) -> int | None:
        """Send a file or a picture; the message's number, None when the chat never will have it."""
        outcome = await self._with_retries(call, chat_id)
        if isinstance(outcome, Sent):
            return outcome.message_id
        log.warning("file_not_delivered", outcome=type(outcome).__name__)
        return None

    async def _send_part(
        self, chat_id: int, part: str, keyboard: InlineKeyboardMarkup | None, reply_to: int | None
    ) -> Outcome:
        def into(chat: int) -> _Call:
            async def call(words: str, mode: str | None) -> Sent:
                return Sent(
                    await self._client.send_text(chat, words, parse_mode=mode, keyboard=keyboard, reply_to=reply_to)
                )

            return call

        outcome = await self._settle(into(chat_id), part, chat_id)
        if isinstance(outcome, NotSent) and outcome.new_chat is not None:
            await _note(self._on_migrated(chat_id, outcome.new_chat))
            outcome = await self._settle(into(outcome.new_chat), part, outcome.new_chat)
        return outcome

    async def _settle(self, call: _Call, text: str, chat_id: int) -> Outcome:
        """Deliver as HTML; where Telegram does not take that, as plain text."""
        outcome = await self._with_retries(lambda: call(escape(text), "HTML"), chat_id)
        if outcome in _MAY_BE_FORMATTING:
            outcome = await self._with_retries(lambda: call(text, None), chat_id)
        if outcome in _UNREACHABLE:
            await _note(self._on_blocked(chat_id))
        if not isinstance(outcome, Sent):
            log.warning("not_delivered", outcome=type(outcome).__name__, why=outcome.why)
        return outcome

    async def _with_retries(self, call: Callable[[], Awaitable[Sent]], chat_id: int | None) -> Outcome:
        """Call until the outcome is final. `chat_id` None: the call sends no message, so no rate limit applies."""
        retries = AnswerRetries()
        while True:
            outcome = await self._attempt(call, chat_id)
            wait = retries.next_wait(outcome)
            if wait is None:
                return outcome
            await self._sleep(wait)

    async def _attempt(self, call: Callable[[], Awaitable[Sent]], chat_id: int | None) -> Outcome:
        """Call once, and again while Telegram refuses the token."""
        while True:
            await self._token_gate.wait()
            outcome = await self._rate_limited(call, chat_id)
            self._token_gate.record(accepted=outcome != NotSent("token"))
            if outcome != NotSent("token"):
                return outcome

    async def _rate_limited(self, call: Callable[[], Awaitable[Sent]], chat_id: int | None) -> Outcome:
        """One call in its turn; what Telegram says of too many messages is passed on."""
        if chat_id is None:
            return await _outcome(call)
        await self._rate_limiter.answer(chat_id)
        outcome = await self._in_place(call, chat_id)
        self._rate_limiter.record_outcome(chat_id, outcome)
        return outcome

    async def _in_place(self, call: Callable[[], Awaitable[Sent]], chat_id: int) -> Outcome:
        """Call Telegram; chats whose last call was slow share a half of the connections."""
        async with self._slow_places if chat_id in self._slow_chats else nullcontext():
            started = time.monotonic()
            outcome = await _outcome(call)
        if time.monotonic() - started > _SLOW_CALL:
            self._slow_chats[chat_id] = None
        else:
            self._slow_chats.pop(chat_id, None)
        return outcome

    async def _best_effort(self, call: Awaitable[object]) -> None:
        """For what is soon of no use: one try."""

        async def try_it() -> Sent:
            await call
            return Sent()

        await _outcome(try_it)


async def _outcome(call: Callable[[], Awaitable[Sent]]) -> Outcome:
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
        return classify(error)


async def _note(act: Awaitable[None]) -> None:
    """Have something kept; where that cannot be, the next message to that chat brings the same news."""
    try:
        await act
    except StorageError as error:
        log.warning("not_kept", problem=str(error))
