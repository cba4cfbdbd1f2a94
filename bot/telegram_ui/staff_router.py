"""The one door to all that staff do: their rights are looked up here, at the moment of each act."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import CallbackQuery, Message

from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.people.ports import Role
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.admins import approve as seconding
from bot.telegram_ui.admins import compose as composing
from bot.telegram_ui.admins import confirm as launching
from bot.telegram_ui.admins import inputs as parts
from bot.telegram_ui.admins import progress as progress_card
from bot.telegram_ui.admins import roles as appointments
from bot.telegram_ui.admins.callback_data import (
    Approve,
    AskCancel,
    AskPart,
    ControlBroadcast,
    DropDraft,
    OpenDraft,
    Review,
    SetAtOnce,
    SetAudience,
    SetClass,
    ShowCard,
    ShowPreview,
    TakeOutAttachment,
    TakeOutLinks,
    TakeOutText,
    WriteAgain,
)
from bot.telegram_ui.message_parser import Command
from bot.telegram_ui.staff import edit as editing
from bot.telegram_ui.staff import review as proposing
from bot.telegram_ui.staff import stale as freshness
from bot.telegram_ui.staff import versions
from bot.telegram_ui.staff.callback_data import (
    NEEDED,
    AcceptFile,
    Appoint,
    AskText,
    DecideDraft,
    EditField,
    EditProject,
    ListProjects,
    SendSpreadsheet,
    SetStatus,
    SetToday,
    StaffPress,
    TakeOut,
    Undo,
)
from bot.telegram_ui.staff.context import (
    AnyPrompt,
    ExpectedHeadCount,
    ExpectedInput,
    ExpectedPart,
    StaffContext,
    is_at_home,
    is_own,
    suffices,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StaffCommand:
    """A command, and the rights that it needs."""

    needed: Role
    obey: Callable[[StaffContext, Message, str, Translator], Awaitable[None]]


COMMANDS: Mapping[str, StaffCommand] = {
    "knowledge": StaffCommand("staff", versions.show_version),
    "edit": StaffCommand("staff", editing.begin),
    "undo": StaffCommand("staff", versions.undo),
    "stale": StaffCommand("staff", freshness.list_stale),
    "broadcast": StaffCommand("admin", composing.begin),
    "staff": StaffCommand("admin", appointments.list_members),
    "grant": StaffCommand("admin", appointments.ask_grant),
    "revoke": StaffCommand("admin", appointments.ask_revoke),
    "audit": StaffCommand("admin", appointments.show_audit),
}

#: What each button of staff does.
_ACTS: Mapping[type[object], Callable[[StaffContext, CallbackQuery, Any, Translator], Awaitable[None]]] = {
    ListProjects: editing.list_projects,
    EditProject: editing.show_project,
    EditField: editing.show_field,
    SetStatus: editing.set_status,
    SetToday: editing.set_today,
    AskText: editing.ask_text,
    TakeOut: editing.take_out,
    DecideDraft: proposing.decide,
    AcceptFile: proposing.accept,
    SendSpreadsheet: versions.send_sheet,
    Undo: versions.press_undo,
    Appoint: appointments.appoint,
    OpenDraft: composing.open_draft,
    SetClass: composing.set_class,
    SetAudience: composing.set_audience,
    SetAtOnce: composing.set_at_once,
    AskPart: composing.ask_part,
    TakeOutText: composing.take_out_text,
    TakeOutLinks: composing.take_out_links,
    TakeOutAttachment: composing.take_out_attachment,
    DropDraft: composing.drop_draft,
    ShowPreview: launching.show_preview,
    Review: seconding.review,
    Approve: seconding.approve,
    ShowCard: progress_card.show_card,
    AskCancel: progress_card.ask_cancel,
    ControlBroadcast: progress_card.steer,
    WriteAgain: composing.write_again,
}


async def obey(office: StaffContext, message: Message, command: Command) -> None:
    """Do what a command of staff says, if this person may."""
    phrases = await office.desk.phrases_for(message.chat.id, message.from_user)
    if await _admitted(office, message, COMMANDS[command.name].needed, phrases):
        if command.name == "edit":
            office.baskets.drop(message.chat.id)
        await COMMANDS[command.name].obey(office, message, command.argument, phrases)


async def act(office: StaffContext, query: CallbackQuery, press: StaffPress) -> None:
    """Do what a button of staff says, if this person still may."""
    person, message = query.from_user, query.message
    phrases = await office.desk.phrases_for(person.id, person)
    needed = NEEDED[type(press)]
    at_home = message is not None and is_at_home(message, person.id)
    if not at_home or not suffices(await office.desk.roster.role_of(person.id), needed):
        log.info("act_refused", act=type(press).__name__)
        await office.desk.gateway.answer_callback(query.id, sentences.only_for_staff(person.id, needed, phrases))
        return
    await office.desk.gateway.answer_callback(query.id)
    office.prompts.drop(person.id)
    async with office.desk.typing_if_slow(person.id):
        try:
            await _ACTS[type(press)](office, query, press, phrases)
        except StorageError as error:
            # The press is answered already, so what could still be shown over the chat would not be seen.
            log.warning("not_kept", act=type(press).__name__, problem=str(error))
            await office.desk.gateway.send(person.id, sentences.nothing_kept(phrases))


async def open_link(office: StaffContext, message: Message, project: str) -> None:
    """A link from the staff's group to a project that wants editing."""
    phrases = await office.desk.phrases_for(message.chat.id, message.from_user)
    if await _admitted(office, message, "staff", phrases):
        await editing.open_project(office, message, project, phrases)


async def take(office: StaffContext, message: Message, text: str) -> bool:
    """Take what was asked for, or a file that staff send; False when it is neither."""
    if parts.is_rest_of_album(office, message):
        return True
    prompt = office.prompt_of(message)
    takes_files = isinstance(prompt, ExpectedPart) and prompt.part == "text"
    if message.document is not None and is_own(message) and not takes_files:
        return await _take_file(office, message)
    if prompt is None or not (text or takes_files):
        return False
    phrases = await office.desk.phrases_for(message.chat.id, message.from_user)
    if await _admitted(office, message, "staff" if isinstance(prompt, ExpectedInput) else "admin", phrases):
        async with office.desk.typing_if_slow(message.chat.id):
            await _take_answer(office, message, prompt, text, phrases)
    else:  # whoever lost their rights meanwhile asks as a citizen from here on
        office.prompts.drop(message.chat.id)
    return True


async def _take_answer(
    office: StaffContext, message: Message, prompt: AnyPrompt, text: str, phrases: Translator
) -> None:
    match prompt:
        case ExpectedInput():
            await editing.take_text(office, message, prompt, text, phrases)
        case ExpectedPart():
            await parts.take_part(office, message, prompt, phrases)
        case ExpectedHeadCount():
            await launching.take_number(office, message, prompt, phrases)


async def _take_file(office: StaffContext, message: Message) -> bool:
    """A document of somebody without rights is like any other that a citizen sends."""
    if (
        message.document is None
        or message.from_user is None
        or not office.desk.roster.cached_role(message.from_user.id)
    ):
        return False
    if not suffices(await office.desk.roster.role_of(message.from_user.id), "staff"):
        return False
    phrases = await office.desk.phrases_for(message.chat.id, message.from_user)
    async with office.desk.typing_if_slow(message.chat.id):
        await versions.take_file(office, message, message.document, phrases)
    return True


async def _admitted(office: StaffContext, message: Message, needed: Role, phrases: Translator) -> bool:
    """Whether this is the own message of somebody with the rights; if not, they are told why."""
    if not is_own(message) or message.from_user is None:
        await office.desk.respond(message, sentences.only_your_own_words(phrases))
        return False
    person = message.from_user.id
    if not suffices(await office.desk.roster.role_of(person), needed):
        log.info("act_refused", act="command")
        await office.gettext(message, sentences.only_for_staff(person, needed, phrases))
        return False
    return True
