"""The commands that everyone may send."""

import re
from typing import Literal

from telegram import InlineKeyboardMarkup, Message
from telegram.constants import ChatType

from bot.answers.reply import MAX_OPTIONS, Option, Reply, Target
from bot.answers.service import open_option
from bot.i18n.languages import LANGUAGES, Language, language_by_tag, language_name
from bot.i18n.message import Translator
from bot.inbox.tickets.messages import format_own_inbox
from bot.people import messages, privacy
from bot.telegram_ui import texts
from bot.telegram_ui.buttons import ChooseLanguage, Forget, RenderMode
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import Button, View

_DEEP_LINK = re.compile(r"([pa])_([a-z0-9-]{1,40})")
_LINKED: dict[str, Literal["project", "area"]] = {"p": "project", "a": "area"}


async def start(context: HandlerContext, message: Message, argument: str, translator: Translator) -> None:
    """Greet, or open the target of a link; then subscribe."""
    target = deep_link_target(argument)
    view = target_view(context, message.chat.id, target, translator, browse=False) if target else None
    if view is None:
        await _greet(context, message, translator)
    else:
        await context.respond(message, *view)
    # After the greeting, which must work even if nothing can be stored.
    person = message.from_user if message.chat.type == ChatType.PRIVATE else None
    telegram_language = language_by_tag(person.language_code if person else None)
    await context.chats.subscribe(message.chat.id, context.now(), telegram_language)


async def stop(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    subscribed = (await context.chats.read(message.chat.id)).subscribed_since is not None
    await context.chats.unsubscribe(message.chat.id)
    text = texts.notices_stopped(translator) if subscribed else texts.no_notices(translator)
    await context.respond(message, text)


async def show_help(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    role = context.roles.cached_role(message.chat.id)
    await context.respond(message, texts.help_text(context.commands, context.bot.username, translator, role))


async def list_projects(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    if view := target_view(context, message.chat.id, Target("overview"), translator, browse=True):
        await context.respond(message, *view)


async def ask_language(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    chosen = (await context.chats.read(message.chat.id)).language
    keyboard = language_keyboard(context, message.chat.id, chosen, translator)
    await context.respond(message, texts.question_of_language(translator), keyboard)


async def show_privacy_notice(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    is_staff = context.roles.cached_role(message.chat.id) is not None
    await context.respond(message, messages.privacy_notice(translator, staff=is_staff))


async def show_own_data(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    chat = message.chat.id
    if message.chat.type != ChatType.PRIVATE:
        await context.respond(message, texts.only_in_private(context.bot.username, translator))
        return
    own = await privacy.own_data(
        chat, chats=context.chats, roles=context.roles, conversations=context.memory.conversations, now=context.now()
    )
    more = format_own_inbox(await context.tickets.store.own_inbox(chat), translator)
    await context.respond(message, messages.format_own_data(own, context.snapshot().knowledge, translator, more))


async def ask_forget(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    if message.chat.type != ChatType.PRIVATE:
        await context.respond(message, texts.only_in_private(context.bot.username, translator))
        return
    buttons: list[Button] = [
        (translator.gettext("Yes, erase it"), Forget(confirmed=True)),
        (translator.gettext("No, keep it"), Forget(confirmed=False)),
    ]
    keyboard = context.keyboards.rows(buttons, message.chat.id)
    is_staff = context.roles.cached_role(message.chat.id) is not None
    await context.respond(message, messages.erase_question(translator, staff=is_staff), keyboard)


async def show_about(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    await context.respond(message, texts.about(context.snapshot(), translator))


async def show_id(context: HandlerContext, message: Message, _: str, translator: Translator) -> None:
    person = message.from_user if message.sender_chat is None else None
    await context.respond(message, texts.numeric_ids(person.id if person else None, message.chat.id, translator))


def deep_link_payload(target: Target) -> str:
    """The argument of /start that opens a project or an area: `p_sixth-hospital`."""
    return f"{target.kind[0]}_{target.id}"


def deep_link_target(payload: str) -> Target | None:
    """The target that the argument of /start opens; None if it is not such a link."""
    found = _DEEP_LINK.fullmatch(payload)
    return Target(_LINKED[found[1]], found[2]) if found else None


def target_view(
    context: HandlerContext, chat: int, target: Target, translator: Translator, *, browse: bool
) -> View | None:
    """A project, an area or the overview, which becomes the focus of the chat; None if the id is unknown.

    With `browse` its buttons edit the message and lead back to all areas; otherwise they send new messages.
    """
    reply = open_option(
        target,
        chat=chat,
        now=context.now(),
        snapshot=context.snapshot(),
        conversations=context.memory.conversations,
        translator=translator,
    )
    if reply is None:
        return None
    keyboard = context.keyboards.options(
        _browsing_options(reply, target, translator) if browse else reply.options,
        chat,
        language=translator.language,
        mode=RenderMode.EDIT if browse else RenderMode.NEW_MESSAGE,
        subject=target,
        below=context.edit_button(chat, target, translator),
    )
    return reply.text, keyboard


def _browsing_options(reply: Reply, target: Target, translator: Translator) -> tuple[Option, ...]:
    """The options, plus a way back to all areas if the target is an area and there is room."""
    back = Option(translator.gettext("All areas"), Target("overview"))
    has_room = target.kind == "area" and len(reply.options) < MAX_OPTIONS
    return (*reply.options, back) if has_room else reply.options


def language_keyboard(
    context: HandlerContext, chat: int, chosen: Language | None, translator: Translator
) -> InlineKeyboardMarkup | None:
    """The languages to choose from, with a mark at the current one."""
    names: list[tuple[Language | None, str]] = [(code, language_name(code)) for code in LANGUAGES]
    names.append((None, translator.gettext("Same as my question")))
    buttons: list[Button] = [
        (f"✓ {name}" if language == chosen else name, ChooseLanguage(language)) for language, name in names
    ]
    return context.keyboards.rows(buttons, chat)


async def _greet(context: HandlerContext, message: Message, translator: Translator) -> None:
    if message.chat.type == ChatType.PRIVATE:
        await context.respond(message, texts.greeting(context.snapshot().knowledge, translator))
    else:
        await context.respond(message, texts.group_greeting(context.bot.username, translator))
