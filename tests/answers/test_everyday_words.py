"""The everyday words that ship with the program."""

from functools import cache

from bot.answers.answer import Found, areas_of
from bot.answers.decision import decide
from bot.answers.learning.everyday_words import everyday_words
from bot.answers.snapshot import Snapshot
from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, KnowledgeBase, Phrasings, Translated
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from tests.console import KNOWLEDGE, shipped_embedder
from tests.evaluation_data.prune import Kind, prune


@cache
def _shipped() -> KnowledgeBase:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge
    return knowledge


@cache
def _without_words() -> Snapshot:
    return prepare(prune(_shipped(), Kind.THREE), "three", embedder=shipped_embedder())


def _titled(area: str, title: str, *words: str) -> Area:
    model = _shipped().areas[0]
    changed = {"title": Translated.model_validate({"en": title}), "words": Phrasings.model_validate({"en": words})}
    return model.model_copy(update={"id": area, **changed})


def _words(*areas: Area) -> dict[str, set[str]]:
    return {
        area: {text for words in found for _, text in words.by_language()}
        for area, found in everyday_words(areas).items()
    }


def test_a_word_that_the_file_does_not_have_finds_the_area_whose_title_means_it() -> None:
    for text, area in (("radiators", "heating"), ("ясли", "childcare"), ("宝宝日托", "childcare")):
        answer = decide(text, _without_words()).answer

        assert isinstance(answer, Found), text
        assert areas_of(answer, _without_words().knowledge) == (area,), text


def test_an_area_with_words_of_its_own_gets_no_others() -> None:
    assert "potholes" in _words(_titled("streets", "Roads and streets"))["streets"]
    assert not _words(_titled("streets", "Roads and streets", "tarmac"))
    assert not everyday_words(_shipped().areas)


def test_a_new_area_in_a_file_with_words_for_most_areas_gets_none() -> None:
    worded = [_titled("streets", "Streets", "tarmac"), _titled("parks", "Parks", "lawns")]
    new = _titled("waste", "Household waste")

    assert "rubbish" in _words(worded[0], new)["waste"]
    assert not _words(*worded, new)


def test_a_matter_that_two_areas_name_tells_neither_from_the_other() -> None:
    found = _words(_titled("old", "Renovation of schools"), _titled("new", "New schools"), _titled("parks", "Parks"))

    assert set(found) == {"parks"}


def test_words_come_in_the_languages_of_the_title_only() -> None:
    (words,) = everyday_words([_titled("libraries", "Libraries")])["libraries"]

    assert words.texts_in("en")
    assert not any(words.texts_in(language) for language in LANGUAGES if language != "en")


def test_no_word_stands_for_two_matters() -> None:
    titles = {"heating": "Heating", "water": "Drinking water", "care": "Care for older people", "child": "Childcare",
              "hospitals": "Hospitals", "schools": "Schools", "roads": "Roads", "transport": "Public transport",
              "parks": "Parks", "play": "Playgrounds", "waste": "Waste", "housing": "Housing", "energy": "Energy",
              "harbour": "Harbour", "beaches": "Beaches", "sport": "Sport", "floods": "Flood protection"}  # fmt: skip
    found = _words(*(_titled(area, title) for area, title in titles.items()))

    assert set(found) == set(titles)
    assert sum(map(len, found.values())) == len(set().union(*found.values()))
