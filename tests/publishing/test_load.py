"""What staff write into the knowledge file is what the bot says, however the file is saved."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cachetools import LRUCache

import bot
from bot.i18n.message import lazy_gettext
from bot.knowledge import Diagnostic, Mark
from bot.publishing.files import isolated_reader
from bot.publishing.files import load as load_module
from bot.publishing.files.folder import MAIN, pack
from bot.publishing.files.load import load, load_content, load_smalltalk
from tests.factories import YAML_TEXT, large_yaml, line_of, make_knowledge, make_project, yaml_text
from tests.small_city import lines, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "projects.yaml"


# --- A good file ----------------------------------------------------------------------------------


def test_a_good_file_becomes_knowledge_without_remarks(path: Path) -> None:
    loaded = read(path)
    assert loaded.diagnostics == ()
    assert loaded.knowledge == make_knowledge()
    assert [area.id for area in make_knowledge().areas] == ["elderly-care", "hospitals", "childcare"]


def test_the_digest_is_that_of_the_bytes_and_known_for_a_broken_file_too(path: Path) -> None:
    assert read(path).digest == read(path).digest
    broken = read(path, ("areas:\n", "areas\n"))
    assert broken.knowledge is None
    assert broken.digest not in ("", read(path).digest)


def test_a_file_with_500_projects_is_read(path: Path) -> None:
    path.write_text(large_yaml(500), encoding="utf-8")
    loaded = load(path)
    assert loaded.diagnostics == ()
    assert loaded.knowledge is not None
    assert len(loaded.knowledge.projects) == 500


@pytest.mark.parametrize(
    "text",
    [
        "12:30",
        "21:00",
        "no",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "No",
        "NO",
        "true",
        "false",
        "True",
        "010",
        "0o10",
        "0x1F",
        "0b11",
        "1_000",
        "1e3",
        "1.0",
        "1.10",
        ".5",
        "-1",
        "+1",
        ".inf",
        ".nan",
        "-.inf",
        "2021-11-12",
        "2021-11-12 10:00:00",
        "2024-13-45",
        "190:20:30",
        "685.230_15e+03",
        "=",
        "1,000",
        "007",
        "3.14159",
        "50%",
    ],
)
def test_a_scalar_stays_the_text_that_it_is(path: Path, text: str) -> None:
    note = "    status_note: {en: stated as a goal for 2021, zh: 2021年的目标, ru: цель на 2021 год}\n"
    block = f"    status_note:\n      en: {text}\n      zh: z\n      ru: r\n"
    loaded = read(path, (note, block), ("publisher: e.my399.com", f"publisher: {text}"))
    assert loaded.knowledge is not None, lines(loaded)
    assert loaded.knowledge.project_by_id["elderly-beds"].status_note.text_in("en") == text
    assert loaded.knowledge.city.sources["livelihoods-2021"].publisher == text


def test_a_number_of_5000_digits_is_a_text_that_is_too_long_and_nothing_worse(path: Path) -> None:
    number = "9" * 5000
    loaded = read(path, ("en: stated as a goal for 2021", f"en: {number}"), ("days: 180", f"days: {number}"))
    assert [str(diagnostic.sentence) for diagnostic in loaded.diagnostics] == [
        "`stale_after_days` is not a whole number",
        "`status_note` (en) of “elderly-beds” is 5,000 characters long",
    ]


@pytest.mark.parametrize("field", ["related", "left_open", "status_note", "facts", "words", "expected_completion"])
def test_an_optional_field_with_nothing_after_its_colon_is_left_out(path: Path, field: str) -> None:
    loaded = read(path, ("    status: planned\n", f"    status: planned\n    {field}:\n"))
    assert loaded.knowledge == make_knowledge()


def test_an_empty_required_field_is_named(path: Path) -> None:
    (diagnostic,) = read(path, ("    status: planned\n", "    status:\n")).diagnostics
    assert (diagnostic.mark.line, str(diagnostic.sentence)) == (60, "`status` of “sixth-hospital” has no value")
    assert str(diagnostic.suggestion) == "write it after the colon, or take the line out"


# --- Encodings and kinds of files -----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        yaml_text().encode("utf-8"),
        yaml_text().encode("utf-8-sig"),
        yaml_text().replace("\n", "\r\n").encode(),
        yaml_text().replace("\n", "\r\n").encode("utf-8-sig"),
    ],
    ids=["UTF-8", "UTF-8 with a mark", "CRLF", "CRLF with a mark"],
)
def test_utf_8_is_read_with_and_without_mark_and_with_line_ends_of_any_system(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert load(path).knowledge == make_knowledge()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (yaml_text().encode("utf-16"), 1),
        (yaml_text().encode("utf-16-le"), 1),
        (yaml_text().encode("utf-16-be"), 1),
        (yaml_text().encode("utf-32"), 1),
        (yaml_text().encode("gb18030"), 2),
        (yaml_text(("哈尔滨", "Harbin")).encode("cp1251", "replace"), 2),
        (yaml_text().encode("big5", "replace"), 2),
        (yaml_text(("announced", "announ\0ced")).encode(), line_of("announced")),
    ],
    ids=["UTF-16", "UTF-16-LE", "UTF-16-BE", "UTF-32", "GBK", "CP1251", "Big5", "NUL"],
)
def test_another_encoding_is_refused_with_its_line_and_what_to_do(path: Path, content: bytes, line: int) -> None:
    path.write_bytes(content)
    loaded = load(path)
    assert loaded.knowledge is None
    assert [diagnostic.mark.line for diagnostic in loaded.diagnostics] == [line]
    assert "save as UTF-8" in str(loaded.diagnostics[0].suggestion)


def test_a_directory_a_pipe_a_device_a_socket_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to("/etc")
    no_file = "this is not a regular file"
    said = {name: str(load(tmp_path / name).diagnostics[0].sentence) for name in ("", "pipe", "socket", "link", "none")}
    assert said.pop("socket").startswith("the file cannot be read: ")
    assert said.pop("none") == "the file cannot be read: No such file or directory"
    no_main_file = "the folder has no file `projects.yaml`"
    assert "name the file in place of its folder" in str(load(tmp_path).diagnostics[0].suggestion)
    assert said == {"": no_main_file, "pipe": no_file, "link": no_main_file}
    assert [str(load(Path(device)).diagnostics[0].sentence) for device in ("/dev/zero", "/dev/null")] == [
        no_file,
        no_file,
    ]
    assert load(Path("a\0b")).knowledge is None


def test_a_link_to_a_good_file_is_followed_as_containers_mount_it(path: Path, tmp_path: Path) -> None:
    read(path)
    (tmp_path / "link.yaml").symlink_to(path)
    assert load(tmp_path / "link.yaml").knowledge == make_knowledge()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing yet\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert load(path).diagnostics == (
        Diagnostic(
            Mark(1, 1),
            "error",
            lazy_gettext("the file is empty"),
            lazy_gettext("it begins with the line `{line}`", line="city:"),
        ),
    )


# --- The reader's own process ---------------------------------------------------------------------


def test_the_reader_imports_nothing_but_the_standard_library_yaml_and_messages() -> None:
    places = [str(Path(package.__file__ or "").parents[1]) for package in (bot, yaml)]
    script = (
        "import sys; sys.path += sys.argv[1:]; import bot.publishing.yaml.loader;"
        "print(*(name for name, module in sys.modules.items() if (getattr(module, '__file__', None) or '')"
        ".startswith(tuple(sys.argv[1:]))))"
    )
    command = [sys.executable, "-I", "-S", "-c", script, *places]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in said if not name.startswith("yaml")}
    assert ours == {
        "bot",
        "bot.atomic_file",
        "bot.errors",
        "bot.i18n",
        "bot.i18n.languages",
        "bot.i18n.message",
        "bot.i18n.text_length",
        "bot.i18n.visible",
        "bot.publishing",
        "bot.publishing.files",
        "bot.publishing.files.folder",
        "bot.publishing.yaml",
        *(f"bot.publishing.yaml.{part}" for part in ("loader", "node_loader", "syntax_errors")),
        "bot.publishing.files.untrusted_file",
    }


#: A change that makes a file which no other test has read, see `_known_files` in tests/conftest.py.
_UNREAD = ("city:", "# unread\ncity:")


@pytest.mark.usefixtures("reader_from_nothing")
def test_the_reader_sees_no_setting_of_the_bot(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setattr(isolated_reader, "_START", "import os, sys; sys.exit(str(dict(os.environ)))")
    (diagnostic,) = read(path, _UNREAD).diagnostics
    assert "TOKEN" not in str(diagnostic.sentence)
    assert "PYTHONPATH" not in str(diagnostic.sentence)


@pytest.mark.usefixtures("reader_from_nothing")
@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ("import os; os.abort()", "the file cannot be read: the reader died (exit -6)"),
        ("raise MemoryError", "the file cannot be read: the reader died (exit 1: MemoryError)"),
        ("import time; time.sleep(60)", "the file cannot be read: reading takes more than 0.3 seconds"),
    ],
)
def test_a_reader_that_crashes_or_hangs_is_one_diagnostic(
    path: Path, monkeypatch: pytest.MonkeyPatch, act: str, sentence: str
) -> None:
    monkeypatch.setattr(isolated_reader, "_START", act)
    monkeypatch.setattr(isolated_reader, "TIMEOUT", 0.3)
    assert [str(diagnostic.sentence) for diagnostic in read(path, _UNREAD).diagnostics] == [sentence]


# --- Files that were read before ------------------------------------------------------------------

WAYS = "areas: {{hospitals: {{phrasings: {{en: [{0}], zh: [在哪里 {0}], ru: [где {0}]}}}}}}\n"
ODD = "areas: {hospital: {phrasings: {en: [a place to heal]}}, no: [1]}\n"


def folder(ways: str, other: str = WAYS.format("wards")) -> bytes:
    return pack({MAIN: YAML_TEXT.encode(), "asking/a.yaml": ways.encode(), "asking/b.yaml": other.encode()})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Record the files that each reader gets; no file is cached at first."""
    asked: list[set[str]] = []
    known: LRUCache[tuple[str, bytes], str] = LRUCache(1_000_000, getsizeof=len)
    monkeypatch.setattr("bot.publishing.files.load._known_parts", known)

    def ask(module: str, *, packages: tuple[str, ...], content: bytes) -> Any:
        asked.append(set(re.findall(r"^# === (.*)$", content.decode(), re.MULTILINE)) or {MAIN})
        return isolated_reader.run_reader(module, packages=packages, content=content)

    monkeypatch.setattr("bot.publishing.files.load.run_reader", ask)
    return asked


@pytest.mark.parametrize("other", [WAYS.format("wards"), ODD], ids=["a good file beside it", "a faulty file beside it"])
def test_of_several_files_only_the_changed_one_is_read_again(asked: list[set[str]], other: str) -> None:
    load_content(folder(WAYS.format("the clinic"), other))
    again = load_content(folder(WAYS.format("clinics"), other))

    assert asked == [{MAIN, "asking/a.yaml", "asking/b.yaml"}, {"asking/a.yaml"}]
    load_module._known_parts.clear()
    fresh = load_content(folder(WAYS.format("clinics"), other))
    assert (again.knowledge, again.diagnostics) == (fresh.knowledge, fresh.diagnostics)
    assert again.digest == fresh.digest
    assert (again.knowledge is None) == (other == ODD)
    if again.knowledge:
        assert "clinics" in again.knowledge.area_by_id["hospitals"].phrasings.texts_in("en")


def test_what_a_reader_that_died_did_not_read_is_read_the_next_time(
    asked: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_content(folder(WAYS.format("the clinic")))
    changed = folder(WAYS.format("the clinic")).replace(b"status: planned", b"status: completed")
    with monkeypatch.context() as patch:
        patch.setattr(isolated_reader, "_run_child", _die)
        assert load_content(changed).knowledge is None

    assert load_content(changed).knowledge is not None
    assert asked[1:] == [{MAIN}, {MAIN}]


def _die(*_: object) -> Any:
    raise OSError


# --- The bot's own talk ---------------------------------------------------------------------------

SMALLTALK = """\
intents: {greeting: {en: [hello], zh: [你好], ru: [привет]}}
overview_by_status: {in progress: {en: [what is being built]}}
aspects: {when: {en: [when], zh: [什么时候], ru: [когда]}}
follow_up: {en: [and]}
schedule: {en: [what time]}
price: {en: [is it free]}
function_words: {en: [the]}
"""


def test_the_talk_is_read(tmp_path: Path) -> None:
    (tmp_path / "smalltalk.yaml").write_text(SMALLTALK, encoding="utf-8")
    assert load_smalltalk(tmp_path / "smalltalk.yaml").intents["greeting"].texts_in("zh") == ("你好",)


def test_a_broken_talk_says_where(tmp_path: Path) -> None:
    (tmp_path / "smalltalk.yaml").write_text(SMALLTALK.replace("greeting", "greetin"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"talk\.yaml:1:11: error: “greetin” cannot be a name here"):
        load_smalltalk(tmp_path / "smalltalk.yaml")


def test_the_factory_makes_projects_that_fit() -> None:
    assert make_knowledge(projects=[make_project("first-hospital")]).project_by_id["first-hospital"].status == "planned"
