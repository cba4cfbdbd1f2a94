"""python-telegram-bot's methods over our own requests; nothing in it reveals the token."""

from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import InvalidToken, TelegramError

from bot.errors import OperatorError
from bot.metrics import TELEGRAM_CALLS
from bot.telegram_api.errors import classify, result_of
from bot.telegram_api.http import AiohttpRequest, UpdatesRequest
from bot.telegram_api.message_numbers import MAX_MESSAGE_ID, MessageNumbers
from bot.telegram_api.request_errors import MaybeSentError
from bot.telegram_api.retry_policy import WRONG_TOKEN

#: The kinds of updates that the bot reads. Telegram does not send any others, including future kinds.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "my_chat_member",
)


class Client(Bot):
    """The Bot API for one token."""

    def __init__(self, token: str, root: str, proxy: str | None = None) -> None:
        self._before_call: Callable[[], Awaitable[None]] | None = None
        # Two pools, so that the long poll for updates never waits for many short calls.
        self._pools = (AiohttpRequest(proxy), UpdatesRequest(proxy))
        self._numbers = MessageNumbers()
        super().__init__(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._pools[0],
            get_updates_request=self._pools[1],
        )

    def __repr__(self) -> str:
        return "Client()"

    @property
    def numbers(self) -> MessageNumbers:
        """The number of the newest message that Telegram mentioned."""
        return self._numbers

    def check_before_calls(self, check: Callable[[], Awaitable[None]]) -> None:
        """Await `check` before each call and skip the call if it raises: a replaced replica must not act."""
        self._before_call = check

    async def open(self) -> None:
        """Prepare for calls; calls nothing yet."""
        for pool in self._pools:
            await pool.initialize()

    async def close_pools(self) -> None:
        """Close all connections; the name `close` is taken by a method of the Bot API."""
        for pool in self._pools:
            await pool.shutdown()

    async def identify(self) -> None:
        """Fetch `id` and `username` of the bot; raises OperatorError if the token is wrong."""
        is_refused = is_odd = False
        try:
            await self.get_me()
        except InvalidToken:
            is_refused = True
        except TelegramError:
            raise
        except Exception:  # noqa: BLE001 - python-telegram-bot cannot read the answer
            is_odd = True
        # Raised after the `except`: no error may be chained to one that quotes the token.
        if is_refused:
            raise OperatorError(WRONG_TOKEN)
        if is_odd:
            raise MaybeSentError("Telegram's answer made no sense", "garbage")

    async def _post(self, *args: Any, **kwargs: Any) -> Any:
        """Call the Bot API as python-telegram-bot does, and count the result."""
        if self._before_call is not None:
            await self._before_call()
        try:
            answer = await super()._post(*args, **kwargs)
        except TelegramError as error:
            TELEGRAM_CALLS.labels(result_of(classify(error))).inc()
            raise
        TELEGRAM_CALLS.labels("ok").inc()
        self._numbers.note(answer)
        return answer

    async def send_text(
        self,
        chat_id: int,
        text: str,
        *,
        parse_mode: str | None,
        keyboard: InlineKeyboardMarkup | None,
        reply_to: int | None,
    ) -> int:
        """Send a text without link previews; return the message's number.

        Takes half the time of `send_message`, which creates objects for everything that Telegram repeats.
        """
        message: dict[str, Any] = {
            "chat_id": chat_id,
            "text": text,
            "parse_mode": parse_mode,
            "link_preview_options": {"is_disabled": True},
            "reply_markup": keyboard,
        }
        if reply_to is not None:
            message["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        return _number(await self._post("sendMessage", message))

    async def post_message(self, method: str, message: dict[str, Any]) -> int:
        """Send a message with ready-made parameters; return its number.

        The call begins within ten seconds or not at all, and ends within thirty.
        """
        sent = await self._post(
            method, message, pool_timeout=5.0, connect_timeout=5.0, write_timeout=5.0, read_timeout=15.0
        )
        return _number(sent)

    async def fetch(self, offset: int, *, wait: int) -> list[dict[str, Any]]:
        """Fetch the unparsed updates from `offset` on, which confirms all earlier ones; wait up to `wait` seconds.

        Ends at most ten seconds after `wait`, and five seconds after Telegram stops sending.
        """
        updates = await self._post(
            "getUpdates",
            {"offset": offset, "limit": 100, "timeout": wait, "allowed_updates": list(ALLOWED_UPDATES)},
            pool_timeout=0.0,  # this pool has no other user
            connect_timeout=5.0,
            write_timeout=0.0,
            read_timeout=wait + 5.0,
        )
        return updates if isinstance(updates, list) else []


def _number(sent: Any) -> int:
    """The number of the message in an answer; raises MaybeSentError if there is none."""
    number = sent.get("message_id") if isinstance(sent, dict) else None
    if not isinstance(number, int) or not 0 < number < MAX_MESSAGE_ID:
        raise MaybeSentError("Telegram's answer made no sense", "garbage")
    return number
