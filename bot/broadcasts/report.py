"""What admins read of a broadcast while it is sent and when it is over: the card, the report, and its figures."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.broadcasts.messages import class_name, format_duration, format_moment, pause_reason_text, state_name
from bot.broadcasts.model import ACTIVE, FINAL, Broadcast, Counts, Progress, quiet_until
from bot.i18n.message import Translator
from bot.knowledge import City

#: How many blocks the bar has.
_BLOCKS = 12
#: In which order the states of deliveries are told.
_STATES = ("sent", "failed", "unknown", "skipped", "cancelled")
#: A cell that begins so is taken for a formula by programs that calculate.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """How many deliveries ended in one way."""

    state: str  #: in words
    reason: str  #: in words; empty where there is but one
    number: int


def format_progress(
    progress: Progress, ahead: Sequence[Broadcast], city: City, now: datetime, phrases: Translator
) -> str:  # fmt: skip
    """How far a broadcast is, and what comes next; `ahead` are those that go first."""
    broadcast = progress.broadcast
    head = phrases.gettext(
        "Broadcast {number}, {name}: {state}",
        number=broadcast.number,
        name=class_name(broadcast.kind, phrases),
        state=state_name(broadcast.state, phrases),
    )
    parts = [head, _format_next(progress, ahead, city, now, phrases)]
    if broadcast.total:
        parts.append(_format_figures(progress, phrases))
    return "\n\n".join(part for part in parts if part)


def format_report(progress: Progress, phrases: Translator) -> str:
    """What became of a broadcast that is over: by reason, how long it took, how fast it was."""
    gettext, broadcast = phrases.gettext, progress.broadcast
    head = gettext("Broadcast {number} is finished.", number=broadcast.number)
    if broadcast.state == "cancelled":
        head = gettext("Broadcast {number} was ended early.", number=broadcast.number)
    if broadcast.total == 0 and broadcast.state == "cancelled":
        return f"{head}\n" + gettext("Nobody got it.")
    lines = [head, bar(progress), *_format_rows(progress.counts, phrases)]
    if took := _took(broadcast):
        lines.append(gettext("It took {duration}.", duration=format_duration(took, phrases)))
        rate = progress.counts.of("sent") / max(took.total_seconds(), 1)
        lines.append(gettext("Messages per second: {rate}", rate=f"{rate:.1f}"))
    return "\n".join(lines)


def format_auto_pause(broadcast: Broadcast, phrases: Translator) -> str:
    """For all admins: that a broadcast stopped by itself, and why."""
    head = phrases.gettext("Broadcast {number} stands still.", number=broadcast.number)
    return f"{head}\n{pause_reason_text(broadcast.paused_for or 'admin', phrases)}"


def outcome_rows(counts: Counts, phrases: Translator) -> list[Row]:
    """How deliveries ended, by state and reason; nothing that is zero."""
    found = sorted(
        ((state, reason, number) for (state, reason), number in counts.numbers.items() if number and state in _STATES),
        key=lambda row: (_STATES.index(row[0]), -row[2], row[1]),
    )
    return [Row(_state(state, phrases), _reason(reason, phrases), number) for state, reason, number in found]


def counts_csv(progress: Progress, phrases: Translator) -> bytes:
    """The counts as a CSV file that spreadsheet programs open: UTF-8 with a mark, no cell is a formula."""
    gettext = phrases.gettext
    rows: list[list[str | int]] = [
        [row.state, row.reason, row.number] for row in outcome_rows(progress.counts, phrases)
    ]
    return _csv([[gettext("what became of it"), gettext("why"), gettext("messages")], *rows])


def chats_csv(chats: Sequence[int], phrases: Translator) -> bytes:
    """The numbers of chats as such a file."""
    return _csv([[phrases.gettext("number of the chat")], *([chat] for chat in chats)])


def bar(progress: Progress) -> str:
    """How much of it was done, in blocks and in percent; 100 % only when nothing is left."""
    counts = progress.counts
    total = max(counts.total, progress.broadcast.total, 1)
    done = counts.total - counts.rest - counts.of("cancelled")
    blocks = done * _BLOCKS // total
    return f"{'█' * blocks}{'░' * (_BLOCKS - blocks)} {done * 100 // total} %"


def queued_before(broadcast: Broadcast, others: Sequence[Broadcast]) -> list[Broadcast]:
    """Of those under way, which are sent before this one if nothing changes; none for one that is being sent."""
    if broadcast.state != "queued":
        return []
    own = _turn(broadcast)
    return [
        other
        for other in others
        if other.id != broadcast.id and (other.state in ACTIVE or (other.state == "queued" and _turn(other) < own))
    ]


def _turn(broadcast: Broadcast) -> tuple[bool, datetime, int]:
    return broadcast.kind != "alert", broadcast.starts_at or broadcast.created_at, broadcast.id


def _format_next(
    progress: Progress, ahead: Sequence[Broadcast], city: City, now: datetime, phrases: Translator
) -> str:  # fmt: skip
    """What comes next, or why nothing does."""
    gettext, broadcast = phrases.gettext, progress.broadcast
    match broadcast.state:
        case "unapproved":
            return gettext("Nothing is sent before another admin says yes.")
        case "queued":
            return _format_start(broadcast, ahead, city, now, phrases)
        case "gathering":
            return gettext("The recipients are being written down: {number} so far.", number=broadcast.total)
        case "sending":
            return _format_obstacle(progress, city, phrases)
        case "paused":
            return pause_reason_text(broadcast.paused_for or "admin", phrases)
        case "cancelled":
            return (
                gettext("What was sent stays sent; nothing more is sent.")
                if broadcast.total
                else gettext("Nobody got it.")
            )
        case _:
            return ""


def _format_start(
    broadcast: Broadcast, ahead: Sequence[Broadcast], city: City, now: datetime, phrases: Translator
) -> str:  # fmt: skip
    gettext, start = phrases.gettext, broadcast.starts_at or now
    lines = []
    if broadcast.total:
        lines.append(gettext("It goes on as soon as its turn comes."))
    elif start > now:
        moment = format_moment(start, city, phrases)
        lines.append(gettext("It starts at {moment}. Until then it can be called back.", moment=moment))
    else:
        lines.append(gettext("It starts as soon as its turn comes."))
    lines += [gettext("{number} is sent first.", number=other.number) for other in ahead]
    if until := quiet_until(broadcast.kind, city, max(start, now)):
        lines.append(gettext("Quiet hours: it waits until {moment}.", moment=format_moment(until, city, phrases)))
    return "\n".join(lines)


def _format_obstacle(progress: Progress, city: City, phrases: Translator) -> str:
    if progress.unreachable:
        return phrases.gettext("Telegram does not answer. It goes on by itself when Telegram is back.")
    if progress.quiet_until:
        moment = format_moment(progress.quiet_until, city, phrases)
        return phrases.gettext("Quiet hours: it waits until {moment}.", moment=moment)
    return ""


def _format_figures(progress: Progress, phrases: Translator) -> str:
    gettext, counts = phrases.gettext, progress.counts
    lines = [bar(progress), *_format_rows(counts, phrases)]
    if progress.broadcast.state not in FINAL:
        lines.append(gettext("Still to come: {number}", number=counts.rest))
    if progress.broadcast.state == "sending":
        lines.append(gettext("Messages per second: {rate}", rate=f"{progress.per_second:.1f}"))
        if progress.left is not None and counts.rest:
            lines.append(gettext("Time left: {duration}", duration=format_duration(progress.left, phrases)))
    return "\n".join(lines)


def _format_rows(counts: Counts, phrases: Translator) -> list[str]:
    """A line for each state, with its reasons; that of messages sent also when there are none."""
    gettext, rows = phrases.gettext, outcome_rows(counts, phrases)
    states = list(dict.fromkeys([_state("sent", phrases), *(row.state for row in rows)]))
    lines = []
    for state in states:
        some = [row for row in rows if row.state == state]
        line = gettext("{name}: {number}", name=state, number=sum(row.number for row in some))
        reasons = [gettext("{name}: {number}", name=row.reason, number=row.number) for row in some if row.reason]
        lines.append(
            gettext("{sentence} ({hint})", sentence=line, hint=gettext(", ").join(reasons)) if reasons else line
        )
    return lines


def _state(state: str, phrases: Translator) -> str:
    gettext = phrases.gettext
    names = {
        "sent": gettext("Sent"),
        "failed": gettext("Refused"),
        "unknown": gettext("Unknown whether it arrived"),
        "skipped": gettext("Left out"),
        "cancelled": gettext("Not sent any more"),
    }
    return names[state]


def _reason(reason: str, phrases: Translator) -> str:
    """Why, in words; a reason of another version of the program keeps its name."""
    gettext = phrases.gettext
    names = {
        "blocked": gettext("blocked the bot"),
        "chat": gettext("no such chat any more"),
        "content": gettext("Telegram does not take the content"),
        "broken": gettext("the line broke"),
        "silence": gettext("no answer in time"),
        "server": gettext("Telegram's server failed"),
        "garbage": gettext("an answer that makes no sense"),
        "died": gettext("the program broke down"),
        "attempts": gettext("it was tried twice"),
        "cancelled": gettext("ended before it was tried again"),
        "unsubscribed": gettext("wants no notices any more"),
        "erased": gettext("erased what was kept of them"),
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
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return target.getvalue().encode("utf-8-sig")


def _safe(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
