"""The table of languages: what derives from it, and that a new language needs no other code."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.i18n import languages
from bot.i18n.catalog import translator_in
from bot.i18n.language_list import any_language
from bot.i18n.languages import (
    LANGUAGE_INFO,
    LANGUAGES,
    SOURCE_LANGUAGE,
    has_own_script,
    language_by_tag,
    share_script,
)
from tests.console import KNOWLEDGE, copy_program, run_python

#: Languages that the bot does not have: Greek in a script of its own, and Kazakh, whose letters Russian has in part.
ROWS = """    LanguageInfo("el", "Ελληνικά", "Greek", "x", "d. M. y", "#{number}", "α-ωά-ώς"),
    LanguageInfo("kk", "Қазақша", "Kazakh", "k", "d MMMM y", "№ {number}", "а-яёәғқңөұүһі"),
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
from bot.i18n.language_list import any_language
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
print(any_language(translator_in("el")))
"""


def test_the_language_picker_broadcasts_and_sentences_offer_a_new_language(grown: Path) -> None:
    labels, chosen, options, sentence = run_python(grown, "-c", PICKER).splitlines()
    assert {"'--text-el'", "'--link-el'"} <= set(options.strip("[]").split(", "))
    assert "✓ Ελληνικά" in labels
    assert chosen == str([*LANGUAGES, "el", "kk", None])
    assert sentence == "Greek, English, Chinese, Russian or Kazakh"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "English, Chinese or Russian"),
        ("zh", "中文、英文或俄文"),
        ("ru", "по-русски, по-английски или по-китайски"),
    ],
)
def test_a_sentence_that_names_the_languages_begins_with_its_own(language: str, sentence: str) -> None:
    assert any_language(translator_in(language)) == sentence


PACKAGE = Path(__file__).parents[2] / "bot"


def _pattern_files() -> list[Path]:
    """The files that modules beside them read as patterns of words."""
    reading = re.compile(r'\bread_word_patterns\([^"\n]*"([^"]+)"')
    return [
        path.with_name(name)
        for path in sorted(PACKAGE.rglob("*.py"))
        for name in reading.findall(path.read_text(encoding="utf-8"))
    ]


def _unlike_the_table(patterns: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The names in a file that lack a language of the table, or have another one, with these languages."""
    found = {name: sorted({*LANGUAGES} ^ {*by_language}) for name, by_language in patterns.items()}
    return {name: different for name, different in found.items() if different}


@pytest.mark.parametrize("path", _pattern_files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_each_expression_is_given_for_every_language_of_the_table(path: Path) -> None:
    """Where a language needs none, an empty list says so; a new language finds here what to write."""
    assert _unlike_the_table(yaml.safe_load(path.read_text(encoding="utf-8"))) == {}


def test_a_language_that_a_file_lacks_is_found() -> None:
    assert _unlike_the_table({"it": {"en": "it", "zh": [], "tlh": "'oH"}}) == {"it": ["ru", "tlh"]}


def test_the_table_names_every_file_that_has_words_of_a_language() -> None:
    with_words = [path for path in PACKAGE.rglob("*.yaml") if re.search(r"(?m)(?:^|[\s{])en:", path.read_text("utf-8"))]
    assert with_words
    assert [path.name for path in with_words if path.name not in (languages.__doc__ or "")] == []


#: The letters of a language that has none in common with English. A single letter of an alphabet is no word.
_WORD = re.compile(
    "|".join(
        f"[{info.letters}]{'{2,}' if info.spaced else '+'}"
        for code, info in LANGUAGE_INFO.items()
        if not share_script(code, SOURCE_LANGUAGE)
    ),
    re.IGNORECASE,
)
_RANGE = re.compile(".-.")


def _words_in_code(source: str) -> list[str]:
    """The words of other scripts in the strings of a module, without docstrings and ranges of letters."""
    nodes = list(ast.walk(ast.parse(source)))
    prose = {node.value for node in nodes if isinstance(node, ast.Expr)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and node not in prose]
    return [word for text in texts if isinstance(text, str) for word in _WORD.findall(_RANGE.sub("", text))]


#: Words that stay in the code, by module.
IN_CODE = {
    "understanding/stated.py": ["十", "两二三四五六七八九"],  # Chinese digits, which are a notation of numbers
}


def test_the_code_that_answers_has_no_words_of_other_languages_than_english() -> None:
    answers = PACKAGE / "answers"
    words = {
        path.relative_to(answers).as_posix(): _words_in_code(path.read_text(encoding="utf-8"))
        for path in answers.rglob("*.py")
    }
    assert {path: found for path, found in words.items() if found} == IN_CODE


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('X = re.compile(r"\\b(?:no|нет)\\b|不对")', ["нет", "不对"]),
        ('X = re.compile(f"{Y}|кроме")', ["кроме"]),
        ('X = re.compile("[\\u4e00-\\u9fffа-яё]ь?")', []),
        ('"""As in «нет»."""\ndef f():\n    """不对"""  # не то', []),
    ],
)
def test_a_planted_word_is_found(source: str, words: list[str]) -> None:
    assert _words_in_code(source) == words
