"""A changed knowledge file comes into use, or is held back: the one place where the knowledge of a bot changes."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, StorageError
from bot.i18n.message import LazyMessage
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.diff import Change, Edit, differences, half_changes, lost_projects
from bot.people.ports import AuditEntry
from bot.publishing.ports import Draft, Drafts, KnowledgeRepository, KnowledgeTasks, Origin, Version, Versions
from bot.publishing.results import (
    Conflict,
    Drafted,
    DraftExpired,
    Notice,
    Outcome,
    Preview,
    Published,
    Recovered,
    RejectedFile,
    TooManyRemoved,
    Unchanged,
    Unreadable,
    Unusable,
)

#: Prepared snapshots of files that are not in use yet; each holds some hundred megabytes.
_PREPARED_AT_ONCE = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The knowledge that answers at the moment, and the file that it was made of."""

    snapshot: Snapshot
    content: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the file, in hexadecimal: the version of the knowledge."""
        return self.snapshot.version


def digest_of(content: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _digest_if_any(content: bytes | None) -> str:
    return "" if content is None else digest_of(content)


class _OvertakenError(Exception):
    """The file is another one now."""


class UnusableError(Exception):
    """The knowledge file has errors, and there is no last good copy."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("the knowledge file has errors")


async def begin(shelf: KnowledgeRepository, workshop: KnowledgeTasks) -> tuple[LiveVersion, RejectedFile | None]:
    """What the bot starts with, and what was saved and held back: then that is the last good copy.

    FileError or UnusableError when there is neither a good file nor a copy.
    """
    good = await shelf.last_good()
    try:
        content = await shelf.read()
    except FileError as error:
        if good is None or (await workshop.load(good)).knowledge is None:
            raise
        return await _live(good, workshop), Unreadable(error.why)
    held = await _held_at_start(content, good, workshop)
    return await _live(good if held and good else content, workshop), held


async def _held_at_start(content: bytes, good: bytes | None, workshop: KnowledgeTasks) -> RejectedFile | None:
    """What is wrong with the saved file beside the copy; without a copy, only an error is."""
    if content == good:
        return None
    loaded = await workshop.load(content)
    before = (await workshop.load(good)).knowledge if good else None  # an older program may have thought it good
    if loaded.knowledge is None:
        if before is None:
            raise UnusableError(loaded.diagnostics)
        return Unusable(digest_of(content), loaded.diagnostics)
    lost = lost_projects(before, loaded.knowledge) if before else []
    return TooManyRemoved(digest_of(content), lost, len(before.projects)) if before and lost else None


async def _live(content: bytes, workshop: KnowledgeTasks) -> LiveVersion:
    loaded = await workshop.load(content)
    if loaded.knowledge is None:
        raise UnusableError(loaded.diagnostics)
    return LiveVersion(await workshop.prepare(loaded.knowledge, digest_of(content), None), content)


class Publisher:
    """Keeps the knowledge in use, and changes it: one change at a time, each as a whole or not at all.

    A file that cannot be used never takes the place of one that can. What is in use is one reference, so a
    question is answered from one version. `announce` gets every notice; it must not fail.
    """

    def __init__(
        self,
        live: LiveVersion,
        *,
        shelf: KnowledgeRepository,
        workshop: KnowledgeTasks,
        drafts: Drafts,
        versions: Versions,
        announce: Callable[[Notice], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self.live = live
        self.held: RejectedFile | None = None
        self._shelf = shelf
        self._workshop = workshop
        self._drafts = drafts
        self._versions = versions
        self._announce = announce
        self._now = now
        self._turn = asyncio.Lock()
        self._prepared: dict[str, asyncio.Task[Snapshot]] = {}
        self._telling: asyncio.Task[None] | None = None

    # --- The file on the shelf ---

    async def open(self, held: RejectedFile | None) -> None:
        """Say what was held back at the start, and keep and record the version in use if it is a new one.

        Of one that was saved while the bot was down staff are told as of any other.
        """
        async with self._turn:
            if held:
                self._hold(held)
            await self._keep(self.live.content)
            try:
                await self._record_at_start()
            except StorageError:
                log.warning("version_not_recorded")

    async def _record_at_start(self) -> None:
        newest = next(iter(await self._versions.versions()), None)
        if newest and newest.digest == self.live.digest:
            return
        changes = await self._changes_since(newest.digest) if newest else ()
        version = Version(self.live.digest, None, "saved", self._now())
        await self._record(version, changes, self.live.content)
        if newest and not self.held:
            self._tell(Published(version, changes))

    def expect(self, content: bytes) -> None:
        """Begin to read a file that may be half-written still, so that it is ready once it proves whole."""
        known = digest_of(content) == self.live.digest  # as behind every press of "Publish"
        if not known and all(task.done() for task in self._prepared.values()):
            self._prepare_aside(content)

    async def consider(self, content: bytes) -> None:
        """Take up a file that was saved, if it can be used; else hold it back, and say so once."""
        digest = digest_of(content)
        async with self._turn:
            if await self._on_shelf() not in (digest, ""):
                return  # while this waited for its turn, another one was published
            if digest == self.live.digest:
                self._let_go()
                return
            if self.held and self.held.digest == digest:
                return
            loaded = await self._workshop.load(content)
            if loaded.knowledge is None:
                self._hold(Unusable(digest, loaded.diagnostics))
            elif lost := lost_projects(self.live.snapshot.knowledge, loaded.knowledge):
                self._hold(TooManyRemoved(digest, lost, len(self.live.snapshot.knowledge.projects)))
            else:
                await self._use_saved(loaded.knowledge, content, None)

    async def miss(self, why: LazyMessage) -> None:
        """The file is gone or cannot be read; the bot goes on with what it has."""
        async with self._turn:
            if not isinstance(self.held, Unreadable):
                self._hold(Unreadable(why))

    async def accept(self, digest: str, person: int) -> Outcome:
        """Somebody says yes to a saved file that lost many projects; StorageError, FileError."""
        async with self._turn:
            if not isinstance(self.held, TooManyRemoved) or self.held.digest != digest:
                return DraftExpired()
            content = await self._shelf.read()
            loaded = await self._workshop.load(content)
            if digest_of(content) != digest or loaded.knowledge is None:
                return Conflict(None)
            return await self._use_saved(loaded.knowledge, content, person)

    # --- Drafts ---

    async def draft_file(self, content: bytes, person: int, *, made_from: str | None) -> Drafted:
        """A whole file that somebody sent, made from the version whose digest begins so, if that is known.

        StorageError when it cannot be kept until the yes.
        """
        live = self.live
        return await self.overtaken_since(made_from) or await self._draft(content, person, "sent", live)

    async def draft_edits(
        self, edits: Sequence[Edit], person: int, *, origin: Origin, upon: str | None = None
    ) -> Drafted:
        """Single values, changed in the file in use or `upon` an earlier draft; StorageError, FileError."""
        live, earlier = self.live, await self._drafts.draft(upon) if upon else None
        if upon and earlier is None:
            return DraftExpired()
        if self.held or (earlier and earlier.base != live.digest):
            return await self._overtaken()
        content = await self._workshop.rewrite(earlier.content if earlier else live.content, edits)
        return await self._draft(content, person, origin, live)

    async def draft_undo(self, person: int) -> Drafted:
        """The version before the one in use; where a saved file is held back, the one in use over that.

        StorageError.
        """
        live = self.live
        if self.held:
            return await self._draft(live.content, person, "undo", live)
        for version in await self._versions.versions():
            if version.digest != live.digest:
                content = await self._versions.content_of(version.digest)
                return await self._draft(content, person, "undo", live) if content else Unchanged()
        return Unchanged()

    async def overtaken_since(self, made_from: str | None) -> Conflict | None:
        """Whether something else was published since the version whose digest begins so; StorageError.

        Digits alone are a version only if there was one: people write the day into the names of their files.
        """
        if made_from is None or self.live.digest.startswith(made_from):
            return None
        versions = await self._versions.versions()
        if made_from.isdecimal() and not any(version.digest.startswith(made_from) for version in versions):
            return None
        return await self._overtaken()

    async def last_changes(self) -> Sequence[Change]:
        """What the version in use changed; nothing when the one before it is not known. StorageError."""
        for version in await self._versions.versions():
            if version.digest != self.live.digest:
                return await self._changes_since(version.digest)
        return ()

    async def _changes_since(self, digest: str) -> Sequence[Change]:
        """What is otherwise in the version in use than in an earlier one; nothing when that is not known."""
        content = await self._versions.content_of(digest)
        before = (await self._workshop.load(content)).knowledge if content else None
        return differences(before, self.live.snapshot.knowledge) if before else ()

    async def drop(self, identifier: str) -> None:
        """The author thought better of it; StorageError."""
        await self._drafts.drop_draft(identifier)

    async def publish(self, identifier: str, person: int) -> Outcome:
        """The author's yes: from now on the bot answers from the draft; StorageError, FileError.

        The file is written inside the transaction that records it. When the program is killed in between, the
        yes is asked of it again at the next start, and it does what is left.
        """
        async with self._turn:
            draft = await self._drafts.draft(identifier)
            if draft is None or draft.person != person:
                return DraftExpired()
            if await self._on_shelf() not in (draft.base, draft.digest):
                return await self._overtaken()
            snapshot = await self._prepared_of(draft)
            if draft.digest == self.live.digest:  # the program was killed behind the file, and began with it
                changes = await self._changes_since(draft.base)
            else:
                changes = differences(self.live.snapshot.knowledge, snapshot.knowledge)
            version = Version(draft.digest, person, draft.origin, self._now())
            try:
                await self._write(draft, version, changes)
            except _OvertakenError:
                return await self._overtaken()
            return await self._swap(LiveVersion(snapshot, draft.content), Published(version, changes))

    async def _write(self, draft: Draft, version: Version, changes: Sequence[Change]) -> None:
        """Write and record the draft: both or, unless the program is killed, neither.

        Preparing may have taken seconds, in which somebody saved the file: then _OvertakenError.
        """
        before: bytes | None = None
        try:
            async with self._versions.recording(version, draft.content, _audit_line(version, changes), draft=draft.id):
                before = await self._saved()
                if _digest_if_any(before) not in (draft.base, draft.digest):
                    raise _OvertakenError
                await self._shelf.replace(draft.content)
        except StorageError:
            if before is not None and await self._saved() == draft.content:
                await self._shelf.replace(before)  # the watch must not take for saved what nobody recorded
            raise

    async def _draft(self, content: bytes, person: int, origin: Origin, live: LiveVersion) -> Drafted:
        """What a file that was made from `live` would change; Overtaken when that is no longer in use."""
        loaded = await self._workshop.load(content)
        knowledge, digest, in_use = loaded.knowledge, digest_of(content), live.snapshot.knowledge
        if knowledge is None:
            return Unusable(digest, loaded.diagnostics)
        if digest == live.digest and not self.held:
            return Unchanged()
        base = await self._on_shelf()
        if self.live is not live or (base != live.digest and not self.held):
            return await self._overtaken()  # published meanwhile, or saved a moment ago and not taken up yet
        draft = Draft(secrets.token_urlsafe(9), person, origin, base, digest, content, self._now())
        await self._drafts.keep_draft(draft)
        self._prepare_aside(content)
        remarks: Sequence[Diagnostic] = loaded.diagnostics
        if origin == "sent":  # whoever changed the whole file wants to hear all that can be said of it
            remarks = await self._workshop.proofread(content, await self._prepare(knowledge, content))
        return Preview(
            draft=draft,
            knowledge=knowledge,
            changes=differences(in_use, knowledge),
            halves=half_changes(in_use, knowledge) if origin != "undo" else (),
            lost=lost_projects(in_use, knowledge),
            remarks=remarks,
            replaces_held=self.held is not None,
        )

    async def _overtaken(self) -> Conflict:
        return Conflict(None if self.held else next(iter(await self._versions.versions()), None))

    async def _on_shelf(self) -> str:
        """The digest of the saved file; empty when there is none to read."""
        return _digest_if_any(await self._saved())

    async def _saved(self) -> bytes | None:
        try:
            return await self._shelf.read()
        except FileError:
            return None

    # --- The change itself ---

    async def _use_saved(self, knowledge: KnowledgeBase, content: bytes, person: int | None) -> Published:
        snapshot = await self._prepare(knowledge, content)
        changes = differences(self.live.snapshot.knowledge, knowledge)
        version = Version(snapshot.version, person, "saved", self._now())
        try:
            await self._record(version, changes, content)
        except StorageError:
            if person is not None:
                raise  # a person's act is not done without its line in the audit
            log.warning("version_not_recorded")
        return await self._swap(LiveVersion(snapshot, content), Published(version, changes))

    async def _record(self, version: Version, changes: Sequence[Change], content: bytes) -> None:
        async with self._versions.recording(version, content, _audit_line(version, changes), draft=None):
            pass

    async def _swap(self, live: LiveVersion, published: Published) -> Published:
        """The new version answers from here on; what follows can fail without harm."""
        self.live = live
        self.held = None
        self._prepared.clear()
        log.info("published", knowledge=live.digest[:12], origin=published.version.origin)
        await self._keep(live.content)
        self._tell(published)
        return published

    def _tell(self, notice: Notice) -> None:
        """Announce something aside, behind what was announced before: Telegram may be away for long."""
        remarks = None
        if isinstance(notice, Published) and notice.version.origin == "saved":
            # Whoever saved a file on the server has read no preview. In a task of its own, for what waits until
            # Telegram is back must not hold on to a snapshot.
            remarks = asyncio.create_task(self._proofread(self.live))
        self._telling = asyncio.create_task(self._tell_behind(self._telling, notice, remarks))

    async def _tell_behind(
        self, earlier: asyncio.Task[None] | None, notice: Notice, remarks: asyncio.Task[Sequence[Diagnostic]] | None
    ) -> None:
        if isinstance(notice, Published) and remarks is not None:
            notice = replace(notice, remarks=tuple(await remarks))
        if earlier is not None:
            await asyncio.wait([earlier])
        await self._announce(notice)

    async def _proofread(self, live: LiveVersion) -> Sequence[Diagnostic]:
        try:
            return await self._workshop.proofread(live.content, live.snapshot)
        except Exception as error:  # noqa: BLE001 - whatever it is, staff must hear of the new version
            log.warning("not_proofread", error=type(error).__name__)
            return ()

    async def _keep(self, content: bytes) -> None:
        try:
            await self._shelf.keep(content)
        except FileError:
            log.warning("last_good_copy_not_kept")

    def _hold(self, held: RejectedFile) -> None:
        self.held = held
        log.warning("knowledge_held_back", why=type(held).__name__)
        self._tell(held)

    def _let_go(self) -> None:
        if self.held:
            self.held = None
            self._tell(Recovered())

    async def _prepared_of(self, draft: Draft) -> Snapshot:
        """The snapshot of a draft, which was begun when it was shown, unless the program was started since."""
        self._prepare_aside(draft.content)
        return await asyncio.shield(self._prepared[draft.digest])

    async def _prepare(self, knowledge: KnowledgeBase, content: bytes) -> Snapshot:
        """The snapshot, from the work that was begun aside if that came to an end."""
        digest = digest_of(content)
        if begun := self._prepared.get(digest):
            try:
                return await asyncio.shield(begun)
            except _NothingToPrepareError:
                pass
        return await self._workshop.prepare(knowledge, digest, self.live.snapshot)

    def _prepare_aside(self, content: bytes) -> None:
        digest = digest_of(content)
        if digest in self._prepared:
            return
        while len(self._prepared) >= _PREPARED_AT_ONCE:
            self._prepared.pop(next(iter(self._prepared)))
        task = asyncio.create_task(self._load_and_prepare(content))
        self._prepared[digest] = task

        def drop_if_failed(done: asyncio.Task[Snapshot]) -> None:
            if done.cancelled() or done.exception():
                self._prepared.pop(digest, None)

        task.add_done_callback(drop_if_failed)

    async def _load_and_prepare(self, content: bytes) -> Snapshot:
        loaded: LoadedKnowledge = await self._workshop.load(content)
        if loaded.knowledge is None:
            raise _NothingToPrepareError
        return await self._workshop.prepare(loaded.knowledge, loaded.digest, self.live.snapshot)


class _NothingToPrepareError(Exception):
    """The file has errors."""


def _audit_line(version: Version, changes: Sequence[Change]) -> AuditEntry:
    """What was published, in English and in full: the audit is read long after the file has changed again."""
    named = [f"{change.entry or 'city'} {change.field}".strip() for change in changes]
    return AuditEntry(
        version.at,
        version.person,
        "undo" if version.origin == "undo" else "publish",
        version.digest[:12],
        "\n".join(f"{name}: {change.before}" for name, change in zip(named, changes, strict=True)),
        "\n".join(f"{name}: {change.after}" for name, change in zip(named, changes, strict=True)),
    )
