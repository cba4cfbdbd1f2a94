"""Forty knowledge files that are broken in the ways in which people, editors and attackers break them.

Each is derived from the small city's file (`knowledge_factory.YAML_TEXT`), so any of them can be given to a bot that
uses that file, including a running one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.factories import YAML_TEXT


@dataclass(frozen=True, slots=True)
class Broken:
    """A change that breaks the good file, and the diagnostic that it must get."""

    spoil: Callable[[bytes], bytes]
    line: int  #: where that diagnostic is
    words: str  #: a piece of its sentence in English

    @property
    def content(self) -> bytes:
        """The small city's file, broken."""
        return self.spoil(YAML_TEXT.encode())


def _instead(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace a piece of the file."""

    def spoil(good: bytes) -> bytes:
        assert good.count(old.encode()) >= 1, f"the file has no {old!r}"
        return good.replace(old.encode(), new.encode(), 1)

    return spoil


def _saved_as(encoding: str) -> Callable[[bytes], bytes]:
    return lambda good: good.decode().encode(encoding, "replace")


def _half_written(up_to: str) -> Callable[[bytes], bytes]:
    """Cut the file as if an editor were still writing it."""
    return lambda good: good[: good.index(up_to.encode())]


def _without(start: str, end: str) -> Callable[[bytes], bytes]:
    return lambda good: good[: good.index(start.encode())] + good[good.index(end.encode()) :]


def _exchanged(text: str) -> Callable[[bytes], bytes]:
    """Replace the whole file."""
    return lambda _: text.encode()


_LEVELS = range(1, 10)
_ALIAS_BOMB = "l0: &l0 [x, x]\n" + "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in _LEVELS)
_MERGE_BOMB = "l0: {x: 1}\n" + "".join(f"l{n}: {{<<: l{n - 1}}}\n" for n in _LEVELS)

_AREA = "    area: hospitals\n"
_OVERVIEW = "      en: The city adds beds and homecare stations.\n"
_CHINESE = "      zh: 全市增加养老床位和居家养老服务站。\n"
_RELATED = "    related: [homecare-stations]\n"
_STATUS = "    status: announced\n"
_PLANNED = "    status: planned\n"

#: What happened to the file -> the broken file.
BROKEN: Mapping[str, Broken] = {
    # What was made to hurt.
    "an alias bomb": Broken(_exchanged(_ALIAS_BOMB), 1, "names a place"),
    "fields taken over from another place": Broken(_exchanged(_MERGE_BOMB), 2, "takes over fields"),
    "a tag that would run a program": Broken(
        _instead("name: {en: Harbin", "name: !!python/object/apply:os.system {en: Harbin"), 2, "a tag"
    ),
    "brackets 200,000 deep": Broken(_exchanged("[" * 200_000), 1, "nested more than 12 deep"),
    "more than five megabytes": Broken(lambda good: good + b"# x\n" * 1_300_000, 1, "larger than 5 MB"),
    "thousands of projects": Broken(_exchanged("projects:\n" + "  - {a: b}\n" * 5001), 5002, "more than 5,000 entries"),
    # The same thing twice.
    "a field twice": Broken(_instead(_PLANNED, _PLANNED + "    status: completed\n"), 61, "in line 60 and again"),
    "an id twice": Broken(_instead("- id: homecare-stations", "- id: elderly-beds"), 49, "in line 32 and again"),
    # A value of the wrong kind.
    "a day that is not in the calendar": Broken(
        _instead("as_of: 2021-11-12", "as_of: 2021-02-30"), 37, "not a day of the calendar"
    ),
    "an opening time without its minutes": Broken(_instead("start: 21:00", "start: 21"), 7, "not a time of day"),
    "a number of 5,000 digits": Broken(_instead("days: 180", f"days: {'9' * 5000}"), 6, "not a whole number"),
    "a language called no": Broken(_instead("default_language: en", "default_language: no"), 4, "cannot be “no”"),
    # The usual mistakes in YAML written by hand.
    "a tab": Broken(_instead(_AREA, "\tarea: hospitals\n"), 58, "indented with a tab"),
    "no space behind a colon": Broken(_instead(_AREA, "    area:hospitals\n"), 58, "space after the colon"),
    "a colon in a sentence": Broken(
        _instead(_OVERVIEW, "      en: Beds: the city adds some.\n"), 18, "a colon inside a text"
    ),
    "curly quotation marks": Broken(
        _instead(_OVERVIEW, "      en: “Beds: the city adds some.”\n"), 18, "curly quotation marks"
    ),
    "a quotation mark that is not closed": Broken(
        _instead(_OVERVIEW, '      en: "The city adds beds.\n'), 18, "not closed"
    ),
    "text behind quotes": Broken(_instead(_OVERVIEW, '      en: "The city" adds beds.\n'), 18, "goes on after"),
    "a Chinese colon": Broken(_instead(_CHINESE, "      zh：全市增加\n"), 19, "Chinese colon"),
    "a hyphen without its space": Broken(
        _instead(_RELATED, "    related:\n      - homecare-stations\n      -sixth\n"), 49, "space after the hyphen"
    ),
    "no colon": Broken(_instead(_STATUS, "    status\n"), 35, "colon after the name"),
    "indented too little": Broken(_instead(_CHINESE, "     zh: 全市\n"), 19, "does not begin in the column"),
    "indented too far": Broken(_instead(_CHINESE, "        zh: 全市\n"), 19, "indented further"),
    "a bracket that is not closed": Broken(
        _instead(_RELATED, "    related: [homecare-stations\n"), 47, "bracket [ is not closed"
    ),
    "a misspelt status": Broken(_instead(_STATUS, "    status: anounced\n"), 35, "cannot be “anounced”"),
    "a misspelt field": Broken(_instead("    source: ", "    sauce: "), 48, "`sauce`"),
    # Saved in another way.
    "saved as UTF-16": Broken(_saved_as("utf-16"), 1, "UTF-16"),
    "saved as GBK": Broken(_saved_as("gb18030"), 2, "not UTF-8"),
    "saved for Russian Windows": Broken(_saved_as("cp1251"), 2, "not UTF-8"),
    "a zero byte": Broken(_instead("announced", "announ\0ced"), 35, "U+0000"),
    # Not all of it, or none.
    "half written": Broken(_half_written(" 2,000 normal ones"), 38, "never closed"),
    "half written, up to the projects": Broken(_half_written("projects:\n"), 1, "`projects` is missing"),
    "an empty file": Broken(_exchanged(""), 1, "the file is empty"),
    "an area taken out whose projects are there": Broken(
        _without("  - id: hospitals\n", "  - id: childcare\n"), 54, "there is no area “hospitals”"
    ),
    # What a citizen would have got.
    "a text longer than a message": Broken(
        _instead("The city adds beds and homecare stations.", "x" * 4097), 18, "4,097 characters"
    ),
    "markup that is never closed": Broken(_instead("The city adds beds", "The <b>city adds beds"), 18, "markup: “<b>”"),
    "a link that would run a program": Broken(
        _instead("The city adds beds and", "Press javascript:alert(1) and"), 18, "not a web address"
    ),
    "a character that turns the writing round": Broken(
        _instead("The city adds", "The \u202ecity adds"), 18, "control character"
    ),
    # Two people at once.
    "two edits that were not joined": Broken(
        _instead(_AREA, f"<<<<<<< HEAD\n{_AREA}=======\n    area: childcare\n>>>>>>> other\n"), 58, "not merged"
    ),
    "the rest of two edits": Broken(_instead("areas:\n", "areas:\n>>>>>>> other\n"), 15, "not merged"),
}
