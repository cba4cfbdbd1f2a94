"""The report of a finished broadcast: a chart, the counts as CSV, and for the author the chats with unknown outcome."""

import asyncio
from collections.abc import Sequence

import structlog

from bot import charts
from bot.broadcasts.model import Progress
from bot.broadcasts.report import chats_csv, counts_csv, format_report, outcome_rows
from bot.i18n.message import Translator
from bot.i18n.text_length import MAX_CAPTION, utf16_length
from bot.telegram_ui.context import StaffContext

log = structlog.get_logger()


async def send_report(context: StaffContext, progress: Progress) -> None:
    """Send it to the author, or to all admins if there is no author; nothing for a broadcast that never started.

    Raises StorageError before anything is sent.
    """
    broadcast = progress.broadcast
    if not broadcast.total:
        return
    people = await context.roles.admin_ids()
    readers = [broadcast.author] if broadcast.author in people else people
    unknown = progress.counts.of("unknown")
    chats = await context.broadcasts.store.unknown_chats(broadcast.id) if unknown and broadcast.author in people else []
    for person in readers:
        if person is not None:
            translator = await context.translator_for(person, None)
            await _send(context, progress, person, translator)
            if chats:
                await _send_chats(context, progress, chats, person, translator)


async def _send(context: StaffContext, progress: Progress, person: int, translator: Translator) -> None:
    text = format_report(progress, translator)
    chart = await _chart(progress, translator)
    if (
        chart is None
        or utf16_length(text) > MAX_CAPTION
        or await context.sender.send_photo(person, chart, text) is None
    ):
        await context.send(person, text)
    name = f"broadcast-{progress.broadcast.number}.csv"
    await context.sender.send_file(
        person, name, counts_csv(progress, translator), translator.gettext("The counts, for a spreadsheet.")
    )


async def _send_chats(
    context: StaffContext, progress: Progress, chats: Sequence[int], person: int, translator: Translator
) -> None:
    name = f"broadcast-{progress.broadcast.number}-unknown.csv"
    caption = translator.gettext(
        "The chats for which it is unknown whether they got it. These are people's Telegram IDs: keep the file no "
        "longer than you need it."
    )
    await context.sender.send_file(person, name, chats_csv(chats, translator), caption)


async def _chart(progress: Progress, translator: Translator) -> bytes | None:
    """The outcomes as a PNG; None if it cannot be drawn."""
    if not charts.can_draw():
        return None
    rows = outcome_rows(progress.counts, translator)
    bars = [(f"{row.state}: {row.reason}" if row.reason else row.state, row.number) for row in rows]
    title = translator.gettext("Broadcast {number}", number=progress.broadcast.number)
    try:
        return await asyncio.to_thread(charts.bar_chart, bars, title)
    except Exception as error:  # noqa: BLE001 - whatever a drawing library raises, the report itself is sent
        log.warning("chart_not_drawn", error=type(error).__name__)
        return None
