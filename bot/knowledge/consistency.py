"""Consistency errors: duplicate ids, references to missing entries, texts without a language.

They are found in the plain values instead of the models, so that they are reported together with validation errors.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import Any, get_origin

from pydantic import BaseModel

from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.visible import strip_invisible
from bot.knowledge.diagnostics import Diagnostic, Document, ValuePath, quoted, shortened
from bot.knowledge.fields import Note, Translated
from bot.knowledge.model import KnowledgeBase
from bot.knowledge.validation import models_in, nearest

#: The most diagnostics of one kind.
_ENOUGH = 2000

#: A comma that may separate two words; “1,500 beds” has none.
_SEPARATOR = re.compile(r"[，、；;]|,(?!\d)")

_NO_AREA = lazy_gettext("there is no area {id}")
_NO_SOURCE = lazy_gettext("there is no source {id}")
_NO_PROJECT = lazy_gettext("there is no project {id}")


def consistency_errors(document: Document) -> list[Diagnostic]:
    """All consistency errors and warnings; never fails, whatever the document contains."""
    errors: list[Diagnostic] = []
    for search in (_shared_ids, _unknown_names, _empty_areas, _missing_languages, _joined_words):
        found = search(document)
        errors += [error for error, _ in zip(found, range(_ENOUGH), strict=False)]
    return errors


def _shared_ids(document: Document) -> Iterator[Diagnostic]:
    """Ids that two entries share; areas and projects share one set, because they are looked up by id."""
    entries = [*_entries(document, ("areas",)), *_entries(document, ("projects",))]
    yield from _twice(entries, document)
    yield from _twice(_entries(document, ("topics_elsewhere",)), document)
    for path, _ in entries:
        yield from _twice(_entries(document, (*path, "facts")), document)


def _twice(entries: Iterable[tuple[ValuePath, dict[str, Any]]], document: Document) -> Iterator[Diagnostic]:
    first: dict[str, ValuePath] = {}
    for path, entry in entries:
        place, name = (*path, "id"), _text(entry.get("id"))
        if name in first:
            here, there = document.mark(place), document.mark(first[name])
            sentence = lazy_gettext(
                "the id {id} is used in line {first} and again in line {second}",
                id=quoted(name),
                first=there.line,
                second=here.line,
            )
            yield Diagnostic(here, "error", sentence, lazy_gettext("give one of them another id"))
        elif name:
            first[name] = place


def _empty_areas(document: Document) -> Iterator[Diagnostic]:
    """A warning for each area without a project: no source supports its overview, so it is not shown."""
    used = {_text(project.get("area")) for _, project in _entries(document, ("projects",))}
    if not used.issubset(_ids(document, "areas")):
        return  # a misspelt area id may cause an empty area
    for path, area in _entries(document, ("areas",)):
        name = _text(area.get("id"))
        if name and used and name not in used:
            hint = lazy_gettext("take the area out, or correct `area` of its projects; its overview is not shown")
            sentence = lazy_gettext("no project is in the area {id}", id=quoted(name))
            yield Diagnostic(document.mark((*path, "id")), "warning", sentence, hint)


def _unknown_names(document: Document) -> Iterator[Diagnostic]:
    """References to an area, source or related project that does not exist."""
    areas, projects = _ids(document, "areas"), _ids(document, "projects")
    named = _at(document.data, ("city", "sources"))
    sources = list(named) if isinstance(named, dict) else []
    for path, _ in _entries(document, ("projects",)):
        yield from _unknown(document, (*path, "area"), areas, _NO_AREA)
        yield from _unknown(document, (*path, "source"), sources, _NO_SOURCE)
        yield from _unknown(document, (*path, "related"), projects, _NO_PROJECT)
    for path, _ in [*_entries(document, ("areas",)), *_entries(document, ("projects",))]:
        for place, _ in _entries(document, (*path, "facts")):
            yield from _unknown(document, (*place, "source"), sources, _NO_SOURCE)
            yield from _unknown(document, (*place, "concerns"), projects, _NO_PROJECT)


def _unknown(document: Document, path: ValuePath, known: Collection[str], message: LazyMessage) -> Iterator[Diagnostic]:
    """The name at a path, or each name in the list there, that is unknown."""
    value = _at(document.data, path)
    named = [((*path, at), name) for at, name in enumerate(value)] if isinstance(value, list) else [(path, value)]
    for place, name in named:
        # If the file contains none of a kind, that is the error, not each reference.
        if _text(name) and known and _text(name) not in known:
            some = ", ".join(map(shortened, list(known)[:8]))
            hint = nearest(_text(name), list(known)) or lazy_gettext("known: {names}", names=some)
            yield Diagnostic(document.mark(place), "error", message.filled(id=quoted(_text(name))), hint)


def _missing_languages(document: Document) -> Iterator[Diagnostic]:
    """Texts without the default language (error) or without another one (warning)."""
    default = _text(_at(document.data, ("city", "default_language")))
    if default not in LANGUAGES:
        return  # a validation error, which must be corrected first
    kept = _languages(document)
    if default not in kept:
        message = lazy_gettext("`default_language` is {language}, and `languages` does not list it", language=default)
        mark = document.mark(("city", "languages"))
        yield Diagnostic(mark, "error", message, lazy_gettext("add it to `languages`"))
    for path, model, text in _texts(KnowledgeBase, document.data, ()):
        missing = [language for language in kept if not _text(text.get(language))]
        if issubclass(model, Note) and not any(_text(text.get(language)) for language in LANGUAGES):
            continue  # notes are optional as a whole
        for language in missing:
            sentence = lazy_gettext("{name} is missing in {language}", name=document.name(path), language=language)
            mark = document.keys.get((*path, language)) or document.key_mark(path)
            is_default = language == default
            hint = (
                lazy_gettext("it is the city's default language")
                if is_default
                else lazy_gettext("replies then use {language}", language=default)
            )
            yield Diagnostic(mark, "error" if is_default else "warning", sentence, hint)


def _joined_words(document: Document) -> Iterator[Diagnostic]:
    """Several words that became one through a wrong comma, or one pair of quotation marks around all of them."""
    for part in ("areas", "projects", "topics_elsewhere"):
        for path, language in product((path for path, _ in _entries(document, (part,))), LANGUAGES):
            place = (*path, "words", language)
            words = _at(document.data, place)
            for number, word in enumerate(words if isinstance(words, list) else ()):
                if _SEPARATOR.search(_text(word)):
                    sentence = lazy_gettext("{word} is one word here, with a comma in it", word=quoted(word))
                    hint = lazy_gettext("write `, ` between the words, and quotation marks around none or each")
                    yield Diagnostic(document.mark((*place, number)), "warning", sentence, hint)


def _languages(document: Document) -> list[str]:
    """The city's languages: those that it lists, or else the default and every language that has a text."""
    named = _at(document.data, ("city", "languages"))
    kept = {_text(language) for language in named} if isinstance(named, list) else set()
    if not kept.intersection(LANGUAGES):
        kept = {_text(_at(document.data, ("city", "default_language")))}
        for _, _, text in _texts(KnowledgeBase, document.data, ()):
            kept.update(language for language in LANGUAGES if _text(text.get(language)))
    return [language for language in LANGUAGES if language in kept]


def _texts(model: type[BaseModel], value: Any, path: ValuePath) -> Iterator[tuple[ValuePath, type[BaseModel], Any]]:
    """Every translated text inside a value of the type `model`."""
    if isinstance(value, list):
        for i, part in enumerate(value):
            yield from _texts(model, part, (*path, i))
    elif isinstance(value, dict) and issubclass(model, Translated):
        yield path, model, value
    elif isinstance(value, dict):
        for name, part in value.items():
            annotation = model.model_fields[name].annotation if name in model.model_fields else None
            for inner in models_in(annotation):
                if get_origin(annotation) is dict and isinstance(part, dict):
                    for key, named in part.items():
                        yield from _texts(inner, named, (*path, name, key))
                else:
                    yield from _texts(inner, part, (*path, name))


def _entries(document: Document, path: ValuePath) -> list[tuple[ValuePath, dict[str, Any]]]:
    """The entries of the list at `path`, with their paths; empty if there is no list."""
    found = _at(document.data, path)
    listed = enumerate(found) if isinstance(found, list) else ()
    return [((*path, i), entry) for i, entry in listed if isinstance(entry, dict)]


def _ids(document: Document, part: str) -> dict[str, None]:
    """The ids in one section of the file, in order."""
    names = (_text(entry.get("id")) for _, entry in _entries(document, (part,)))
    return dict.fromkeys(filter(None, names))


def _at(value: Any, path: ValuePath) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _text(value: object) -> str:
    return strip_invisible(value) if isinstance(value, str) else ""
