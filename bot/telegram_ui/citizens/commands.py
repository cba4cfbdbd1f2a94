"""What each command does."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from telegram import InlineKeyboardMarkup, Message
from telegram.constants import ChatType

from bot.answers.reply import Option, Reply, Target
from bot.answers.service import open_option
from bot.i18n.languages import LANGUAGES, Language, language_by_tag, language_name
from bot.i18n.message import Translator
from bot.people import messages, privacy
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import Button, ChooseLanguage, Forget, RenderMode
from bot.telegram_ui.message_parser import Command

#: What stands behind /start when somebody followed a link to a project or an area.
_DEEP_LINK = re.compile(r"([pa])_([a-z0-9-]{1,40})")
_LINKED: dict[str, Literal["project", "area"]] = {"p": "project", "a": "area"}


async def obey(desk: HandlerContext, message: Message, command: Command) -> None:
    """Do what a command says; one that there is not gets the help line."""
    phrases = await desk.phrases_for(message.chat.id, message.from_user)
    act = COMMANDS.get(command.name, _say_unknown)
    await act(desk, message, command, phrases)


def payload_of(target: Target) -> str:
    """What a link carries that opens a project or an area: `p_sixth-hospital`."""
    return f"{target.kind[0]}_{target.id}"


def target_of(payload: str) -> Target | None:
    """What a link opens; None when it names nothing that the bot knows how to name."""
    found = _DEEP_LINK.fullmatch(payload)
    return Target(_LINKED[found[1]], found[2]) if found else None


def browsing(reply: Reply, target: Target, phrases: Translator) -> tuple[Option, ...]:
    """The options of a reply in the list that is leafed through; with a way back where there is room."""
    back = Option(phrases.gettext("All areas"), Target("overview"))
    room = target.kind == "area" and len(reply.options) < 5
    return (*reply.options, back) if room else reply.options


def language_keyboard(
    desk: HandlerContext, chat: int, chosen: Language | None, phrases: Translator
) -> InlineKeyboardMarkup | None:
    """The languages to choose from, with a mark at the present one."""
    names: list[tuple[Language | None, str]] = [(code, language_name(code)) for code in LANGUAGES]
    names.append((None, phrases.gettext("That of each question")))
    buttons: list[Button] = [
        (f"✓ {name}" if language == chosen else name, ChooseLanguage(language)) for language, name in names
    ]
    return desk.keyboards.rows(buttons, chat)


async def _start(desk: HandlerContext, message: Message, command: Command, phrases: Translator) -> None:
    await _greet(desk, message, command, phrases)
    # Behind the greeting, which comes also when nothing can be kept.
    person = message.from_user if message.chat.type == ChatType.PRIVATE else None
    spoken = language_by_tag(person.language_code if person else None)
    await desk.chats.subscribe(message.chat.id, desk.now(), spoken)


async def _stop(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    subscribed = (await desk.chats.read(message.chat.id)).subscribed_since is not None
    await desk.chats.unsubscribe(message.chat.id)
    await desk.respond(message, sentences.notices_stopped(phrases) if subscribed else sentences.no_notices(phrases))


async def _greet(desk: HandlerContext, message: Message, command: Command, phrases: Translator) -> None:
    target = target_of(command.argument)
    if target and await _show(desk, message, target, phrases, RenderMode.BELOW):
        return
    if message.chat.type == ChatType.PRIVATE:
        await desk.respond(message, sentences.welcome(desk.snapshot().knowledge, phrases))
    else:
        await desk.respond(message, sentences.group_greeting(desk.username, phrases))


async def _help(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    role = desk.roster.cached_role(message.chat.id)
    await desk.respond(message, sentences.help_text(desk.username, phrases, role))


async def _projects(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    await _show(desk, message, Target("overview"), phrases, RenderMode.BROWSE)


async def _language(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    chosen = (await desk.chats.read(message.chat.id)).language
    keyboard = language_keyboard(desk, message.chat.id, chosen, phrases)
    await desk.respond(message, sentences.question_of_language(phrases), keyboard)


async def _privacy(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    await desk.respond(
        message, messages.privacy_notice(phrases, staff=desk.roster.cached_role(message.chat.id) is not None)
    )


async def _my_data(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    if message.chat.type != ChatType.PRIVATE:
        await desk.respond(message, sentences.only_in_private(desk.username, phrases))
        return
    own = await privacy.own_data(message.chat.id, chats=desk.chats, subjects=desk.subjects, now=desk.now())
    await desk.respond(message, messages.format_own_data(own, desk.snapshot().knowledge, phrases))


async def _forget(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    if message.chat.type != ChatType.PRIVATE:
        await desk.respond(message, sentences.only_in_private(desk.username, phrases))
        return
    buttons: list[Button] = [
        (phrases.gettext("Yes, erase it"), Forget(confirmed=True)),
        (phrases.gettext("No, keep it"), Forget(confirmed=False)),
    ]
    keyboard = desk.keyboards.rows(buttons, message.chat.id)
    staff = desk.roster.cached_role(message.chat.id) is not None
    await desk.respond(message, messages.erase_question(phrases, staff=staff), keyboard)


async def _about(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    await desk.respond(message, sentences.about(desk.snapshot(), phrases))


async def _id(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    person = message.from_user if message.sender_chat is None else None
    await desk.respond(message, sentences.numbers(person.id if person else None, message.chat.id, phrases))


async def _say_unknown(desk: HandlerContext, message: Message, _: Command, phrases: Translator) -> None:
    await desk.respond(message, sentences.unknown_command(phrases))


async def _show(
    desk: HandlerContext, message: Message, target: Target, phrases: Translator, manner: RenderMode
) -> bool:
    """Show a project, an area or the list; False when the knowledge does not have it."""
    chat = message.chat.id
    reply = open_option(
        target, chat=chat, now=desk.now(), snapshot=desk.snapshot(), subjects=desk.subjects, phrases=phrases
    )
    if reply is None:
        return False
    keyboard = desk.keyboards.options(
        reply.options, chat, language=phrases.language, manner=manner, subject=target,
        below=desk.for_staff(chat, target, phrases),
    )  # fmt: skip
    await desk.respond(message, reply.text, keyboard)
    return True


#: Every command, also those that no menu offers.
COMMANDS: Mapping[str, Callable[[HandlerContext, Message, Command, Translator], Awaitable[None]]] = {
    "start": _start,
    "stop": _stop,
    "help": _help,
    "projects": _projects,
    "language": _language,
    "privacy": _privacy,
    "mydata": _my_data,
    "forget": _forget,
    "about": _about,
    "id": _id,
}
