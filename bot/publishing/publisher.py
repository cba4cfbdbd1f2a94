"""The only place where the live knowledge changes.

A change comes from a file that was saved on the server (`on_saved`, called by the watcher), from a saved file that lost
many projects and that a person accepts (`accept_removals`), or from a draft that its author publishes (`publish`).

States. `context.live` is the version that answers: one snapshot and the bytes that it was made from. `context.rejected`
is the saved file if it is not used: `Unusable` (errors), `TooManyRemoved` (waits for a person) or `Unreadable`.

    saved file is good                  -> live, rejected = None    announces Published
    saved file is the live one again    -> rejected = None          announces Recovered
    saved file has errors, or lost many -> rejected, live stays     announces it once
    saved file is missing or unreadable -> rejected, live stays     announces it once
    draft is published                  -> file written, live, rejected = None

Invariants:
1. A file with errors never becomes live, whatever its origin.
2. `live` is one reference and is replaced in one step, so every question is answered from one version.
3. There is one change at a time: every method that may change `live` holds `_lock`.
4. A draft is published only over the file that it is based on. The digest of the saved file is compared before the
   preparation and again inside the transaction, because the preparation may take seconds. Otherwise the author gets a
   Conflict. If buttons made the draft and a colleague has changed other projects only, a new draft with the same
   changes is made from the live version and takes its place; its author sees it first if it loses questions.
5. A person's action happens only if the audit records it. A file that was saved on the server becomes live even while
   the database is down, because the file is already there.
6. If replicas share the database, the newest recorded version is the accepted one. A version is recorded only over the
   one that this process answers from (otherwise StaleVersionError), and does not become live without its record.
   `follow` makes a version live that another replica has recorded, and exports it to the files. A file that was edited
   meanwhile is not overwritten; the watcher reports it as a new version.

On a crash. `publish` writes the file inside the transaction that records the version. Before the write nothing has
happened, and the draft still waits. After the write and before the commit, the next start answers from the new file and
the draft still waits; publishing it again only records it, because the saved digest then equals the draft's. If the
commit itself fails, the old file is restored, so that the watcher does not treat an unrecorded file as a saved one. The
last good copy is written after the swap; if it is lost, the next start writes it.

Tests: tests/publishing/test_publisher.py; with kills, tests/storage/test_kills.py and tests/process/test_staff.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, StorageError
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage
from bot.knowledge import LoadedKnowledge
from bot.knowledge.diff import Change, differences
from bot.publishing.announcer import Announcer
from bot.publishing.audit import audit_entry
from bot.publishing.background_preparation import SnapshotPreparation
from bot.publishing.context import PublishingContext
from bot.publishing.drafts import DraftService
from bot.publishing.live import LiveVersion, digest_of, newest_version, rejection_of, saved_content
from bot.publishing.ports import (
    Draft,
    KnowledgeRepository,
    KnowledgeTasks,
    PublishingStore,
    StaleVersionError,
    Version,
)
from bot.publishing.results import (
    Conflict,
    DraftExpired,
    Notice,
    Outcome,
    Published,
    Recovered,
    RejectedFile,
    TooManyRemoved,
    Unreadable,
)

log = structlog.get_logger()


class _ConflictError(Exception):
    """The saved file changed while a draft was prepared."""


class Publisher:
    """Holds the live version and replaces it; `announce` gets every notice and must not fail."""

    def __init__(
        self,
        live: LiveVersion,
        *,
        repository: KnowledgeRepository,
        tasks: KnowledgeTasks,
        store: PublishingStore,
        announce: Callable[[Notice], Awaitable[None]],
        now: Callable[[], datetime],
        is_shared: bool = False,
    ) -> None:
        self.context = PublishingContext(
            live=live,
            repository=repository,
            tasks=tasks,
            store=store,
            preparation=SnapshotPreparation(tasks, self._use_stored),
            now=now,
            is_shared=is_shared,
        )
        self.drafts = DraftService(self.context)
        self._announcer = Announcer(announce, tasks)
        self._lock = asyncio.Lock()

    @property
    def live(self) -> LiveVersion:
        """The version that answers questions."""
        return self.context.live

    @property
    def rejected(self) -> RejectedFile | None:
        """The saved file if it is not used, otherwise None."""
        return self.context.rejected

    # --- The saved file ---

    async def start(self, rejected: RejectedFile | None) -> None:
        """Announce a file that the start rejected; store, record and announce the live version if it is new."""
        async with self._lock:
            if rejected:
                self._reject(rejected)
            await self._keep(self.live.content)
            try:
                await self._record_at_start()
            except (StorageError, StaleVersionError):
                log.warning("version_not_recorded")

    async def _record_at_start(self) -> None:
        newest = await newest_version(self.context.store)
        if newest and newest.digest == self.live.digest:
            return
        changes = await self.context.changes_since(newest.digest) if newest else ()
        version = Version(self.live.digest, None, "saved", self.context.now())
        await self._record(version, changes, self.live.content, newest.digest if newest else "")
        if newest and not self.rejected:
            self._tell(Published(version, changes))

    def on_changing(self, content: bytes) -> None:
        """Start to prepare a file that may be incomplete, which saves time if it is complete."""
        if digest_of(content) != self.live.digest and self.context.preparation.is_idle:
            self.context.preparation.begin(content, self.live.snapshot)

    async def on_saved(self, content: bytes) -> None:
        """Make a saved file live, or reject it and announce that once."""
        digest = digest_of(content)
        async with self._lock:
            if await self.context.saved_digest() not in (digest, ""):
                return  # another version was published while this waited for the lock
            if digest == self.live.digest:
                self._recover()
                return
            if self.rejected and self.rejected.digest == digest:
                return
            loaded = await self.context.preparation.load(content)
            if rejected := rejection_of(loaded, self.live.snapshot.knowledge):
                self._reject(rejected)
            else:
                await self._use_saved(content, loaded, None)

    async def on_missing(self, why: LazyMessage) -> None:
        """Announce once that the file cannot be read; the live version stays."""
        async with self._lock:
            if not isinstance(self.rejected, Unreadable):
                self._reject(Unreadable(why))

    async def accept_removals(self, digest: str, person: int) -> Outcome:
        """Make a saved file live although it lost many projects; raises StorageError, FileError."""
        async with self._lock:
            if not isinstance(self.rejected, TooManyRemoved) or self.rejected.digest != digest:
                return DraftExpired()
            content = await self.context.repository.read()
            loaded = await self.context.tasks.load(content)
            if digest_of(content) != digest or loaded.knowledge is None:
                return Conflict(None)
            try:
                return await self._use_saved(content, loaded, person)
            except StaleVersionError:
                return await self.context.conflict()

    async def _use_saved(self, content: bytes, loaded: LoadedKnowledge, person: int | None) -> Published:
        snapshot = await self.context.preparation.snapshot(content, self.live.snapshot, loaded)
        changes = differences(self.live.snapshot.knowledge, snapshot.knowledge)
        version = Version(snapshot.version, person, "saved", self.context.now())
        try:
            await self._record(version, changes, content, self.live.digest)
        except StorageError:
            if person is not None or self.context.is_shared:
                raise  # invariants 5 and 6; the watcher tries a saved file again
            log.warning("version_not_recorded")
        return await self._swap(LiveVersion(snapshot, content), Published(version, changes))

    # --- A version of another replica ---

    async def follow(self) -> None:
        """Make the newest version live, if another replica has published it.

        Raises StorageError, FileError, and NothingToPrepareError if this program cannot read that version.
        """
        async with self._lock:  # this process may be publishing a newer one
            newest = await newest_version(self.context.store)
            if newest is None or newest.digest == self.live.digest:
                return
            content = await self.context.store.content_of(newest.digest)
            if content is None:
                return
            snapshot = await self.context.preparation.snapshot(content, self.live.snapshot)
            is_unedited = await self.context.saved_digest() in (self.live.digest, "")
            self._answer_from(LiveVersion(snapshot, content), "replica")
            await self._keep(content)
            if is_unedited:
                self.context.rejected = None
                await self.context.repository.replace(content)

    # --- A draft ---

    async def publish(self, identifier: str, person: int) -> Outcome:
        """Make a draft live for its author (0 is the operator); raises StorageError, FileError.

        A Preview is the same change in the version of a colleague, which its author has to look at again.
        """
        async with self._lock:
            draft = await self.context.store.draft(identifier)
            if draft is None or draft.person != person:
                return DraftExpired()
            if await self.context.saved_digest() not in (draft.base, draft.digest):
                renewed = await self.drafts.renewed(draft)
                if renewed is None:
                    return await self.context.conflict()
                if renewed.effects.lost_questions:
                    return renewed
                draft = renewed.draft
            snapshot = await self.context.preparation.snapshot(draft.content, self.live.snapshot)
            changes = await self._changes_of(draft, snapshot)
            version = Version(draft.digest, person or None, draft.origin, self.context.now())
            try:
                await self._write(draft, version, changes)
            except (_ConflictError, StaleVersionError):
                return await self.context.conflict()
            return await self._swap(LiveVersion(snapshot, draft.content), Published(version, changes))

    async def _changes_of(self, draft: Draft, snapshot: Snapshot) -> Sequence[Change]:
        if draft.digest == self.live.digest:  # the program was killed after the write and started from this file
            return await self.context.changes_since(draft.base)
        return differences(self.live.snapshot.knowledge, snapshot.knowledge)

    async def _write(self, draft: Draft, version: Version, changes: Sequence[Change]) -> None:
        """Write and record the draft; raises _ConflictError if the saved file has changed."""
        before: bytes | None = None
        entry = audit_entry(version, changes, self._default_language)
        try:
            async with self.context.store.recording(
                version, draft.content, entry, draft=draft.id, base=draft.base if self.context.is_shared else None
            ):
                before = await saved_content(self.context.repository)
                if (digest_of(before) if before is not None else "") not in (draft.base, draft.digest):
                    raise _ConflictError
                await self.context.repository.replace(draft.content)
        except StorageError:
            if before is not None and await saved_content(self.context.repository) == draft.content:
                await self.context.repository.replace(before)
            raise

    # --- Steps of every change ---

    @property
    def _default_language(self) -> Language:
        return self.live.snapshot.knowledge.city.default_language

    async def _record(self, version: Version, changes: Sequence[Change], content: bytes, base: str) -> None:
        entry = audit_entry(version, changes, self._default_language)
        checked = base if self.context.is_shared else None
        async with self.context.store.recording(version, content, entry, draft=None, base=checked):
            pass

    async def _swap(self, live: LiveVersion, published: Published) -> Published:
        """Answer from the new version; what follows may fail without harm."""
        self._answer_from(live, published.version.origin)
        self.context.rejected = None
        await self._keep(live.content)
        self._tell(published)
        return published

    def _answer_from(self, live: LiveVersion, origin: str) -> None:
        previous, self.context.live = self.context.live, live
        self.context.preparation.clear(previous.snapshot)
        self.context.preparation.store(live.snapshot, previous.snapshot, is_live=True)
        log.info("published", knowledge=live.digest[:12], origin=origin)

    def _use_stored(self, snapshot: Snapshot, stored: Snapshot) -> None:
        """Replace a live snapshot with its stored form, whose arrays are mapped instead of in private memory."""
        live = self.context.live
        if live.snapshot.engine is snapshot.engine:
            self.context.live = replace(live, snapshot=replace(live.snapshot, engine=stored.engine))

    async def _keep(self, content: bytes) -> None:
        try:
            await self.context.repository.keep(content)
        except FileError:
            log.warning("last_good_copy_not_kept")

    def _reject(self, rejected: RejectedFile) -> None:
        self.context.rejected = rejected
        log.warning("knowledge_rejected", reason=type(rejected).__name__)
        self._tell(rejected)

    def _recover(self) -> None:
        if self.rejected:
            self.context.rejected = None
            self._tell(Recovered())

    def _tell(self, notice: Notice) -> None:
        self._announcer.tell(notice, self.live)
