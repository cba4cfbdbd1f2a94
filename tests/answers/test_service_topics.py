"""The topics that any city is asked about, as the program ships them."""

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
import yaml

import bot.answers
from bot.answers.answer import NotFound
from bot.i18n.languages import LANGUAGES, Language
from bot.publishing.files.load import load
from tests.console import KNOWLEDGE, PROJECT, Ask, prepare_once, shipped_embedder
from tests.factories import make_knowledge


@cache
def _topics() -> list[dict[str, Any]]:
    text = (PROJECT / "bot" / "answers" / "learning" / "service_topics.yaml").read_text(encoding="utf-8")
    topics: list[dict[str, Any]] = yaml.safe_load(text)["topics"]
    return topics


def test_the_file_ships_with_the_package() -> None:
    assert bot.answers.__file__ is not None
    assert 20 <= len(_topics()) <= 29


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_a_title_and_enough_phrasings(language: Language) -> None:
    for topic in _topics():
        assert 0 < len(topic["title"][language]) <= 80, topic["id"]
        assert len(topic.get("turn_to", {}).get(language, "")) <= 120, topic["id"]
        assert 25 <= len(topic["phrasings"][language]) <= 40, topic["id"]
        assert topic["words"][language], topic["id"]


@pytest.fixture(scope="module")
def without_topics() -> Ask:
    """A city whose file has no topics elsewhere."""
    knowledge = make_knowledge(topics_elsewhere=[])
    return Ask(prepare_once(knowledge, "without topics", embedder=shipped_embedder()))


@pytest.mark.parametrize(
    ("question", "topic", "title"),
    [
        ("what are the opening hours of the town hall", "opening-hours", "“Opening hours”"),
        ("how much is a bus ticket", "prices-tickets", "“Prices and tickets”"),
        ("I lost my wallet on the tram", "lost-property", "“Lost property”"),
        ("市政厅几点开门", "opening-hours", "“开放时间和办公时间”"),
        ("где заплатить за воду", "bills-payments", "«Счета и оплата»"),
    ],
)
def test_a_city_without_topics_refuses_them_by_their_title(
    without_topics: Ask, question: str, topic: str, title: str
) -> None:
    answered = without_topics(question)
    answer = answered.decision.answer
    assert isinstance(answer, NotFound)
    assert answer.topic
    assert answer.topic.id == f"service-{topic}"
    assert title in answered.reply.text.splitlines()[0], answered.reply.text


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
