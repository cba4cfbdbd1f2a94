"""Sends, edits and answers on behalf of the handlers, with the retries that each call needs.

All messages of the bot except broadcasts pass through here. A call goes through these steps, from the outside in:

1. `deliver` splits a long text into parts, and stops at the first part that fails.
2. `_send_part` follows a group that became a supergroup, once, and reports its new id (`on_migrated`).
3. `_settle` sends the text as HTML. If Telegram refuses the content, it sends plain text, because an answer without
   formatting is better than none. It reports a chat that blocked the bot or no longer exists (`on_blocked`).
4. `_with_retries` repeats the call according to `AnswerRetries`: after a 429 or without a connection until it succeeds,
   after an unknown outcome at most once more, because a lost answer is worse than two.
5. `_until_token_accepted` waits while Telegram refuses the token; `TokenGate` lets one caller try at a time.
6. `_rate_limited` takes a token from the rate limiter, and reports a 429 to it.
7. `_within_connections` limits chats whose last call was slow to half of the connections. Otherwise thousands of chats
   without an answer could use all of them.

When `send` returns, the message was sent or never will be. It may take long, which delays only its own chat (see
`chat_queue`). Calls that soon become useless (callback answers, inline results, "typing", menu commands) are tried once
and never raise.

Texts are plain and are escaped here, so a citizen's `<b>` is shown as typed.

Tests: tests/telegram_api/test_sender.py.
"""

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
from bot.i18n.text_length import MAX_CAPTION
from bot.telegram_api.client import Client
from bot.telegram_api.descriptors import max_calls
from bot.telegram_api.errors import classify
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import AnswerRetries, TokenGate
from bot.telegram_api.text import escape, split_text

#: Bytes of the largest file that is fetched.
MAX_FILE_BYTES = 5_000_000
#: Outcomes after which a chat is unsubscribed.
_UNREACHABLE = (Refused("blocked"), Refused("chat"))
#: Refusals after which the text is sent without formatting.
_MAY_BE_FORMATTING = (Refused("content"), Refused("unclassified"))
#: A call that takes more seconds is slow.
_SLOW_CALL = 2.0
#: The most slow chats that are remembered.
_REMEMBERED = 10_000
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

#: A call of the Bot API; raises on failure.
_Call = Callable[[], Awaitable[Sent]]
#: The same for a text and its parse_mode.
_TextCall = Callable[[str, str | None], Awaitable[Sent]]

log = structlog.get_logger()


class MessageSender:
    """Sends messages of handlers; the steps are described at the top of this module."""

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
        self._slow_connections = asyncio.Semaphore(max_calls() // 2)
        self._slow_chats: LRUCache[int, None] = LRUCache(_REMEMBERED)

    async def send(
        self,
        chat_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> int | None:
        """Send a text; return the id of its (last) message, or None if the chat will not get it."""
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
        """Send a text, split if long, with the keyboard below the last part; return the last call's outcome."""
        parts = split_text(text)
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
        """Send a text that fits into one message, rate-limited but without retries: the caller stores the outcome."""

        async def call() -> Sent:
            return Sent(
                await self._client.send_text(
                    chat_id, escape(text), parse_mode="HTML", keyboard=keyboard, reply_to=reply_to
                )
            )

        return await self._rate_limited(call, chat_id)

    async def send_file(self, chat_id: int, name: str, content: bytes, caption: str) -> int | None:
        """Send a file; return the id of its message, or None if the chat will not get it. A long caption is cut."""

        async def call() -> Sent:
            sent = await self._client.send_document(
                chat_id, content, caption[:MAX_CAPTION], filename=name, disable_content_type_detection=True
            )
            return Sent(sent.message_id)

        return await self._send_attachment(call, chat_id)

    async def send_photo(self, chat_id: int, content: bytes, caption: str) -> int | None:
        """Send a picture, like `send_file`."""

        async def call() -> Sent:
            sent = await self._client.send_photo(chat_id, content, caption[:MAX_CAPTION])
            return Sent(sent.message_id)

        return await self._send_attachment(call, chat_id)

    async def fetch_file(self, file_id: str) -> bytes | None:
        """The content of a file that a person sent; None if it is larger than 5 MB or cannot be fetched."""
        content: bytes | None = None

        async def call() -> Sent:
            nonlocal content
            file = await self._client.get_file(file_id)
            if (file.file_size or 0) <= MAX_FILE_BYTES:
                content = bytes(await file.download_as_bytearray())
            return Sent()

        await self._with_retries(call, None)
        return content

    async def edit(
        self, chat_id: int, message_id: int, text: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """Replace a message of the bot; what does not fit is sent as new messages. Return whether both succeeded."""
        first, *others = split_text(text)

        async def call(content: str, mode: str | None) -> Sent:
            markup = None if others else keyboard
            await self._client.edit_message_text(
                content,
                chat_id,
                message_id,
                parse_mode=mode,
                reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
            )
            return Sent(message_id)

        outcome = await self._settle(call, first, chat_id)
        if others and isinstance(outcome, Sent):
            outcome = await self.deliver(chat_id, "\n".join(others), keyboard=keyboard)
        return isinstance(outcome, Sent)

    async def answer_callback(self, query_id: str, text: str | None = None) -> None:
        """Answer a callback query, which stops the button's spinner; one attempt, because the query expires."""
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
        """Answer an inline query; one attempt, because the query expires."""
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
        """Show "typing" in a chat; one attempt."""
        await self._best_effort(self._client.send_chat_action(chat_id, "typing"))

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        *,
        language: str | None = None,
        scope: BotCommandScope | None = None,
    ) -> None:
        """Set the menu's commands (name, description); without any, the next wider scope applies. One attempt."""
        menu = [BotCommand(name, description) for name, description in commands]
        if menu:
            await self._best_effort(self._client.set_my_commands(menu, scope=scope, language_code=language))
        else:
            await self._best_effort(self._client.delete_my_commands(scope=scope, language_code=language))

    async def _send_attachment(self, call: _Call, chat_id: int) -> int | None:
        outcome = await self._with_retries(call, chat_id)
        if isinstance(outcome, Sent):
            return outcome.message_id
        log.warning("file_not_delivered", outcome=type(outcome).__name__)
        return None

    async def _send_part(
        self, chat_id: int, part: str, keyboard: InlineKeyboardMarkup | None, reply_to: int | None
    ) -> Outcome:
        def call_for(chat: int) -> _TextCall:
            async def call(content: str, mode: str | None) -> Sent:
                return Sent(
                    await self._client.send_text(chat, content, parse_mode=mode, keyboard=keyboard, reply_to=reply_to)
                )

            return call

        outcome = await self._settle(call_for(chat_id), part, chat_id)
        if isinstance(outcome, NotSent) and outcome.new_chat is not None:
            await _store_or_log(self._on_migrated(chat_id, outcome.new_chat))
            outcome = await self._settle(call_for(outcome.new_chat), part, outcome.new_chat)
        return outcome

    async def _settle(self, call: _TextCall, text: str, chat_id: int) -> Outcome:
        """Send as HTML, or as plain text if Telegram refuses the content."""
        outcome = await self._with_retries(lambda: call(escape(text), "HTML"), chat_id)
        if outcome in _MAY_BE_FORMATTING:
            outcome = await self._with_retries(lambda: call(text, None), chat_id)
        if outcome in _UNREACHABLE:
            await _store_or_log(self._on_blocked(chat_id))
        if not isinstance(outcome, Sent):
            log.warning("not_delivered", outcome=type(outcome).__name__, why=outcome.why)
        return outcome

    async def _with_retries(self, call: _Call, chat_id: int | None) -> Outcome:
        """Call until the outcome is final. `chat_id` is None for a call that sends no message and has no rate limit."""
        retries = AnswerRetries()
        while True:
            outcome = await self._until_token_accepted(call, chat_id)
            wait = retries.next_wait(outcome)
            if wait is None:
                return outcome
            await self._sleep(wait)

    async def _until_token_accepted(self, call: _Call, chat_id: int | None) -> Outcome:
        """Call, and repeat while Telegram refuses the token."""
        while True:
            await self._token_gate.wait()
            outcome = await self._rate_limited(call, chat_id)
            self._token_gate.record(accepted=outcome != NotSent("token"))
            if outcome != NotSent("token"):
                return outcome

    async def _rate_limited(self, call: _Call, chat_id: int | None) -> Outcome:
        """Call when the rate limiter allows it, and report the outcome to it."""
        if chat_id is None:
            return await _outcome(call)
        await self._rate_limiter.answer(chat_id)
        outcome = await self._within_connections(call, chat_id)
        self._rate_limiter.record_outcome(chat_id, outcome)
        return outcome

    async def _within_connections(self, call: _Call, chat_id: int) -> Outcome:
        """Call; chats whose last call was slow share half of the connections."""
        async with self._slow_connections if chat_id in self._slow_chats else nullcontext():
            started = time.monotonic()
            outcome = await _outcome(call)
        if time.monotonic() - started > _SLOW_CALL:
            self._slow_chats[chat_id] = None
        else:
            self._slow_chats.pop(chat_id, None)
        return outcome

    async def _best_effort(self, call: Awaitable[object]) -> None:
        """Call once and ignore a failure."""

        async def try_it() -> Sent:
            await call
            return Sent()

        await _outcome(try_it)


async def _outcome(call: _Call) -> Outcome:
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
        return classify(error)


async def _store_or_log(work: Awaitable[None]) -> None:
    """Store something. A failure is only logged, because the next message to that chat has the same outcome."""
    try:
        await work
    except StorageError as error:
        log.warning("not_stored", problem=str(error))
