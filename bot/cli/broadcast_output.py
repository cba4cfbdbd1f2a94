"""Broadcasts as people read them in a terminal, from the rows that the bot tells."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.broadcasts.labels import state_told
from bot.i18n.message import Saying, saying
from bot.i18n.phrases import Phrases

#: In few words, for one line; the chat tells with `why_paused` what to think of as well.
_REASONS: Mapping[str, Saying] = {
    "admin": saying("somebody paused it"),
    "content": saying("Telegram refuses its text"),
    "crashes": saying("the bot died over it again and again"),
    "absence": saying("the bot was away in the middle of it"),
    "restore": saying("the database is an older copy"),
    "late": saying("its time passed while the bot was away"),
}


def told(row: Mapping[str, Any], phrases: Phrases) -> str:
    """One line on a broadcast: its number, how far it is and why, its class and audience, and the next moment."""
    state = state_told(row["state"], phrases)
    if row["paused_for"]:
        state = phrases.say("{state}: {reason}", state=state, reason=_REASONS[row["paused_for"]].told(phrases))
    parts = [f"{row['number']}  {state}", f"{row['class']}, {row['audience']}"]
    if row["state"] in ("queued", "unapproved", "draft") and (at := row["starts_at"] or row["planned_at"]):
        parts.append(phrases.say("starts at {time}", time=_clock(at)))
    elif at := row["ended_at"] or row["started_at"]:
        parts.append(_clock(at))
    return "  ".join(parts)


def draft_told(row: Mapping[str, Any], phrases: Phrases) -> str:
    """A draft: how many it reaches, how long that takes, and what comes next."""
    number, say = row["number"], phrases.say
    lines = [
        told(row, phrases),
        say(
            "It reaches {count} chats, which takes {duration}.",
            count=row["head_count"], duration=_span(row["takes_seconds"]),
        ),
    ]  # fmt: skip
    if row["needs_second_admin"]:
        lines.append(say("That many need the yes of an admin in the chat as well."))
    if row["previewed"]:
        lines.append(say("Send it: {command}", command=f"minsheng broadcast start {number}"))
    else:
        lines.append(say("Look at it first: {command}", command=f"minsheng broadcast preview {number} --to ADMIN"))
    return "\n".join(lines)


def started_told(row: Mapping[str, Any], phrases: Phrases) -> str:
    """What happens next with a broadcast that was confirmed."""
    number, say = row["number"], phrases.say
    if row["state"] == "unapproved":
        return say("{number} goes to many: an admin must say yes to it in the chat with the bot.", number=number)
    return say(
        "{number} starts at {time}. Until then this calls it back: {command}",
        number=number, time=_clock(row["starts_at"]), command=f"minsheng broadcast cancel {number}",
    )  # fmt: skip


def progress_told(row: Mapping[str, Any], phrases: Phrases) -> str:
    """One line on a broadcast, and behind it how many deliveries came to what."""
    if row["state"] in ("draft", "unapproved", "queued") and not row["recipients"]:
        return told(row, phrases)
    return f"{told(row, phrases)}\n  {figures_told(row, phrases)}"


def figures_told(row: Mapping[str, Any], phrases: Phrases) -> str:
    """How many deliveries came to what; how fast it goes and how long it still takes, as far as anybody knows."""
    say = phrases.say
    parts = [
        say("sent: {number}", number=row["sent"]),
        say("refused: {number}", number=row["refused"]),
        say("unknown: {number}", number=row["unknown"]),
        say("rest: {number}", number=row["rest"]),
    ]
    if row["skipped"]:
        parts.append(say("not subscribed any more: {number}", number=row["skipped"]))
    if row["cancelled"]:
        parts.append(say("cancelled: {number}", number=row["cancelled"]))
    if row["state"] == "sending":
        parts.append(say("{rate} a second", rate=row["per_second"]))
    if row["seconds_left"] is not None:
        parts.append(say("{duration} left", duration=_span(row["seconds_left"])))
    if row["unreachable"]:
        parts.append(say("Telegram does not answer"))
    if row["quiet_until"]:
        parts.append(say("quiet hours until {time}", time=_clock(row["quiet_until"])))
    return " · ".join(parts)


def _clock(at: str) -> str:
    """A moment as the city's clocks show it."""
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"


def _span(seconds: int) -> str:
    """Hours, minutes and seconds, such as 1:02:03."""
    return str(timedelta(seconds=seconds))
