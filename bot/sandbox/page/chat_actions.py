"""People's actions in their chats: those of Telegram's own apps."""

from functools import partial

from bot.sandbox.page import inputs
from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Json, Refusal
from bot.sandbox.state import Chat

#: Seconds to wait for the answer to a pressed button or an inline query.
_PATIENCE = 60.0
_PNG, _JPEG, _GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"


async def write(page: Page, given: inputs.Write) -> Json:
    """Send a text; return the id of the message."""
    person, chat = page.people.find(given.key)
    if given.reply_to is not None and given.reply_to not in chat.messages:
        raise Refusal("The message that you reply to is gone.", "message_gone")
    return _sent(page, chat, page.sandbox.write(person, given.text, chat=chat.id, reply_to=given.reply_to))


async def edit(page: Page, given: inputs.Edit) -> Json:
    """Edit one's own text."""
    person, chat = page.people.find(given.key)
    message = _message(chat, given.message)
    if message.get("from", {}).get("id") != person or "text" not in message:
        raise Refusal("Only your own texts can be changed.", "not_yours")
    if message["text"] != given.text:
        page.sandbox.edit(person, given.message, given.text, chat=chat.id)
    return {}


async def press(page: Page, given: inputs.Press) -> Json:
    """Press a button; the bot's answer becomes a notice."""
    person, chat = page.people.find(given.key)
    rows = _message(chat, given.message).get("reply_markup", {}).get("inline_keyboard", [])
    try:
        button = rows[given.row][given.column]
    except IndexError:
        raise Refusal("The button is gone.", "button_gone") from None
    if "callback_data" not in button:
        raise Refusal("This button does not call the bot.")
    query = page.sandbox.press(person, given.message, data=button["callback_data"], chat=chat.id)
    page.start(_await_notice(page, person, query))
    return {"query_id": query}


async def start(page: Page, given: inputs.Start) -> Json:
    """Press Start; this unblocks a blocked bot."""
    person, chat = page.people.find(given.key)
    if chat.type != "private":
        raise Refusal("Start is pressed in the chat with the bot.")
    return _sent(page, chat, page.sandbox.start(person, given.payload))


async def attach(page: Page, given: inputs.Attach) -> Json:
    """Send a document or a photo."""
    person, chat = page.people.find(given.key)
    content = bytes(given.content)
    if not content:
        raise Refusal("The file is empty.", "empty_file")
    if given.kind == "photo" and image_type(content) is None:
        raise Refusal("This is not a picture that Telegram accepts as a photo; send it as a document.", "no_picture")
    name = given.name.rpartition("/")[2].rpartition("\\")[2]
    attach_to = partial(page.sandbox.attach, person, given.kind, chat=chat.id)
    return _sent(page, chat, attach_to(caption=given.caption, content=content, name=name or "file"))


async def inline(page: Page, given: inputs.Inline) -> Json:
    """Type after the bot's name; the results come as an event."""
    person = page.people.check(given.person)
    query = page.sandbox.ask_inline(person, given.query)
    page.start(_await_results(page, person, query))
    return {"query_id": query}


async def choose(page: Page, given: inputs.Choose) -> Json:
    """Send a result of an inline query into a chat."""
    key = given.key or f"{given.person}:{given.person}"
    person, chat = page.people.find(key)
    query = page.sandbox.state.queries.get(given.query_id)
    if query is None or query.person != person:
        raise Refusal("This search is too old; type the words again.", "old_search")
    try:
        return _sent(page, chat, page.sandbox.choose(person, query.id, given.result_id, chat=chat.id))
    except KeyError:
        raise Refusal("There is no such result.") from None


async def block(page: Page, given: inputs.Block) -> Json:
    """Block the bot, or unblock it."""
    person = page.people.check(given.person)
    if given.blocked != page.sandbox.state.person(person).blocked:
        (page.sandbox.block if given.blocked else page.sandbox.unblock)(person)
    page.publish_people()
    return {}


def image_type(content: bytes) -> str | None:
    """The media type of an image that browsers can show, or None."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    if content.startswith(_GIF):
        return "image/gif"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _sent(page: Page, chat: Chat, message_id: int) -> Json:
    """The id of a message that a person sent. In private it may be their first one, or have unblocked the bot."""
    if chat.type == "private":
        page.publish_people()
    return {"id": message_id}


def _message(chat: Chat, message_id: int) -> Json:
    if message_id not in chat.messages:
        raise Refusal("The message is gone.", "message_gone")
    return chat.messages[message_id]


async def _await_notice(page: Page, person: int, query: str) -> None:
    answer = await _answer(page, query)
    text, url = answer.get("text", ""), answer.get("url", "")
    alert = bool(answer.get("show_alert"))
    page.feed.publish("notice", person=person, query_id=query, text=text, alert=alert, url=url)


async def _await_results(page: Page, person: int, query: str) -> None:
    results = [_result(result) for result in (await _answer(page, query)).get("results", [])]
    page.feed.publish("inline", person=person, query_id=query, results=results)


async def _answer(page: Page, query: str) -> Json:
    """The bot's answer; empty if there is none."""
    try:
        return await page.sandbox.wait_for_answer(query, within=_PATIENCE)
    except TimeoutError:
        return {}


def _result(result: Json) -> Json:
    content = result.get("input_message_content") or {}
    return {
        "id": result["id"],
        "title": result.get("title", ""),
        "description": result.get("description", ""),
        "text": content.get("message_text", ""),
    }
