"""`minsheng match` with any list of entries and any file of queries."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.matching.matcher import Entry, Matcher, build_matcher
from tests.console import CASES
from tests.typos import few

#: What the visitors of a library ask, in three languages: the entries of the README's example.
LIBRARY: dict[str, list[str]] = {
    row["id"]: row["texts"]
    for row in map(json.loads, (CASES / "library.jsonl").read_text(encoding="utf-8").splitlines())
}
#: Entries whose phrasings say the same in one language each time, so that the matcher can learn to be sure.
LOST = {
    thing: [
        f"I lost my {thing}",
        f"my {thing} is lost",
        f"where can I find my lost {thing}",
        f"I cannot find my {thing} anywhere",
        f"somebody took my {thing}",
    ]
    for thing in ("umbrella", "wallet", "passport", "bicycle", "suitcase", "scarf", "laptop", "camera")
}


pytestmark = pytest.mark.usefixtures("empty_folder")


def json_lines(rows: Sequence[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_entries(entries: Mapping[str, Sequence[str]]) -> None:
    rows = [{"id": name, "texts": texts} for name, texts in entries.items()]
    Path("kb.jsonl").write_text(json_lines(rows), encoding="utf-8")


def match(queries: str | None = None) -> Result:
    """Run `minsheng match` with the written entries and these lines of queries."""
    if queries is not None:
        Path("queries.jsonl").write_text(queries, encoding="utf-8")
    return CliRunner().invoke(app, ("match", "--kb", "kb.jsonl", "--queries", "queries.jsonl"))


def matched(entries: Mapping[str, Sequence[str]], *texts: str) -> list[dict[str, Any]]:
    """Match texts with entries; return the lines that the command prints."""
    write_entries(entries)
    result = match(json_lines([{"id": place, "text": text} for place, text in enumerate(texts)]))
    assert (result.exit_code, result.exception, result.stderr) == (0, None, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def first(line: dict[str, Any]) -> str | None:
    """The id of the best match of a line."""
    return next((found["id"] for found in line["matches"]), None)


# --- The form of what is printed ---


def test_each_query_gets_a_line_of_the_promised_form_in_the_order_of_the_queries() -> None:
    write_entries(LIBRARY)
    asked = [{"id": "b", "text": "wifi"}, {"id": 7, "text": "?"}, {"id": "a", "text": "история", "context": ["wifi"]}]
    result = match(json_lines(asked))
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert (result.exit_code, result.stderr) == (0, "")
    assert [line["id"] for line in lines] == ["b", 7, "a"]
    for line in lines:
        assert list(line) == ["id", "matches", "decision", "ms"]
        assert all(list(found) == ["id", "confidence"] for found in line["matches"])
        assert line["decision"] in ("answer", "suggest", "none")
        assert line["ms"] >= 0


def test_at_most_ten_entries_are_named_best_first_each_once() -> None:
    entries = {f"room-{number}": [f"where is room {number}?", f"the way to room {number}"] for number in range(30)}
    (line,) = matched(entries, "where is room 17?")
    confidences = [found["confidence"] for found in line["matches"]]

    assert len(confidences) == 10
    assert first(line) == "room-17"
    assert len({found["id"] for found in line["matches"]}) == 10
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)


def test_empty_lines_are_passed_over() -> None:
    write_entries(LIBRARY)
    result = match('\n{"id": "1", "text": "wifi"}\n\n')
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)


def test_without_queries_nothing_is_printed() -> None:
    write_entries(LIBRARY)
    assert (match("").exit_code, match("").output) == (0, "")


# --- What is understood ---

#: New ways of asking, by the entry that is meant.
ASKED = {
    "card-lost": ["my library card is gone, I lost it", "someone has stolen my card", "потеряла читательский билет"],
    "opening-hours": ["are you open on Sunday?", "when do you open on holidays", "图书馆星期天几点开门"],
    "renew": ["I would like to renew my book", "extend my loan", "续借图书", "продлить книгу"],
    "late-fee": ["what is the fine for a late book?", "how much are overdue books", "逾期罚款", "штраф за книгу"],
    "study-room": ["we want to reserve a room for our group", "预约座位", "забронировать комнату"],
    "wifi": ["I cannot connect to the internet", "无线网密码", "пароль вайфай"],
    "printing": ["where is the printer?", "print a document", "где распечатать"],
    "children": ["picture books for toddlers", "is there a story hour?", "儿童阅览区", "детский уголок"],
}
#: What this library does not know of.
STRANGERS = [
    "which planet is the largest?",
    "who won the football match yesterday",
    "the weather tomorrow",
    "recipe for pancakes",
    "今天天气怎么样",
    "好听的歌曲",
    "какая завтра погода",
    "сколько стоит билет на самолет",
]


def test_new_ways_of_asking_in_three_languages_find_their_entry() -> None:
    wanted = [(name, text) for name, texts in ASKED.items() for text in texts]
    lines = matched(LIBRARY, *(text for _, text in wanted))
    found = [(first(line), text) for line, (_, text) in zip(lines, wanted, strict=True)]

    assert found == wanted
    assert {line["decision"] for line in lines} <= {"answer", "suggest"}


def test_strangers_are_not_answered() -> None:
    lines = matched(LIBRARY, *STRANGERS)
    assert [text for line, text in zip(lines, STRANGERS, strict=True) if line["decision"] == "answer"] == []


def test_every_phrasing_finds_its_own_entry() -> None:
    wanted = [(name, text) for name, texts in LIBRARY.items() for text in texts]
    lines = matched(LIBRARY, *(text for _, text in wanted))
    assert [(first(line), text) for line, (_, text) in zip(lines, wanted, strict=True)] == wanted


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        pytest.param("圖書館幾點開門", "opening-hours", id="traditional characters"),
        pytest.param("tushuguan jidian kaimen", "opening-hours", id="pinyin"),
        pytest.param("rfr ghjlkbnm rybue", "renew", id="Russian on an English keyboard"),
        pytest.param("цшаш", "wifi", id="English on a Russian keyboard"),
        pytest.param("kak prodlit knigu", "renew", id="Russian in Latin letters"),
        pytest.param("ＷＩＦＩ　ＰＡＳＳＷＯＲＤ", "wifi", id="capitals of full width"),
        pytest.param("w\u200bi\u200bf\u200bi", "wifi", id="invisible characters"),
    ],
)
def test_other_letters_than_those_of_the_entry_are_read(text: str, entry: str) -> None:
    (line,) = matched(LIBRARY, text)
    assert (first(line), line["decision"]) in ((entry, "answer"), (entry, "suggest"))


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("wifi pasword", "wifi"),
        ("intenret", "wifi"),
        ("libary card lost", "card-lost"),
        ("ovredue bokos", "late-fee"),
        ("просроченая книга", "late-fee"),
        ("распечтать", "printing"),
    ],
)
def test_a_misspelt_word_still_finds_its_entry(text: str, entry: str) -> None:
    (line,) = matched(LIBRARY, text)
    assert first(line) == entry


@pytest.mark.parametrize("text", ["lostpassport", "passportlost", "I lostmy passport", "mypassport"])
def test_words_that_were_typed_together_are_parted(text: str) -> None:
    together, apart = matched(
        LOST,
        text,
        {"lostpassport": "lost passport", "passportlost": "passport lost", "mypassport": "my passport"}.get(
            text, "I lost my passport"
        ),
    )
    assert together["matches"] == apart["matches"]
    assert first(together) == "passport"


def test_what_the_entries_teach_to_be_sure_of_is_answered() -> None:
    lines = matched(LOST, "my umbrella was taken", "I have lost a wallet", "my bicycle!", "did anybody find a camera?")
    assert [(line["decision"], first(line)) for line in lines] == [
        ("answer", thing) for thing in ("umbrella", "wallet", "bicycle", "camera")
    ]


def test_entries_of_one_phrasing_each_are_matched_too() -> None:
    entries = {name: texts[:1] for name, texts in LIBRARY.items()}
    lines = matched(entries, "lost library card", "is the library open", "print documents", "renew", "stories")
    assert [first(line) for line in lines][:3] == ["card-lost", "opening-hours", "printing"]


def test_one_entry_alone_is_matched() -> None:
    near, far = matched({"only": ["when does the pool open?"]}, "when does the pool open?", "xqzt")
    assert (first(near), first(far)) == ("only", None)


def test_a_number_that_an_entry_has_is_not_noise() -> None:
    entries = {"police": ["110", "the police"], "fire": ["119", "the fire brigade"]}
    assert [first(line) for line in matched(entries, "119", "110", "1234")] == ["fire", "police", None]


# --- Noise ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?",
        "???",
        "...",
        "，。",
        "😀",
        "👍👍👍",
        "🇨🇳",
        "\u200b",
        "\x00",
        "\u0301",
        "asdf",
        "qwerty",
        "йцукен",
        "фывапролдж",
        "asdfghjkl",
        "lkjhg",
        "jhkasdf lkjh",
        "sdkfjhsdkjfh",
        "zzzzzz",
        "12345",
        "----",
        "wifi " * 800,
    ],
)
def test_noise_means_nothing(text: str) -> None:
    (line,) = matched(LIBRARY, text)
    assert (line["matches"], line["decision"]) == ([], "none")


@pytest.mark.parametrize(
    "character", ["a", "Z", "я", "?", " ", "\n", "😀", "1", "\u0301", "\u200b", "\ufdfa", "的", "图"]
)
def test_one_character_4096_times_means_nothing(character: str) -> None:
    (line,) = matched(LIBRARY, character * 4096)
    assert (line["matches"], line["decision"]) == ([], "none")


@pytest.fixture(scope="module")
def library() -> Matcher:
    return build_matcher([Entry(name, tuple(texts)) for name, texts in LIBRARY.items()])


#: Pieces of the phrasings in any order, with anything between them.
_PIECES = [piece for texts in LIBRARY.values() for text in texts for piece in text.split()]


@few
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=30).map(" ".join))
def test_any_text_gets_at_most_ten_falling_confidences(library: Matcher, text: str) -> None:
    ranking = library.rank(text)
    confidences = [candidate.confidence for candidate in ranking.candidates]

    assert len(confidences) <= 10
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert ranking.advice == "none" or confidences
    assert library.rank(text) == ranking


# --- What cannot be used ---


def refused(result: Result) -> str:
    """Run a command that must be refused; return the sentence that says why."""
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    return result.stderr.strip()


BROKEN_QUERIES = [
    "no json",
    '{"id": "1"}',
    '{"text": "wifi"}',
    '{"id": "1", "text": 5}',
    "[]",
    "null",
    '{"id": null, "text": "x"}',
    "[" * 100_000,
]


@pytest.mark.parametrize("broken", BROKEN_QUERIES, ids=lambda line: line[:20])
def test_a_broken_query_is_named_and_nothing_before_it_is_lost(broken: str) -> None:
    write_entries(LIBRARY)
    result = match(f'{{"id": "1", "text": "wifi"}}\n\n{broken}\n{{"id": "2", "text": "wifi"}}\n')

    assert refused(result).startswith("line 3 of queries.jsonl is not of the form {")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["1"]


@pytest.mark.parametrize(
    "broken", ["no json", '{"id": "1", "text": "wifi"}', '{"id": "1", "texts": "wifi"}', '{"id": "1", "texts": [1]}']
)
def test_a_broken_entry_is_named(broken: str) -> None:
    Path("kb.jsonl").write_text(f'{{"id": "1", "texts": ["wifi"]}}\n{broken}\n', encoding="utf-8")
    result = match('{"id": "1", "text": "wifi"}\n')

    assert refused(result) == 'line 2 of kb.jsonl is not of the form {"id": "1", "texts": ["new childcare center?"]}'
    assert result.stdout == ""


@pytest.mark.parametrize("entries", ["", "\n\n", '{"id": "1", "texts": []}\n'])
def test_entries_without_any_text_are_refused(entries: str) -> None:
    Path("kb.jsonl").write_text(entries, encoding="utf-8")
    assert refused(match('{"id": "1", "text": "wifi"}\n')) == "kb.jsonl: no entry has a text to match with"


@pytest.mark.parametrize("texts", [[""], ["?", "😀"], ["", "  "]])
def test_entries_that_only_have_texts_without_words_are_matched_with_nothing(texts: list[str]) -> None:
    lines = matched({"odd": texts}, "wifi", "?", *texts)
    assert {(line["decision"], len(line["matches"])) for line in lines} == {("none", 0)}


def test_an_entry_without_texts_among_others_is_never_meant() -> None:
    (line,) = matched({"silent": [], **LIBRARY}, "wifi password")
    assert first(line) == "wifi"
    assert "silent" not in [found["id"] for found in line["matches"]]


@pytest.mark.parametrize("missing", ["kb.jsonl", "queries.jsonl"])
def test_a_missing_file_is_named(missing: str) -> None:
    write_entries(LIBRARY)
    Path("queries.jsonl").write_text('{"id": "1", "text": "wifi"}\n', encoding="utf-8")
    Path(missing).unlink()
    assert refused(match()) == f"{missing} cannot be read: No such file or directory"


@pytest.mark.parametrize("broken", ["kb.jsonl", "queries.jsonl"])
def test_a_file_that_is_not_utf_8_is_named(broken: str) -> None:
    write_entries(LIBRARY)
    Path("queries.jsonl").write_text('{"id": "1", "text": "wifi"}\n', encoding="utf-8")
    Path(broken).write_bytes('{"id": "1", "text": "пароль"}\n'.encode("cp1251"))
    assert refused(match()) == f"{broken} cannot be read: it is not UTF-8 text"
