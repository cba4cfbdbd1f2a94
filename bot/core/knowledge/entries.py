"""The entries of a knowledge file: the city, its areas and projects, and what it does not answer."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from bot.core.knowledge.remarks import quoted
from bot.core.knowledge.words import (
    Aspect,
    Identifier,
    Label,
    Model,
    Note,
    Overview,
    Phrasings,
    Sentence,
    Status,
    Summary,
    Translated,
    not_fit,
)
from bot.core.sayings import Saying, saying
from bot.core.text import Language


def _written(pattern: str, fault: Saying, hint: Saying) -> Callable[[object], object]:
    """A check of the form, for pydantic reads `20211112` as seconds since 1970 and `22` as 22 seconds."""

    def check(text: object) -> object:
        if isinstance(text, str) and not re.fullmatch(pattern, text.strip()):
            raise not_fit(fault, hint, given=quoted(text))
        return text

    return check


_is_day = _written(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    saying("{name} is not a date: {given}"),
    saying("write it as 2021-11-12"),
)
_is_time = _written(
    "[0-9]{2}:[0-9]{2}",
    saying("{name} is not a time of day: {given}"),
    saying("write it as 22:00"),
)
Day = Annotated[date, BeforeValidator(_is_day)]
TimeOfDay = Annotated[time, BeforeValidator(_is_time)]
Cost = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Fact(Model):
    """One checkable statement, and the questions that it answers."""

    id: Identifier
    answers: tuple[Aspect, ...] = Field(min_length=1, max_length=20)
    statement: Sentence
    questions: Phrasings = Phrasings()
    concerns: tuple[Identifier, ...] = Field(default=(), max_length=20)  #: in an area: the projects that it is about


class Source(Model):
    """Where a statement was published, and when."""

    title: Translated
    publisher: Label = Field(min_length=1)
    date: Day


class Area(Model):
    """A field of the city's work: what its projects have in common."""

    id: Identifier
    title: Translated
    overview: Overview
    words: Phrasings = Phrasings()
    phrasings: Phrasings = Phrasings()
    facts: tuple[Fact, ...] = Field(default=(), max_length=100)


class Project(Model):
    """One thing that the city has promised, and all that is known of it."""

    id: Identifier
    area: Identifier
    title: Translated
    status: Status
    status_note: Note = Note()
    as_of: Day
    expected_completion: Note | None = None
    summary: Summary
    facts: tuple[Fact, ...] = Field(default=(), max_length=100)
    left_open: tuple[Aspect, ...] = Field(default=(), max_length=20)
    words: Phrasings = Phrasings()
    phrasings: Phrasings = Phrasings()
    related: tuple[Identifier, ...] = Field(default=(), max_length=20)
    source: Identifier


class TopicElsewhere(Model):
    """Something that citizens ask and that this bot does not answer."""

    id: Identifier
    title: Translated
    sentence: Sentence
    turn_to: Note = Note()
    words: Phrasings = Phrasings()
    phrasings: Phrasings = Phrasings()


class Contacts(Model):
    """Where citizens can turn; empty where the city has not filled it in."""

    hotline: Label = ""
    emergency: Label = ""


class QuietHours(Model):
    """When nobody wants to be woken, in the city's time zone."""

    start: TimeOfDay
    end: TimeOfDay


class Costs(Model):
    """How bad each outcome is for the city, in any unit: only their ratios count."""

    wrong: Cost = 5.0  #: an answer about something else
    ask: Cost = 1.0  #: asking back
    refuse: Cost = 2.0  #: "I don't know", although the answer was there


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        fault, hint = saying("{name} is no time zone: {given}"), saying("for example Asia/Shanghai")
        raise not_fit(fault, hint, given=quoted(name)) from None
    return name


class City(Model):
    """The head of the file: what holds for all projects."""

    name: Translated
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    default_language: Language
    contacts: Contacts = Contacts()
    stale_after_days: int = Field(gt=0, le=3650)
    quiet_hours: QuietHours
    costs: Costs = Costs()
    sources: dict[Identifier, Source] = Field(min_length=1, max_length=200)

    def day_at(self, now: datetime) -> date:
        """The day that it is in the city."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


class KnowledgeBase(Model):
    """Everything that one city's bot may say about its projects."""

    city: City
    areas: tuple[Area, ...] = Field(min_length=1, max_length=200)
    projects: tuple[Project, ...] = Field(min_length=1, max_length=2000)
    topics_elsewhere: tuple[TopicElsewhere, ...] = Field(default=(), max_length=500)

    @cached_property
    def area_by_id(self) -> Mapping[str, Area]:
        """Areas by their id, in the order of the file."""
        return {area.id: area for area in self.areas}

    @cached_property
    def project_by_id(self) -> Mapping[str, Project]:
        """Projects by their id, in the order of the file."""
        return {project.id: project for project in self.projects}

    @cached_property
    def topic_by_id(self) -> Mapping[str, TopicElsewhere]:
        """Topics elsewhere by their id, in the order of the file."""
        return {topic.id: topic for topic in self.topics_elsewhere}

    def projects_of(self, area: str) -> list[Project]:
        """The projects of an area, in the order of the file."""
        return [project for project in self.projects if project.area == area]
