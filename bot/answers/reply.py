"""A reply as the person reads it, and helpers to build it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from bot.answers.answer import Match
from bot.i18n.message import Translator
from bot.knowledge import Area, KnowledgeBase, Project, Status, Translated
from bot.knowledge.contradictions import sentences_of
from bot.matching.normalize import to_query

#: The most characters of a reply, about one phone screen; "More" shows the rest.
MAX_REPLY = 700
#: The most options below a reply: three rows of buttons.
MAX_OPTIONS = 5


@dataclass(frozen=True, slots=True)
class Target:
    """What an option shows: a project, an area, or the overview; `page` counts from 1."""

    kind: Literal["project", "area", "overview"]
    id: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tap, or to select by typing its number."""

    label: str
    target: Target


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person reads, independent of Telegram: at most 700 characters and 5 options."""

    text: str
    options: tuple[Option, ...] = ()


class LocalizedKnowledge:
    """The city's texts in one language, with the city's default language as fallback."""

    def __init__(self, knowledge: KnowledgeBase, translator: Translator, today: date) -> None:
        self.knowledge = knowledge
        self.translator = translator
        self.today = today
        self.other_language = False  #: whether the question is in a language that the bot does not speak
        self.other_city = False  #: whether the question names a city that the knowledge says nothing about
        self.used_fallback = False  #: whether a text was taken from the default language

    def text(self, text: Translated) -> str:
        """The city's text in this language, or else in its default language; empty if there is none."""
        language = self.translator.language
        words = text.in_language(language, self.knowledge.city.default_language)
        self.used_fallback = self.used_fallback or (bool(words) and not text.text_in(language))
        return words

    @property
    def city_genitive(self) -> str:
        """The city's name in the genitive."""
        city = self.knowledge.city
        return city.name_genitive.text_in(self.translator.language) or self.text(city.name)

    @property
    def note(self) -> str:
        """A note on the city and the language of the reply, if they differ from those of the question or some texts."""
        gettext = self.translator.gettext
        notes = (
            self._city_note if self.other_city else "",
            gettext("(I do not speak your language, so I answer in English.)") if self.other_language else "",
            gettext("(The city has not yet translated all of this.)") if self.used_fallback else "",
        )
        return "\n".join(note for note in notes if note)

    @property
    def _city_note(self) -> str:
        return self.translator.gettext(
            "(All of this is about {city}; I know nothing about other cities.)",
            city=self.text(self.knowledge.city.name),
        )

    @property
    def room(self) -> int:
        """How many characters the reply may have, minus the note."""
        return MAX_REPLY - (len(note) + 2 if (note := self.note) else 0)

    def is_old(self, day: date) -> bool:
        """Whether something confirmed on `day` may be out of date today."""
        return self.knowledge.city.is_stale(day, self.today)


def example_of(localized: LocalizedKnowledge) -> str:
    """An example of what to ask about: the shortest title in the files."""
    titles = (
        *(area.title for area in localized.knowledge.areas),
        *(each.title for each in localized.knowledge.projects),
    )
    return min(map(localized.text, titles), key=len)


def project_option(project: Project, localized: LocalizedKnowledge) -> Option:
    return Option(localized.text(project.title), Target("project", project.id))


def area_option(area: Area, localized: LocalizedKnowledge) -> Option:
    return Option(localized.text(area.title), Target("area", area.id))


def all_of(area: Area, localized: LocalizedKnowledge) -> Option:
    return Option(
        localized.translator.gettext("All projects: {area}", area=localized.text(area.title)), Target("area", area.id)
    )


def options_for(matches: Sequence[Match], localized: LocalizedKnowledge) -> tuple[Option, ...]:
    """The projects and areas of the matches, each once: a message may ask two details of one project."""
    options = (
        project_option(match.project, localized) if match.project else area_option(match.area, localized)
        for match in matches
    )
    return tuple(dict.fromkeys(options))[:MAX_OPTIONS]


def one_page(options: Sequence[Option], page: int, target: Target, translator: Translator) -> tuple[Option, ...]:
    """One page of options: all if they fit, else four and "More", which starts again after the last page."""
    if len(options) <= MAX_OPTIONS:
        return tuple(options)
    size = MAX_OPTIONS - 1
    pages = -(-len(options) // size)
    start = (page - 1) % pages * size
    more = Option(translator.gettext("More"), Target(target.kind, target.id, page % pages + 1))
    return (*options[start : start + size], more)


def status_counts(projects: Sequence[Project], translator: Translator) -> str:
    """The number of projects by status: “2 announced, 1 in progress”."""
    counts = Counter(project.status for project in projects)
    return translator.gettext(", ").join(
        translator.gettext("{number} {status}", number=counts[status], status=status.info.label.render(translator))
        for status in Status
        if counts[status]
    )


def paragraphs(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def first_sentences(text: str, room: int) -> str:
    """As many whole sentences as fit into `room` characters; a quotation is never split."""
    beginnings = accumulate(sentences_of(text))
    return max((fitting.rstrip() for fitting in beginnings if len(fitting.rstrip()) <= room), key=len, default="")


#: Sentences that share this part of their words say the same.
_SAME = 0.75
#: A sentence that is this similar to a fact repeats it.
_RETOLD = 0.55


@lru_cache(maxsize=2048)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(to_query(text).tokens)


def unsaid_sentences(text: str, said: str, room: int) -> str:
    """The sentences of a text that `said` does not contain already, as many as fit into `room` characters."""
    known = _words_of(said)
    unsaid = ""
    for sentence in sentences_of(text):
        tokens = _words_of(sentence)
        new = len(tokens & known) < _SAME * len(tokens)
        if new and len(unsaid + sentence) <= room:
            unsaid += sentence
    return unsaid.strip()


def without_repetition(text: str, lead: str) -> str:
    """A text without the sentences that repeat `lead` and add little."""
    led = _words_of(lead)
    return "".join(each for each in sentences_of(text) if _alike(_words_of(each), led) < _RETOLD)


def _alike(words: frozenset[str], others: frozenset[str]) -> float:
    """The Dice coefficient of two sets of words."""
    return 2 * len(words & others) / max(1, len(words) + len(others))


def lines_that_fit(lines: Sequence[str], room: int) -> str:
    """As many lines as fit into `room` characters, and a line with dots for the rest."""
    if len("\n".join(lines)) <= room:
        return "\n".join(lines)
    fitting = [line for place, line in enumerate(lines) if len("\n".join([*lines[: place + 1], "…"])) <= room]
    return "\n".join([*fitting, "…"])
