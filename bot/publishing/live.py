"""The live version of the knowledge: what it is, how a start finds it, and when a saved file may not replace it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, OperatorError
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.diff import lost_projects
from bot.publishing.ports import KnowledgeRepository, KnowledgeTasks, Version, Versions
from bot.publishing.results import RejectedFile, TooManyRemoved, Unreadable, Unusable


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The knowledge that answers now, and the content that it was made from."""

    snapshot: Snapshot
    content: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the content in hexadecimal, which identifies the version."""
        return self.snapshot.version


class UnusableError(Exception):
    """The knowledge file has errors, and there is no last good copy."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("the knowledge file has errors")


def digest_of(content: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


async def newest_version(versions: Versions) -> Version | None:
    """The latest published version; raises StorageError."""
    return next(iter(await versions.versions()), None)


async def saved_content(repository: KnowledgeRepository) -> bytes | None:
    """The saved file as it is now, or None if it cannot be read."""
    try:
        return await repository.read()
    except FileError:
        return None


def rejection_of(loaded: LoadedKnowledge, in_use: KnowledgeBase | None) -> RejectedFile | None:
    """Why a saved file may not replace the knowledge in use without a decision of staff, or None."""
    if loaded.knowledge is None:
        return Unusable(loaded.digest, loaded.diagnostics)
    lost = lost_projects(in_use, loaded.knowledge) if in_use else []
    return TooManyRemoved(loaded.digest, lost, len(in_use.projects)) if in_use and lost else None


async def load_live(repository: KnowledgeRepository, tasks: KnowledgeTasks) -> tuple[LiveVersion, RejectedFile | None]:
    """The version that a start answers from, and the saved file if it was rejected.

    The saved file is loaded once, and the last good copy only if it differs. Raises FileError or UnusableError if
    neither is usable.
    """
    good = await repository.last_good()
    try:
        content = await repository.read()
    except FileError as error:
        copy = await tasks.load(good) if good is not None else None
        if good is None or copy is None or copy.knowledge is None:
            raise
        return await _prepared(copy, good, tasks), Unreadable(error.why)
    loaded = await tasks.load(content)
    copy = await tasks.load(good) if good is not None and good != content else None
    rejected = rejection_of(loaded, copy.knowledge if copy else None)
    if rejected and good is not None and copy is not None and copy.knowledge is not None:
        return await _prepared(copy, good, tasks), rejected
    return await _prepared(loaded, content, tasks), None


async def load_or_explain(
    repository: KnowledgeRepository, tasks: KnowledgeTasks, path: Path
) -> tuple[LiveVersion, RejectedFile | None]:
    """Like `load_live`; raises OperatorError with the first error in the file at `path` if nothing is usable."""
    try:
        return await load_live(repository, tasks)
    except UnusableError as error:
        first = next(diagnostic for diagnostic in error.diagnostics if diagnostic.severity == "error")
        sentence = f"{first.line_for(path)}\nThe knowledge file has errors; `minsheng check` lists them all."
    except FileError as error:
        sentence = f"{path}: {error.why}"
    raise OperatorError(sentence)


async def _prepared(loaded: LoadedKnowledge, content: bytes, tasks: KnowledgeTasks) -> LiveVersion:
    if loaded.knowledge is None:
        raise UnusableError(loaded.diagnostics)
    return LiveVersion(await tasks.prepare(loaded.knowledge, loaded.digest, None), content)
