"""Languages that the bot does not speak are distinguished from its own."""

import json

import pytest

from bot.i18n.languages import LANGUAGES
from bot.matching.other_languages import is_other_language
from tests.console import CASES, PROJECT, run_python

OTHERS = (
    *(() if "es" in LANGUAGES else ("¿cuándo abre el centro de salud?",)),
    "Wann ist das Schwimmbad wieder offen?",
    "combien coûte la jetée nord",
    "quando saranno finiti gli appartamenti",
    "onde fica o novo hospital",
    "hoeveel plaatsen heeft het dagcentrum",
    "kiedy skończą molo",
    "yüzme havuzu ne zaman açılacak",
    "khi nào bệnh viện mở cửa",
    "수영장은 언제 다시 열리나요",
    "プールはいつ開きますか",
    "متى يفتح المسبح",
    "สระว่ายน้ำเปิดเมื่อไหร่",
)


@pytest.mark.parametrize("text", OTHERS)
def test_another_language_is_told_by_its_frequent_words_letters_or_script(text: str) -> None:
    assert is_other_language(text)


def test_no_question_in_a_language_of_the_bot_is_taken_for_another() -> None:
    rows = [
        json.loads(line)
        for path in CASES.glob("*/*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
        if path.parent.name != "third_city"  # some of its questions are in other languages on purpose
    ]
    # Of the foreign ones, `lang` is the language of the reply.
    own = [row["text"] for row in rows if row.get("lang") in LANGUAGES and row.get("kind") != "foreign"]
    assert len(own) > 2000
    assert [text for text in own if is_other_language(text)] == []


WITH_SPANISH = """
import bot.i18n.languages as table
table.LANGUAGE_INFO["es"] = table.LanguageInfo("es", "Español", "Spanish", "s", "d MMMM y", "{number}", "a-zñáéíóúü")
from bot.matching.other_languages import is_other_language
texts = ("¿cuándo abre el centro de salud?", "que pasa con la calefacción", "où sont les hôpitaux", "onde fica o rio")
print([is_other_language(text) for text in texts])
"""


def test_a_language_that_is_added_to_the_table_is_no_longer_another_one() -> None:
    assert run_python(PROJECT, "-c", WITH_SPANISH) == "[False, False, True, True]\n"


@pytest.mark.parametrize(
    "text",
    ["", "👍", "12", "пнуе", "la la land", "café", "Kaiserslautern", "y\u2067\u0301es", "h\u0301o\u0308spi\u0301tal"],
)
def test_what_shows_no_language_is_not_another_one(text: str) -> None:
    assert not is_other_language(text)
