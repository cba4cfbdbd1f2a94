"""The topics that any city is asked about, as the program ships them."""

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
import yaml

import bot.answers
from bot.i18n.languages import LANGUAGES, Language
from bot.publishing.files.load import load
from tests.console import KNOWLEDGE, PROJECT


@cache
def _topics() -> list[dict[str, Any]]:
    text = (PROJECT / "bot" / "answers" / "learning" / "service_topics.yaml").read_text(encoding="utf-8")
    topics: list[dict[str, Any]] = yaml.safe_load(text)["topics"]
    return topics


def test_the_file_ships_with_the_package() -> None:
    assert bot.answers.__file__ is not None
    assert 20 <= len(_topics()) <= 26


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_a_title_and_enough_phrasings(language: Language) -> None:
    for topic in _topics():
        assert 0 < len(topic["title"][language]) <= 80, topic["id"]
        assert len(topic.get("turn_to", {}).get(language, "")) <= 120, topic["id"]
        assert 25 <= len(topic["phrasings"][language]) <= 40, topic["id"]
        assert topic["words"][language], topic["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrasing_belongs_to_two_topics(language: Language) -> None:
    phrasings = Counter(text.casefold() for topic in _topics() for text in topic["phrasings"][language])

    assert not [text for text, times in phrasings.items() if times > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrasing_is_a_monologue(language: Language) -> None:
    longest = 24 if language == "zh" else 60

    assert not [text for topic in _topics() for text in topic["phrasings"][language] if len(text) > longest]


def test_no_text_names_the_shipped_city() -> None:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge
    name = knowledge.city.name
    names = [name.text_in(language) or "" for language in LANGUAGES]

    assert not re.search("|".join(names), yaml.safe_dump(_topics(), allow_unicode=True), re.IGNORECASE)
