"""Every sentence of the bot has a translation in each catalogue; English is the source, and has none."""

import ast
import re
import string
import tomllib
from functools import cache
from typing import cast

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po

from bot.i18n.catalog import LOCALES, catalog_path, translator_in
from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES, SOURCE_LANGUAGE, Language
from tests.console import PROJECT

#: A message, or one in the singular and one in the plural.
Said = str | tuple[str, str]

each_language = pytest.mark.parametrize("language", LANGUAGES)
TRANSLATIONS = tuple(language for language in LANGUAGES if language != SOURCE_LANGUAGE)
each_translation = pytest.mark.parametrize("language", TRANSLATIONS)


@cache
def catalogue(language: Language) -> Catalog:
    with catalog_path(language).open("rb") as file:
        return read_po(file, locale=language)


def messages(language: Language) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


@cache
def said() -> tuple[Said, ...]:
    """Every message in the code, as `make messages` finds them: each once, in order."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (mapping,) = settings["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        PROJECT, [(mapping["pattern"], mapping["method"])], keywords=parse_keywords(mapping["keywords"])
    )
    messages = cast("list[Said]", [message for _, _, message, _, _ in found])
    return tuple(dict.fromkeys(messages))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms(message: Message) -> tuple[str, ...]:
    return _each(message.string)


def ids(message: Message) -> tuple[str, ...]:
    return _each(message.id)


def _each(texts: object) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, list | tuple) else (str(texts or ""),)


@each_translation
def test_the_catalogue_holds_what_the_code_says_and_nothing_else(language: Language) -> None:
    held = [tuple(message.id) if message.pluralizable else message.id for message in messages(language)]
    assert set(held) == set(said()), "run `make messages`"
    assert len(held) == len(said())


def test_no_sentence_hides_where_make_messages_does_not_look() -> None:
    """Inside an f-string, or after another text in the same call."""
    keywords = ("gettext", "lazy_gettext", "ngettext")
    hidden = []
    for path in sorted((PROJECT / "bot").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in keywords:
                kind_and_ids = [text.value for text in call.args[:2] if isinstance(text, ast.Constant)]
                if kind_and_ids and kind_and_ids[0] not in said() and tuple(kind_and_ids) not in said():
                    hidden.append((path.name, call.lineno, kind_and_ids))
    assert hidden == []


def test_the_code_says_something_in_one_and_in_many() -> None:
    assert "More" in said()
    assert any(isinstance(message, tuple) and "{number}" in message[1] for message in said())


@each_translation
def test_a_translation_is_complete(language: Language) -> None:
    assert [message.id for message in messages(language) if not all(forms(message)) or message.fuzzy] == []


def test_each_catalogue_is_that_of_a_language_in_the_table() -> None:
    assert {path.name for path in LOCALES.iterdir() if path.is_dir()} == set(TRANSLATIONS)


@each_translation
def test_a_translation_has_the_places_of_its_message(language: Language) -> None:
    for message in messages(language):
        wanted = set.union(*map(places, ids(message)))
        assert all(places(form) == wanted for form in forms(message)), message.id


@pytest.mark.parametrize(("language", "count"), [("zh", 1), ("ru", 3)])
def test_a_message_in_one_and_many_has_the_plural_forms_of_the_language(language: Language, count: int) -> None:
    assert catalogue(language).num_plurals == count
    several = [message for message in messages(language) if message.pluralizable]
    assert several
    assert all(len(forms(message)) == count for message in several)


@each_translation
def test_a_translation_is_written_in_its_own_letters(language: Language) -> None:
    script = f"[{LANGUAGE_INFO[language].letters}]"
    for message in messages(language):
        bare = [re.sub(r"\{\w+\}|\W", "", form) for form in forms(message)]
        assert all(re.search(script, form) for form in bare if form), message.id


@each_translation
def test_the_catalogue_names_no_person_and_no_day(language: Language) -> None:
    head, _, body = catalog_path(language).read_text(encoding="utf-8").partition("\n\n")
    names = re.findall(r'^"([\w-]+): ', head, re.MULTILINE)
    assert names == ["Language", "Plural-Forms", "Content-Type"]
    assert "#:" not in body
    assert "#~" not in body
    assert body.endswith('"\n')


@each_language
def test_every_message_can_be_said(language: Language) -> None:
    translator = translator_in(language)
    for message in said():
        one, many = message if isinstance(message, tuple) else (message, message)
        values = {name: "x" for name in places(one) | places(many) if name != "number"}
        if isinstance(message, tuple):
            assert all("{" not in translator.ngettext(one, many, number, **values) for number in (0, 1, 2, 5, 21))
        else:
            assert "{" not in translator.gettext(message, number=5, **values)


def test_a_sentence_that_no_catalogue_has_is_said_in_english() -> None:
    for language in LANGUAGES:
        assert translator_in(language).gettext("Nobody translated {what}.", what="this") == "Nobody translated this."
