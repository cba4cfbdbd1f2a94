"""The staff guides match the bot: its commands, statuses, fields, and exact texts."""

import re
from functools import cache
from typing import get_args

import pytest
import yaml

from bot.broadcasts.messages import class_name, pause_reason_text
from bot.broadcasts.model import CLASSES, Counts, PauseReason
from bot.broadcasts.report import outcome_rows
from bot.i18n.catalog import translator_in
from bot.i18n.languages import SOURCE_LANGUAGE, Language
from bot.knowledge import Project, Status
from bot.knowledge.fields import ASPECTS
from bot.publishing.files.load import knowledge_from_answer
from bot.publishing.yaml.loader import read
from bot.telegram_ui.commands import COMMANDS
from tests.console import PROJECT
from tests.i18n.test_catalog import forms, ids, messages

GUIDES = sorted(path.name.split(".")[1] for path in (PROJECT / "docs").glob("staff-guide.*.md"))
each_language = pytest.mark.parametrize("language", GUIDES)

#: The quotation marks of each language. Behind a ▸ they hold the bot's own words, in which they may stand once more.
_MARKS: dict[Language, tuple[str, str]] = {"en": ("“", "”"), "zh": ("“", "”"), "ru": ("«", "»")}
#: The letters outside its placeholders by which a piece of a sentence is recognised.
_LETTERS: dict[Language, int] = {"en": 3, "zh": 2, "ru": 3}
_PLACE = re.compile(r"\{\w+(?::,)?\}")


@cache
def guide(language: Language) -> str:
    return (PROJECT / "docs" / f"staff-guide.{language}.md").read_text(encoding="utf-8")


def example(language: Language) -> str:
    """The project that a guide shows, without the comments in its lines."""
    found = re.search(r"^```yaml\n(.+?)^```$", guide(language), re.MULTILINE | re.DOTALL)
    assert found
    return re.sub(r"  # .*$", "", found[1], flags=re.MULTILINE)


def quotes(text: str, language: Language) -> list[str]:
    """The bot's words that a piece of a guide repeats."""
    opening, closing = _MARKS[language]
    other = f"[^{opening}{closing}]"
    return re.findall(f"▸{opening}((?:{other}|{opening}{other}*{closing})+){closing}", text)


def mistakes(language: Language) -> list[tuple[str, str, str]]:
    """The rows of the table of mistakes: the faulty line, the correct one, and what the bot says."""
    rows = re.findall(r"^\| `([^|]+)` \| `([^|]+)` \| (▸[^|]+) \|$", guide(language), re.MULTILINE)
    signs = str.maketrans("·⇥⏎", " \t\n")
    return [(wrong.translate(signs), right.translate(signs), words) for wrong, right, words in rows]


@cache
def patterns(language: Language) -> list[re.Pattern[str]]:
    """Everything that the bot says, and each sentence of it, with anything in its places."""
    said = (
        {form for message in messages("ru") for form in ids(message)}
        if language == SOURCE_LANGUAGE
        else {form for message in messages(language) for form in forms(message)}
    )
    said |= {sentence for form in said for sentence in re.split(r"(?<=[.!?]) |(?<=[。！？])", form)}
    letters = {form: len(re.sub(r"[\W\d_]", "", _PLACE.sub("", form))) for form in said}
    known = [form for form in said if letters[form] >= _LETTERS[language] or not _PLACE.search(form)]
    return [re.compile(".{1,40}".join(map(re.escape, _PLACE.split(form)))) for form in known]


@each_language
def test_every_command_of_staff_is_explained(language: Language) -> None:
    assert [row.name for row in COMMANDS if row.role and f"\n| `/{row.name}` | " not in guide(language)] == []


@each_language
def test_every_status_is_explained_with_the_word_that_citizens_read(language: Language) -> None:
    rows = [f"\n| `{status}` | {status.info.label.render(translator_in(language))} | " for status in Status]
    assert [row for row in rows if row not in guide(language)] == []


@each_language
def test_every_field_of_a_project_is_explained_and_every_aspect_named(language: Language) -> None:
    assert [name for name in Project.model_fields if f"\n| `{name}` | " not in guide(language)] == []
    assert [aspect for aspect in ASPECTS if f"`{aspect}`" not in guide(language)] == []


@each_language
def test_every_class_of_a_broadcast_every_outcome_and_every_reason_to_stop_is_explained(language: Language) -> None:
    translator, (opening, closing) = translator_in(language), _MARKS[language]
    ends = Counts({(state, ""): 1 for state in ("sent", "failed", "unknown", "skipped", "cancelled")})
    words = [class_name(kind, translator) for kind in CLASSES]
    words += [row.state for row in outcome_rows(ends, translator)]
    words += [pause_reason_text(reason, translator) for reason in get_args(PauseReason)]

    assert len(words) == len(set(words)) == 3 + 5 + 6
    assert [word for word in words if f"\n| ▸{opening}{word}{closing} | " not in guide(language)] == []


@each_language
def test_what_the_bot_is_quoted_with_it_really_says(language: Language) -> None:
    quoted = quotes(guide(language), language)

    assert len(quoted) == guide(language).count("▸") - 1 > 40  # one ▸ is there to be explained
    assert [words for words in quoted if not any(known.fullmatch(words) for known in patterns(language))] == []


@each_language
def test_the_project_that_is_shown_can_be_used_as_it_is(language: Language) -> None:
    (project,) = yaml.load(example(language), Loader=yaml.BaseLoader)["projects"]

    assert Project.model_validate(project).id == "sixth-hospital"


@each_language
def test_each_of_the_twelve_mistakes_gets_the_sentence_of_the_guide(language: Language) -> None:
    good, translator = example(language), translator_in(language)
    assert len(mistakes(language)) == 12
    for wrong, right, words in mistakes(language):
        assert good.count(right) >= 1, right
        diagnostics = knowledge_from_answer(read(good.replace(right, wrong, 1).encode())).diagnostics
        assert (
            quotes(words, language)
            == [str(diagnostic.sentence.render(translator)) for diagnostic in diagnostics if diagnostic.mark.line > 1][
                :1
            ]
        )
