"""The methods of the Bot API that the sandbox serves."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.methods import chats, delivery, messages, profile, query_answers
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import SandboxState

Method = Callable[[SandboxState, Parameters], Any | Awaitable[Any]]

#: in Telegram's spelling
SERVED: dict[str, Method] = {
    "getMe": profile.get_me,
    "logOut": chats.log_out,
    "close": chats.close,
    "getUpdates": delivery.get_updates,
    "setWebhook": delivery.set_webhook,
    "deleteWebhook": delivery.delete_webhook,
    "getWebhookInfo": delivery.get_webhook_info,
    "sendMessage": messages.send_message,
    "sendPhoto": messages.send_photo,
    "sendDocument": messages.send_document,
    "copyMessage": messages.copy_message,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "answerCallbackQuery": query_answers.answer_callback_query,
    "answerInlineQuery": query_answers.answer_inline_query,
    "sendChatAction": query_answers.send_chat_action,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.setter("name", "names", 64, "bot name is too long"),
    "getMyName": profile.getter("name", "names"),
    "setMyDescription": profile.setter("description", "descriptions", 512, "bot description is too long"),
    "getMyDescription": profile.getter("description", "descriptions"),
    "setMyShortDescription": profile.setter(
        "short_description", "short_descriptions", 120, "bot short description is too long"
    ),
    "getMyShortDescription": profile.getter("short_description", "short_descriptions"),
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "getChatMemberCount": chats.get_chat_member_count,
    "getChatAdministrators": chats.get_chat_administrators,
    "leaveChat": chats.leave_chat,
    "getFile": chats.get_file,
}
_BY_NAME = {name.lower(): (name, method) for name, method in SERVED.items()}


def find_method(name: str) -> tuple[str, Method]:
    """The method and its correct spelling, in any case; raises ApiError if it is not served."""
    if name.lower() in _BY_NAME:
        return _BY_NAME[name.lower()]
    raise ApiError(404, f"Not Found: the sandbox serves no method {name}")
