"""Broadcasts as text for a terminal, from the rows of the control server."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.broadcasts.messages import (
    class_rule,
    format_language_warnings,
    format_quiet_hours,
    short_pause_reason,
    state_name,
)
from bot.i18n.message import Translator


def format_row(row: Mapping[str, Any], translator: Translator) -> str:
    """One line: number, state and pause reason, class, audience, and the next time."""
    state = state_name(row["state"], translator)
    if row["paused_for"]:
        state = translator.gettext(
            "{state}: {reason}", state=state, reason=short_pause_reason(row["paused_for"], translator)
        )
    parts = [f"{row['number']}  {state}", f"{row['class']}, {row['audience']}"]
    # For a draft a separate line gives the quiet hours.
    at = (row["state"] == "queued" and row["waits_until"]) or row["starts_at"] or row["planned_at"]
    if row["state"] in ("queued", "unapproved", "draft") and at:
        parts.append(translator.gettext("starts at {time}", time=_clock(at)))
    elif at := row["ended_at"] or row["started_at"]:
        parts.append(_clock(at))
    return "  ".join(parts)


def format_draft(row: Mapping[str, Any], translator: Translator) -> str:
    """A draft: head count, duration, rules of its class, quiet hours, languages, and the next step."""
    number, gettext = row["number"], translator.gettext
    lines = [
        format_row(row, translator),
        translator.ngettext(
            "It reaches {number} chat, which takes {duration}.",
            "It reaches {number} chats, which takes {duration}.",
            row["head_count"],
            duration=_span(row["takes_seconds"]),
        ),
    ]
    lines.append(class_rule(row["class"], translator))
    if row["waits_until"]:
        lines.append(format_quiet_hours(_clock(row["waits_until"]), translator))
    lines += format_language_warnings(row["fallbacks"], row["unused"], translator)
    if row["needs_second_admin"]:
        lines.append(gettext("That many recipients also need the approval of an admin in the chat."))
    if row["previewed"]:
        lines.append(gettext("Send it: {command}", command=f"minsheng broadcast start {number}"))
    else:
        lines.append(gettext("Preview it first: {command}", command=f"minsheng broadcast preview {number} --to ADMIN"))
    return "\n".join(lines)


def format_started(row: Mapping[str, Any], translator: Translator) -> str:
    """The next step for a confirmed broadcast."""
    number, gettext = row["number"], translator.gettext
    if row["state"] == "unapproved":
        return gettext(
            "{number} goes to many people: an admin must approve it in the chat with the bot.", number=number
        )
    return gettext(
        "{number} starts at {time}. Until then this recalls it: {command}",
        number=number,
        time=_clock(row["waits_until"] or row["starts_at"]),
        command=f"minsheng broadcast cancel {number}",
    )


def format_progress(row: Mapping[str, Any], translator: Translator) -> str:
    """The line of a broadcast, and its figures."""
    if row["state"] in ("draft", "unapproved", "queued") and not row["recipients"]:
        return format_row(row, translator)
    return f"{format_row(row, translator)}\n  {format_figures(row, translator)}"


def format_figures(row: Mapping[str, Any], translator: Translator) -> str:
    """Counts by state, rate and time left."""
    gettext = translator.gettext
    parts = [
        gettext("sent: {number}", number=row["sent"]),
        gettext("refused: {number}", number=row["refused"]),
        gettext("unknown: {number}", number=row["unknown"]),
        gettext("rest: {number}", number=row["rest"]),
    ]
    if row["skipped"]:
        parts.append(gettext("no longer subscribed: {number}", number=row["skipped"]))
    if row["cancelled"]:
        parts.append(gettext("cancelled: {number}", number=row["cancelled"]))
    if row["state"] == "sending":
        parts.append(gettext("{rate} a second", rate=row["per_second"]))
    if row["seconds_left"] is not None:
        parts.append(gettext("{duration} left", duration=_span(row["seconds_left"])))
    if row["unreachable"]:
        parts.append(gettext("Telegram does not answer"))
    if row["quiet_until"]:
        parts.append(gettext("quiet hours until {time}", time=_clock(row["quiet_until"])))
    return " · ".join(parts)


def _clock(at: str) -> str:
    """Date and time in the city's time zone."""
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"


def _span(seconds: int) -> str:
    """Hours, minutes and seconds, such as 1:02:03."""
    return str(timedelta(seconds=seconds))
