"""The city's words: what a knowledge file may hold, and every fault that one can have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from rapidfuzz import process

from bot.core.text import LANGUAGES, Language

#: Where a value stands in a document: keys and list positions from the top.
ValuePath: TypeAlias = tuple[str | int, ...]

#: What about a project is asked; see `locales/talk.yaml` for the words that ask it.
Aspect = Literal["when", "where", "how-many", "which", "who", "for-whom", "cost", "why", "how", "progress"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Status(StrEnum):
    """How far a project is."""

    ANNOUNCED = "announced"  #: stated as a goal; nothing later is known
    PLANNED = "planned"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    DELAYED = "delayed"
    CANCELLED = "cancelled"


class Model(BaseModel):
    """A part of the knowledge file: immutable, and without fields that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Translated(Model):
    """One text in up to three languages, each at most `limit` characters long."""

    limit: ClassVar[int] = 80
    en: str | None = None
    zh: str | None = None
    ru: str | None = None

    @field_validator(*LANGUAGES)
    @classmethod
    def fits(cls, text: str | None) -> str | None:
        """Refuse a text that would not fit into a reply."""
        if text and len(text) > cls.limit:
            values = {"length": len(text), "limit": cls.limit}
            raise PydanticCustomError("too_long", "{length} characters, at most {limit} fit", values)
        return text or None

    def spoken(self, language: Language, default: Language) -> tuple[str, Language]:
        """The text in `language`, or else in the city's `default` language, and which of them it is."""
        text: str | None = getattr(self, language)
        return (text, language) if text else (getattr(self, default) or "", default)


class Note(Translated):
    """Half a sentence."""

    limit = 120


class Sentence(Translated):
    """One sentence that can lead a reply."""

    limit = 200


class Summary(Translated):
    """Two sentences: the body of a reply about a project."""

    limit = 280


class Overview(Translated):
    """A few sentences: the body of a reply about an area."""

    limit = 480


class Phrasings(Model):
    """Ways in which citizens ask, per language; any number of them."""

    en: tuple[Phrase, ...] = ()
    zh: tuple[Phrase, ...] = ()
    ru: tuple[Phrase, ...] = ()

    def spoken(self) -> Iterator[tuple[Language, str]]:
        """Every phrasing with its language."""
        for language in LANGUAGES:
            for text in getattr(self, language):
                yield language, text


class Fact(Model):
    """One checkable statement, and the questions that it answers."""

    id: Identifier
    answers: tuple[Aspect, ...] = Field(min_length=1)
    statement: Sentence
    questions: Phrasings = Phrasings()


class Source(Model):
    """Where a statement was published, and when."""

    title: Translated
    publisher: str = Field(min_length=1, max_length=80)
    date: date


class Area(Model):
    """A field of the city's work: what its projects have in common."""

    id: Identifier
    title: Translated
    overview: Overview
    words: Phrasings = Phrasings()
    phrasings: Phrasings = Phrasings()
    facts: tuple[Fact, ...] = ()


class Project(Model):
    """One thing that the city has promised, and all that is known of it."""

    id: Identifier
    area: Identifier
    title: Translated
    status: Status
    status_note: Note = Note()
    as_of: date
    expected_completion: Note | None = None
    summary: Summary
    facts: tuple[Fact, ...] = ()
    left_open: tuple[Aspect, ...] = ()
    words: Phrasings = Phrasings()
    phrasings: Phrasings = Phrasings()
    related: tuple[Identifier, ...] = ()
    source: Identifier


class TopicElsewhere(Model):
    """Something that citizens ask and that this bot does not answer."""

    id: Identifier
    title: Translated
    sentence: Sentence
    turn_to: Note = Note()
    phrasings: Phrasings = Phrasings()


class Contacts(Model):
    """Where citizens can turn; empty where the city has not filled it in."""

    hotline: str = Field(default="", max_length=80)
    emergency: str = Field(default="", max_length=80)


class QuietHours(Model):
    """When nobody wants to be woken, in the city's time zone."""

    start: time
    end: time


class Costs(Model):
    """How bad each outcome is for the city, in any unit: only their ratios count."""

    wrong: float = Field(default=5.0, gt=0)  #: an answer about something else
    ask: float = Field(default=1.0, gt=0)  #: asking back
    refuse: float = Field(default=2.0, gt=0)  #: "I don't know", although the answer was there


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        values = {"name": name}
        raise PydanticCustomError("time_zone", "{name} is no time zone", values) from None
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
    sources: dict[Identifier, Source] = Field(min_length=1)


class KnowledgeBase(Model):
    """Everything that one city's bot may say about its projects."""

    city: City
    areas: tuple[Area, ...] = Field(min_length=1)
    projects: tuple[Project, ...] = Field(min_length=1)
    topics_elsewhere: tuple[TopicElsewhere, ...] = ()

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


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; both count from one, as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One remark on a knowledge file, in words for the person who can mend it."""

    mark: Mark
    severity: Literal["error", "warning"]
    sentence: str
    suggestion: str = ""

    def line_for(self, path: object) -> str:
        """The remark as editors and scripts read it: `path:line:column: severity: sentence (suggestion)`."""
        tail = f" ({self.suggestion})" if self.suggestion else ""
        return f"{path}:{self.mark.line}:{self.mark.column}: {self.severity}: {self.sentence}{tail}"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds before it is understood: plain values, and where each value and key stands."""

    data: Any
    values: Mapping[ValuePath, Mark] = field(default_factory=dict)
    keys: Mapping[ValuePath, Mark] = field(default_factory=dict)

    def mark(self, path: ValuePath) -> Mark:
        """Where the value at `path` stands, or the nearest value around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))

    def key_mark(self, path: ValuePath) -> Mark:
        """Where the key at the end of `path` stands."""
        return self.keys.get(path) or self.mark(path)


def parse(document: Document) -> tuple[KnowledgeBase | None, list[Diagnostic]]:
    """The knowledge base, or None when there is an error, with every remark in the order of the file."""
    try:
        knowledge = KnowledgeBase.model_validate(document.data)
    except ValidationError as refusal:
        return None, sorted(_explain(error, document) for error in refusal.errors())
    remarks = sorted([*_identity_faults(knowledge, document), *_reference_faults(knowledge, document),
                      *_language_faults(knowledge, document)])  # fmt: skip
    return (None if any(remark.severity == "error" for remark in remarks) else knowledge), remarks


# --- Faults of form -------------------------------------------------------------------------------------------------


def _explain(error: ErrorDetails, document: Document) -> Diagnostic:
    """pydantic's remark on one value in the words of somebody who edits the file."""
    path, name = error["loc"], _name(error["loc"])
    mark = document.mark(path)
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return Diagnostic(document.mark(path[:-1]), "error", f"{name} is missing here", f"add `{path[-1]}:`")
        case "extra_forbidden":
            known = _fields_at(path[:-1])
            return Diagnostic(document.key_mark(path), "error", f"{name} is not known here", _nearest(str(path[-1]), known))
        case "literal_error" | "enum":
            allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            hint = _nearest(str(error["input"]), allowed) or f"one of {', '.join(allowed)}"
            return Diagnostic(mark, "error", f"{name} cannot be {_quoted(error['input'])}", hint)
        case "string_pattern_mismatch":
            hint = "an id has small Latin letters, digits and hyphens, at most 40 of them"
            return Diagnostic(mark, "error", f"{name} cannot be {_quoted(error['input'])}", hint)
        case "too_long" if "length" in context:
            hint = f"at most {context['limit']} fit into a reply"
            return Diagnostic(mark, "error", f"{name} is {context['length']} characters long", hint)
        case "time_zone":
            return Diagnostic(mark, "error", f"{_quoted(context['name'])} is no time zone", "for example Asia/Shanghai")
        case kind:
            return Diagnostic(mark, "error", f"{name} {_EXPECTED.get(kind, error['msg'])}", _HINTS.get(kind, ""))


#: What a value of the wrong kind should have been.
_EXPECTED = {
    "date_from_datetime_parsing": "is not a date",
    "date_parsing": "is not a date",
    "time_parsing": "is not a time of day",
    "int_parsing": "is not a whole number",
    "float_parsing": "is not a number",
    "string_type": "should be a text",
    "tuple_type": "should be a list",
    "model_type": "should have fields of its own",
    "model_attributes_type": "should have fields of its own",
    "dict_type": "should have fields of its own",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "too_short": "is empty",
    "greater_than": "is too small",
    "less_than_equal": "is too large",
}
_HINTS = {
    "date_from_datetime_parsing": "write it as 2021-11-12",
    "date_parsing": "write it as 2021-11-12",
    "time_parsing": "write it as 22:00",
    "tuple_type": "write one line for each, beginning with `- `",
    "model_type": "write `name: value` lines under it, indented by two spaces",
    "model_attributes_type": "write `name: value` lines under it, indented by two spaces",
    "dict_type": "write `name: value` lines under it, indented by two spaces",
    "string_type": "put it between double quotes",
    "string_too_long": "a phrasing has at most 300 characters, a name at most 80",
}


def _name(path: ValuePath) -> str:
    """`projects[3].title.zh` as people say it: the field's name, with the language where it has one."""
    words = [part for part in path if isinstance(part, str)]
    if not words:
        return "the file"
    return f"`{words[-1]}` of `{words[-2]}`" if words[-1] in LANGUAGES and len(words) > 1 else f"`{words[-1]}`"


def _quoted(value: object) -> str:
    text = str(value)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _nearest(word: str, known: Iterable[str]) -> str:
    """“did you mean …?” with the known word that looks most like `word`, or nothing."""
    found = process.extractOne(word, list(known), score_cutoff=60)
    return f"did you mean `{found[0]}`?" if found else ""


def _fields_at(path: ValuePath) -> list[str]:
    """The names of the fields that the model at `path` has."""
    model: type[BaseModel] = KnowledgeBase
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


# --- Faults of meaning ----------------------------------------------------------------------------------------------

_Item = TypeVar("_Item", Area, Project, TopicElsewhere, Fact)


def _identity_faults(knowledge: KnowledgeBase, document: Document) -> Iterator[Diagnostic]:
    """An id that two entries share; areas and projects are asked for by id, so theirs are one set."""
    named: list[tuple[ValuePath, Area | Project]] = [
        *((("areas", i, "id"), area) for i, area in enumerate(knowledge.areas)),
        *((("projects", i, "id"), project) for i, project in enumerate(knowledge.projects)),
    ]
    yield from _twice(named, document)
    yield from _twice(
        [(("topics_elsewhere", i, "id"), topic) for i, topic in enumerate(knowledge.topics_elsewhere)], document
    )
    for path, owner in named:
        yield from _twice([((*path[:-1], "facts", i, "id"), fact) for i, fact in enumerate(owner.facts)], document)


def _twice(named: Iterable[tuple[ValuePath, _Item]], document: Document) -> Iterator[Diagnostic]:
    first: dict[str, Mark] = {}
    for path, item in named:
        mark = document.mark(path)
        if item.id in first:
            sentence = f"the id “{item.id}” is used in line {first[item.id].line} and again in line {mark.line}"
            yield Diagnostic(mark, "error", sentence, "give one of them another id")
        first.setdefault(item.id, mark)


def _reference_faults(knowledge: KnowledgeBase, document: Document) -> Iterator[Diagnostic]:
    """An area, source or related project that is named and does not exist."""
    for i, project in enumerate(knowledge.projects):
        named = [
            (("projects", i, "area"), project.area, knowledge.area_by_id, "area"),
            (("projects", i, "source"), project.source, knowledge.city.sources, "source"),
            *((("projects", i, "related", k), other, knowledge.project_by_id, "project")
              for k, other in enumerate(project.related)),
        ]  # fmt: skip
        for path, name, known, kind in named:
            if name not in known:
                hint = _nearest(name, known) or f"known: {', '.join(known)}"
                yield Diagnostic(document.mark(path), "error", f"there is no {kind} “{name}”", hint)


def _language_faults(knowledge: KnowledgeBase, document: Document) -> Iterator[Diagnostic]:
    """A text without the default language (error) or without another one (warning)."""
    default = knowledge.city.default_language
    for path, text in _texts(knowledge, ()):
        written = [language for language in LANGUAGES if getattr(text, language)]
        if not written and isinstance(text, Note):
            continue  # notes are optional as a whole
        for language in LANGUAGES:
            if language not in written:
                severity: Literal["error", "warning"] = "error" if language == default else "warning"
                hint = f"replies then use {default}" if severity == "warning" else "it is the city's default language"
                yield Diagnostic(document.mark(path), severity, f"{_name(path)} is missing in {language}", hint)


def _texts(value: object, path: ValuePath) -> Iterator[tuple[ValuePath, Translated]]:
    """Every translated text below a value, with its path."""
    if isinstance(value, Translated):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, (*path, name))
    elif isinstance(value, tuple):
        for i, part in enumerate(value):
            yield from _texts(part, (*path, i))


# --- The bot's own talk ---------------------------------------------------------------------------------------------

Intent = Literal[
    "greeting", "thanks", "goodbye", "who-are-you", "human", "how-are-you", "praise", "insult", "agreement", "overview"
]
INTENTS: tuple[Intent, ...] = get_args(Intent)


class Talk(Model):
    """What people say to a bot whatever the city: small talk, and the words that ask for an aspect."""

    intents: dict[Intent, Phrasings]
    overview_by_status: dict[Status, Phrasings]
    aspects: dict[Aspect, Phrasings]
    follow_up: Phrasings  #: words that only make sense with what was said before
    function_words: Phrasings  #: words that say nothing about the subject
