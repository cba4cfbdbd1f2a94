"""Broadcasts as JSON objects for scripts; the names are stable.

Times are ISO 8601 with the city's offset, durations are in seconds, and missing values are null.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcasts.content import fallback_languages, unused_languages
from bot.broadcasts.messages import quiet_until_start
from bot.broadcasts.model import Broadcast, Progress
from bot.broadcasts.quiet_hours import quiet_until
from bot.broadcasts.service import Estimate
from bot.knowledge import City


def broadcast_row(broadcast: Broadcast, city: City) -> dict[str, Any]:
    """A broadcast and its state; `waits_until` is the end of the quiet hours that delay its start."""
    zone = ZoneInfo(city.time_zone)
    start = broadcast.starts_at if broadcast.state == "queued" and not broadcast.total else None
    attachments = [edition.attachment.kind for edition in broadcast.editions.values() if edition.attachment]
    return {
        "number": broadcast.number,
        "state": broadcast.state,
        "class": broadcast.kind,
        "audience": broadcast.audience,
        "languages": sorted(broadcast.editions),
        "attachment": attachments[0] if attachments else None,
        "author": broadcast.author,
        "approved_by": broadcast.approved_by,
        "previewed": broadcast.previewed == broadcast.revision,
        "head_count": broadcast.head_count,
        "created_at": _moment(broadcast.created_at, zone),
        "planned_at": _moment(broadcast.planned_at, zone),
        "starts_at": _moment(broadcast.starts_at, zone),
        "waits_until": _moment(start and quiet_until(broadcast.kind, city, start), zone),
        "started_at": _moment(broadcast.started_at, zone),
        "ended_at": _moment(broadcast.ended_at, zone),
        "paused_for": broadcast.paused_for,
    }


def draft_row(draft: Broadcast, size: Estimate, city: City, now: datetime) -> dict[str, Any]:
    """A draft, its reach, readers who get another language's text, and whether it waits for quiet hours."""
    zone, default = ZoneInfo(city.time_zone), city.default_language
    return broadcast_row(draft, city) | {
        "fallbacks": fallback_languages(draft.editions, draft.audience, default),
        "unused": unused_languages(draft.editions, draft.audience, default),
        "waits_until": _moment(quiet_until_start(draft, size, city, now), zone),
        "head_count": size.head_count,
        "takes_seconds": _seconds(size.takes),
        "needs_second_admin": size.needs_approval,
    }


def progress_row(progress: Progress, city: City) -> dict[str, Any]:
    """A broadcast and the counts of its deliveries; `reasons` counts the deliveries that have a reason."""
    counts, zone = progress.counts, ZoneInfo(city.time_zone)
    return broadcast_row(progress.broadcast, city) | {
        "recipients": counts.total,
        "sent": counts.of("sent"),
        "refused": counts.of("failed"),
        "unknown": counts.of("unknown"),
        "skipped": counts.of("skipped"),
        "cancelled": counts.of("cancelled"),
        "rest": counts.rest,
        "reasons": _reasons(counts.numbers),
        "per_second": round(progress.per_second, 1),
        "seconds_left": None if progress.left is None else _seconds(progress.left),
        "quiet_until": _moment(progress.quiet_until, zone),
        "unreachable": progress.unreachable,
    }


def _reasons(numbers: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {f"{state}: {reason}": number for (state, reason), number in sorted(numbers.items()) if reason}


def _moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())
