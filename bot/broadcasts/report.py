"""Texts about a broadcast that is being sent or has ended: progress card, final report, CSV files."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.broadcasts.messages import class_name, format_duration, format_moment, pause_reason_text, state_name
from bot.broadcasts.model import ACTIVE, FINAL, Broadcast, Counts, Progress
from bot.broadcasts.quiet_hours import quiet_until
from bot.csv_cell import csv_cell
from bot.i18n.message import Translator
from bot.knowledge import City

#: Blocks of the progress bar.
_BLOCKS = 12
#: The order of the states in reports.
_STATES = ("sent", "failed", "unknown", "skipped", "cancelled")


@dataclass(frozen=True, slots=True)
class Row:
    """Deliveries with one state and reason."""

    state: str  #: in words
    reason: str  #: in words; empty if the state has none
    number: int


def format_progress(
    progress: Progress, ahead: Sequence[Broadcast], city: City, now: datetime, translator: Translator
) -> str:
    """The progress card: state, next step, figures. `ahead` are the broadcasts before it in the queue."""
    broadcast = progress.broadcast
    head = translator.gettext(
        "Broadcast {number}, {name}: {state}",
        number=broadcast.number,
        name=class_name(broadcast.kind, translator),
        state=state_name(broadcast.state, translator),
    )
    parts = [head, _format_next(progress, ahead, city, now, translator)]
    if broadcast.total:
        parts.append(_format_figures(progress, translator))
    return "\n\n".join(part for part in parts if part)


def format_report(progress: Progress, translator: Translator) -> str:
    """The final report: counts by reason, duration, rate."""
    gettext, broadcast = translator.gettext, progress.broadcast
    head = gettext("Broadcast {number} is finished.", number=broadcast.number)
    if broadcast.state == "cancelled":
        head = gettext("Broadcast {number} was ended early.", number=broadcast.number)
    if broadcast.total == 0 and broadcast.state == "cancelled":
        return f"{head}\n" + gettext("No one got it.")
    lines = [head, bar(progress), *_format_rows(progress.counts, translator)]
    if took := _took(broadcast):
        lines.append(gettext("It took {duration}.", duration=format_duration(took, translator)))
        rate = progress.counts.of("sent") / max(took.total_seconds(), 1)
        lines.append(gettext("Messages per second: {rate}", rate=f"{rate:.1f}"))
    return "\n".join(lines)


def format_auto_pause(broadcast: Broadcast, translator: Translator) -> str:
    """The message to all admins about a broadcast that was paused automatically."""
    head = translator.gettext("Broadcast {number} is paused.", number=broadcast.number)
    return f"{head}\n{pause_reason_text(broadcast.paused_for or 'admin', translator)}"


def outcome_rows(counts: Counts, translator: Translator) -> list[Row]:
    """Counts by state and reason, in the order of reports, without zeros."""
    found = sorted(
        ((state, reason, number) for (state, reason), number in counts.numbers.items() if number and state in _STATES),
        key=lambda row: (_STATES.index(row[0]), -row[2], row[1]),
    )
    return [Row(_state(state, translator), _reason(reason, translator), number) for state, reason, number in found]


def counts_csv(progress: Progress, translator: Translator) -> bytes:
    """The counts as CSV for spreadsheet programs: UTF-8 with a byte order mark, and no formulas."""
    gettext = translator.gettext
    rows: list[list[str | int]] = [
        [row.state, row.reason, row.number] for row in outcome_rows(progress.counts, translator)
    ]
    return _csv([[gettext("outcome"), gettext("why"), gettext("messages")], *rows])


def chats_csv(chats: Sequence[int], translator: Translator) -> bytes:
    """Chat ids as CSV in the same form."""
    return _csv([[translator.gettext("number of the chat")], *([chat] for chat in chats)])


def bar(progress: Progress) -> str:
    """The progress bar; shows 100 % only when nothing is left."""
    counts = progress.counts
    total = max(counts.total, progress.broadcast.total, 1)
    done = counts.total - counts.rest - counts.of("cancelled")
    blocks = done * _BLOCKS // total
    return f"{'█' * blocks}{'░' * (_BLOCKS - blocks)} {done * 100 // total} %"


def queued_before(broadcast: Broadcast, others: Sequence[Broadcast]) -> list[Broadcast]:
    """The broadcasts before a queued one, if nothing changes; empty in any other state."""
    if broadcast.state != "queued":
        return []
    own = _priority(broadcast)
    return [
        other
        for other in others
        if other.id != broadcast.id and (other.state in ACTIVE or (other.state == "queued" and _priority(other) < own))
    ]


def _priority(broadcast: Broadcast) -> tuple[bool, datetime, int]:
    return broadcast.kind != "alert", broadcast.starts_at or broadcast.created_at, broadcast.id


def _format_next(
    progress: Progress, ahead: Sequence[Broadcast], city: City, now: datetime, translator: Translator
) -> str:
    """The next step, or what delays it."""
    gettext, broadcast = translator.gettext, progress.broadcast
    match broadcast.state:
        case "unapproved":
            return gettext("Nothing is sent before another admin approves it.")
        case "queued":
            return _format_start(broadcast, ahead, city, now, translator)
        case "gathering":
            return gettext("The recipients are being recorded: {number} so far.", number=broadcast.total)
        case "sending":
            return _format_obstacle(progress, city, translator)
        case "paused":
            return pause_reason_text(broadcast.paused_for or "admin", translator)
        case "cancelled":
            return (
                gettext("What was sent stays sent; nothing more is sent.")
                if broadcast.total
                else gettext("No one got it.")
            )
        case _:
            return ""


def _format_start(
    broadcast: Broadcast, ahead: Sequence[Broadcast], city: City, now: datetime, translator: Translator
) -> str:
    gettext, start = translator.gettext, broadcast.starts_at or now
    lines = []
    if broadcast.total:
        lines.append(gettext("It goes on as soon as its turn comes."))
    elif start > now:
        moment = format_moment(start, city, translator)
        lines.append(gettext("It starts at {moment}. Until then it can be recalled.", moment=moment))
    else:
        lines.append(gettext("It starts as soon as its turn comes."))
    lines += [gettext("{number} is sent first.", number=other.number) for other in ahead]
    if until := quiet_until(broadcast.kind, city, max(start, now)):
        lines.append(gettext("Quiet hours: it waits until {moment}.", moment=format_moment(until, city, translator)))
    return "\n".join(lines)


def _format_obstacle(progress: Progress, city: City, translator: Translator) -> str:
    if progress.unreachable:
        return translator.gettext("Telegram does not answer. It goes on by itself when Telegram is back.")
    if progress.quiet_until:
        moment = format_moment(progress.quiet_until, city, translator)
        return translator.gettext("Quiet hours: it waits until {moment}.", moment=moment)
    return ""


def _format_figures(progress: Progress, translator: Translator) -> str:
    gettext, counts = translator.gettext, progress.counts
    lines = [bar(progress), *_format_rows(counts, translator)]
    if progress.broadcast.state not in FINAL:
        lines.append(gettext("Still to come: {number}", number=counts.rest))
    if progress.broadcast.state == "sending":
        lines.append(gettext("Messages per second: {rate}", rate=f"{progress.per_second:.1f}"))
        if progress.left is not None and counts.rest:
            lines.append(gettext("Time left: {duration}", duration=format_duration(progress.left, translator)))
    return "\n".join(lines)


def _format_rows(counts: Counts, translator: Translator) -> list[str]:
    """One line for each state with its reasons; the line of sent messages is always there."""
    gettext, rows = translator.gettext, outcome_rows(counts, translator)
    states = list(dict.fromkeys([_state("sent", translator), *(row.state for row in rows)]))
    lines = []
    for state in states:
        some = [row for row in rows if row.state == state]
        line = gettext("{name}: {number}", name=state, number=sum(row.number for row in some))
        reasons = [gettext("{name}: {number}", name=row.reason, number=row.number) for row in some if row.reason]
        lines.append(
            gettext("{sentence} ({hint})", sentence=line, hint=gettext(", ").join(reasons)) if reasons else line
        )
    return lines


def _state(state: str, translator: Translator) -> str:
    gettext = translator.gettext
    names = {
        "sent": gettext("Sent"),
        "failed": gettext("Refused"),
        "unknown": gettext("Unknown whether it arrived"),
        "skipped": gettext("Left out"),
        "cancelled": gettext("Cancelled before it was sent"),
    }
    return names[state]


def _reason(reason: str, translator: Translator) -> str:
    """The reason in words; a reason from another version of the program keeps its name."""
    gettext = translator.gettext
    names = {
        "blocked": gettext("blocked the bot"),
        "chat": gettext("the chat does not exist any more"),
        "closed": gettext("the chat does not let the bot write"),
        "content": gettext("Telegram does not accept the content"),
        "unclassified": gettext("refused for a reason that the bot does not know"),
        "broken": gettext("connection lost"),
        "silence": gettext("no answer in time"),
        "server": gettext("Telegram's server failed"),
        "garbage": gettext("an invalid response"),
        "died": gettext("the program crashed"),
        "attempts": gettext("it was tried twice"),
        "cancelled": gettext("ended before it was tried again"),
        "unsubscribed": gettext("unsubscribed"),
        "erased": gettext("erased what was kept of them"),
        "restored": gettext("the database is an older copy"),
        "migrated": gettext("the group has another number"),
    }
    return names.get(reason, reason)


def _took(broadcast: Broadcast) -> timedelta | None:
    if broadcast.started_at is None or broadcast.ended_at is None:
        return None
    return broadcast.ended_at - broadcast.started_at


def _csv(rows: Sequence[Sequence[str | int]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([[csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return target.getvalue().encode("utf-8-sig")
