"""Differences between two versions of the knowledge, as values and as text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import reduce
from itertools import groupby
from typing import Any, TypeAlias

from pydantic import BaseModel

from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import NOTHING, LazyMessage, Translator, lazy_gettext
from bot.knowledge.edits import EDITABLE
from bot.knowledge.fields import Note, Phrasings, Translated
from bot.knowledge.model import Area, Fact, KnowledgeBase, Project, Source, TopicElsewhere
from bot.knowledge.status import Status

#: A file that lost more than this share of its projects is not used until a person accepts it.
MAX_LOST = 0.3
#: The most changes, and the most added or removed phrasings, that are shown.
_MAX_CHANGES, _SHOWN = 20, 3


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field, or an added or removed entry."""

    entry: str  #: the id of the project, area or topic elsewhere; empty for the city's head
    title: Translated | None  #: the title of the entry; None for the city's head
    field: LazyMessage  #: NOTHING if the whole entry was added or removed
    before: "ChangedValue"
    after: "ChangedValue"


#: A value in words, or a text of the city, which each reader sees in their own language.
ChangedValue: TypeAlias = LazyMessage | Translated


def differences(old: KnowledgeBase, new: KnowledgeBase) -> list[Change]:
    """Every change between two versions: the head, areas, projects, topics elsewhere, each in file order."""
    return [
        *(Change("", None, *part) for part in _parts(old.city, new.city)),
        *_of_entries(old.area_by_id, new.area_by_id),
        *_of_entries(old.project_by_id, new.project_by_id),
        *_of_entries(old.topic_by_id, new.topic_by_id),
    ]


@dataclass(frozen=True, slots=True)
class IncompleteEdit:
    """A change that left related text unchanged, so that the two contradict each other."""

    project: Project
    field: LazyMessage
    changed: tuple[Language, ...]  #: empty if the status changed and `field` did not
    left: tuple[Language, ...]  #: the languages with the old text


def incomplete_edits(old: KnowledgeBase, new: KnowledgeBase) -> list[IncompleteEdit]:
    """Texts that changed in some languages only, and status notes that did not change with the status."""
    return [
        edit
        for project in new.projects
        if (before := old.project_by_id.get(project.id)) and before != project
        for edit in _incomplete_edits_of(before, project)
    ]


def _incomplete_edits_of(before: Project, after: Project) -> Iterator[IncompleteEdit]:
    for name in ("title", *(field for field, info in EDITABLE.items() if info.kind == "text")):
        was, is_now = getattr(before, name) or Note(), getattr(after, name) or Note()
        changed = _languages_changed(was, is_now)
        left = tuple(language for language in _written(is_now) if language not in changed)
        if changed and left and set(changed) & set(_written(was)):
            yield IncompleteEdit(after, _field(name), changed, left)
    left = _written(after.status_note)
    if left and before.status != after.status and before.status_note == after.status_note:
        yield IncompleteEdit(after, _field("status_note"), (), left)


def _written(text: Translated) -> tuple[Language, ...]:
    return tuple(language for language in LANGUAGES if text.text_in(language))


def _languages_changed(before: Translated, after: Translated) -> tuple[Language, ...]:
    return tuple(language for language in _written(after) if before.text_in(language) != after.text_in(language))


def lost_projects(old: KnowledgeBase, new: KnowledgeBase) -> list[Project]:
    """The removed projects, if there are so many that it may be a mistake; otherwise empty."""
    lost = [project for project in old.projects if project.id not in new.project_by_id]
    return lost if len(lost) > MAX_LOST * len(old.projects) else []


def format_changes(changes: Sequence[Change], translator: Translator, default: Language) -> str:
    """The changes as a list, grouped by entry; if there are many, the first ones and the number of the others."""
    lines: list[str] = []
    for _, group in groupby(changes[:_MAX_CHANGES], key=lambda change: change.entry):
        of_entry = list(group)
        name = _name_of(of_entry[0], translator, default)
        lines += [name, *(f"• {_render(change, translator, default)}" for change in of_entry), ""]
    if len(changes) > _MAX_CHANGES:
        lines.append(translator.gettext("Further changes: {number}", number=len(changes) - _MAX_CHANGES))
    return "\n".join(lines).strip()


def format_change(change: Change, translator: Translator, default: Language) -> str:
    """One change as a line, with the title of its entry."""
    name = _name_of(change, translator, default)
    return translator.gettext("{fact}, {field}", fact=name, field=_render(change, translator, default))


def _name_of(change: Change, translator: Translator, default: Language) -> str:
    title = change.title
    return title.in_language(translator.language, default) if title else translator.gettext("The head of the file")


def _render(change: Change, translator: Translator, default: Language) -> str:
    values = (change.field, change.before, change.after)
    field, before, after = (_render_value(value, translator, default) for value in values)
    if not field:
        return before or after
    if not before:
        return translator.gettext("{field}, new: {after}", field=field, after=after)
    if not after:
        return translator.gettext("{field}, removed: {before}", field=field, before=before)
    return translator.gettext("{field}: {before} → {after}", field=field, before=before, after=after)


def _render_value(value: ChangedValue, translator: Translator, default: Language) -> str:
    if isinstance(value, Translated):
        value = _value(value.in_language(translator.language, default))
    return value.render(translator)


_Entry = Area | Project | TopicElsewhere
_Part = tuple[LazyMessage, ChangedValue, ChangedValue]


def _of_entries(old: Mapping[str, _Entry], new: Mapping[str, _Entry]) -> Iterator[Change]:
    for name, entry in new.items():
        if name not in old:
            yield Change(name, entry.title, NOTHING, NOTHING, lazy_gettext("new in the list"))
        else:
            yield from (Change(name, entry.title, *part) for part in _parts(old[name], entry))
    for name, entry in old.items():
        if name not in new:
            yield Change(name, entry.title, NOTHING, lazy_gettext("no longer in the list"), NOTHING)


def _parts(old: BaseModel | None, new: BaseModel | None) -> Iterator[_Part]:
    """The differences between two versions of one entry; one of them may be missing."""
    for name in type(new or old).model_fields:  # type: ignore[union-attr] # not both
        before, after = getattr(old, name, None), getattr(new, name, None)
        if before != after:
            yield from _of_values(_field(name), before, after)


def _of_values(field: LazyMessage, before: Any, after: Any) -> Iterator[_Part]:
    match after if after is not None else before:
        case Translated():
            for language in LANGUAGES:
                was, is_now = (text.text_in(language) if text else None for text in (before, after))
                if was != is_now:
                    yield _in(field, language), _value(was), _value(is_now)
        case Phrasings():
            yield from _of_phrasings(field, before, after)
        case tuple() if any(isinstance(fact, Fact) for fact in (*(before or ()), *(after or ()))):
            facts = ({fact.id: fact for fact in version} for version in (before, after))
            yield from _of_named(lazy_gettext("fact “{name}”"), *facts)
        case dict():
            yield from _of_named(lazy_gettext("{field} “{name}”", field=field), before, after)
        case BaseModel():
            yield from _parts(before, after)
        case _:
            yield field, _value(before), _value(after)


def _of_phrasings(field: LazyMessage, before: Phrasings, after: Phrasings) -> Iterator[_Part]:
    for language in LANGUAGES:
        was, is_now = before.texts_in(language), after.texts_in(language)
        removed = [text for text in was if text not in set(is_now)]
        added = [text for text in is_now if text not in set(was)]
        if removed or added:
            yield _in(field, language), _some(removed), _some(added)


def _some(texts: Sequence[str]) -> LazyMessage:
    """The first few texts, and the number of the others."""
    shown = [lazy_gettext("“{text}”", text=text) for text in texts[:_SHOWN]]
    if not shown:
        return NOTHING
    together = reduce(lambda some, text: lazy_gettext("{some}, {text}", some=some, text=text), shown)
    more = len(texts) - _SHOWN
    return lazy_gettext("{texts} and {number} more", texts=together, number=more) if more > 0 else together


def _of_named(title: LazyMessage, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Part]:
    """The differences in the facts of an entry, or in the city's sources, by name; `title` contains `{name}`."""
    for name in dict.fromkeys((*after, *before)):
        named = title.filled(name=name)
        if name not in before:
            yield named, NOTHING, _text_of(after[name])
        elif name not in after:
            yield named, _text_of(before[name]), NOTHING
        else:
            for field, was, is_now in _parts(before[name], after[name]):
                yield lazy_gettext("{fact}, {field}", fact=named, field=field), was, is_now


def _text_of(named: Fact | Source) -> Translated:
    """The text that identifies a fact or source for people."""
    return named.statement if isinstance(named, Fact) else named.title


def _in(field: LazyMessage, language: Language) -> LazyMessage:
    return lazy_gettext("{field} ({language})", field=field, language=language)


def _value(value: object) -> LazyMessage:
    """A value for people: a status in words, a date in the reader's format, a text in quotation marks."""
    match value:
        case None | "" | ():
            return NOTHING
        case Status():
            return value.info.label
        case date():
            return lazy_gettext("{day}", day=value)
        case time():
            return lazy_gettext("{text}", text=f"{value:%H:%M}")
        case tuple():
            return lazy_gettext("{text}", text=", ".join(map(str, value)))
        case _:
            return lazy_gettext("“{text}”", text=str(value))


def _field(name: str) -> LazyMessage:
    """The name of a field for staff; rarely changed fields keep their name from the file."""
    known = {
        "title": lazy_gettext("title"),
        "overview": lazy_gettext("overview"),
        "status": lazy_gettext("status"),
        "status_note": lazy_gettext("note on the status"),
        "as_of": lazy_gettext("as of"),
        "expected_completion": lazy_gettext("expected completion"),
        "due": lazy_gettext("due date"),
        "summary": lazy_gettext("summary"),
        "phrasings": lazy_gettext("ways of asking"),
        "words": lazy_gettext("everyday words"),
        "questions": lazy_gettext("questions"),
        "statement": lazy_gettext("statement"),
        "source": lazy_gettext("source"),
        "sources": lazy_gettext("source"),
        "concerns": lazy_gettext("projects that it is about"),
        "area": lazy_gettext("area"),
        "related": lazy_gettext("related projects"),
        "left_open": lazy_gettext("what the source leaves open"),
        "answers": lazy_gettext("what it answers"),
        "sentence": lazy_gettext("sentence"),
        "turn_to": lazy_gettext("where to turn"),
    }
    return known.get(name) or lazy_gettext("{name}", name=name)
