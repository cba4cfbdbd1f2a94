"""Validation errors: a value is missing, unknown or of the wrong kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from bot.i18n.message import NOTHING, LazyMessage, Value, lazy_gettext
from bot.knowledge.diagnostics import Diagnostic, Document, Mark, ValuePath, quoted, shortened
from bot.knowledge.fields import Translated

_Model = TypeVar("_Model", bound=BaseModel)

#: A file with more errors is not a knowledge file, and explaining all of them would cost memory.
MANY = 2000
#: Commas of Chinese texts, which separate no entries of a list.
_WIDE_COMMA = re.compile("[，、；]")


def check(model: type[_Model], document: Document) -> tuple[_Model | None, list[Diagnostic]]:
    """The document as a `model`, or None and all validation errors."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as refusal:
        if refusal.error_count() > MANY:
            return None, [_too_many(refusal.error_count()), *_first_errors(model, document)]
        return None, _explained(model, refusal, document)


def nearest(word: str, known: Sequence[str]) -> LazyMessage:
    """“did you mean …?” with the known word that is most similar to `word`, or an empty message."""
    found = process.extractOne(word[:80], known, scorer=fuzz.ratio, score_cutoff=60)
    return lazy_gettext("did you mean `{word}`?", word=shortened(found[0])) if found else NOTHING


def _too_many(count: int) -> Diagnostic:
    sentence = lazy_gettext("the file has {number:,} errors; some of each kind follow", number=count)
    return Diagnostic(Mark(1, 1), "error", sentence, lazy_gettext("is it a knowledge file at all?"))


def _first_errors(model: type[BaseModel], document: Document) -> list[Diagnostic]:
    """The errors in the first few values of each list and mapping."""
    try:
        model.model_validate(_beginning(document.data))
    except ValidationError as refusal:
        if refusal.error_count() <= MANY:
            return _explained(model, refusal, document)
    return []


def _beginning(value: Any) -> Any:
    """The first two items of each list and the first twenty fields of each mapping; paths stay the same."""
    if isinstance(value, list):
        return [_beginning(part) for part in value[:2]]
    if isinstance(value, dict):
        return {name: _beginning(value[name]) for name in list(value)[:20]}
    return value


def _explained(model: type[BaseModel], refusal: ValidationError, document: Document) -> list[Diagnostic]:
    return [
        _explain(model, error, document)
        for error in refusal.errors(include_url=False)
        # pydantic counts only the valid entries, and the errors of the others are reported anyway
        if not (error["type"] == "too_short" and error["input"])
    ]


def _explain(model: type[BaseModel], error: ErrorDetails, document: Document) -> Diagnostic:
    """One of pydantic's errors in words for the person who edits the file."""
    path = error["loc"]
    if not path:
        sentence = _FIELDS[0].filled(name=document.name(path))
        return Diagnostic(document.mark(path), "error", sentence, lazy_gettext("is it a knowledge file at all?"))
    if path[-1:] == ("[key]",):
        sentence = lazy_gettext("{name} cannot be a name here", name=quoted(path[-2]))
        return Diagnostic(document.key_mark(path[:-1]), "error", sentence, _IDENTIFIER)
    if error["type"] == "missing":
        return _missing(path, document)
    if error["type"] == "extra_forbidden":
        sentence = lazy_gettext("{name} is not known here", name=document.name(path))
        hint = _known_instead(str(path[-1]), _fields_at(model, path[:-1]))
        return Diagnostic(document.key_mark(path), "error", sentence, hint)
    return Diagnostic(document.mark(path), "error", *_message_of_value(error, document.name(path)))


def _missing(path: ValuePath, document: Document) -> Diagnostic:
    """A missing field; a field of the head may have been cut off at the end of the file."""
    field = str(path[-1])
    hint = (
        lazy_gettext("add `{field}:`; or is the end of the file missing?", field=field)
        if len(path) == 1
        else lazy_gettext("add `{field}:`", field=field)
    )
    sentence = lazy_gettext("{name} is missing here", name=document.name(path))
    return Diagnostic(document.mark(path[:-1]), "error", sentence, hint)


def _message_of_value(error: ErrorDetails, name: LazyMessage) -> tuple[LazyMessage, LazyMessage]:
    """What is wrong with the value of that name, and what to do."""
    given, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case _ if given is None:
            hint = lazy_gettext("write it after the colon, or take the line out")
            return lazy_gettext("{name} has no value", name=name), hint
        case "literal_error" | "enum" if isinstance(given, str):
            allowed = re.findall("'([^']+)'", context["expected"])
            hint = nearest(given, allowed) or lazy_gettext("one of: {names}", names=", ".join(allowed))
            if _WIDE_COMMA.search(given):
                hint = lazy_gettext("write `, ` between entries; put one text with a comma between double quotes")
            return lazy_gettext("{name} cannot be {given}", name=name, given=quoted(given)), hint
        case "string_pattern_mismatch":
            return lazy_gettext("{name} cannot be {given}", name=name, given=quoted(given)), _IDENTIFIER
        case "not_fit":
            return context["message"].filled(name=name, **context["values"]), context["hint"]
        case kind if kind in _WRONG_KIND:
            message, hint = _WRONG_KIND[kind]
            return message.filled(name=name, **_limit(context)), _hint_for(given, context, hint)
        case _:
            return lazy_gettext("{name} cannot be read: {reason}", name=name, reason=error["msg"]), NOTHING


_IDENTIFIER = lazy_gettext("an id has small Latin letters, digits and hyphens, at most 40 of them")
_FIELDS = (
    lazy_gettext("{name} should have fields of its own"),
    lazy_gettext("write `name: value` lines under it, indented by two spaces"),
)
_LIST = (
    lazy_gettext("{name} should be a list"),
    lazy_gettext("write one line for each, beginning with a hyphen and a space"),
)
_TEXT = (
    lazy_gettext("{name} should be a text"),
    lazy_gettext("put it between double quotes if it contains a colon or brackets"),
)
_DAY = (lazy_gettext("{name} is not a day of the calendar"), lazy_gettext("write it as 2021-11-12"))
_TIME = (lazy_gettext("{name} is not a time of day"), lazy_gettext("write it as 22:00"))
_NUMBER = (lazy_gettext("{name} is not a number"), lazy_gettext("write it as 2 or 2.5"))
_WHOLE_NUMBER = (lazy_gettext("{name} is not a whole number"), lazy_gettext("write digits only"))

#: The expected kind of value, and what to do.
_WRONG_KIND = {
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_type": (lazy_gettext("{name} is not a date"), lazy_gettext("write it as 2021-11-12")),
    "time_parsing": _TIME,
    "time_type": _TIME,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": (lazy_gettext("{name} should be more than {limit}"), NOTHING),
    "less_than_equal": (lazy_gettext("{name} should be at most {limit}"), NOTHING),
    "string_type": _TEXT,
    "enum": _TEXT,
    "literal_error": _TEXT,
    "string_unicode": (
        lazy_gettext("{name} contains a character that cannot be written"),
        lazy_gettext("write the text again"),
    ),
    "string_too_short": (lazy_gettext("{name} is empty"), NOTHING),
    "string_too_long": (lazy_gettext("{name} is longer than {number} characters"), NOTHING),
    "too_short": (lazy_gettext("{name} is empty"), lazy_gettext("write at least one entry")),
    "too_long": (lazy_gettext("{name} has more than {number:,} entries"), NOTHING),
    "tuple_type": _LIST,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dict_type": _FIELDS,
}

#: Models whose fields are languages.
_BY_LANGUAGE = {"Phrasings", "Translated", *(model.__name__ for model in Translated.__subclasses__())}


def _limit(context: Mapping[str, Any]) -> dict[str, Value]:
    """The limit that a value exceeded, as the sentences above name it."""
    match context:
        case {"max_length": int(most)}:
            return {"number": most}
        case {"gt": bound} | {"le": bound}:
            return {"limit": f"{bound:g}"}
        case _:
            return {}


def _hint_for(given: object, context: Mapping[str, Any], hint: LazyMessage) -> LazyMessage:
    """What to do about a value of the wrong kind, if its kind or its text allows a better hint."""
    if isinstance(given, str) and re.match(r"-[^\s\d-]", given):
        return lazy_gettext("put a space after each hyphen")
    if context.get("class_name") in _BY_LANGUAGE:
        return lazy_gettext("write it after `en:`, `zh:` and `ru:`, on lines of their own")
    return hint


def _known_instead(word: str, known: list[str]) -> LazyMessage:
    """The field that was probably meant; in `{en:Beds}` the name and its value are one word."""
    name, colon, _ = (*re.split("([:：])", word, maxsplit=1), "", "")[:3]
    if colon and name in known:
        return lazy_gettext("write `{field}: ` with a plain colon and a space after it", field=name)
    return nearest(word, known) or (lazy_gettext("known here: {names}", names=", ".join(known)) if known else NOTHING)


def _fields_at(model: type[BaseModel], path: ValuePath) -> list[str]:
    """The field names of the model at `path`."""
    names = iter(part for part in path if isinstance(part, str))
    for name in names:
        if name in model.model_fields:
            annotation = model.model_fields[name].annotation
            model = next(models_in(annotation), model)
            if get_origin(annotation) is dict:
                next(names, None)  # a key that the city chose
    return list(model.model_fields)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a field's type: `Fact` in `tuple[Fact, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
