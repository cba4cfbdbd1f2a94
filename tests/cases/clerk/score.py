"""How many questions about a project that a clerk has just added are answered, or asked back, rightly."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.publishing.files.folder import MAIN, pack, read_content, unpack
from tests.console import KNOWLEDGE, PROJECT

FOLDER = Path(__file__).parent
#: The additions, and the knowledge that each is added to.
ADDITIONS = {
    "riverside-park": KNOWLEDGE,
    "boiler-houses": KNOWLEDGE,
    "school-canteens": KNOWLEDGE,
    "pumping-station": KNOWLEDGE,
    "home-bathing": KNOWLEDGE,
    "waste-sorting": KNOWLEDGE,
    "night-bus": FOLDER.parent / "second_city" / "projects.yaml",
    "ice-rink": FOLDER.parent / "seventh_city" / "projects.yaml",
    "night-nursery": KNOWLEDGE,
    "repair-cafe": FOLDER.parent / "third_city" / "projects.yaml",
    "allotments": KNOWLEDGE,
    "library-bus": FOLDER.parent / "eighth_city" / "projects.yaml",
}
_BLOCKS = {"sources": "  sources:\n", "areas": "\nareas:\n", "projects": "\nprojects:\n"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=ADDITIONS)
    chosen = parser.parse_args().name
    for name in [chosen] if chosen else ADDITIONS:
        failures = list(failures_of(name))
        print(f"{name}: {25 - len(failures)} of 25 right")
        for row, answer in failures:
            print(f"  {row['id']:>2} {row['text']} (fact: {row['fact'] or 'none'}): {answer['kind']}")
            print(f"     {' '.join(answer['reply'].split())[:150]}")


def added(name: str) -> bytes:
    """The content of the city's knowledge with the addition in it."""
    files = unpack(read_content(ADDITIONS[name]))
    text = files[MAIN].decode()
    for block, body in _bodies((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")):
        head = _BLOCKS[block]
        indented = "".join(f"  {line}" if block == "sources" else line for line in body)
        assert text.count(head) == 1, (name, head)
        text = text.replace(head, f"{head}{indented}")
    return pack({**files, MAIN: text.encode()})


def _bodies(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of each top-level block."""
    block, body = "", list[str]()
    for line in text.splitlines(keepends=True):
        if line[0] not in " #\n":
            if block:
                yield block, body
            block, body = line.partition(":")[0], []
        elif block:
            body.append(line)
    yield block, body


def failures_of(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The questions that get no right answer, each with its answer."""
    questions = FOLDER / f"{name}.jsonl"
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    statements = {
        fact["id"]: fact["statement"]
        for project in yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["projects"]
        for fact in project["facts"]
    }
    with tempfile.NamedTemporaryFile(suffix=".yaml") as knowledge:
        knowledge.write(added(name))
        knowledge.flush()
        command = [sys.executable, "-X", "utf8", "-m", "bot", "ask", "--jsonl", "--knowledge", knowledge.name]
        asked = subprocess.run(command, input=questions.read_bytes(), cwd=PROJECT, capture_output=True, check=True)
    answers = {answer["id"]: answer for answer in map(json.loads, asked.stdout.splitlines())}
    for row in rows:
        if not _is_right(row, answers[row["id"]], statements):
            yield row, answers[row["id"]]


def _is_right(row: dict[str, Any], answer: dict[str, Any], statements: dict[str, dict[str, str]]) -> bool:
    named = [project["id"] for project in answer["projects"]]
    if answer["kind"] == "suggestions":
        return row["project"] in named
    shown_facts = {fact for fact, statement in statements.items() if statement[row["lang"]] in answer["reply"]}
    if row["fact"]:
        return shown_facts == {row["fact"]}
    return answer["kind"] == "answer" and named[:1] == [row["project"]] and shown_facts <= set(row.get("may_tell", ()))


if __name__ == "__main__":
    main()
