"""The keyboards that Telegram accepts below a message."""

import json
from typing import Any

from bot.sandbox.entities.links import checked_url
from bot.sandbox.errors import bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import Json

#: The most buttons of an inline keyboard and of a reply keyboard, and the most bytes of an inline keyboard as JSON.
_MAX_BUTTONS = 100
_MAX_REPLY_BUTTONS = 300
_MAX_BYTES = 10_000
_ACTIONS = [
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
]


def read_keyboard(parameters: Parameters, *, inline_only: bool = False) -> Json | None:
    """The validated reply_markup; None if there is none or it is empty."""
    markup = parameters.tree("reply_markup", "Can't parse reply keyboard markup JSON object")
    return None if markup is None else check_keyboard(markup, inline_only=inline_only)


def check_keyboard(markup: Any, *, inline_only: bool = False) -> Json | None:
    """The markup as Telegram stores it; raises ApiError with Telegram's message."""
    if not isinstance(markup, dict):
        raise bad_request("Object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if inline_only and markup:
        raise bad_request("Inline keyboard expected")
    if "keyboard" in markup:
        _check_reply_keyboard(markup["keyboard"])
    return markup or None


def button_with(markup: Json | None, text: str) -> Json:
    """The button with this label; raises KeyError with the existing labels."""
    buttons = [button for row in (markup or {}).get("inline_keyboard", []) for button in row]
    for button in buttons:
        if button["text"] == text:
            return dict(button)
    raise KeyError(f"no button {text!r}; there are {[button['text'] for button in buttons]}")


def _inline(rows: Any) -> Json | None:
    if not _is_table(rows):
        raise bad_request('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_checked(button) for button in row] for row in rows if row]
    if (
        sum(map(len, kept)) > _MAX_BUTTONS
        or len(json.dumps(kept, ensure_ascii=False).encode(errors="surrogatepass")) > _MAX_BYTES
    ):
        raise bad_request("Reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _checked(button: Any) -> Json:
    prefix = "Can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request(prefix + 'Can\'t find field "text"')
    if not str(button["text"]).strip():
        raise bad_request("Inline keyboard button text must be non-empty")
    action = next((name for name in _ACTIONS if name in button and button[name] not in ("", None)), None)
    if action is None:
        raise bad_request(prefix + "Text buttons are unallowed in the inline keyboard")
    _check_action(action, button[action])
    return button


def _check_action(action: str, value: Any) -> None:
    if action == "callback_data" and len(str(value).encode(errors="surrogatepass")) > 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url" and checked_url(str(value)) is None:
        raise bad_request(f"Inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")


def _check_reply_keyboard(rows: Any) -> None:
    if not _is_table(rows):
        raise bad_request('Field "keyboard" must be an Array of Arrays')
    for button in (button for row in rows for button in row):
        if not isinstance(button, str) and not (isinstance(button, dict) and button.get("text")):
            raise bad_request("Can't parse keyboard button: KeyboardButton must be a String or an Object")
    if sum(map(len, rows)) > _MAX_REPLY_BUTTONS:
        raise bad_request("Reply markup is too long")


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, list) for row in rows)
