"""What a request to Telegram came to."""

from bot.broadcasts.delivery import Outcome, Sent, Unknown
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify

SECRET = "1234567890:canary-canary-canary-canary-canary"


async def outcome_of(client: Client, chat: int) -> Outcome:
    try:
        sent = await client.send_text(chat, "hello", parse_mode=None, keyboard=None, reply_to=None)
    except Exception as error:  # noqa: BLE001 - as in the sender, classify tells them apart
        shown = f"{error!r} {error} {error.__cause__!r} {error.__context__!r}"
        return Unknown("garbage") if client.token in shown else classify(error)
    return Sent(sent)
