"""A question in a language in which the file is not written finds its project by its meaning."""

from collections.abc import Mapping

import pytest

from bot.answers.answer import Found, NotFound, projects_of
from bot.publishing.files.load import load
from tests.console import CASES, Ask, prepare_once, shipped_embedder


@pytest.fixture(scope="module")
def cities() -> Mapping[str, Ask]:
    """A city whose file is in English, one in Chinese and one in Russian only."""
    names = {"en": "second_city", "zh": "fourth_city", "ru": "fifth_city"}
    loaded = {language: load(CASES / name / "projects.yaml") for language, name in names.items()}
    return {
        language: Ask(prepare_once(each.knowledge, each.digest, embedder=shipped_embedder()))
        for language, each in loaded.items()
        if each.knowledge
    }


@pytest.mark.parametrize(
    ("file", "question", "project"),
    [
        ("zh", "why was the workers cinema cancelled", "cinema"),
        ("zh", "how many beds in the new nursing home", "nursing-home"),
        ("zh", "сколько стоит обед в столовой для пожилых", "eldercanteen"),
        ("en", "сколько стоит новая начальная школа", "northbrook-primary"),
        ("en", "米尔盖特大桥什么时候修好", "millgate-bridge"),
    ],
)
def test_it_is_answered(cities: Mapping[str, Ask], file: str, question: str, project: str) -> None:
    answer = cities[file](question).decision.answer
    assert isinstance(answer, Found)
    assert next(iter(projects_of(answer))) == project


@pytest.mark.parametrize(
    ("file", "question"),
    [
        ("zh", "how do I renew my passport"),
        ("en", "как приготовить борщ"),
        ("ru", "交通罚款怎么交"),
        ("ru", "write a poem"),
    ],
)
def test_what_the_file_is_not_about_is_refused(cities: Mapping[str, Ask], file: str, question: str) -> None:
    assert isinstance(cities[file](question).decision.answer, NotFound)


def test_the_reply_is_in_the_language_of_the_question(cities: Mapping[str, Ask]) -> None:
    answered = cities["zh"]("how many beds in the new nursing home")
    assert answered.language == "en"
    assert "I do not speak your language" not in answered.reply.text
    assert answered.reply.text.endswith("(The city has not yet translated all of this.)")
