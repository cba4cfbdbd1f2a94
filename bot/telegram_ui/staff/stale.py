"""`/stale` in private, and the same list for the staff's chat."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.i18n.message import Translator
from bot.publishing.staleness import StaleArea, format_stale_head, format_stale_line, stale_areas
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.staff.callback_data import EditProject
from bot.telegram_ui.staff.context import StaffContext

#: What stands in a link to the bot that opens a project for editing: `e_sixth-hospital`.
EDIT_LINK = "e_"
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


async def send_stale(office: StaffContext, staff_chat: int) -> None:
    """Send the list to the staff's chat; nothing when no project is stale.

    In a group everybody sees the list, but only staff can edit: the buttons are links to the private chat, where
    rights are looked up.
    """
    knowledge = office.publisher.live.snapshot.knowledge
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
