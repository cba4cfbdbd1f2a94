"""Where the knowledge lives: a YAML file that people edit by hand, read without trusting it."""

import gc
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import bot
from bot.answers.snapshot import Snapshot, build_snapshot
from bot.i18n.message import LazyMessage, from_json, lazy_gettext
from bot.knowledge import Diagnostic, Document, KnowledgeBase, LoadedKnowledge, Mark, Talk, ValuePath, check, parse
from bot.publishing.isolated_reader import ReaderError, run_reader
from bot.publishing.yaml import loader as yaml_reader
from bot.publishing.yaml.node_loader import COLUMN_BITS, NO_SUCH_FILE

#: Small talk in every city; comes with the program.
TALK = Path(bot.__file__).parent / "i18n" / "locales" / "smalltalk.yaml"


def load(path: Path) -> LoadedKnowledge:
    """Read a knowledge file; never fails: what is wrong becomes diagnostics.

    All faults are found in one run, except that a syntax error hides what follows it.
    """
    return understand(_ask(path))


def load_content(content: bytes) -> LoadedKnowledge:
    """Read the content of a knowledge file; as `load`."""
    return understand(_ask(content))


def understand(answer: Mapping[str, Any]) -> LoadedKnowledge:
    """What a reader's answer comes to; never fails."""
    refused, digest = _diagnostics(answer), answer.get("digest", "")
    if "data" not in answer:
        return LoadedKnowledge(knowledge=None, document=None, diagnostics=tuple(sorted(refused)), digest=digest)
    document = _document(answer)
    knowledge, diagnostics = parse(document)
    # Where the reader refused something, a value may be missing; to say that as well would only confuse.
    lines = {diagnostic.mark.line for diagnostic in refused}
    warnings = _diagnostics(answer, "warnings")
    diagnostics = [*refused, *warnings, *(each for each in diagnostics if each.mark.line not in lines)]
    return LoadedKnowledge(
        knowledge=None if refused else knowledge,
        document=document,
        diagnostics=tuple(sorted(diagnostics)),
        digest=digest,
    )


def prepare(knowledge: KnowledgeBase, version: str, previous: Snapshot | None = None) -> Snapshot:
    """A knowledge base ready for questions; takes about three seconds for a city's file, hardly any for another status.

    A million small objects are made and none of them is garbage: looking for it would take a fifth of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return build_snapshot(knowledge, load_talk(TALK), version, previous=previous)
    finally:
        if collecting:
            gc.enable()


def load_talk(path: Path) -> Talk:
    """Read the talk that comes with the program, where a fault is a fault of the program: ValueError."""
    answer = yaml_reader.read_file(str(path))
    diagnostics = _diagnostics(answer)
    if not diagnostics:
        talk, diagnostics = check(Talk, _document(answer))
        if talk:
            return talk
    raise ValueError("\n".join(each.line_for(path) for each in diagnostics))


def _ask(source: Path | bytes) -> dict[str, Any]:
    """The answer of the reader in its own process; when it dies or hangs, a fault that says so."""
    try:
        if isinstance(source, bytes):
            answered = run_reader(yaml_reader.__name__, packages=("yaml",), content=source)
        else:
            answered = run_reader(yaml_reader.__name__, os.fspath(source), packages=("yaml",))
    except ReaderError as error:
        return _gave_up(error.why)
    answer: dict[str, Any] = json.loads(answered.decode("utf-8", "surrogatepass"))
    return answer


def _gave_up(why: LazyMessage) -> dict[str, Any]:
    sentence = lazy_gettext("the file cannot be read: {why}", why=why)
    return {"faults": [(1, 1, sentence.as_json(), NO_SUCH_FILE.as_json())]}


def _diagnostics(answer: Mapping[str, Any], key: Literal["faults", "warnings"] = "faults") -> list[Diagnostic]:
    severity: Literal["error", "warning"] = "error" if key == "faults" else "warning"
    return [
        Diagnostic(Mark(line, column), severity, from_json(sentence), from_json(suggestion))
        for line, column, sentence, suggestion in answer.get(key, ())
    ]


def _document(answer: Mapping[str, Any]) -> Document:
    data, marks = answer["data"], answer["marks"]
    return Document(data, Places(data, marks, of_keys=False), Places(data, marks, of_keys=True))


class Places(Mapping[ValuePath, Mark]):
    """The marks of a document's values, or of its keys, as the reader sends them.

    They are looked up only where there is something to say; a dictionary of all of them would need more
    memory than the knowledge itself.
    """

    def __init__(self, data: Any, marks: Any, *, of_keys: bool) -> None:
        self._data, self._marks, self._of_keys = data, marks, of_keys

    def __getitem__(self, path: ValuePath) -> Mark:
        """The mark of the value or key at `path`."""
        value, marks, key = self._data, self._marks, None
        for part in path:
            if isinstance(value, dict) and part in value:
                at = 1 + 2 * list(value).index(part)
                key, marks = marks[at], marks[at + 1]
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                key, marks = None, marks[1 + part]
            else:
                raise KeyError(path)
            value = value[part]
        place = key if self._of_keys else marks[0] if isinstance(marks, list) else marks
        if place is None:
            raise KeyError(path)
        return Mark(place >> COLUMN_BITS, place & (1 << COLUMN_BITS) - 1)

    def __iter__(self) -> Iterator[ValuePath]:
        """Every path, from the top, in the order of the file."""
        waiting: list[tuple[ValuePath, Any]] = [((), self._data)]
        while waiting:
            path, value = waiting.pop()
            if not self._of_keys or (path and isinstance(path[-1], str)):
                yield path
            inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            waiting += [((*path, part), each) for part, each in inner][::-1]

    def __len__(self) -> int:
        """How many marks there are."""
        return sum(1 for _ in self)
