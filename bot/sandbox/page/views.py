"""The sandbox's state as JSON for the page."""

from bot.sandbox.page.people import People
from bot.sandbox.page.ports import Json
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Chat

#: The number of a chat's newest messages that the page gets.
MAX_MESSAGES = 300
_SHOWN = ("text", "caption", "photo", "document")


def key_of(person: int, chat: int) -> str:
    """The key of a person's view of a chat."""
    return f"{person}:{chat}"


def show_people(sandbox: Sandbox, people: People) -> list[Json]:
    """The people, with the contents of their Telegram."""
    rows = []
    for number, role in people.roles.items():
        person = sandbox.state.person(number)
        rows.append(
            {
                "id": number,
                "name": person.user["first_name"],
                "username": person.user.get("username", ""),
                "language": person.user.get("language_code", ""),
                "role": role,
                "blocked": person.blocked,
                "started": person.started,
            }
        )
    return rows


def show_chats(sandbox: Sandbox, people: People) -> list[Json]:
    """Each chat once for every person who sees it."""
    return [_chat(sandbox, person, chat) for person in people.roles for chat in people.chats_of(person)]


def show_profiles(sandbox: Sandbox, people: People) -> dict[str, Json]:
    """The bot's description and commands in each person's chat with it."""
    descriptions = sandbox.state.profile.descriptions
    return {
        str(person): {"description": _in_language(descriptions, sandbox, person), "commands": sandbox.menu(person)}
        for person in people.roles
    }


def show_message(message: Json, person: int, bot: int) -> Json | None:
    """A message as a person sees it; None if the page does not show it, for example a member's joining."""
    if not any(name in message for name in _SHOWN):
        return None
    sender: Json = message.get("from") or message["chat"]
    return {
        "id": message["message_id"],
        "from": "bot" if sender["id"] == bot else sender["id"],
        "name": sender.get("first_name", sender.get("title", "")),
        "out": sender["id"] == person,
        "date": message["date"],
        "edited": message.get("edit_date"),
        "text": message.get("text", message.get("caption", "")),
        "entities": message.get("entities", message.get("caption_entities", [])),
        "buttons": [[_button(button) for button in row] for row in _rows(message)],
        "photo": message["photo"][-1]["file_id"] if "photo" in message else None,
        "document": _document(message["document"]) if "document" in message else None,
        "reply_to": message.get("reply_to_message", {}).get("message_id"),
        "forward": "forward_origin" in message,
        "via_inline": "via_bot" in message,
    }


def _chat(sandbox: Sandbox, person: int, chat: Chat) -> Json:
    bot = sandbox.state.bot
    private = chat.type == "private"
    newest = list(chat.messages.values())[-MAX_MESSAGES:]
    return {
        "key": key_of(person, chat.id),
        "person": person,
        "chat": chat.id,
        "title": _bot_name(sandbox, person) if private else chat.json["title"],
        "type": "private" if private else "group",
        "messages": [shown for message in newest if (shown := show_message(message, person, int(bot["id"])))],
        "keyboard": chat.keyboard,
        "unread": 0,
    }


def _bot_name(sandbox: Sandbox, person: int) -> str:
    return _in_language(sandbox.state.profile.names, sandbox, person) or str(sandbox.state.bot["first_name"])


def _in_language(texts: dict[str, str], sandbox: Sandbox, person: int) -> str:
    """A text of the bot's profile in the language of a person's Telegram; empty if there is none."""
    return texts.get(sandbox.state.person(person).user.get("language_code", "")) or texts.get("", "")


def _document(document: Json) -> Json:
    return {"id": document["file_id"], "name": document.get("file_name", ""), "size": document["file_size"]}


def _rows(message: Json) -> list[list[Json]]:
    rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


def _button(button: Json) -> Json:
    """The button, with its data under the page's field name."""
    return {("data" if name == "callback_data" else name): value for name, value in button.items()}
