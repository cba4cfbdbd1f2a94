"""Statements and ways of asking in a folder are one version: read, published, undone and stored as a whole."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.errors import FileError
from bot.knowledge import LoadedKnowledge
from bot.knowledge.edits import Edit
from bot.publishing.files.folder import ASKING, MAIN, pack, read_content, unpack, write_content
from bot.publishing.files.load import load, load_content
from bot.publishing.files.repository import FileRepository
from bot.publishing.files.split_file import split
from bot.publishing.files.watcher import SETTLED_AFTER, FileWatcher
from bot.publishing.live import digest_of
from bot.publishing.yaml.editor import rewrite
from tests.factories import YAML_TEXT, make_knowledge

CARE, TOPICS = f"{ASKING}/elderly-care.yaml", f"{ASKING}/topics-elsewhere.yaml"
FILES = split(YAML_TEXT.encode())
WORDS = "    words:\n      en: [bed,\n        beds]\n\n"
STRAY = ("projects:", "projects:\n  nothing: {words: {en: [x]}}")


def changed(name: str, *changes: tuple[str, str]) -> dict[str, bytes]:
    """Replace pieces of one of the small city's files."""
    text = FILES[name].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {**FILES, name: text.encode()}


def loaded(files: dict[str, bytes]) -> LoadedKnowledge:
    return load_content(pack(files))


def lines(found: LoadedKnowledge) -> list[str]:
    return [each.line_for("knowledge") for each in found.diagnostics]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_content(tmp_path / MAIN, pack(FILES))
    return tmp_path


# --- Splitting ---


def test_a_split_file_says_the_same() -> None:
    assert loaded(FILES).knowledge == make_knowledge()
    assert loaded(FILES).diagnostics == ()


def test_no_line_of_the_file_is_lost() -> None:
    after = [line.strip() for content in FILES.values() for line in content.decode().splitlines()]
    moved = {"questions: {en: [how many beds], zh: [多少张床], ru: [сколько коек]}"}  # under the id of its fact
    assert {line.strip() for line in YAML_TEXT.splitlines()} - set(after) == moved


def test_the_statements_come_first_and_hold_no_way_of_asking() -> None:
    text = FILES[MAIN].decode()
    assert text.index("\nprojects:") < text.index("\nareas:")
    assert not any(word in text for word in ("phrasings:", "words:", "questions:", "topics_elsewhere:"))


def test_comments_and_unusual_layouts_stay() -> None:
    text = YAML_TEXT.replace("    phrasings: {en: [sixth", "    # as asked on Monday\n    phrasings: {en: [sixth")
    text = text.replace(
        "    words: {en: [bed, beds], zh: [床位], ru: [койки]}\n", "    words:\n      en: [bed,\n        beds]\n\n"
    )
    files = split(text.encode())
    assert loaded(files).knowledge == load_content(text.encode()).knowledge
    assert "# as asked on Monday" in files[MAIN].decode()


def test_a_file_with_errors_is_not_split() -> None:
    with pytest.raises(FileError, match="errors"):
        split(YAML_TEXT.replace("status: planned", "status: plant").encode())


# --- Reading ---


def test_a_folder_its_main_file_and_its_packed_content_are_the_same(folder: Path) -> None:
    (folder / "one.yaml").write_bytes(pack(FILES))
    digests = {load(path).digest for path in (folder, folder / MAIN, folder / "one.yaml")}
    assert digests == {digest_of(pack(FILES))}


def test_a_single_file_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / MAIN).write_text(YAML_TEXT, encoding="utf-8")
    assert read_content(tmp_path / MAIN) == YAML_TEXT.encode()
    assert load(tmp_path / MAIN).knowledge == make_knowledge()


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"x"])
def test_packed_files_come_out_as_they_went_in(end: bytes) -> None:
    files = {MAIN: FILES[MAIN] + end, CARE: b"", TOPICS: b"\xef\xbb\xbfa: b" + end}
    assert unpack(pack(files)) == files


def test_ways_of_asking_inline_and_beside_are_joined() -> None:
    found = loaded(
        changed(MAIN, ("    related:", "    phrasings: {en: [new beds for old people, more beds]}\n    related:"))
    )
    assert found.knowledge
    phrasings = found.knowledge.project_by_id["elderly-beds"].phrasings
    assert phrasings.texts_in("en") == ("new beds for old people", "more beds")
    assert phrasings.texts_in("zh") == ("新增养老床位",)


def test_a_fault_names_its_file_and_line() -> None:
    found = loaded(changed(CARE, ("zh: [新增养老床位]", "zh: 新增养老床位"), STRAY))
    assert not found.knowledge
    number = FILES[CARE].decode().splitlines().index("projects:") + 1
    assert lines(found)[0].startswith(f"knowledge/{CARE}:")
    assert "`phrasings` (zh)" in lines(found)[0]
    found = loaded(changed(CARE, STRAY))
    assert found.knowledge
    sentence = "there is no “nothing” in `projects.yaml`: these ways of asking are not used"
    hint = "correct the id, or take these lines out"
    assert lines(found) == [f"knowledge/{CARE}:{number + 1}:3: warning: {sentence} ({hint})"]


def test_a_fault_of_meaning_is_named_in_the_file_where_it_is() -> None:
    found = loaded(changed(TOPICS, ("zh: 挂号, ", "")))
    assert [line.partition(" ")[0] for line in lines(found)] == [f"knowledge/{TOPICS}:4:5:"]


def test_a_syntax_error_beside_the_statements_is_named() -> None:
    found = loaded(changed(CARE, ("  elderly-care:", "  elderly-care")))
    assert not found.knowledge
    assert lines(found)[0].startswith(f"knowledge/{CARE}:")


#: What a person may leave in the folder `asking`, and what is said of it.
STRAY_FILES: dict[str, tuple[Callable[[Path], object], *tuple[str, ...]]] = {
    "a pipe": (os.mkfifo, "asking/stray.yaml:1:1: error: this is not a regular file"),
    "a folder": (Path.mkdir, "asking/stray.yaml:1:1: error: this is not a regular file"),
    "a link to nothing": (
        lambda path: path.symlink_to("/nonexistent"),
        "asking/stray.yaml:1:1: error: No such file or directory",
    ),
    "a large file": (
        lambda path: path.write_bytes(b"x" * 5_000_001),
        "asking/stray.yaml:1:1: error: the file is larger than 5 MB",
    ),
    "an empty file": (
        Path.touch,
        "asking/stray.yaml:1:1: error: the file is empty (it begins with the line `projects:`)",
    ),
    "a program": (
        lambda path: path.write_bytes(b"\x7fELF\xff\xfe"),
        "asking/stray.yaml:1:5: error: from here on the file is not UTF-8 (save as UTF-8)",
    ),
    "half a file": (
        lambda path: path.write_text("projects:\n  sixth-hospital: {phrasings: {en: [a"),
        "asking/stray.yaml:2:38: error: a comma or the closing bracket is missing here",
        "asking/stray.yaml:2:38: error: the file ends in the middle of a line",
    ),
    "a line between files": (
        lambda path: path.write_text("projects: {}\n# === projects.yaml\n"),
        "asking/stray.yaml:2:1: error: a line begins with `# === `; take it out",
    ),
    "a link to another file": (
        lambda path: path.symlink_to("/etc/hostname"),
        "asking/stray.yaml:1:1: error: the file should have fields of its own",
    ),
}


@pytest.mark.parametrize("name", STRAY_FILES)
def test_a_stray_file_is_named_with_its_place(name: str, folder: Path) -> None:
    leave, *lines = STRAY_FILES[name]
    leave(folder / ASKING / "stray.yaml")

    said = [each.line_for("knowledge") for each in load(folder).diagnostics]

    assert len(said) == len(lines)
    assert all(one.startswith(f"knowledge/{line}") for one, line in zip(said, lines, strict=True))


async def test_while_a_file_of_the_folder_cannot_be_read_nothing_is_written_over_it(folder: Path) -> None:
    repository = FileRepository(folder, folder / "data")
    os.mkfifo(folder / ASKING / "stray.yaml")

    with pytest.raises(FileError, match=r"asking/stray.yaml cannot be read: this is not a regular file"):
        await repository.read()
    with pytest.raises(FileError, match=r"asking/stray.yaml"):
        await repository.replace(pack(FILES))
    assert (folder / MAIN).read_bytes() == FILES[MAIN]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.yaml", "asking/../x.yaml", "/etc/x.yaml", "asking/.hidden.yaml", "other/x.yaml"]
)
def test_a_packed_content_names_no_file_outside_the_folder(name: str) -> None:
    content = pack(FILES) + f"# === {name}\na: b\n".encode()
    assert set(unpack(content)) == set(FILES)


# --- Publishing ---


def test_an_edit_changes_the_statements_only() -> None:
    content, result = rewrite(pack(FILES), [Edit("sixth-hospital", "status", None, "completed")])
    assert result == load_content(content) or result.knowledge == load_content(content).knowledge
    assert result.digest == digest_of(content)
    assert {name for name, body in unpack(content).items() if body != FILES[name]} == {MAIN}


async def test_all_files_are_replaced_and_brought_back_as_one(folder: Path) -> None:
    repository = FileRepository(folder, folder / "data")
    await repository.keep(await repository.read())
    new = {MAIN: FILES[MAIN] + b"# changed\n", CARE: FILES[CARE] + b"# changed\n"}
    await repository.replace(pack(new))
    assert await repository.read() == pack(new)
    assert not (folder / TOPICS).exists()
    good = await repository.last_good()
    assert good == pack(FILES)
    await repository.replace(good)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES


async def test_a_version_of_a_single_file_can_be_brought_back(folder: Path) -> None:
    repository = FileRepository(folder / MAIN, folder / "data")
    await repository.replace(YAML_TEXT.encode())
    assert await repository.read() == YAML_TEXT.encode()


@pytest.mark.parametrize("step", range(1, 4))
async def test_what_a_crash_cuts_off_is_finished(folder: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    new = pack({**FILES, MAIN: FILES[MAIN] + b"# new\n", CARE: FILES[CARE] + b"# new\n"})
    done, replace = 0, os.replace

    def stop(source: str, target: str) -> None:
        nonlocal done
        done += 1
        if done > step:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(os, "replace", stop)
        write_content(folder, new)
    assert read_content(folder) == new
    repository = FileRepository(folder, folder / "data")
    assert await repository.read() == new
    assert (folder / MAIN).read_bytes().endswith(b"# new\n")
    assert not (folder / ".publishing~").exists()


@pytest.mark.parametrize("step", range(1, 3))
async def test_files_that_cannot_all_be_written_stay_the_old_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    old, new = pack(FILES), pack({**FILES, MAIN: FILES[MAIN] + b"# new\n", CARE: FILES[CARE] + b"# new\n"})
    done, replace = 0, os.replace

    def fail(source: str, target: str) -> None:
        nonlocal done
        done += 1
        if done == step + 1:
            raise OSError(errno.EROFS, "read-only")
        replace(source, target)

    repository = FileRepository(folder, folder / "data")
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fail)
        with pytest.raises(FileError):
            await repository.replace(new)
    assert read_content(folder) == old
    assert await repository.read() == old
    assert (folder / MAIN).read_bytes() == FILES[MAIN]
    assert not (folder / ".publishing~").exists()


def test_what_was_saved_by_hand_after_a_crash_stays(folder: Path) -> None:
    (folder / ".publishing~").write_bytes(pack({**FILES, MAIN: FILES[MAIN] + b"# new\n"}))
    (folder / MAIN).write_bytes(FILES[MAIN] + b"# by hand\n")
    later = (folder / ".publishing~").stat().st_mtime + 60
    os.utime(folder / MAIN, (later, later))
    assert unpack(read_content(folder))[MAIN].endswith(b"# by hand\n")


async def test_a_save_of_any_file_is_seen(folder: Path) -> None:
    seen: list[bytes] = []
    now = 0.0

    class Observer:
        def on_changing(self, content: bytes) -> None:
            """Ignore a change."""

        async def on_saved(self, content: bytes) -> None:
            seen.append(content)

        async def on_missing(self, why: object) -> None:
            raise AssertionError(why)

    watcher = FileWatcher(folder, Observer(), reported=digest_of(pack(FILES)), clock=lambda: now)
    await watcher.poll()
    (folder / CARE).write_bytes(FILES[CARE] + b"# more\n")
    for _ in range(3):
        now += SETTLED_AFTER
        await watcher.poll()
    assert [unpack(content)[CARE] for content in seen] == [FILES[CARE] + b"# more\n"]


def test_the_copies_are_readable_by_the_bot_only(tmp_path: Path) -> None:
    FileRepository(tmp_path / MAIN, tmp_path / "data")._keep(b"city: {}\n")
    (copy,) = (tmp_path / "data").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
