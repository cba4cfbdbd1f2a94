"""`/knowledge`, `/undo`, `/stale`, and files that staff send."""

import re
from contextlib import suppress

from telegram import CallbackQuery, Document, Message

from bot.errors import FileError, StorageError
from bot.i18n.message import Translator
from bot.knowledge.diff import format_changes
from bot.publishing.messages import format_rejected_file, format_version
from bot.publishing.results import Drafted, TooManyRemoved, Unchanged
from bot.telegram_api.sender import MOST_FILE_BYTES
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import AcceptFile, SendSpreadsheet, Undo
from bot.telegram_ui.staff.context import StaffContext
from bot.telegram_ui.staff.review import show_drafted

#: The version in the name of a file that the bot sent: `projects-3f2a9c1b.yaml`.
_VERSION = re.compile(r"-([0-9a-f]{8})(?![0-9a-f])")
_SHOWN_CHARACTERS = 2000


async def show_version(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """Which version answers, since when, by whom, what it changed, what is held back; and the file itself."""
    publisher, chat, gettext = office.publisher, message.chat.id, phrases.gettext
    live = publisher.live
    head = gettext(
        "Knowledge {version}: areas: {areas}, projects: {projects}.",
        version=live.digest[:8],
        areas=len(live.snapshot.knowledge.areas),
        projects=len(live.snapshot.knowledge.projects),
    )
    parts = [head]
    with suppress(StorageError):  # without the database the file can still be had
        parts += await _history(office, phrases)
    buttons: list[Button] = [
        (gettext("As a spreadsheet"), SendSpreadsheet()),
        (gettext("Undo the last change"), Undo()),
    ]
    if publisher.rejected:
        parts.append(format_rejected_file(publisher.rejected, phrases))
        if isinstance(publisher.rejected, TooManyRemoved):
            buttons.append((gettext("Use it anyway"), AcceptFile(publisher.rejected.digest)))
    await office.gettext(message, "\n\n".join(parts), office.desk.keyboards.pairs(buttons, chat))
    caption = gettext(
        "Edit this file in a text editor and send it back to me: I check it and show the difference first."
    )
    await office.desk.gateway.send_file(chat, f"projects-{live.digest[:8]}.yaml", live.content, caption)


async def _history(office: StaffContext, phrases: Translator) -> list[str]:
    """When and by whom the version in use was published, and what it changed; StorageError."""
    live, default = office.publisher.live, office.publisher.live.snapshot.knowledge.city.default_language
    published = await office.versions.versions()
    newest = next((version for version in published if version.digest == live.digest), None)
    parts = [format_version(newest, office.moment(newest.at, phrases), phrases)] if newest else []
    changes = await office.publisher.drafts.last_changes()
    if told := format_changes(changes, phrases, phrases.language, default):
        parts.append(phrases.gettext("What it changed:") + "\n" + told[:_SHOWN_CHARACTERS])
    return parts


async def send_sheet(office: StaffContext, query: CallbackQuery, _: SendSpreadsheet, phrases: Translator) -> None:
    """The knowledge as a spreadsheet."""
    live = office.publisher.live
    content = await office.sheets.write(live.snapshot.knowledge, phrases)
    caption = phrases.gettext("Change the white cells and send the file back to me: I show the difference first.")
    await office.desk.gateway.send_file(query.from_user.id, f"projects-{live.digest[:8]}.xlsx", content, caption)


async def undo(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """Show what taking back the last change would change."""
    await _propose_undo(office, message.chat.id, phrases)


async def press_undo(office: StaffContext, query: CallbackQuery, _: Undo, phrases: Translator) -> None:
    """The same, with a button."""
    await _propose_undo(office, query.from_user.id, phrases)


async def take_file(office: StaffContext, message: Message, document: Document, phrases: Translator) -> None:
    """A knowledge file or a spreadsheet has come: check it, and show what it would change."""
    chat, gettext, name = message.chat.id, phrases.gettext, (document.file_name or "").lower()
    if not name.endswith((".yaml", ".yml", ".xlsx")):
        await office.gettext(
            message, gettext("I take a knowledge file (.yaml) or a spreadsheet (.xlsx); this is neither.")
        )
        return
    if (document.file_size or 0) > MOST_FILE_BYTES:
        await office.gettext(message, gettext("This file is larger than 5 MB; is it the right one?"))
        return
    await office.gettext(message, gettext("Thank you. I am checking it; this takes a few seconds."))
    content = await office.desk.gateway.fetch_file(document.file_id)
    if content is None:
        await office.gettext(message, gettext("I could not fetch this file from Telegram. Please send it again."))
        return
    version = _VERSION.search(name)
    made_from = version[1] if version else None
    try:
        drafted = await _drafted(office, chat, content, made_from, phrases, sheet=name.endswith(".xlsx"))
    except FileError as error:
        await office.gettext(message, error.why.render(phrases))
        return
    if drafted:
        await show_drafted(office, chat, drafted, phrases)


async def _propose_undo(office: StaffContext, person: int, phrases: Translator) -> None:
    drafted = await office.publisher.drafts.from_previous(person)
    if isinstance(drafted, Unchanged):
        await office.desk.gateway.send(person, phrases.gettext("There is no change to take back."))
        return
    await show_drafted(office, person, drafted, phrases)


async def _drafted(
    office: StaffContext, person: int, content: bytes, made_from: str | None, phrases: Translator, *, sheet: bool
) -> Drafted | None:
    if not sheet:
        return await office.publisher.drafts.from_file(content, person, made_from=made_from)
    if overtaken := await office.publisher.drafts.conflict_since(made_from):
        return overtaken
    edits, faults = await office.sheets.read(content, office.publisher.live.snapshot.knowledge)
    if faults:
        lines = "\n".join(f"• {fault.render(phrases)}" for fault in faults[:10])
        head = phrases.gettext("This spreadsheet cannot be used as it is; nothing was changed.")
        await office.desk.gateway.send(person, f"{head}\n{lines}")
        return None
    return await office.publisher.drafts.from_edits(edits, person, origin="spreadsheet")
