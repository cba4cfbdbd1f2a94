"""`/knowledge`, `/undo`, and files that staff send."""

import re
from contextlib import suppress

from telegram import CallbackQuery, Document, Message

from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.knowledge.diff import format_changes
from bot.publishing.files.folder import MAIN, unpack
from bot.publishing.messages import format_rejected_file, format_version
from bot.publishing.results import Drafted, TooManyRemoved, Unchanged
from bot.telegram_api.sender import MAX_FILE_BYTES
from bot.telegram_ui.buttons import AcceptFile, SendSpreadsheet, UndoLastChange
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.review import show_drafted

#: The version in the name of a file that the bot sent: `projects-3f2a9c1b.yaml`.
_VERSION = re.compile(r"-([0-9a-f]{8})(?![0-9a-f])")
#: The most characters of the list of changes.
_SHOWN_CHARACTERS = 2000


async def show_version(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    """Show the live version, its date and author, its changes and a rejected file, if any; send the file."""
    publisher, chat, gettext = context.publisher, message.chat.id, translator.gettext
    live = publisher.live
    head = gettext(
        "Knowledge {version}: areas: {areas}, projects: {projects}.",
        version=live.digest[:8],
        areas=len(live.snapshot.knowledge.areas),
        projects=len(live.snapshot.knowledge.projects),
    )
    parts = [head]
    with suppress(StorageError):  # the file is available without the database too
        parts += await _history(context, translator)
    buttons: list[Button] = [
        (gettext("As a spreadsheet"), SendSpreadsheet()),
        (gettext("Undo the last change"), UndoLastChange()),
    ]
    if publisher.rejected:
        parts.append(format_rejected_file(publisher.rejected, translator))
        if isinstance(publisher.rejected, TooManyRemoved):
            buttons.append((gettext("Use it anyway"), AcceptFile(publisher.rejected.digest)))
    await context.send(message.chat.id, "\n\n".join(parts), context.keyboards.pairs(buttons, chat))
    caption = gettext(
        "Edit this file in a text editor and send it back to me: I check it and show the difference first."
    )
    await _send_files(context, chat, caption, translator)


async def _send_files(context: StaffContext, chat: int, caption: str, translator: Translator) -> None:
    """Send the statements, plus all files in one if the ways of asking have their own files."""
    live = context.publisher.live
    files, version = unpack(live.content), live.digest[:8]
    await context.sender.send_file(chat, f"projects-{version}.yaml", files[MAIN], caption)
    if len(files) > 1:
        everything = translator.gettext("All files in one, with the ways of asking.")
        await context.sender.send_file(chat, f"knowledge-{version}.yaml", live.content, everything)


async def _history(context: StaffContext, translator: Translator) -> list[str]:
    """Who published the live version and when, and its changes; raises StorageError."""
    live, default = context.publisher.live, context.city.default_language
    published = await context.versions.versions()
    newest = next((version for version in published if version.digest == live.digest), None)
    parts = [format_version(newest, context.format_moment(newest.at, translator), translator)] if newest else []
    changes = await context.publisher.drafts.last_changes()
    if changed := format_changes(changes, translator, default):
        parts.append(translator.gettext("What it changed:") + "\n" + changed[:_SHOWN_CHARACTERS])
    return parts


async def send_spreadsheet(
    context: StaffContext, query: CallbackQuery, _: SendSpreadsheet, translator: Translator
) -> None:
    live = context.publisher.live
    content = await context.spreadsheets.write(live.snapshot.knowledge, translator)
    caption = translator.gettext("Change the white cells and send the file back to me: I show the difference first.")
    await context.sender.send_file(query.from_user.id, f"projects-{live.digest[:8]}.xlsx", content, caption)


async def undo(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    await _propose_undo(context, message.chat.id, translator)


async def undo_by_button(
    context: StaffContext, query: CallbackQuery, _: UndoLastChange, translator: Translator
) -> None:
    await _propose_undo(context, query.from_user.id, translator)


async def receive_file(context: StaffContext, message: Message, document: Document, translator: Translator) -> None:
    """Check a knowledge file or a spreadsheet, and show what it would change."""
    chat, gettext, name = message.chat.id, translator.gettext, (document.file_name or "").lower()
    if not name.endswith((".yaml", ".yml", ".xlsx")):
        await context.send(chat, gettext("I take a knowledge file (.yaml) or a spreadsheet (.xlsx); this is neither."))
        return
    if (document.file_size or 0) > MAX_FILE_BYTES:
        await context.send(chat, gettext("This file is larger than 5 MB; is it the right one?"))
        return
    await context.send(chat, gettext("Thank you. I am checking it; this takes a few seconds."))
    content = await context.sender.fetch_file(document.file_id)
    if content is None:
        await context.send(chat, gettext("I could not fetch this file from Telegram. Please send it again."))
        return
    if drafted := await _drafted(context, chat, content, name, translator):
        await show_drafted(context, chat, drafted, translator)


async def _propose_undo(context: StaffContext, person: int, translator: Translator) -> None:
    drafted = await context.publisher.drafts.from_previous(person)
    if isinstance(drafted, Unchanged):
        await context.send(person, translator.gettext("There is no change to undo."))
        return
    await show_drafted(context, person, drafted, translator)


async def _drafted(
    context: StaffContext, person: int, content: bytes, name: str, translator: Translator
) -> Drafted | None:
    version = _VERSION.search(name)
    made_from = version[1] if version else None
    if not name.endswith(".xlsx"):
        return await context.publisher.drafts.from_file(content, person, made_from=made_from, name=name)
    if conflict := await context.publisher.drafts.conflict_since(made_from):
        return conflict
    edits, errors = await context.spreadsheets.read(content, context.knowledge)
    if errors:
        lines = "\n".join(f"• {error.render(translator)}" for error in errors[:10])
        head = translator.gettext("This spreadsheet cannot be used as it is; nothing was changed.")
        await context.send(person, f"{head}\n{lines}")
        return None
    return await context.publisher.drafts.from_edits(edits, person, origin="spreadsheet")
