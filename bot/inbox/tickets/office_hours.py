"""Office hours of the staff, from the knowledge files."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.knowledge import City
from bot.knowledge.model import WEEKDAYS


def opens_at(city: City, now: datetime) -> datetime | None:
    """When the office opens next; None if it is open or the city has entered no hours."""
    hours = city.office_hours
    if hours is None:
        return None
    zone = ZoneInfo(city.time_zone)
    local = now.astimezone(zone)
    # Seven days and the same weekday again: the office may be open on one weekday only, and today's hours may be over.
    for later in range(8):
        day = local.date() + timedelta(days=later)
        if WEEKDAYS[day.weekday()] not in hours.days:
            continue
        start, end = (datetime.combine(day, time, zone) for time in (hours.start, hours.end))
        if local < start:
            return start
        if local < end:
            return None
    return None
