"""`/stale`, and once a week the same list in the staff's chat: what should be confirmed again."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.i18n.message import Translator
from bot.people.ports import ScheduledJobs
from bot.publishing.staleness import StaleArea, format_stale_head, format_stale_line, stale_areas
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import EditProject
from bot.telegram_ui.staff.context import StaffContext

#: What stands in a link to the bot that opens a project for editing: `e_sixth-hospital`.
EDIT_LINK = "e_"
#: When the staff's chat gets its list: on Mondays, from nine in the morning on, the city's time.
_WEEKDAY, _HOUR = 0, time(9)
_CHORE = "stale"
_LABEL = 40
#: Projects in one message, and messages in one list; the head says how many there are in all.
_PORTION, _PORTIONS = 12, 20


async def list_stale(office: StaffContext, message: Message, _: str, phrases: Translator) -> None:
    """The projects to ask after, a message for each area with a button for each project."""
    knowledge, chat = office.publisher.live.snapshot.knowledge, message.chat.id
    areas = stale_areas(knowledge, office.today())
    await office.gettext(message, format_stale_head(areas, knowledge.city, phrases))
    for area in _portions(areas):
        buttons: list[Button] = [
            (_label(title), EditProject(identifier)) for title, identifier in _titles(area, office, phrases)
        ]
        await office.gettext(message, _area_told(area, office, phrases), office.desk.keyboards.pairs(buttons, chat))


async def remind(office: StaffContext, staff_chat: int, chores: ScheduledJobs) -> None:
    """Tell the staff's chat, unless it was told this week; StorageError when that cannot be known.

    In a group everybody sees the list, but only staff can edit: the buttons are links to the private chat, where
    rights are looked up.
    """
    knowledge, now = office.publisher.live.snapshot.knowledge, office.desk.now()
    due = _last_due(now, ZoneInfo(knowledge.city.time_zone))
    last = await chores.last_done(_CHORE)
    if last is not None and due <= last <= now:  # what was done in the future was done by a wrong clock
        return
    await chores.done(_CHORE, now)
    if last is None and now - due > timedelta(hours=1):
        return  # a new bot begins with the coming Monday
    phrases = office.desk.phrases_in(knowledge.city.default_language)
    areas = stale_areas(knowledge, office.today())
    if not areas:
        return
    await office.desk.gateway.send(staff_chat, format_stale_head(areas, knowledge.city, phrases))
    for area in _portions(areas):
        links = [
            [
                InlineKeyboardButton(
                    _label(title), url=f"https://t.me/{office.desk.username}?start={EDIT_LINK}{identifier}"
                )
            ]
            for title, identifier in _titles(area, office, phrases)
        ]
        await office.desk.gateway.send(
            staff_chat, _area_told(area, office, phrases), keyboard=InlineKeyboardMarkup(links)
        )


def _portions(areas: Sequence[StaleArea]) -> list[StaleArea]:
    """The areas in portions that fit into a message each, and no more of them than somebody reads."""
    portions = [
        StaleArea(area.area, area.projects[start : start + _PORTION])
        for area in areas
        for start in range(0, len(area.projects), _PORTION)
    ]
    return portions[:_PORTIONS]


def _last_due(now: datetime, zone: ZoneInfo) -> datetime:
    """The last Monday morning."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - _WEEKDAY) % 7)
    due = datetime.combine(day, _HOUR, zone)
    return due if due <= now else due - timedelta(days=7)


def _titles(area: StaleArea, office: StaffContext, phrases: Translator) -> list[tuple[str, str]]:
    default = office.publisher.live.snapshot.knowledge.city.default_language
    return [(stale.project.title.spoken(phrases.language, default)[0], stale.project.id) for stale in area.projects]


def _area_told(area: StaleArea, office: StaffContext, phrases: Translator) -> str:
    city = office.publisher.live.snapshot.knowledge.city
    title = area.area.title.spoken(phrases.language, city.default_language)[0]
    return "\n".join([title, *(f"• {format_stale_line(stale, city, phrases)}" for stale in area.projects)])


def _label(title: str) -> str:
    label = f"✎ {title}"
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
