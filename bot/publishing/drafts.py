"""Drafts: changes that are previewed and wait for their author to publish them."""

import base64
import hashlib
from collections.abc import Sequence

from bot.errors import FileError
from bot.knowledge import Diagnostic, LoadedKnowledge
from bot.knowledge.diff import Change, differences, incomplete_edits, lost_projects
from bot.knowledge.edits import AnyEdit
from bot.publishing.context import PublishingContext
from bot.publishing.contradictions import changed_contradictions, offered_edits
from bot.publishing.effects import Effects
from bot.publishing.files.folder import ASKING, MAIN, pack, unpack
from bot.publishing.live import LiveVersion, digest_of
from bot.publishing.ports import Draft, Origin, Version
from bot.publishing.rebase import edits_apart
from bot.publishing.results import Conflict, Drafted, DraftExpired, Preview, Unchanged, Unusable


class DraftService:
    """Creates drafts from files, edits and earlier versions; every method may raise StorageError."""

    def __init__(self, context: PublishingContext) -> None:
        self._context = context

    async def from_file(self, content: bytes, person: int, *, made_from: str | None, name: str = MAIN) -> Drafted:
        """A draft from a file that a person sent; the other files stay as in the live version.

        `made_from` is the beginning of the digest of its base version, if known; `name` is the name of the file.
        """
        live = self._context.live
        if conflict := await self.conflict_since(made_from):
            return conflict
        content = _completed(content, name, live.content)
        return await self._draft(content, await self._context.tasks.load(content), person, "sent", live)

    async def from_edits(
        self, edits: Sequence[AnyEdit], person: int, *, origin: Origin, upon: str | None = None
    ) -> Drafted:
        """A draft from edits of the live file, or `upon` an earlier draft; raises FileError if that is not safe."""
        context, live = self._context, self._context.live
        earlier = await context.store.draft(upon) if upon else None
        if upon and earlier is None:
            return DraftExpired()
        if context.rejected or (earlier and earlier.base != live.digest):
            return await context.conflict()
        content, loaded = await context.tasks.rewrite(earlier.content if earlier else live.content, edits)
        return await self._draft(content, loaded, person, origin, live)

    async def from_inbox(self, content: bytes, made_from: LiveVersion, person: int) -> Drafted:
        """A draft from the inbox, based on a live version; Conflict if another one is live by now."""
        if self._context.rejected:
            return await self._context.conflict()
        return await self._draft(content, await self._context.tasks.load(content), person, "inbox", made_from)

    async def with_offered_wording(self, identifier: str, person: int) -> Drafted:
        """The person's draft with the wording that its preview suggests for contradictions and outdated texts."""
        context = self._context
        draft = await context.store.draft(identifier)
        if draft is None or draft.person != person:
            return DraftExpired()
        knowledge = (await context.tasks.load(draft.content)).knowledge
        if knowledge is None:
            return DraftExpired()
        found = changed_contradictions(context.live.snapshot.knowledge, knowledge, context.now())
        return await self.from_edits(offered_edits(found), person, origin=draft.origin, upon=identifier)

    async def from_previous(self, person: int) -> Drafted:
        """An undo: the version before the live one or, if the saved file is rejected, the live version in its place."""
        context, live = self._context, self._context.live
        if context.rejected:
            content: bytes | None = live.content
        else:
            previous = await self._previous()
            content = await context.store.content_of(previous.digest) if previous else None
        if content is None:
            return Unchanged()
        return await self._draft(content, await context.tasks.load(content), person, "undo", live)

    async def _previous(self) -> Version | None:
        """The newest version before the live one."""
        versions = await self._context.store.versions()
        return next((version for version in versions if version.digest != self._context.live.digest), None)

    async def renewed(self, draft: Draft) -> Preview | None:
        """The draft with the same changes in the live version.

        None unless buttons made it and colleagues have not changed its projects. It keeps its id, so a press of
        "Publish" that Telegram repeats after a crash finds it.
        """
        context, live = self._context, self._context.live
        content = await context.store.content_of(draft.base) if draft.origin == "buttons" else None
        if content is None or context.rejected:
            return None
        base, changed = (
            (await context.tasks.load(content)).knowledge,
            (await context.tasks.load(draft.content)).knowledge,
        )
        edits = edits_apart(base, changed, live.snapshot.knowledge) if base and changed else []
        if base is None or changed is None or not edits:
            return None
        try:
            content, loaded = await context.tasks.rewrite(live.content, edits)
            after = loaded.knowledge
            if after is None or differences(live.snapshot.knowledge, after) != differences(base, changed):
                return None
            drafted = await self._draft(content, loaded, draft.person, draft.origin, live, identifier=draft.id)
        except FileError:
            return None
        return drafted if isinstance(drafted, Preview) else None

    async def discard(self, identifier: str) -> bool:
        """Delete a draft; return whether it was still waiting."""
        was_waiting = await self._context.store.draft(identifier) is not None
        await self._context.store.drop_draft(identifier)
        return was_waiting

    async def conflict_since(self, made_from: str | None) -> Conflict | None:
        """The conflict if another version was published since the one whose digest begins with `made_from`.

        A string of digits counts only if there was such a version, since people write dates into file names.
        """
        if made_from is None or self._context.live.digest.startswith(made_from):
            return None
        versions = await self._context.store.versions()
        if made_from.isdecimal() and not any(version.digest.startswith(made_from) for version in versions):
            return None
        return await self._context.conflict()

    async def last_changes(self) -> Sequence[Change]:
        """The changes of the live version; empty if the previous version is unknown."""
        previous = await self._previous()
        return await self._context.changes_since(previous.digest) if previous else ()

    async def _draft(
        self,
        content: bytes,
        loaded: LoadedKnowledge,
        person: int,
        origin: Origin,
        live: LiveVersion,
        *,
        identifier: str | None = None,
    ) -> Drafted:
        """Store and preview a file based on `live`; Conflict if that is no longer live. Raises FileError."""
        context, digest = self._context, digest_of(content)
        if loaded.knowledge is None:
            return Unusable(digest, loaded.diagnostics)
        context.repository.check(content)
        if digest == live.digest and not context.rejected:
            return Unchanged()
        base = await context.saved_digest()
        if context.live.digest != live.digest or (base != live.digest and not context.rejected):
            return await context.conflict()  # published meanwhile, or saved and not yet noticed by the watcher
        identifier = identifier or _id_of(person, origin, base, digest)
        draft = Draft(identifier, person, origin, base, digest, content, context.now())
        await context.store.keep_draft(draft)
        context.preparation.begin(content, live.snapshot, loaded)
        in_use = live.snapshot.knowledge
        return Preview(
            draft=draft,
            knowledge=loaded.knowledge,
            changes=differences(in_use, loaded.knowledge),
            incomplete_edits=incomplete_edits(in_use, loaded.knowledge) if origin != "undo" else (),
            lost=lost_projects(in_use, loaded.knowledge),
            warnings=await self._warnings(content, loaded, origin, live),
            replaces_rejected=context.rejected is not None,
            effects=await self._effects(content, loaded, origin, live),
        )

    async def _effects(self, content: bytes, loaded: LoadedKnowledge, origin: Origin, live: LiveVersion) -> Effects:
        """What the draft changes for citizens; empty for an undo, whose version was checked before."""
        if origin == "undo":
            return Effects()
        snapshot = await self._context.preparation.snapshot(content, live.snapshot, loaded)
        effects = await self._context.tasks.effects(live.snapshot, snapshot)
        self._context.preparation.store(snapshot, live.snapshot, is_live=False)
        return effects

    async def _warnings(
        self, content: bytes, loaded: LoadedKnowledge, origin: Origin, live: LiveVersion
    ) -> Sequence[Diagnostic]:
        """The warnings to show: all of them if a whole file was sent."""
        if origin != "sent":
            return loaded.diagnostics
        snapshot = await self._context.preparation.snapshot(content, live.snapshot, loaded)
        return await self._context.tasks.lint(content, snapshot)


def _completed(sent: bytes, name: str, live: bytes) -> bytes:
    """The live content with the sent file in it; a packed content replaces everything."""
    files, new = unpack(live), unpack(sent)
    if len(new) > 1 or len(files) == 1:
        return sent
    asking = f"{ASKING}/{name}"
    return pack({**files, asking if asking in files else MAIN: sent})


def _id_of(person: int, origin: Origin, base: str, digest: str) -> str:
    """The id of a draft. Equal changes have equal ids, so an update that Telegram repeats creates no second draft."""
    change = hashlib.blake2b(f"{person} {origin} {base} {digest}".encode(), digest_size=9)
    return base64.urlsafe_b64encode(change.digest()).decode()
