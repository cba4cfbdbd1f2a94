"""The table of languages: what derives from it, and that a new language needs no other code."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.i18n.languages import (
    LANGUAGE_INFO,
    LANGUAGES,
    has_own_script,
    language_by_tag,
    share_script,
)
from tests.console import KNOWLEDGE, copy_program, run_python

#: Languages that the bot does not have: Greek in a script of its own, and Kazakh, whose letters Russian has in part.
ROWS = """    LanguageInfo("el", "Ελληνικά", "x", "d. M. y", "#{number}", "α-ωά-ώς"),
    LanguageInfo("kk", "Қазақша", "k", "d MMMM y", "№ {number}", "а-яёәғқңөұүһі"),
)

LANGUAGE_INFO"""
CATALOGUE = """msgid ""
msgstr "Language: {language}\\nPlural-Forms: nplurals=2; plural=(n != 1);\\nContent-Type: text/plain; charset=utf-8\\n"

msgid "You are welcome!"
msgstr "{welcome}"
"""
WELCOME = {"el": "Παρακαλώ!", "kk": "Оқасы жоқ!"}


def test_the_letters_of_todays_buttons_stay() -> None:
    """tests/telegram_ui/golden_callbacks.json holds whole buttons."""
    letters = {info.code: info.callback_letter for info in LANGUAGE_INFO.values()}
    assert letters.items() >= {"en": "e", "zh": "z", "ru": "r"}.items()


def test_no_letter_of_callback_data_has_two_meanings() -> None:
    letters = [info.callback_letter for info in LANGUAGE_INFO.values()]
    assert len({*letters, "a", "t", "-"}) == len(LANGUAGES) + 3


@pytest.mark.parametrize(
    ("tag", "language"), [("zh-hans", "zh"), ("pt-BR", None), ("RU", "ru"), ("en_GB", "en"), ("", None), (None, None)]
)
def test_a_tag_of_telegram_names_its_language(tag: str | None, language: str | None) -> None:
    assert language_by_tag(tag) == language


def test_languages_share_a_script_or_differ_by_it() -> None:
    assert share_script("en", "en")
    assert not share_script("en", "ru")
    assert has_own_script("zh")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with two more rows, their catalogues and words, and nothing else changed."""
    copy = copy_program(tmp_path_factory.mktemp("grown"))
    table = copy / "bot" / "i18n" / "languages.py"
    text = table.read_text(encoding="utf-8")
    before, _, after = text.partition("\n)\n\nLANGUAGE_INFO")
    assert after
    table.write_text(f"{before}\n{ROWS}{after}", encoding="utf-8")
    for language, welcome in WELCOME.items():
        catalogue = copy / "bot" / "i18n" / "locales" / language / "LC_MESSAGES" / "minsheng.po"
        catalogue.parent.mkdir(parents=True)
        catalogue.write_text(CATALOGUE.format(language=language, welcome=welcome), encoding="utf-8")
    _add_words(copy)
    return copy


def _add_words(copy: Path) -> None:
    smalltalk_path = copy / "bot" / "i18n" / "locales" / "smalltalk.yaml"
    smalltalk = yaml.safe_load(smalltalk_path.read_text(encoding="utf-8"))
    smalltalk["intents"]["thanks"] |= {"el": ["ευχαριστώ πολύ"], "kk": ["рахмет", "көп рахмет"]}
    smalltalk_path.write_text(yaml.safe_dump(smalltalk, allow_unicode=True), encoding="utf-8")
    knowledge = yaml.safe_load(KNOWLEDGE.read_text(encoding="utf-8"))
    knowledge["city"]["name"] |= {"el": "Χαρμπίν", "kk": "Харбин"}
    heating = next(area for area in knowledge["areas"] if area["id"] == "heating")
    heating["title"]["el"], heating["overview"]["el"] = "Θέρμανση", "Η πόλη βελτιώνει τη θέρμανση."
    heating["phrasings"] = {"el": ["τι γίνεται με τη θέρμανση", "θέρμανση", "πότε ανάβει η θέρμανση"]}
    (copy / "projects.yaml").write_text(yaml.safe_dump(knowledge, allow_unicode=True), encoding="utf-8")


def ask(program: Path, *questions: dict[str, str]) -> list[dict[str, Any]]:
    """The replies to rows of `minsheng ask --jsonl`."""
    rows = [{"id": f"{number}", **question} for number, question in enumerate(questions)]
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    printed = run_python(program, "-m", "bot", "ask", "--jsonl", "--knowledge", "projects.yaml", text=lines)
    return [json.loads(line) for line in printed.splitlines()]


def test_a_bot_with_more_languages_answers_in_them(grown: Path) -> None:
    assert not {"el", "kk"} & {*LANGUAGES}
    heating, *thanks = ask(
        grown,
        {"text": "τι γίνεται με τη θέρμανση;"},
        {"text": "ευχαριστώ πολύ"},
        {"text": "көп рахмет"},  # a letter of Kazakh alone
        {"text": "рахмет", "lang": "kk"},  # letters of both, in a chat in Kazakh
        {"text": "спасибо", "lang": "ru"},
        {"text": "спасибо"},
    )
    assert (heating["kind"], heating["areas"]) == ("answer", ["heating"])
    assert "Η πόλη βελτιώνει τη θέρμανση." in heating["reply"]
    assert {each["kind"] for each in thanks} == {"smalltalk"}
    assert [each["reply"] for each in thanks] == [
        "Παρακαλώ!",
        *2 * ["Оқасы жоқ!"],
        *2 * ["Пожалуйста!"],
    ]


PICKER = """
from types import SimpleNamespace
from bot.i18n.catalog import translator_in
from bot.telegram_ui.citizens.command_handlers import language_keyboard
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.keyboards import Keyboards
keyboards = Keyboards(CallbackCodec(b"key"))
markup = language_keyboard(SimpleNamespace(keyboards=keyboards), 7, "el", translator_in("el"))
buttons = [button for row in markup.inline_keyboard for button in row]
from bot.cli import app
import typer
print([button.text for button in buttons])
print([getattr(keyboards.codec.unpack(button.callback_data, 7), "language") for button in buttons])
new = typer.main.get_command(app).get_command(None, "broadcast").get_command(None, "new")
print([option for parameter in new.params for option in parameter.opts])
"""


def test_the_language_picker_and_broadcasts_offer_a_new_language(grown: Path) -> None:
    labels, chosen, options = run_python(grown, "-c", PICKER).splitlines()
    assert {"'--text-el'", "'--link-el'"} <= set(options.strip("[]").split(", "))
    assert "✓ Ελληνικά" in labels
    assert chosen == str([*LANGUAGES, "el", "kk", None])
