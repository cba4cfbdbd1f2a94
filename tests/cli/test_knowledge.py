"""The output of check, stale and schema for editors of the knowledge file and for scripts."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.i18n.languages import LANGUAGES
from bot.settings import NAMES
from tests.cli.minsheng import minsheng
from tests.console import KNOWLEDGE, PROJECT, bring_caches
from tests.factories import line_of, yaml_text

#: A good file of which nothing is to be said, whenever it is read.
SOUND = yaml_text(
    ('hotline: ""', 'hotline: "12345"'),
    ("status: in progress", "status: completed"),
    ("A childcare centre is being built.", "A childcare centre was built."),
    ("正在建设托育中心。", "托育中心已建成。"),
    ("Строится центр для малышей.", "Построен центр для малышей."),
)
#: Where the language of a terminal is set, the strongest first.
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def an_empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine, and a sound file in a folder of its own."""
    for name in (*NAMES, *LOCALE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write(SOUND)


def write(text: str, path: str = "knowledge/projects.yaml") -> str:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


#: An error; and a warning, which is one in a good file.
BROKEN = ("status: planned", "status: plannd")
DOUBTFUL = ("as_of: 2021-11-12", "as_of: 2931-11-12")


# --- check ---


def test_check_counts_a_good_file_and_exits_with_0() -> None:
    checked = minsheng("check")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout == "knowledge/projects.yaml: 3 areas, 4 projects, 1 topic elsewhere; the bot can use it\n"


def test_check_finds_the_shipped_file_good_but_for_the_hotline_that_its_source_does_not_name() -> None:
    checked = minsheng("check", str(KNOWLEDGE))
    diagnostic, summary = checked.stdout.splitlines()
    assert checked.exit_code == 0
    assert "warning: `hotline` is empty" in diagnostic
    assert summary.startswith(f"{KNOWLEDGE}: 6 areas, 21 projects, ")


def test_check_warns_while_the_hotline_is_empty_where_it_is_to_be_written() -> None:
    empty = SOUND.replace('hotline: "12345"', 'hotline: ""')
    checked = minsheng("check", write(empty, "empty.yaml"))
    place = line_of("hotline:", empty)
    assert checked.stdout.splitlines()[0] == (
        f"empty.yaml:{place}:23: warning: `hotline` is empty: citizens who ask whom to call get no number "
        "(write the city's telephone number under `contacts` in the head)"
    )


def test_check_names_line_column_and_a_suggestion_and_exits_with_1() -> None:
    broken = yaml_text(("    area: childcare\n", "    area: childcar\n"), BROKEN)
    checked = minsheng("check", write(broken, "broken.yaml"))
    assert checked.exit_code == 1
    status, area = line_of("status: plannd", broken), line_of("area: childcar", broken)
    assert checked.stdout.splitlines() == [
        f"broken.yaml:{status}:13: error: `status` of “sixth-hospital” cannot be “plannd” (did you mean `planned`?)",
        f"broken.yaml:{area}:11: error: there is no area “childcar” (did you mean `childcare`?)",
    ]


def test_check_warns_of_a_missing_language_and_exits_with_0() -> None:
    checked = minsheng("check", write(SOUND.replace(", ru: Больницы}", "}"), "half.yaml"))
    first, second = checked.stdout.splitlines()
    assert (checked.exit_code, ": warning: " in first) == (0, True)
    assert first.startswith("half.yaml:")
    assert second.endswith("; 1 warning, but the bot can use it")


def test_check_warns_of_what_an_editor_would_question() -> None:
    checked = minsheng("check", write(SOUND.replace(*DOUBTFUL, 1), "doubtful.yaml"))
    first, _ = checked.stdout.splitlines()
    assert checked.exit_code == 0
    assert first == (
        f"doubtful.yaml:{line_of('as_of:')}:12: warning: `as_of` of “elderly-beds” is in the future: 12 November 2931 "
        "(write the day on which this was last confirmed)"
    )


@pytest.mark.parametrize("name", ["missing.yaml", ".", "/dev/null"])
def test_check_says_why_a_path_is_not_knowledge_and_exits_with_1(name: str) -> None:
    checked = minsheng("check", name)
    assert (checked.exit_code, checked.stderr) == (1, "")
    assert checked.stdout.startswith(f"{name}:1:1: error: ")


def test_check_reads_the_file_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWLEDGE_PATH", write(SOUND, "set.yaml"))
    assert minsheng("check").stdout.startswith("set.yaml: ")


def test_with_strict_a_warning_is_enough_to_exit_with_1() -> None:
    assert minsheng("check", "--strict").exit_code == 0
    write(SOUND.replace(*DOUBTFUL, 1))
    assert minsheng("check").exit_code == 0
    checked = minsheng("check", "--strict")
    assert checked.exit_code == 1
    assert checked.stdout.count("\n") == 2


def test_json_is_one_array_with_an_object_for_each_remark() -> None:
    broken = write(SOUND.replace(*BROKEN, 1).replace(", ru: Больницы}", "}"), "broken.yaml")
    checked = minsheng("check", broken, "--format", "json")
    rows = json.loads(checked.stdout)
    assert (checked.exit_code, checked.stdout.count("\n")) == (1, 1)
    assert [row["severity"] for row in rows] == ["warning", "error"]
    assert all(list(row) == ["path", "line", "column", "severity", "sentence", "suggestion"] for row in rows)
    assert rows[1] == {
        "path": "broken.yaml",
        "line": line_of("status: planned"),
        "column": 13,
        "severity": "error",
        "sentence": "`status` of “sixth-hospital” cannot be “plannd”",
        "suggestion": "did you mean `planned`?",
    }


def test_json_of_a_sound_file_is_an_empty_array() -> None:
    checked = minsheng("check", "--format", "json")
    assert (checked.exit_code, checked.stdout) == (0, "[]\n")


def test_another_format_is_refused() -> None:
    assert minsheng("check", "--format", "xml").exit_code == 2


# --- In which language ---


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "is in the future: 12 November 2931"),
        ("zh", "是将来的日期：2931年11月12日"),
        ("ru", "в будущем: 12 ноября 2931 года"),
    ],
)
def test_check_speaks_the_language_that_is_asked_for(language: str, sentence: str) -> None:
    write(SOUND.replace(*DOUBTFUL, 1))
    checked = minsheng("check", "--lang", language)
    assert sentence in checked.stdout
    rows = json.loads(minsheng("check", "--lang", language, "--format", "json").stdout)
    assert sentence in rows[0]["sentence"]


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({}, "the bot can use it"),
        ({"LANG": "zh_CN.UTF-8"}, "机器人可以使用"),
        ({"LANG": "ru_RU.UTF-8"}, "бот может работать"),
        ({"LANG": "de_DE.UTF-8"}, "the bot can use it"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "бот может работать"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8", "LC_ALL": "zh_TW"}, "机器人可以使用"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "бот может работать"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "the bot can use it"),
    ],
)
def test_without_lang_the_terminal_tells_the_language(
    environment: dict[str, str], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert word in minsheng("check").stdout


@pytest.mark.parametrize("command", ["check", "stale"])
def test_an_unsupported_language_is_refused(command: str) -> None:
    asked = minsheng(command, "--lang", "de")
    assert (asked.exit_code, asked.stdout, asked.stderr.count("\n")) == (2, "", 1)


# --- On a terminal ---


def test_a_terminal_sees_on_standard_error_that_something_is_done_and_a_pipe_does_not() -> None:
    bring_caches(Path("data"))
    command = [sys.executable, "-m", "bot", "check"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TERM": "xterm", "COLUMNS": "100"}
    ours, theirs = pty.openpty()
    shown = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    assert b"Checking knowledge/projects.yaml ..." in os.read(ours, 65536)
    os.close(ours)
    piped = minsheng("check")
    assert (piped.stdout, piped.stderr) == (shown.stdout.decode(), "")


# --- stale ---


def test_stale_lists_by_area_what_to_ask_after() -> None:
    asked = minsheng("stale")
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert asked.stdout.startswith("4 projects need re-confirming: confirmed more than 180 days ago, ")
    areas = re.findall(r"^\w.*$", asked.stdout, re.MULTILINE)[1:]
    assert areas == ["Elderly care", "Hospitals", "Childcare"]
    assert re.search(
        r"^• Sixth Municipal Hospital \(planned\): confirmed [\d]+ days ago, on 12 November 2021$",
        asked.stdout,
        re.MULTILINE,
    )


def test_stale_as_json_is_an_array_for_scripts() -> None:
    write(yaml_text())
    rows = json.loads(minsheng("stale", "--json", "--lang", "ru").stdout)
    assert [row["id"] for row in rows] == ["elderly-beds", "homecare-stations", "sixth-hospital", "childcare-centre"]
    last = rows[-1]
    assert list(last) == ["id", "area", "title", "status", "as_of", "unconfirmed_days", "deadline", "overdue_days"]
    assert (last["title"], last["status"], last["deadline"]) == ("Центр для малышей", "in progress", "2021-12-31")
    assert last["unconfirmed_days"] - last["overdue_days"] == 49
    assert (rows[0]["deadline"], rows[0]["overdue_days"]) == (None, None)


def test_stale_says_so_when_everything_is_fresh() -> None:
    write(SOUND.replace("as_of: 2021-11-12", "as_of: 2931-11-12"))
    for language in LANGUAGES:
        asked = minsheng("stale", "--lang", language)
        assert (asked.exit_code, asked.stdout.count("\n")) == (0, 1)
    assert minsheng("stale", "--json").stdout == "[]\n"


def test_stale_reads_the_named_file_and_names_the_faults_of_a_broken_one() -> None:
    named = write(SOUND.replace(*BROKEN, 1), "broken.yaml")
    asked = minsheng("stale", "--knowledge", named)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert "did you mean `planned`?" in asked.stderr


# --- schema ---


def test_schema_prints_what_is_committed_beside_the_knowledge() -> None:
    printed = minsheng("schema")
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert printed.stdout == KNOWLEDGE.with_name("projects.schema.json").read_text(encoding="utf-8")


def test_the_projects_are_listed_by_area() -> None:
    write(SOUND)
    listed = minsheng("list", "--lang", "en").stdout.splitlines()
    assert listed[:2] == ["Elderly care (elderly-care)", "  Beds in elderly care [elderly-beds]: announced, 2021-11-12"]
    assert listed[-1] == "  Childcare centre [childcare-centre]: completed, 2021-11-12"


def test_a_single_file_is_split_and_says_the_same() -> None:
    before = minsheng("check", write(SOUND)).stdout
    assert minsheng("migrate-knowledge").stdout.splitlines()[0] == "knowledge/projects.yaml: 63 lines"
    assert minsheng("check").stdout == before
    assert "split already" in minsheng("migrate-knowledge").output
