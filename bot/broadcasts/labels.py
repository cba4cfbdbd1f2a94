"""The bot's own words for broadcasts: class, audience and state, numbers of people, durations and moments."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.model import Audience, BroadcastClass, BroadcastState
from bot.i18n.phrases import Phrases
from bot.knowledge import City
from bot.people.privacy import language_name


def class_name(kind: BroadcastClass, phrases: Phrases) -> str:
    """A class in a word."""
    names = {"alert": phrases.say("alert"), "notice": phrases.say("notice"), "once": phrases.say("only once")}
    return names[kind]


def class_rule(kind: BroadcastClass, phrases: Phrases) -> str:
    """What the class means, in a sentence or two."""
    say = phrases.say
    rules = {
        "alert": say(
            "Alert: it is sent at any hour, also at night. Where it is not certain that it arrived, it is sent once "
            "more, so a few people may get it twice."
        ),
        "notice": say(
            "Notice: it keeps the quiet hours. Where it is not certain that it arrived, it is sent once more without "
            "a sound, so a few people may get it twice."
        ),
        "once": say(
            "Only once: it keeps the quiet hours and is never sent again. Where it is not certain that it arrived, "
            "the report says so; nobody gets it twice."
        ),
    }
    return rules[kind]


def audience_name(audience: Audience, phrases: Phrases) -> str:
    """To whom it goes."""
    if audience == "everybody":
        return phrases.say("everybody")
    if audience == "test":
        return phrases.say("test group (all who have rights here)")
    return phrases.say("those who read {language}", language=language_name(audience))


def state_told(state: BroadcastState, phrases: Phrases) -> str:
    """How far it is, in a few words."""
    say = phrases.say
    words: dict[BroadcastState, str] = {
        "draft": say("a draft"),
        "unapproved": say("waits for the yes of another admin"),
        "queued": say("confirmed"),
        "gathering": say("is starting"),
        "sending": say("is being sent"),
        "paused": say("stands still"),
        "finished": say("finished"),
        "cancelled": say("cancelled"),
    }
    return words[state]


def people_told(number: int, phrases: Phrases) -> str:
    """A number of people."""
    return phrases.say_many("{number} person", "{number} people", number)


def duration_told(duration: timedelta, phrases: Phrases) -> str:
    """A duration as people say it: rounded up to minutes, if it is one; from two hours on to hours and minutes."""
    if duration < timedelta(minutes=1):
        return phrases.say("less than a minute")
    minutes = -(-int(duration.total_seconds()) // 60)
    if minutes < 120:
        return phrases.say_many("{number} minute", "{number} minutes", minutes)
    return phrases.say("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def moment_told(at: datetime, city: City, phrases: Phrases) -> str:
    """A point in time as the city's clocks show it."""
    local = at.astimezone(ZoneInfo(city.time_zone))
    return phrases.say("{day}, {time}", day=phrases.date(local.date()), time=f"{local:%H:%M}")
