"""Faults of form: a value that is missing, unknown or of the wrong kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from bot.core.knowledge.remarks import Diagnostic, Document, Mark, ValuePath, quoted, shortened
from bot.core.knowledge.words import Translated

_Model = TypeVar("_Model", bound=BaseModel)

#: A file with more faults than this is no knowledge file, and to explain all would cost memory.
MANY = 2000


def check(model: type[_Model], document: Document) -> tuple[_Model | None, list[Diagnostic]]:
    """The document as a `model`, or None and every fault of form."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as refusal:
        if refusal.error_count() > MANY:
            return None, [_too_many(refusal.error_count()), *_first_faults(model, document)]
        return None, _explained(model, refusal, document)


def nearest(word: str, known: Sequence[str]) -> str:
    """“did you mean …?” with the known word that looks most like `word`, or nothing."""
    found = process.extractOne(word[:80], known, scorer=fuzz.ratio, score_cutoff=60)
    return f"did you mean `{shortened(found[0])}`?" if found else ""


def _too_many(count: int) -> Diagnostic:
    hint = "is it a knowledge file at all?"
    return Diagnostic(Mark(1, 1), "error", f"the file has {count:,} faults; some of each kind follow", hint)


def _first_faults(model: type[BaseModel], document: Document) -> list[Diagnostic]:
    """The faults of the first few values in each list and mapping."""
    try:
        model.model_validate(_beginning(document.data))
    except ValidationError as refusal:
        if refusal.error_count() <= MANY:
            return _explained(model, refusal, document)
    return []


def _beginning(value: Any) -> Any:
    """The first two of each list and the first twenty fields of each mapping; paths stay the same."""
    if isinstance(value, list):
        return [_beginning(part) for part in value[:2]]
    if isinstance(value, dict):
        return {name: _beginning(value[name]) for name in list(value)[:20]}
    return value


def _explained(model: type[BaseModel], refusal: ValidationError, document: Document) -> list[Diagnostic]:
    return [
        _explain(model, error, document)
        for error in refusal.errors(include_url=False)
        # pydantic counts the faultless entries only, and the faults of the others are said anyway.
        if not (error["type"] == "too_short" and error["input"])
    ]


def _explain(model: type[BaseModel], error: ErrorDetails, document: Document) -> Diagnostic:
    """The remark of pydantic on one value in the words of somebody who edits the file."""
    path, given = error["loc"], error["input"]
    if path[-1:] == ("[key]",):
        sentence = f"{quoted(path[-2])} cannot be a name here"
        return Diagnostic(document.key_mark(path[:-1]), "error", sentence, _IDENTIFIER)
    mark, name, context = document.mark(path), document.name(path), error.get("ctx", {})
    match error["type"]:
        case "missing":
            mark, fault, hint = document.mark(path[:-1]), "is missing here", f"add `{path[-1]}:`"
        case "extra_forbidden":
            known = _fields_at(model, path[:-1])
            mark, fault, hint = (
                document.key_mark(path),
                "is not known here",
                _known_instead(str(path[-1]), known),
            )
        case _ if given is None:
            fault, hint = "has no value", "write it behind the colon, or take the line out"
        case "literal_error" | "enum" if isinstance(given, str):
            allowed = re.findall("'([^']+)'", context["expected"])
            fault = f"cannot be {quoted(given)}"
            hint = nearest(given, allowed) or f"one of: {', '.join(allowed)}"
        case "string_pattern_mismatch":
            fault, hint = f"cannot be {quoted(given)}", _IDENTIFIER
        case "not_fit":
            fault, hint = context["fault"], context["hint"]
        case kind if kind in _WRONG_KIND:
            fault, hint = (
                _WRONG_KIND[kind][0].format(**context),
                _hint_for(given, context, _WRONG_KIND[kind][1]),
            )
        case _:
            fault, hint = f"cannot be read: {error['msg']}", ""
    return Diagnostic(mark, "error", f"{name} {fault}", hint)


_IDENTIFIER = "an id has small Latin letters, digits and hyphens, at most 40 of them"
_FIELDS = ("should have fields of its own", "write `name: value` lines under it, indented by two spaces")
_LIST = ("should be a list", "write one line for each, beginning with a hyphen and a space")
_TEXT = ("should be a text", "put it between double quotes if it holds a colon or brackets")
_WHOLE_NUMBER = ("is not a whole number", "write digits only")

#: What a value of the wrong kind should have been, and what to do.
_WRONG_KIND = {
    "date_parsing": ("is not a day of the calendar", "write it as 2021-11-12"),
    "date_from_datetime_parsing": ("is not a day of the calendar", "write it as 2021-11-12"),
    "date_type": ("is not a date", "write it as 2021-11-12"),
    "time_parsing": ("is not a time of day", "write it as 22:00"),
    "time_type": ("is not a time of day", "write it as 22:00"),
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "float_parsing": ("is not a number", "write it as 2 or 2.5"),
    "float_type": ("is not a number", "write it as 2 or 2.5"),
    "finite_number": ("is not a number", "write it as 2 or 2.5"),
    "greater_than": ("should be more than {gt:g}", ""),
    "less_than_equal": ("should be at most {le:g}", ""),
    "string_type": _TEXT,
    "enum": _TEXT,
    "literal_error": _TEXT,
    "string_unicode": ("holds a character that cannot be written", "write the text again"),
    "string_too_short": ("is empty", ""),
    "string_too_long": ("is longer than {max_length} characters", ""),
    "too_short": ("is empty", "write at least one entry"),
    "too_long": ("has more than {max_length:,} entries", ""),
    "tuple_type": _LIST,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dict_type": _FIELDS,
}

#: Models whose fields are languages.
_BY_LANGUAGE = {"Phrasings", "Translated", *(model.__name__ for model in Translated.__subclasses__())}


def _hint_for(given: object, context: Mapping[str, Any], hint: str) -> str:
    """What to do about a value of the wrong kind, where its kind or its text tells more."""
    if isinstance(given, str) and re.match(r"-[^\s\d-]", given):
        return "put a space behind each hyphen"
    if context.get("class_name") in _BY_LANGUAGE:
        return "write it behind `en:`, `zh:` and `ru:`, on lines of their own"
    return hint


def _known_instead(word: str, known: list[str]) -> str:
    """What an unknown field should have been; in `{en:Beds}` the name and its value are one word."""
    name, colon, _ = (*re.split("([:：])", word, maxsplit=1), "", "")[:3]
    if colon and name in known:
        return f"write `{name}: ` with a plain colon and a space behind it"
    return nearest(word, known) or (f"known here: {', '.join(known)}" if known else "")


def _fields_at(model: type[BaseModel], path: ValuePath) -> list[str]:
    """The names of the fields that the model at `path` has."""
    names = iter(part for part in path if isinstance(part, str))
    for name in names:
        if name in model.model_fields:
            annotation = model.model_fields[name].annotation
            model = next(models_in(annotation), model)
            if get_origin(annotation) is dict:
                next(names, None)  # a key of the city's own choice
    return list(model.model_fields)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type speaks of: `Fact` in `tuple[Fact, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
