"""The bot's own words for broadcasts: class, audience and state, numbers of people, durations and moments."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.model import Audience, BroadcastClass, BroadcastState
from bot.i18n.languages import language_name
from bot.i18n.message import Translator
from bot.knowledge import City


def class_name(kind: BroadcastClass, phrases: Translator) -> str:
    """A class in a word."""
    names = {
        "alert": phrases.gettext("alert"),
        "notice": phrases.gettext("notice"),
        "once": phrases.gettext("only once"),
    }
    return names[kind]


def class_rule(kind: BroadcastClass, phrases: Translator) -> str:
    """What the class means, in a sentence or two."""
    gettext = phrases.gettext
    rules = {
        "alert": gettext(
            "Alert: it is sent at any hour, also at night. Where it is not certain that it arrived, it is sent once "
            "more, so a few people may get it twice."
        ),
        "notice": gettext(
            "Notice: it keeps the quiet hours. Where it is not certain that it arrived, it is sent once more without "
            "a sound, so a few people may get it twice."
        ),
        "once": gettext(
            "Only once: it keeps the quiet hours and is never sent again. Where it is not certain that it arrived, "
            "the report says so; nobody gets it twice."
        ),
    }
    return rules[kind]


def audience_name(audience: Audience, phrases: Translator) -> str:
    """To whom it goes."""
    if audience == "everybody":
        return phrases.gettext("everybody")
    if audience == "test":
        return phrases.gettext("test group (all who have rights here)")
    return phrases.gettext("those who read {language}", language=language_name(audience))


def state_told(state: BroadcastState, phrases: Translator) -> str:
    """How far it is, in a few words."""
    gettext = phrases.gettext
    words: dict[BroadcastState, str] = {
        "draft": gettext("a draft"),
        "unapproved": gettext("waits for the yes of another admin"),
        "queued": gettext("confirmed"),
        "gathering": gettext("is starting"),
        "sending": gettext("is being sent"),
        "paused": gettext("stands still"),
        "finished": gettext("finished"),
        "cancelled": gettext("cancelled"),
    }
    return words[state]


def people_told(number: int, phrases: Translator) -> str:
    """A number of people."""
    return phrases.ngettext("{number} person", "{number} people", number)


def duration_told(duration: timedelta, phrases: Translator) -> str:
    """A duration as people say it: rounded up to minutes, if it is one; from two hours on to hours and minutes."""
    if duration < timedelta(minutes=1):
        return phrases.gettext("less than a minute")
    minutes = -(-int(duration.total_seconds()) // 60)
    if minutes < 120:
        return phrases.ngettext("{number} minute", "{number} minutes", minutes)
    return phrases.gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def moment_told(at: datetime, city: City, phrases: Translator) -> str:
    """A point in time as the city's clocks show it."""
    local = at.astimezone(ZoneInfo(city.time_zone))
    return phrases.gettext("{day}, {time}", day=phrases.date(local.date()), time=f"{local:%H:%M}")
