"""A hostile knowledge file only causes a diagnostic."""

import os
import resource
from pathlib import Path

import pytest

from bot.publishing.files.load import load

LEVELS = range(1, 10)
ALIAS_BOMB = "l0: &l0 [x, x]\n" + "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in LEVELS)
MERGE_BOMB = "l0: &l0 {x: 1}\n" + "".join(f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 10)}]}}\n" for n in LEVELS)

#: What a hostile file holds, a piece of what is said about it, and the line.
HOSTILE = {
    "an alias bomb": (ALIAS_BOMB, "names a place", 1),
    "a merge bomb": (MERGE_BOMB, "names a place", 1),
    "200,000 lists in each other": ("[" * 200_000, "nested more than 12 deep", 1),
    "200,000 mappings in each other": ('{"a":' * 200_000, "nested more than 12 deep", 1),
    "200,000 list items in each other": ("- " * 200_000, "nested more than 12 deep", 1),
    "fields ever deeper": ("".join(" " * n + "a:\n" for n in range(2000)), "nested more than 12 deep", 13),
    "fields as names of fields": ("? " * 200_000, "the name of a field must be a word", 1),
    "a tag": ("city: !!python/object/apply:os.system [id]\n", "a tag", 1),
    "a tag as a name": ("!!binary aGk=: x\n", "a tag", 1),
    "several documents": ("---\na: b\n---\nc: d\n", "a second document", 3),
    "a very long list": ("[" + "a," * 2_400_000 + "]", "more than 5,000 entries", 1),
    "very many lists": (
        "- [a, b, c, d]\n" * 4_000 + "- [" + "[[a, b, c, d]]," * 4_900 + "]\n- x" * 30,
        "",
        1,
    ),
    "very many fields": ("".join(f"k{n}: x\n" for n in range(100_000)), "more than 200 fields", 201),
    "very many lines": ("\n" * 4_900_000, "more than 200,000 lines", 1),
    "a very long text": ("a: " + "x" * 4_900_000, "more than 20,000 characters", 1),
    "a very long open quote": ('a: "' + "x" * 4_900_000, "never closed", 1),
    "a very long name": ("x" * 4_900_000 + ": y", "more than 20,000 characters", 1),
    "a very long line with a fault": ("a: b: " + "x" * 4_900_000, "a colon inside a text", 1),
    "a key very many times": ("a: b\n" * 199_000, "`a` is in line 1 and again in line 2", 2),
    "very many unknown fields": (("- {" + ", ".join(f"k{n}: x" for n in range(199)) + "}\n") * 240, "", 1),
}


def memory() -> int:
    """The peak memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def processor() -> float:
    """The seconds of processor time that this process and its children have used."""
    return sum(os.times()[:4])


@pytest.mark.usefixtures("reader_from_nothing")  # only that counts among what this process has started
@pytest.mark.parametrize(("text", "sentence", "line"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_costs_a_moment_and_is_refused(tmp_path: Path, text: str, sentence: str, line: int) -> None:
    path = tmp_path / "k.yaml"
    path.write_text(text)
    before, started = memory(), processor()
    loaded = load(path)
    assert processor() - started < 5
    assert memory() - before < 100 * 2**20
    assert loaded.knowledge is None
    assert sentence in str(loaded.diagnostics[0].sentence)
    assert loaded.diagnostics[0].mark.line == line


def test_a_file_of_500_megabytes_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 500_000_000)
    started = processor()
    assert [str(diagnostic.sentence) for diagnostic in load(path).diagnostics] == ["the file is larger than 5 MB"]
    assert processor() - started < 5


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux has such files")
def test_a_file_that_says_it_has_no_size_is_read_to_its_end(tmp_path: Path) -> None:
    assert load(Path("/proc/self/environ")).knowledge is None


def test_aliases_tags_and_merges_are_all_named_in_one_run(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_text("a: &here x\nb: *here\nc: !t y\nd:\n  <<: *here\n")
    diagnostics = [
        diagnostic.line_for("k") for diagnostic in load(path).diagnostics if "not allowed" in str(diagnostic.sentence)
    ]
    assert [diagnostic.rpartition(" (")[0] for diagnostic in diagnostics] == [
        "k:1:4: error: `&here` names a place, which is not allowed",
        "k:2:4: error: `*here` points to another place, which is not allowed",
        "k:3:4: error: a tag (a word that begins with !) is not allowed",
        "k:5:3: error: `<<` takes over fields from another place, which is not allowed",
        "k:5:7: error: `*here` points to another place, which is not allowed",
    ]
