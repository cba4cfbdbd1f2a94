"""`/staff`, `/grant`, `/revoke` and `/audit`: who has which role, and who did what."""

from collections.abc import Sequence
from contextlib import suppress
from typing import get_args

import structlog
from telegram import CallbackQuery, Message

from bot.broadcasts.messages import audience_name, class_name, short_pause_reason
from bot.broadcasts.model import AUDIENCES, CLASSES, PauseReason
from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.people.messages import role_name
from bot.people.ports import AuditEntry, Role
from bot.publishing.audit import recorded_changes
from bot.telegram_ui.bot_profile import offer_menu
from bot.telegram_ui.buttons import SetRole
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button

log = structlog.get_logger()

#: The number of audit entries that are shown, and the most characters of a change.
_LINES, _WIDTH = 10, 160
_ROLES: dict[str, Role] = {"admin": "admin", "staff": "staff"}


async def list_members(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    """List everyone with a role, with a button each to revoke it."""
    gettext, chat = translator.gettext, message.chat.id
    members = await context.roles.members()
    head, by_settings = gettext("People with rights:"), gettext("by the settings on the server")
    lines = []
    for member in members:
        role = role_name(member.role, translator)
        if member.by_settings:
            role = gettext("{sentence} ({hint})", sentence=role, hint=by_settings)
        lines.append("• " + gettext("{name}: {text}", name=member.person, text=role))
    ways = gettext(
        "/grant ID staff and /grant ID admin give rights, /revoke ID takes them away. People see their Telegram ID "
        "with /id."
    )
    buttons: list[Button] = [
        (gettext("Revoke rights of {number}", number=member.person), SetRole(member.person, None, confirmed=False))
        for member in members
        if context.roles.rejection_reason(member.person, None) is None
    ]
    keyboard = context.keyboards.pairs(buttons[:20], chat) if buttons else None
    await context.send(message.chat.id, "\n".join([head, *lines, "", ways]), keyboard)


async def ask_grant(context: StaffContext, message: Message, argument: str, translator: Translator) -> None:
    """`/grant 12345 staff`: ask for confirmation."""
    words = argument.split()
    role = _ROLES.get(words[1].lower()) if len(words) == 2 else None
    if role is None or (person := _number(words[0])) is None:
        await context.send(
            message.chat.id,
            translator.gettext("Write it like this: /grant 123456789 staff, or admin instead of staff."),
        )
        return
    await _ask(context, message.chat.id, person, role, translator)


async def ask_revoke(context: StaffContext, message: Message, argument: str, translator: Translator) -> None:
    """`/revoke 12345`: ask for confirmation."""
    person = _number(argument.strip())
    if person is None:
        await context.send(message.chat.id, translator.gettext("Write it like this: /revoke 123456789."))
        return
    await _ask(context, message.chat.id, person, None, translator)


async def set_role(context: StaffContext, query: CallbackQuery, data: SetRole, translator: Translator) -> None:
    """Ask for confirmation, or set the role after it was given."""
    by = query.from_user.id
    if not data.confirmed:
        await _ask(context, by, data.person, data.role, translator)
        return
    if refusal := await _refusal(context, data.person, data.role, translator):
        await context.show(query, refusal)
        return
    await context.roles.set_role(data.person, data.role, by=by, now=context.now())
    log.info("appointed", role=data.role or "none")
    was_notified = await _notify_person(context, data)
    gettext = translator.gettext
    done = (
        gettext("{number} is now {role}.", number=data.person, role=role_name(data.role, translator))
        if data.role
        else gettext("{number} has no rights any more.", number=data.person)
    )
    unreached = gettext("I could not tell them: they have not pressed start in a chat with me yet.")
    await context.show(query, done if was_notified else f"{done}\n{unreached}")


async def show_audit(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    """Show the last audit entries: when, who, what, and the values before and after."""
    lines = []
    for entry in await context.audit.audit(_LINES):
        who = str(entry.person) if entry.person is not None else _actor_without_id(entry, translator)
        change = _format_change(entry, translator)
        described = translator.gettext(
            "{moment}, {who}: {act}",
            moment=context.format_moment(entry.at, translator),
            who=who,
            act=_format_action(entry, translator),
        )
        lines.append(f"• {described}\n  {change}".rstrip())
    head = translator.gettext("Latest actions:") if lines else translator.gettext("Nothing has been done yet.")
    await context.send(message.chat.id, "\n".join([head, *lines]))


def _format_action(entry: AuditEntry, translator: Translator) -> str:
    """The action in words; an action of another version of the program keeps its name."""
    gettext, subject = translator.gettext, entry.subject.replace("group ", "#")
    match entry.act:
        case "publish":
            return gettext("published {version}", version=subject)
        case "undo":
            return gettext("undid the last change: {version}", version=subject)
        case "grant":
            return gettext("gave rights to {number}", number=subject)
        case "revoke":
            return gettext("revoked the rights of {number}", number=subject)
        case "inbox" if entry.after == "ignored":
            return gettext("ignored {group} of the inbox for good", group=subject)
        case "inbox" if entry.after == "later":
            return gettext("hid {group} of the inbox for a week", group=subject)
        case other:
            return _format_broadcast_action(entry, translator) or f"{other} {subject}"


def _format_broadcast_action(entry: AuditEntry, translator: Translator) -> str:
    """An action on a broadcast in words; empty for any other."""
    gettext, number = translator.gettext, entry.subject
    sentences = {
        "broadcast confirm": gettext("confirmed broadcast {number}", number=number),
        "broadcast approve": gettext("approved broadcast {number}", number=number),
        "broadcast pause": gettext("paused broadcast {number}", number=number),
        "broadcast resume": gettext("resumed broadcast {number}", number=number),
        "broadcast cancel": gettext("ended broadcast {number}", number=number),
    }
    return sentences.get(entry.act, "")


def _actor_without_id(entry: AuditEntry, translator: Translator) -> str:
    """The actor of an entry without a person."""
    return (
        translator.gettext("the server")
        if _format_broadcast_action(entry, translator)
        else translator.gettext("the file on the server")
    )


async def _ask(context: StaffContext, chat: int, person: int, role: Role | None, translator: Translator) -> None:
    if refusal := await _refusal(context, person, role, translator):
        await context.send(chat, refusal)
        return
    gettext = translator.gettext
    question = (
        gettext("Give {number} the role “{role}”?", number=person, role=role_name(role, translator))
        if role
        else gettext("Revoke all rights of {number} now?", number=person)
    )
    yes: list[Button] = [(gettext("Yes"), SetRole(person, role, confirmed=True))]
    await context.send(chat, question, context.keyboards.pairs(yes, chat))


async def _refusal(context: StaffContext, person: int, role: Role | None, translator: Translator) -> str:
    """Why the role cannot be set or needs no change; empty if it can be set."""
    if why := context.roles.rejection_reason(person, role):
        return why.render(translator)
    if role is None and await context.roles.role_of(person) is None:
        return translator.gettext("{number} has no rights.", number=person)
    return ""


async def _notify_person(context: StaffContext, data: SetRole) -> bool:
    """Tell the person in their language and set their menu; return False if they cannot be reached."""
    translator = await context.translator_for(data.person, None)
    with suppress(StorageError):  # the change stays, even if the person's language cannot be read
        await offer_menu(context, data.person)
    if data.role is None:
        text = translator.gettext("Your rights as staff were revoked. You can still ask me anything.")
    else:
        text = translator.gettext(
            "You are now {role} here: you can change what I answer. /help lists your commands.",
            role=role_name(data.role, translator),
        )
    return await context.sender.send(data.person, text) is not None


def _number(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdecimal() and text.isascii() and len(text) <= 18 else None


def _format_change(entry: AuditEntry, translator: Translator) -> str:
    """The old and the new value; empty if the action already says it."""
    if entry.act == "inbox":
        return ""
    if entry.act.startswith("broadcast "):
        return _format_broadcast_note(entry.after, translator)
    if changes := recorded_changes(entry, translator.language):
        return _first_change(changes, translator)
    return " → ".join(part for part in (_value(entry.before, translator), _value(entry.after, translator)) if part)


def _format_broadcast_note(note: str, translator: Translator) -> str:
    """What was confirmed, or why it was paused; a word of another version of the program stays as it is."""
    words = {
        **{kind: class_name(kind, translator) for kind in CLASSES},
        **{audience: audience_name(audience, translator) for audience in AUDIENCES},
        **{reason: short_pause_reason(reason, translator) for reason in get_args(PauseReason)},
    }
    return translator.gettext(", ").join(words.get(part, part) for part in note.split(", "))


def _first_change(changes: Sequence[str], translator: Translator) -> str:
    """The first change of a publication, and the number of the others."""
    first = shorten(changes[0], _WIDTH)
    if len(changes) == 1:
        return first
    more = translator.gettext("Further changes: {number}", number=len(changes) - 1)
    return f"{first}\n  {more}"


def _value(text: str, translator: Translator) -> str:
    """A value of an entry: a role in words, or the first line of a longer text."""
    if text in _ROLES:
        return role_name(_ROLES[text], translator)
    return shorten(text.partition("\n")[0], _WIDTH)
