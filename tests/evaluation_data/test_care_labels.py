"""The messages of `tests/cases/care`: enough of each kind and language, and labels that can be used."""

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from bot.i18n.languages import LANGUAGES
from bot.publishing.files.load import load
from tests.console import CASES, KNOWLEDGE
from tests.evaluation_data.care import fits

REPLIES = ("contacts", "source", "yes_no", "smalltalk")
EMERGENCIES = set("medical overdose fire gas water electricity violence missing-child suicide".split())


@cache
def _rows(name: str) -> list[dict[str, Any]]:
    lines = (CASES / "care" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["emergencies", "ordinary", *REPLIES])
def test_ids_and_messages_are_there_once(name: str) -> None:
    rows = _rows(name)

    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["lang"], row["text"], *row.get("context", [])) for row in rows}) == len(rows)
    assert {row["lang"] for row in rows} == set(LANGUAGES)


def test_a_hundred_emergencies_a_language_name_their_kind_and_half_are_short() -> None:
    rows = _rows("emergencies")

    assert Counter(row["lang"] for row in rows) == dict.fromkeys(LANGUAGES, 100)
    assert all({row["kind"] for row in rows if row["lang"] == language} == EMERGENCIES for language in LANGUAGES)
    assert sum(_is_short(row["text"]) for row in rows) >= len(rows) / 2


def _is_short(text: str) -> bool:
    return len(text) <= 8 if re.search("[\u4e00-\u9fff]", text) else len(text.split()) <= 5


def test_ordinary_messages_hold_near_misses_of_every_emergency() -> None:
    rows = _rows("ordinary")
    near = [row["near"] for row in rows if "near" in row]

    assert len(rows) >= 400
    assert len(near) >= 120
    assert set(near) == EMERGENCIES


@pytest.mark.parametrize("name", REPLIES)
def test_patterns_of_replies_are_patterns(name: str) -> None:
    for row in _rows(name):
        for pattern in (*row["shows"], *row["hides"]):
            re.compile(pattern)


def test_contacts_are_those_of_an_area_or_the_hotline() -> None:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge
    known = {"hotline", *knowledge.area_by_id}

    assert {row["contact"] for row in _rows("contacts")} <= known


def test_a_reply_fits_when_it_shows_every_pattern_and_none_that_it_must_hide() -> None:
    row = {"shows": ["^yes", "2021"], "hides": ["guess"]}

    assert fits("Yes, it was announced\nin 2021.", row)
    assert not fits("Yes, it was announced.", row)
    assert not fits("Yes, in 2021, but that is a guess.", row)
