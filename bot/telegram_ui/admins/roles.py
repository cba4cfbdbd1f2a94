"""`/staff`, `/grant`, `/revoke` and `/audit`: admins appoint people, and everybody's acts can be read."""

from contextlib import suppress

import structlog
from telegram import CallbackQuery, Message

from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.people.ports import AuditEntry, Role
from bot.telegram_ui.bot_profile import offer_commands
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import Appoint
from bot.telegram_ui.staff.context import StaffContext

log = structlog.get_logger()

_LINES = 10
_ROLES: dict[str, Role] = {"admin": "admin", "staff": "staff"}


async def list_members(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """Everybody with rights, with a button each that takes them away."""
    gettext, chat = phrases.gettext, message.chat.id
    members = await office.desk.roster.members()
    head, by_settings = gettext("People with rights:"), gettext("by the settings on the server")
    lines = []
    for member in members:
        role = role_told(member.role, phrases)
        if member.by_settings:
            role = gettext("{sentence} ({hint})", sentence=role, hint=by_settings)
        lines.append("• " + gettext("{name}: {text}", name=member.person, text=role))
    ways = gettext(
        "/grant NUMBER staff and /grant NUMBER admin give rights, /revoke NUMBER takes them away. People learn their "
        "number with /id."
    )
    buttons: list[Button] = [
        (gettext("Take rights from {number}", number=member.person), Appoint(member.person, None, confirmed=False))
        for member in members
        if office.desk.roster.rejection_reason(member.person, None) is None
    ]
    keyboard = office.desk.keyboards.pairs(buttons[:20], chat) if buttons else None
    await office.gettext(message, "\n".join([head, *lines, "", ways]), keyboard)


async def ask_grant(office: StaffContext, message: Message, argument: str, phrases: Translator) -> None:
    """`/grant 12345 staff`: ask whether it is meant."""
    words = argument.split()
    role = _ROLES.get(words[1].lower()) if len(words) == 2 else None
    if role is None or (person := _number(words[0])) is None:
        await office.gettext(
            message, phrases.gettext("Write it like this: /grant 123456789 staff, or admin instead of staff.")
        )
        return
    await _ask(office, message.chat.id, person, role, phrases)


async def ask_revoke(office: StaffContext, message: Message, argument: str, phrases: Translator) -> None:
    """`/revoke 12345`: ask whether it is meant."""
    person = _number(argument.strip())
    if person is None:
        await office.gettext(message, phrases.gettext("Write it like this: /revoke 123456789."))
        return
    await _ask(office, message.chat.id, person, None, phrases)


async def appoint(office: StaffContext, query: CallbackQuery, press: Appoint, phrases: Translator) -> None:
    """A button under the list, or the yes to the question."""
    by = query.from_user.id
    if not press.confirmed:
        await _ask(office, by, press.person, press.role, phrases)
        return
    if refusal := await _refusal(office, press.person, press.role, phrases):
        await office.show(query, refusal)
        return
    await office.desk.roster.set_role(press.person, press.role, by=by, now=office.desk.now())
    log.info("appointed", role=press.role or "none")
    told = await _tell(office, press)
    gettext = phrases.gettext
    done = (
        gettext("{number} is {role} from now on.", number=press.person, role=role_told(press.role, phrases))
        if press.role
        else gettext("{number} has no rights any more.", number=press.person)
    )
    unreached = gettext("I could not tell them: they have not pressed start in a chat with me yet.")
    await office.show(query, done if told else f"{done}\n{unreached}")


async def show_audit(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """The last acts: when, who, what, and from what to what."""
    lines = []
    for line in await office.audit.audit(_LINES):
        who = str(line.person) if line.person is not None else _nobody(line, phrases)
        change = " → ".join(part for part in (_value(line.before, phrases), _value(line.after, phrases)) if part)
        told = phrases.gettext(
            "{moment}, {who}: {act}", moment=office.moment(line.at, phrases), who=who, act=_act_told(line, phrases)
        )
        lines.append(f"• {told}\n  {change}".rstrip())
    head = phrases.gettext("The last acts:") if lines else phrases.gettext("Nothing has been done yet.")
    await office.gettext(message, "\n".join([head, *lines]))


def _act_told(line: AuditEntry, phrases: Translator) -> str:
    """What was done; an act of another version of the program keeps its name."""
    gettext, subject = phrases.gettext, line.subject
    match line.act:
        case "publish":
            return gettext("published {version}", version=subject)
        case "undo":
            return gettext("took the last change back: {version}", version=subject)
        case "grant":
            return gettext("gave rights to {number}", number=subject)
        case "revoke":
            return gettext("took the rights from {number}", number=subject)
        case other:
            return _broadcast_told(line, phrases) or f"{other} {subject}"


def _broadcast_told(line: AuditEntry, phrases: Translator) -> str:
    """What was done with a broadcast; empty for any other act."""
    gettext, number = phrases.gettext, line.subject
    told = {
        "broadcast confirm": gettext("confirmed broadcast {number}", number=number),
        "broadcast approve": gettext("said yes to broadcast {number}", number=number),
        "broadcast pause": gettext("paused broadcast {number}", number=number),
        "broadcast resume": gettext("let broadcast {number} go on", number=number),
        "broadcast cancel": gettext("ended broadcast {number}", number=number),
    }
    return told.get(line.act, "")


def _nobody(line: AuditEntry, phrases: Translator) -> str:
    """Who did what no person did in the chat."""
    return (
        phrases.gettext("the server") if _broadcast_told(line, phrases) else phrases.gettext("the file on the server")
    )


def role_told(role: Role, phrases: Translator) -> str:
    """A role as people read it."""
    return phrases.gettext("admin") if role == "admin" else phrases.gettext("staff")


async def offer_menus(office: StaffContext) -> None:
    """Set the menus of everybody with rights; StorageError."""
    for member in await office.desk.roster.members():
        await _offer_menu(office, member.person)


async def _ask(office: StaffContext, chat: int, person: int, role: Role | None, phrases: Translator) -> None:
    if refusal := await _refusal(office, person, role, phrases):
        await office.desk.gateway.send(chat, refusal)
        return
    gettext = phrases.gettext
    question = (
        gettext("Shall {number} be {role} from now on?", number=person, role=role_told(role, phrases))
        if role
        else gettext("Take all rights away from {number}, at once?", number=person)
    )
    yes: list[Button] = [(gettext("Yes"), Appoint(person, role, confirmed=True))]
    await office.desk.gateway.send(chat, question, keyboard=office.desk.keyboards.pairs(yes, chat))


async def _refusal(office: StaffContext, person: int, role: Role | None, phrases: Translator) -> str:
    """Why this cannot be done, or has been done already; empty when it can."""
    if why := office.desk.roster.rejection_reason(person, role):
        return why.render(phrases)
    if role is None and await office.desk.roster.role_of(person) is None:
        return phrases.gettext("{number} has no rights.", number=person)
    return ""


async def _tell(office: StaffContext, press: Appoint) -> bool:
    """Tell the person, in their language, and set their menu; False when they cannot be reached."""
    phrases = await office.desk.phrases_for(press.person, None)
    with suppress(StorageError):  # what was done stays done, also when their language cannot be looked up
        await _offer_menu(office, press.person)
    if press.role is None:
        text = phrases.gettext("Your rights as staff were taken back. You can still ask me anything.")
    else:
        text = phrases.gettext(
            "From now on you are {role} here: you can change what I answer. /help lists your commands.",
            role=role_told(press.role, phrases),
        )
    return await office.desk.gateway.send(press.person, text) is not None


async def _offer_menu(office: StaffContext, person: int) -> None:
    await offer_commands(office.desk, person, (await office.desk.chats.read(person)).language)


def _number(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdecimal() and text.isascii() and len(text) <= 18 else None


def _value(text: str, phrases: Translator) -> str:
    """What stood there before or after: a role in words, of a longer text its first line."""
    if text in _ROLES:
        return role_told(_ROLES[text], phrases)
    line = text.partition("\n")[0]
    return line if len(line) <= 120 else f"{line[:119]}…"
