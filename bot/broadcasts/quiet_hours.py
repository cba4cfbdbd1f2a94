"""The city's quiet hours, during which only alerts are sent."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.model import BroadcastClass
from bot.i18n.dates import moment_of
from bot.knowledge import City


def quiet_until(kind: BroadcastClass, city: City, now: datetime) -> datetime | None:
    """The end of the quiet hours that delay a broadcast now; None if it may be sent."""
    if kind == "alert":
        return None
    zone = ZoneInfo(city.time_zone)
    local, begin, end = now.astimezone(zone), city.quiet_hours.start, city.quiet_hours.end
    clock = local.time()
    over_midnight = begin > end
    quiet = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and clock >= begin else local.date()
    return moment_of(day, end, zone, now)
