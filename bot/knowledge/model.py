"""The entries of a knowledge file: the city, its areas and projects, and topics that it does not cover."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from bot.i18n.languages import LANGUAGES
from bot.i18n.message import lazy_gettext
from bot.knowledge.days import Day, TimeOfDay
from bot.knowledge.diagnostics import quoted
from bot.knowledge.fields import (
    Aspect,
    Identifier,
    Intent,
    Label,
    LanguageCode,
    Model,
    Note,
    Overview,
    Phrasings,
    Sentence,
    Summary,
    Translated,
    not_fit,
)
from bot.knowledge.status import Status

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
#: In the order of `date.weekday`.
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
#: The most facts of one project or area. Callback data contain the index of a fact beside the id of its project
#: (telegram_ui/button_codecs.py); the longest ids leave room for two digits.
MAX_FACTS = 100
Cost = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Fact(Model):
    """One verifiable statement, and the questions that it answers."""

    id: Identifier
    """A short name, unique in its project or area: lower-case Latin letters, digits and hyphens."""

    answers: tuple[Aspect, ...] = Field(min_length=1, max_length=20)
    """The aspects of the subject that it covers."""

    statement: Sentence
    """The sentence with which a reply begins: at most 200 characters."""

    questions: Phrasings = Phrasings()
    """Ways in which citizens ask for exactly this."""

    denied: Phrasings = Phrasings()
    """Words of yes-or-no questions that it answers with no, such as "with Beijing" if the partner is another city."""

    concerns: tuple[Identifier, ...] = Field(default=(), max_length=20)
    """In an area: the ids of the projects that it is about."""

    source: Identifier | None = None
    """Its source, if that is not the project's own: a name under `sources` in the head."""

    as_of: Day | None = None
    """The day on which it was last confirmed, if that is not the project's own."""


class Source(Model):
    """Where a statement was published, and when."""

    title: Translated
    """The title under which it was published."""

    publisher: Label = Field(min_length=1)
    """The publisher, as replies name it."""

    date: Day
    """The day of publication, for example 2021-11-12."""

    url: Label = ""
    """Its web address."""

    origin: Sentence = Sentence()
    """Who drew up what it reports, when and where: at most 200 characters."""


class Area(Model):
    """A field of the city's work, which groups projects."""

    id: Identifier
    """A short name, unique in the file: lower-case Latin letters, digits and hyphens. It never changes."""

    title: Translated
    """Its name: at most 80 characters."""

    overview: Overview
    """A few sentences about all its projects: at most 480 characters."""

    words: Phrasings = Phrasings()
    """Everyday words that mean this area: radiator, granny."""

    phrasings: Phrasings = Phrasings()
    """Ways in which citizens ask for the area as a whole."""

    facts: tuple[Fact, ...] = Field(default=(), max_length=MAX_FACTS)
    """Facts about several of its projects together."""

    contact: Label = ""
    """Whom to call about faults, complaints and services in this area."""


class Project(Model):
    """A project of the city, and everything that is known about it."""

    id: Identifier
    """A short name, unique in the file: lower-case Latin letters, digits and hyphens. It never changes."""

    area: Identifier
    """The id of its area."""

    title: Translated
    """Its name: at most 80 characters."""

    status: Status
    """How far it is; announced means stated as a goal, without later news."""

    status_note: Note = Note()
    """Half a sentence about the status: at most 120 characters."""

    as_of: Day
    """The day on which the status was last confirmed, for example 2021-11-12."""

    expected_completion: Note | None = None
    """When it is to be completed, in the words of the source: at most 120 characters."""

    due: Day | None = None
    """The last day that these words allow, if the source gives it, for example 2027-06-30."""

    summary: Summary
    """What it is, in two sentences: at most 280 characters."""

    facts: tuple[Fact, ...] = Field(default=(), max_length=MAX_FACTS)
    """Statements that answer a specific question: how many, when, where."""

    left_open: tuple[Aspect, ...] = Field(default=(), max_length=20)
    """What the source does not say; the bot says so when asked."""

    words: Phrasings = Phrasings()
    """Everyday words that mean this project."""

    phrasings: Phrasings = Phrasings()
    """Ways in which citizens ask for it: the more varied, the better."""

    related: tuple[Identifier, ...] = Field(default=(), max_length=20)
    """The ids of projects that are offered with it."""

    source: Identifier
    """Its source: a name under `sources` in the head."""


class TopicElsewhere(Model):
    """A topic that citizens ask about but this bot does not cover."""

    id: Identifier
    """A short name, unique among topics: lower-case Latin letters, digits and hyphens."""

    title: Translated
    """Its name: at most 80 characters."""

    sentence: Sentence = Sentence()
    """What the bot says instead of its usual refusal: at most 200 characters."""

    turn_to: Note = Note()
    """Where to ask instead: at most 120 characters."""

    contact: Label = ""
    """Whom to call about it."""

    words: Phrasings = Phrasings()
    """Words that almost always mean this topic, and no project."""

    phrasings: Phrasings = Phrasings()
    """Ways in which citizens ask for it."""


class EntryAsking(Model):
    """The ways of asking for one area or project."""

    words: Phrasings = Phrasings()
    """Everyday words that mean it."""

    phrasings: Phrasings = Phrasings()
    """Ways in which citizens ask for it."""

    questions: dict[Identifier, Phrasings] = Field(default_factory=dict, max_length=MAX_FACTS)
    """Ways in which citizens ask for its facts, by the fact's id."""


class AskingFile(Model):
    """A file in the folder `asking`: ways of asking by area and project, and topics elsewhere."""

    areas: dict[Identifier, EntryAsking] = Field(default_factory=dict, max_length=200)
    """By area id."""

    projects: dict[Identifier, EntryAsking] = Field(default_factory=dict, max_length=2000)
    """By project id."""

    topics_elsewhere: tuple[TopicElsewhere, ...] = Field(default=(), max_length=500)
    """Topics that citizens ask about but this bot does not cover."""

    topics: dict[Identifier, EntryAsking] = Field(default_factory=dict, max_length=500)
    """Additional ways of asking for topics elsewhere, by topic id."""

    smalltalk: dict[Intent, Phrasings] = Field(default_factory=dict, max_length=20)
    """Small talk with the bot, by its intent."""


class Contacts(Model):
    """Where citizens can turn; empty if the city has not filled it in."""

    hotline: Label = ""
    """The city's telephone number for questions."""

    emergency: Label = ""
    """The number for every emergency; replaces those of the police, the fire brigade and the ambulance."""

    ambulance: Label = ""
    """The ambulance's number."""

    fire: Label = ""
    """The number of the fire brigade."""

    police: Label = ""
    """The number of the police."""

    crisis: Label = ""
    """The number of a crisis line for people in distress."""

    gas: Label = ""
    """The fault line of the gas supplier."""

    water: Label = ""
    """The fault line for water pipes and heating."""

    electricity: Label = ""
    """The fault line of the power grid."""


class QuietHours(Model):
    """When no broadcasts are sent, in the city's time zone."""

    start: TimeOfDay
    """When they begin, for example 21:30."""

    end: TimeOfDay
    """When they end, for example 07:30."""


class OfficeHours(Model):
    """When staff answer citizens, in the city's time zone."""

    days: tuple[Weekday, ...] = Field(min_length=1, max_length=7)
    """The days of the week, for example [monday, tuesday, wednesday, thursday, friday]."""

    start: TimeOfDay
    """When the office opens, for example 08:30."""

    end: TimeOfDay
    """When it closes, for example 17:00."""

    @model_validator(mode="after")
    def closes_after_it_opens(self) -> "OfficeHours":
        """Refuse hours past midnight: an office that closes before it opens is a mistake."""
        if self.end <= self.start:
            message = lazy_gettext("{name} end before they begin")
            raise not_fit(message, lazy_gettext("write for example start 08:30 and end 17:00"))
        return self


class Costs(Model):
    """The cost of each outcome for the city, in any unit: only the ratios matter."""

    wrong: Cost = 5.0
    """A wrong answer."""

    ask: Cost = 1.0
    """Asking back."""

    refuse: Cost = 2.0
    """“I don't know”, although there was an answer."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message, hint = lazy_gettext("{name} is not a time zone: {given}"), lazy_gettext("for example Asia/Shanghai")
        raise not_fit(message, hint, given=quoted(name)) from None
    return name


class City(Model):
    """The head of the file: settings for all projects."""

    name: Translated
    """The city's name."""

    name_genitive: Translated = Translated()
    """Its name after "of", in languages that decline it."""

    time_zone: Annotated[str, AfterValidator(_known_zone)]
    """For example Asia/Shanghai."""

    default_language: LanguageCode
    """The language in which every text is required."""

    languages: tuple[LanguageCode, ...] = Field(default=(), min_length=1, max_length=50)
    """The city's languages; `minsheng check` asks for texts in these only. Default: those that have a text."""

    contacts: Contacts = Contacts()
    """Where citizens can turn."""

    stale_after_days: int = Field(gt=0, le=3650)
    """From this age on a reply adds that it may be out of date."""

    quiet_hours: QuietHours
    """When no broadcasts are sent."""

    office_hours: OfficeHours | None = None
    """When staff answer citizens' questions; citizens who ask at other times are told."""

    costs: Costs = Costs()
    """The cost of each outcome; only the ratios matter."""

    sources: dict[Identifier, Source] = Field(min_length=1, max_length=200)
    """The sources of the file, each under a short name."""

    @property
    def offered_languages(self) -> tuple[LanguageCode, ...]:
        """The languages in which staff are asked for texts."""
        return self.languages or LANGUAGES

    def day_at(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def is_stale(self, confirmed: date, today: date) -> bool:
        """Whether something confirmed on that day may be out of date; replies then say so, and staff are reminded."""
        return (today - confirmed).days > self.stale_after_days


class KnowledgeBase(Model):
    """Everything that one city's bot may say about its projects."""

    city: City
    """Settings for all projects."""

    areas: tuple[Area, ...] = Field(min_length=1, max_length=200)
    """The fields of the city's work."""

    projects: tuple[Project, ...] = Field(min_length=1, max_length=2000)
    """The city's projects, one entry for each."""

    topics_elsewhere: tuple[TopicElsewhere, ...] = Field(default=(), max_length=500)
    """Topics that citizens ask about but this bot does not cover."""

    smalltalk: dict[Intent, Phrasings] = Field(default_factory=dict, max_length=20)
    """Additional small talk in this city, by intent; the usual small talk ships with the program."""

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

    @cached_property
    def denying_facts(self) -> Mapping[str, list[tuple[Project | None, Fact]]]:
        """The facts that answer a yes-or-no question with no, by area; None: a fact of the area itself."""
        of_area: dict[str, list[tuple[Project | None, Fact]]] = {}
        for area in self.areas:
            facts = [(owner, fact) for owner in (None, *self.projects_of(area.id)) for fact in (owner or area).facts]
            of_area[area.id] = [(owner, fact) for owner, fact in facts if any(fact.denied.by_language())]
        return of_area

    def projects_of(self, area: str) -> list[Project]:
        """The projects of an area, in the order of the file."""
        return [project for project in self.projects if project.area == area]
