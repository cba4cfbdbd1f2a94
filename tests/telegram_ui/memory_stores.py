"""The ports of publishing and of broadcasts on dictionaries, for tests that are not about the database."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcasts.delivery import Outcome, Sent
from bot.broadcasts.model import Audience, Broadcast, BroadcastState, Counts, Edition
from bot.errors import FileError, StorageError
from bot.i18n.languages import Language
from bot.i18n.message import lazy_gettext
from bot.people.ports import AuditEntry, Grant
from bot.publishing.ports import Draft, StaleVersionError, Version


@dataclass
class MemoryRecords:
    """Rights, drafts, versions, audit and scheduled jobs; `broken` makes every call fail."""

    given: dict[int, Grant] = field(default_factory=dict)
    waiting: dict[str, Draft] = field(default_factory=dict)
    published: list[tuple[Version, bytes]] = field(default_factory=list)
    lines: list[AuditEntry] = field(default_factory=list)
    jobs: dict[str, datetime] = field(default_factory=dict)
    broken: bool = False
    fails_at_the_end: bool = False

    async def grants(self) -> Mapping[int, Grant]:
        """The latest grant of each person."""
        self._check()
        return self.given

    async def grant(self, grant: Grant, entry: AuditEntry) -> None:
        self._check()
        self.given[grant.person] = grant
        self.lines.append(entry)

    async def keep_draft(self, draft: Draft) -> None:
        """Replace the earlier drafts of the same person."""
        self._check()
        self.waiting = {key: stored for key, stored in self.waiting.items() if stored.person != draft.person}
        self.waiting[draft.id] = draft

    async def draft(self, identifier: str) -> Draft | None:
        self._check()
        return self.waiting.get(identifier)

    async def drop_draft(self, identifier: str) -> None:
        self._check()
        self.waiting.pop(identifier, None)

    @asynccontextmanager
    async def recording(
        self, version: Version, content: bytes, entry: AuditEntry, *, draft: str | None, base: str | None = None
    ) -> AsyncIterator[None]:
        """Store all of it after the body. Raises StaleVersionError if another process has published."""
        if base is not None and self.published and self.published[0][0].digest not in (base, version.digest):
            raise StaleVersionError
        self._check()
        yield
        if self.fails_at_the_end:
            raise StorageError
        self.published.insert(0, (version, content))
        self.lines.append(entry)
        self.waiting.pop(draft or "", None)

    async def versions(self) -> Sequence[Version]:
        """The published versions, newest first."""
        self._check()
        return [version for version, _ in self.published]

    async def content_of(self, digest: str) -> bytes | None:
        self._check()
        return next((content for version, content in self.published if version.digest == digest), None)

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        self._check()
        return self.lines[::-1][:limit]

    async def last_done(self, job: str) -> datetime | None:
        self._check()
        return self.jobs.get(job)

    async def done(self, job: str, at: datetime) -> None:
        self._check()
        self.jobs[job] = at

    def _check(self) -> None:
        if self.broken:
            raise StorageError


@dataclass
class MemoryRepository:
    """The knowledge file and its copy in memory; None is a file that is not there."""

    content: bytes | None
    copy: bytes | None = None
    read_only: bool = False

    async def read(self) -> bytes:
        if self.content is None:
            raise FileError(lazy_gettext("The knowledge file is not there; put it back in its place."))
        return self.content

    def check(self, content: bytes) -> None:
        """Accept any size."""

    async def replace(self, content: bytes) -> None:
        if self.read_only:
            raise FileError(lazy_gettext("The knowledge file is not there; put it back in its place."))
        self.content = content

    async def keep(self, content: bytes) -> None:
        self.copy = content

    async def last_good(self) -> bytes | None:
        return self.copy


@dataclass
class MemoryBroadcasts:
    """The port `BroadcastStore`; `people` are the subscribers with their languages, audit lines go to `records`."""

    records: MemoryRecords
    people: dict[int, Language | None] = field(default_factory=dict)
    stored: dict[int, Broadcast] = field(default_factory=dict)
    figures: dict[int, Counts] = field(default_factory=dict)
    doubtful: dict[int, list[int]] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        """Create an empty draft in place of the author's earlier one."""
        self._check()
        self.stored = {key: one for key, one in self.stored.items() if one.state != "draft" or one.author != author}
        identifier = next(self._ids)
        number = f"{now.astimezone(zone).year}-{identifier:03}"
        return self._keep(Broadcast(id=identifier, number=number, author=author, state="draft", created_at=now))

    async def broadcast(self, identifier: int) -> Broadcast | None:
        self._check()
        return self.stored.get(identifier)

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        """The broadcasts in these states, newest first."""
        self._check()
        found = [one for one in self.stored.values() if not states or one.state in states]
        return sorted(found, key=lambda one: -one.id)[:limit]

    async def rewrite_broadcast(self, draft: Broadcast) -> Broadcast | None:
        """Change a draft; None if it has another revision."""
        known = await self._draft(draft.id, draft.revision)
        return known and self._keep(replace(draft, revision=draft.revision + 1))

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        """Note that the author has seen this revision; False if the draft has another one."""
        draft = await self._draft(identifier, revision)
        return draft is not None and bool(self._keep(replace(draft, previewed=revision, head_count=head_count)))

    async def drop_broadcast(self, identifier: int) -> bool:
        self._check()
        is_draft = identifier in self.stored and self.stored[identifier].state == "draft"
        return is_draft and self.stored.pop(identifier) is not None

    async def move_broadcast(
        self,
        identifier: int,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        entry: AuditEntry | None,
        *,
        revision: int | None = None,
        **values: Any,
    ) -> Broadcast | None:
        """Change the state and store the audit entry; None if the broadcast is in another state or revision."""
        self._check()
        before = self.stored.get(identifier)
        if before is None or before.state not in origins or revision not in (None, before.revision):
            return None
        if entry:
            self.records.lines.append(entry)
        return self._keep(replace(before, state=state, **values))

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        self._check()
        self._keep(replace(self.stored[identifier], card=card))

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        self._check()
        match audience:
            case "everybody":
                return len(self.people)
            case "test":
                return len(self.people.keys() & set(testers))
            case language:
                return (await self.count_subscribers(default)).get(language, 0)

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        self._check()
        languages = [language or default for language in self.people.values()]
        return {language: languages.count(language) for language in languages}

    async def counts(self, identifier: int) -> Counts:
        """What the test has set."""
        self._check()
        return self.figures.get(identifier, Counts())

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        """What the test has set."""
        self._check()
        return self.doubtful.get(identifier, [])

    async def _draft(self, identifier: int, revision: int) -> Broadcast | None:
        draft = await self.broadcast(identifier)
        return draft if draft and draft.state == "draft" and draft.revision == revision else None

    def _keep(self, broadcast: Broadcast) -> Broadcast:
        self.stored[broadcast.id] = broadcast
        return broadcast

    def _check(self) -> None:
        if self.records.broken:
            raise StorageError


@dataclass
class RecordingTransport:
    """The port `TelegramTransport`: records chat, text and edition, and returns the `outcomes` in order."""

    posted: list[tuple[int, str, Edition]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Return the next of the `outcomes`; without one, record the message as sent."""
        if self.outcomes:
            return self.outcomes.pop(0)
        self.posted.append((chat, text, edition))
        return Sent(len(self.posted))

    async def is_reachable(self) -> bool:
        return True
