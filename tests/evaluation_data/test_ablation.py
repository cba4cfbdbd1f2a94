"""Engines without one of their parts, and files with fewer phrasings, as the tables of decision 18 compare them."""

import json
from pathlib import Path

import pytest

from bot.i18n.languages import LANGUAGES
from bot.matching.encoder import encode
from bot.matching.index import build_index
from bot.matching.normalize import to_query
from bot.publishing.files.load import load
from tests.console import KNOWLEDGE
from tests.evaluation_data.ablation import VARIANTS, Parts, rows_of_parts
from tests.evaluation_data.prune import phrasings_in, with_at_most


def _similarity(one: str, other: str) -> float:
    queries = [to_query(one), to_query(other), to_query("something else")]
    index = build_index(queries, range(len(queries)))
    return float(index.similarities(index.vectors(queries[1:2], encode(queries[1:2], None))[0])[0])


def test_without_letters_a_misspelled_word_has_nothing_in_common() -> None:
    with VARIANTS["without letters"].in_use():
        assert _similarity("hospital", "hospitla") == 0
        assert _similarity("hospital", "hospital") == pytest.approx(1)
    assert _similarity("hospital", "hospitla") > 0.1


def test_without_words_letters_are_all_that_counts() -> None:
    with Parts(words=0.0).in_use():
        letters = _similarity("hospital", "hospitla")
        assert _similarity("hospital", "hospital") == pytest.approx(1)
    assert letters > _similarity("hospital", "hospitla")


def test_a_file_keeps_at_most_the_stated_number_of_phrasings() -> None:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge

    fewer, most = with_at_most(knowledge, 1_500)

    assert 1_000 < phrasings_in(fewer) <= 1_500
    assert all(len(each.phrasings.texts_in(name)) <= most for each in fewer.projects for name in LANGUAGES)
    assert [topic.id for topic in fewer.topics_elsewhere] == [topic.id for topic in knowledge.topics_elsewhere]


def test_every_public_set_of_a_folder_is_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "colours"
    folder.mkdir()
    entries = [{"id": "r", "texts": ["red", "dark red"]}, {"id": "b", "texts": ["blue", "sky blue"]}]
    queries = [
        {"text": "bright red", "gold": ["r"]},
        {"text": "blue sea", "gold": ["b"]},
        {"text": "xyz", "gold": None},
    ]
    for name, rows in (("kb", entries), ("dev", queries)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    monkeypatch.setattr("tests.evaluation_data.ablation._answers", lambda *_: "-")

    header, row = rows_of_parts(tmp_path, ["without meaning"])

    assert header[-1] == "colours"
    assert row[0] == "without meaning"
    assert row[-1] == "100.0%, AUROC 1.000"
