"""What the documents say is true: commands, settings, fields, words, links, and what the bot replies in the README.

After a change `python tests/test_docs.py` writes what the bot says now into the README's transcripts.
"""

import ast
import importlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import app
from bot.i18n.catalog import phrases
from bot.knowledge import Area, City, Fact, KnowledgeBase, Project, TopicElsewhere
from bot.knowledge.validation import models_in
from bot.settings import NAMES
from bot.telegram_ui.citizens.commands import COMMANDS
from bot.telegram_ui.staff_router import COMMANDS as STAFF_COMMANDS
from bot.telegram_ui.texts import help_text

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_FOLDERS = ("docs/*.md", "docs/decisions/*.md", "tests/cases/*/README.md")
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted(path for folder in _FOLDERS for path in ROOT.glob(folder))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What a transcript holds that any edit of the knowledge file changes (places in the file, confidences), or any run:
#: how long it took.
_VARIABLE = re.compile(r'(?<=\.yaml:)\d+:\d+|(?<="confidence": )[\d.]+|(?<="ms": )[\d.]+')


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The README's blocks of one language."""
    return [body for name, body in _FENCE.findall(text(README)) if name == language]


def first_words(block: str) -> str:
    """A short name for a block."""
    return block.partition("\n")[0][:40]


# --- Commands and settings ---


def commands(command: Any, name: str = "minsheng") -> Iterator[tuple[str, set[str]]]:
    """Every command below one, with its options."""
    inner = getattr(command, "commands", None)
    if inner is None:
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        yield name, options - {"--help"}
    for word, below in (inner or {}).items():
        yield from commands(below, f"{name} {word}")


def described_commands() -> dict[str, set[str]]:
    """The README's table of commands: the lower-case words of each row, and the options that all its rows name."""
    found: dict[str, set[str]] = {}
    for call, rest in re.findall(r"^\| `(minsheng [^`]+)` \|(.*)$", text(README), re.MULTILINE):
        name = " ".join(re.findall(r"(?<![\w-])[a-z]+\b", call))
        found.setdefault(name, set()).update(re.findall(r"`(--[a-z-]+)`", rest))
    return found


def test_the_readme_names_every_command_with_all_its_options_and_no_other() -> None:
    assert described_commands() == dict(commands(typer.main.get_command(app)))


def test_the_readme_and_the_help_name_every_command_in_telegram_and_no_other() -> None:
    described = set(re.findall(r"^\| `/([a-z]+)` \|", text(README), re.MULTILINE))
    helped = set(re.findall(r"^/([a-z]+):", help_text("a_bot", phrases("en"), "admin"), re.MULTILINE))

    assert described == COMMANDS.keys() | STAFF_COMMANDS.keys()
    assert helped == described - {"start"}  # Telegram itself offers that one


def test_every_setting_is_explained_above_its_line_in_the_example_file() -> None:
    explained = dict(re.findall(r"((?:^# [^-\n].*\n)+)#([A-Z_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    lengths = {name: len(comment.split()) for comment, name in explained.items()}

    assert set(lengths) == set(NAMES)
    assert [name for name, words in lengths.items() if words < 10] == []


def test_every_setting_that_a_document_names_exists() -> None:
    prefixes = "TELEGRAM|DATA|DATABASE|KNOWLEDGE|ADMIN|STAFF|WEBHOOK|LOG"
    named = {name for path in DOCUMENTS for name in re.findall(rf"`((?:{prefixes})_[A-Z_]+|LISTEN)\b", text(path))}

    assert named <= set(NAMES)


def targets() -> set[str]:
    """What the Makefile declares as its targets."""
    declared = re.search(r"^\.PHONY: (.+)$", text(ROOT / "Makefile"), re.MULTILINE)
    assert declared
    return set(declared[1].split()) - {"remake"}


def test_make_help_lists_every_target() -> None:
    # Without what an outer `make test` hands down: its flags would make this one print where it is.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    help_text = subprocess.check_output(["make", "help"], cwd=ROOT, env=environment, text=True, encoding="utf-8")

    assert set(re.findall(r"^  ([a-z]+)\s", help_text, re.MULTILINE)) == targets()


def test_the_readme_names_every_target_and_no_other() -> None:
    called = re.findall(r"(?:`|^)make ([a-z]+)", text(README), re.MULTILINE)

    assert set(called) | {"help"} == targets()


# --- What is shown in the README happens ---


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the project's to a command, and may be written into."""
    return make_room(tmp_path_factory.mktemp("project"))


def make_room(folder: Path) -> Path:
    """Link what the README's commands read, and put this very program and Python on the path."""
    for name in ("knowledge", "tests", ".env.example"):
        (folder / name).symlink_to(ROOT / name)
    tools = folder / "tools"
    tools.mkdir()
    for name, call in {"python": sys.executable, "minsheng": f"{sys.executable} -m bot"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    return folder


def run(room: Path, command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """What a command of the README comes to in a fresh shell, without any setting of this machine."""
    environment = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    environment |= {"PATH": f"{room / 'tools'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=room, env=environment, input=typed, text=True, encoding="utf-8",
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def replayed(room: Path, transcript: str) -> str:
    """The same commands, and typed lines, with what is printed now."""
    shown = ""
    for command, below in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", transcript, re.MULTILINE):
        typed = re.findall(r"^> (.+)$", below, re.MULTILINE)
        result = run(room, command, "".join(f"{line}\n" for line in typed))
        assert result.stderr == ""
        # Only a terminal echoes what is typed behind the prompt.
        first, *replies = re.split(r"^> ", result.stdout, flags=re.MULTILINE)
        said = first + "".join(f"> {line}\n{reply}" for line, reply in zip(typed, replies, strict=False))
        shown += f"$ {command}\n" + (f"{said.rstrip()}\n" if said else "")
    return shown


def replayable() -> list[Any]:
    """The README's transcripts; the sandbox starts two programs, which is too slow for every day."""
    return [
        pytest.param(block, id=first_words(block), marks=[pytest.mark.soak] if "minsheng sandbox" in block else [])
        for block in blocks("console")
    ]


@pytest.mark.parametrize("transcript", replayable())
def test_what_the_readme_shows_is_what_the_bot_says(room: Path, transcript: str) -> None:
    assert _VARIABLE.sub("0", replayed(room, transcript)) == _VARIABLE.sub("0", transcript)


def runnable() -> list[Any]:
    """The README's commands; three whole evaluations are too slow for every day."""
    return [
        pytest.param(block, id=first_words(block), marks=[pytest.mark.soak] if "minsheng evaluate" in block else [])
        for block in blocks("sh")
    ]


@pytest.mark.parametrize("block", runnable())
def test_every_command_of_the_readme_runs(room: Path, block: str) -> None:
    for command in block.splitlines():
        if not command.startswith("make "):  # the targets have a test of their own
            result = run(room, command)
            assert (result.returncode, result.stderr) == (0, ""), command


# --- Fields and words ---


@cache
def fields() -> dict[str, set[str]]:
    """Every model of the knowledge file and its fields."""
    found: dict[str, set[str]] = {}
    waiting: list[type[Any]] = [KnowledgeBase]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = set(model.model_fields)
            waiting += [inner for field in model.model_fields.values() for inner in models_in(field.annotation)]
    return found


@pytest.mark.parametrize(
    ("row", "model"),
    [
        ("`city`, the head", City),
        ("one of `areas`", Area),
        ("one of `projects`", Project),
        ("one of `facts`", Fact),
        ("one of `topics_elsewhere`", TopicElsewhere),
    ],
)
def test_the_readme_names_every_field_of_a_part_of_the_knowledge_file(row: str, model: type[Any]) -> None:
    described = re.search(rf"^\| {row} \| (.+) \|$", text(README), re.MULTILINE)

    assert described, row
    assert re.findall("`([a-z_]+)`", described[1]) == list(model.model_fields)


def test_a_field_that_a_document_names_exists() -> None:
    known = set().union(*fields().values())
    named = {(path.name, name) for path in DOCUMENTS for name in re.findall(r"`([a-z_]+):`", text(path))}

    assert [(path, name) for path, name in sorted(named) if name not in known] == []


GLOSSARY = ROOT / "docs" / "glossary.md"


def exists(dotted: str) -> bool:
    """Whether a dotted name leads to something: a module, what it defines, or a field of that."""
    parts = dotted.split(".")
    found: Any = None
    for at, part in enumerate(parts):
        try:
            found = importlib.import_module(".".join(parts[: at + 1]))
        except ModuleNotFoundError:
            fields_here = getattr(found, "model_fields", {})
            found = getattr(found, part, fields_here.get(part))
        if found is None:
            return False
    return True


def test_every_word_of_the_glossary_lives_where_it_says() -> None:
    entries = re.findall(r"^- \*\*[^*]+\*\* \(`(bot[\w.]+)`\)", text(GLOSSARY), re.MULTILINE)
    named = re.findall(r"`(bot\.[\w.]+)`", text(GLOSSARY))

    assert len(entries) > 40
    assert [name for name in named if not exists(name)] == []


def test_every_file_that_a_document_names_exists() -> None:
    place = re.compile(r"(?:`|^)((?:bot|tests|docs|knowledge)/[\w./-]*)", re.MULTILINE)
    named = {name for path in DOCUMENTS for name in place.findall(text(path))}

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def names_in(source: str) -> Iterator[str]:
    """The single words of everything that a module defines or binds."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                pass
            case _:
                continue
        yield from (word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name))


#: The packages that hold the rules; what Telegram, SQL and the terminal call a thing is theirs to say.
SUBJECTS = (
    "i18n",
    "matching",
    "knowledge",
    "answers",
    "people",
    "publishing",
    "inbox",
    "following",
    "broadcasts",
    "evaluation",
)


def test_the_subjects_use_no_word_that_the_glossary_turns_down() -> None:
    not_used = text(GLOSSARY).partition("## Words that are not used")[2]
    banned = set(re.findall(r"\*\*([a-z]+)\*\*", not_used))
    modules = [path for place in SUBJECTS for path in (ROOT / "bot" / place).rglob("*.py")]

    assert len(modules) > 50
    assert len(banned) > 5
    assert {(path.name, word) for path in modules for word in names_in(text(path)) if word in banned} == set()


# --- Links, and what belongs to one machine ---


def anchors(path: Path) -> set[str]:
    """The headings of a document as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", _FENCE.sub("", text(document))):
        place, _, anchor = link.partition("#")
        target = document.parent / place if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


#: Folders of somebody's machine, and hosts or options that name where packages come from.
_OF_ONE_MACHINE = re.compile(
    r"(?<![\w.:/])/(?:work|root|home/\w+|Users/\w+|private/var|var/folders)/"
    r"|https?://[^\s/]*(?:pypi|pythonhosted|artifactory|nexus|mirror|registry|devpi)"
    r"|--(?:extra-)?index-url[ =]|--trusted[-]host|--find[-]links"
)


def tracked() -> list[Path]:
    """Every text file that is in git, or would be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.check_output(command, cwd=ROOT, text=True, encoding="utf-8").split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone: git cannot say what belongs to the project")
def test_no_file_of_the_project_names_a_place_of_one_machine_or_a_package_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if _OF_ONE_MACHINE.search(line)
    ]

    assert found == []


# --- To be called by hand ---


def refresh() -> None:
    """Write what the bot says now into the README's transcripts."""
    with tempfile.TemporaryDirectory() as folder:
        room = make_room(Path(folder))
        fresh = text(README)
        for transcript in blocks("console"):
            fresh = fresh.replace(transcript, replayed(room, transcript))
    README.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    refresh()
