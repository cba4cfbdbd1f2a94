"""`/stale` in private, and the same list for the staff chat."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.i18n.message import Translator
from bot.publishing.messages import format_stale_head, format_stale_line
from bot.publishing.staleness import StaleArea, stale_areas
from bot.telegram_ui.buttons import EditProject
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button, shorten_label

#: The prefix of a link's argument that opens a project for editing: `e_sixth-hospital`.
EDIT_LINK = "e_"
#: Projects in one message, and messages in one list; the heading says how many there are in total.
_PORTION, _PORTIONS = 12, 20


async def list_stale(context: StaffContext, message: Message, _: str, translator: Translator) -> None:
    """Send the stale projects, a message for each area with a button for each project."""
    knowledge, chat = context.knowledge, message.chat.id
    areas = stale_areas(knowledge, context.today())
    await context.send(chat, format_stale_head(areas, knowledge.city, translator))
    for area in _portions(areas):
        buttons: list[Button] = [
            (shorten_label(f"✎ {title}"), EditProject(identifier))
            for title, identifier in _titles(area, context, translator)
        ]
        await context.send(chat, _format_area(area, context, translator), context.keyboards.pairs(buttons, chat))


async def send_stale(context: StaffContext) -> None:
    """Send the list to the staff chat, if there is one and any project is stale.

    All members of the group see the list, but only staff can edit: the buttons are links to the private chat, where
    roles are checked.
    """
    knowledge = context.knowledge
    translator = await context.translator_for_staff_chat()
    areas = stale_areas(knowledge, context.today())
    if not areas or (staff_chat := context.staff_chat_id) is None:
        return
    await context.send(staff_chat, format_stale_head(areas, knowledge.city, translator))
    for area in _portions(areas):
        links = [
            [InlineKeyboardButton(shorten_label(f"✎ {title}"), url=context.bot.start_link(f"{EDIT_LINK}{identifier}"))]
            for title, identifier in _titles(area, context, translator)
        ]
        await context.send(staff_chat, _format_area(area, context, translator), InlineKeyboardMarkup(links))


def _portions(areas: Sequence[StaleArea]) -> list[StaleArea]:
    """The areas, split so that each part fits into a message; at most `_PORTIONS` parts."""
    portions = [
        StaleArea(area.area, area.projects[start : start + _PORTION])
        for area in areas
        for start in range(0, len(area.projects), _PORTION)
    ]
    return portions[:_PORTIONS]


def _titles(area: StaleArea, context: StaffContext, translator: Translator) -> list[tuple[str, str]]:
    return [(context.title_of(stale.project, translator), stale.project.id) for stale in area.projects]


def _format_area(area: StaleArea, context: StaffContext, translator: Translator) -> str:
    city = context.city
    title = context.title_of(area.area, translator)
    return "\n".join([title, *(f"• {format_stale_line(stale, city, translator)}" for stale in area.projects)])
