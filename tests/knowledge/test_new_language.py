"""A new language gets its words for times, contradictions, gaps and placeholders from YAML files, without code."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.i18n.languages import LANGUAGES
from tests.console import PROJECT, run_python
from tests.factories import yaml_text

ROW = """    LanguageInfo("es", "Español", "Spanish", "s", "d 'de' MMMM 'de' y", "N.º {number}", "a-zñ"),
)

LANGUAGE_INFO"""
MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
#: What is added under the new language, by file and name.
WORDS: dict[str, dict[str, Any]] = {
    "knowledge/contradictions.yaml": {
        "ahead": r"\bse (?:abrirá|terminará)\b",
        "by": r"\b(?:antes|a finales) de\b",
        "called_off": "anulad",
        "reported": r"según se informó el \d",
    },
    "knowledge/denials.yaml": {"denies": r"\bno se indican?\b"},
    "knowledge/relative_dates.yaml": {
        "next_year": "próximo|que viene",
        "years": {r"\bel año {which}\b": "{year}", r"\bel {which} año\b": "{year}"},
        "shorter": r"\bayer\b|\bmes que viene\b",
    },
    "knowledge/deadlines.yaml": {
        "days": "{day} de {month}(?: de {year})?",
        "months": r"(?:\b{before} )?(?:{part} )?\b{month}(?: de {year})?",
        "quarters": "(?P<quarter>{quarters_by_name}) trimestre(?: de {year})?",
        "halves": "(?P<half>{halves_by_name}) semestre(?: de {year})?",
        "seasons": r"\b{season}\b(?: de {year})?",
        "years": [r"\b{part} {year}", r"\b{before} {year}"],
        "earlier": "antes de",
        "early": "a principios de",
        "mid": "a mediados de",
        "late": "a finales de",
        "months_by_name": MONTHS.split(),
        "seasons_by_name": ["primavera", "verano", "otono", "invierno"],
        "quarters_by_name": ["primer", "segundo", "tercer", "cuarto"],
        "halves_by_name": ["primer", "segundo"],
        "the_year": {r"\bdel ano\b": "de {year}"},
        "duration": r"\bdentro de \d+ anos\b",
    },
    "publishing/lint/placeholders.yaml": {"nothing": "por definir"},
}
#: Texts written on 12 November 2021, and the last day that each names.
DAYS = {
    "el 5 de junio de 2023": "2023-06-05",
    "a mediados de junio": "2022-06-20",
    "en el tercer trimestre de 2022": "2022-09-30",
    "en el primer semestre de 2022": "2022-06-30",
    "en el otoño de 2022": "2022-11-30",
    "antes de 2023": "2022-12-31",
    "a finales del año": "2021-12-31",
    "a principios de el próximo año": "2022-04-30",
    "dentro de 12 años": None,
}
QUESTIONS = """
import json, sys
from datetime import date
from bot.knowledge import Status
from bot.knowledge.contradictions import contradicts_status, deadline_in, speaks_of_cancelling
from bot.knowledge.deadlines import last_day
from bot.knowledge.denials import is_denial
from bot.knowledge.relative_dates import depends_on_its_day, with_year
from bot.publishing.files.load import load_content
from bot.publishing.lint.placeholders import placeholders

written = date(2021, 11, 12)
given = json.loads(sys.stdin.read())
print(json.dumps({
    "days": {text: str(last_day(text, written) or "") or None for text in given["times"]},
    "deadline": str(deadline_in("El puente se terminará antes de mayo.", written)),
    "with year": with_year("El puente se abrirá el año que viene.", written),
    "other times": depends_on_its_day("Abre el mes que viene."),
    "ahead": contradicts_status("El puente se abrirá pronto.", Status.COMPLETED),
    "reported": contradicts_status("Según se informó el 5 de mayo, se abrirá.", Status.COMPLETED),
    "cancelled": speaks_of_cancelling("El proyecto está anulado."),
    "denial": is_denial("No se indica el precio."),
    "placeholders": [found.mark.line for found in placeholders(load_content(given["file"].encode()).document)],
}))
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy of the program reads in sentences of the new language, with its row and its words alone."""
    copy = tmp_path_factory.mktemp("grown")
    shutil.copytree(PROJECT / "bot", copy / "bot")
    table = copy / "bot" / "i18n" / "languages.py"
    before, found, after = table.read_text(encoding="utf-8").partition(")\n\nLANGUAGE_INFO")
    assert found
    table.write_text(f"{before}{ROW}{after}", encoding="utf-8")
    for name, words in WORDS.items():
        _add_words(copy / "bot" / name, words)
    text = yaml_text(("en: stated as a goal for 2021", "en: por definir"))
    given = json.dumps({"times": [*DAYS], "file": text})
    answered: dict[str, Any] = json.loads(run_python(copy, "-c", QUESTIONS, text=given))
    return answered


def _add_words(file: Path, words: dict[str, Any]) -> None:
    patterns = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, expressions in words.items():
        patterns[name]["es"] = expressions
    file.write_text(yaml.safe_dump(patterns, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_times_of_a_new_language_are_read(read: dict[str, Any]) -> None:
    assert "es" not in LANGUAGES
    assert read["days"] == DAYS
    assert read["deadline"] == "2022-04-30"


def test_relative_times_of_a_new_language_are_dated(read: dict[str, Any]) -> None:
    assert read["with year"] == "El puente se abrirá 2022."
    assert read["other times"] is True


def test_contradictions_and_gaps_of_a_new_language_are_found(read: dict[str, Any]) -> None:
    found = {name: read[name] for name in ("ahead", "reported", "cancelled", "denial")}
    assert found == {"ahead": True, "reported": False, "cancelled": True, "denial": True}


def test_a_placeholder_of_a_new_language_is_reported(read: dict[str, Any]) -> None:
    assert len(read["placeholders"]) == 1
