"""`/report`: citizens' questions and their outcomes, as a text, a picture and a page."""

import asyncio

from telegram import Message

from bot.charts import can_draw
from bot.i18n.dates import parse_date
from bot.i18n.message import Translator
from bot.inbox.report.image import draw_report
from bot.inbox.report.messages import format_head, format_report
from bot.inbox.report.model import Report
from bot.inbox.report.page import report_page
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.typing_indicator import typing_if_slow


async def send_report(context: StaffContext, message: Message, argument: str, translator: Translator) -> None:
    """Send the report of the last 28 days, or from the given day on."""
    chat, since = message.chat.id, parse_date(argument)
    if argument and since is None:
        await context.send(chat, translator.gettext("Write the first day as 2026-03-01: /report 2026-03-01"))
        return
    async with typing_if_slow(context.sender, chat):
        report = await context.reports.report(since)
        picture = await _picture(context, report, translator)
    await context.send(chat, format_report(report, context.knowledge, translator))
    if picture:
        await context.sender.send_photo(chat, picture, format_head(report, translator))
    page = report_page(report, context.knowledge, translator)
    name = f"report-{report.since}-{report.until}.html"
    await context.sender.send_file(
        chat, name, page.encode(), translator.gettext("The same with charts, for a browser.")
    )


async def _picture(context: StaffContext, report: Report, translator: Translator) -> bytes | None:
    """The charts; None if nothing was asked or matplotlib is not installed."""
    if not report.questions or not can_draw():
        return None
    return await asyncio.to_thread(draw_report, report, context.knowledge, translator)
