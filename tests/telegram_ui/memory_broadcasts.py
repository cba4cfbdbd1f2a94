"""The port of broadcasts on a dictionary, for tests that are not about the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcasts.model import Audience, Broadcast, BroadcastClass, BroadcastState, Counts, Edition
from bot.errors import StorageError
from bot.i18n.languages import Language
from bot.people.ports import AuditEntry


@dataclass
class MemoryBroadcasts:
    """Broadcasts, and how many deliveries of each came to what; `broken` makes every call fail."""

    subscribers: Mapping[int, Language] = field(default_factory=dict)
    kept: dict[int, Broadcast] = field(default_factory=dict)
    tallies: dict[int, Counts] = field(default_factory=dict)
    lines: list[AuditEntry] = field(default_factory=list)
    broken: bool = False
    last_id: int = 0

    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        """An empty draft in place of the author's earlier one."""
        self._check()
        earlier = [each.id for each in self.kept.values() if each.state == "draft" and each.author == author]
        for identifier in earlier:
            del self.kept[identifier]
        self.last_id = identifier = self.last_id + 1
        number = f"{now.astimezone(zone).year}-{identifier:03}"
        self.kept[identifier] = Broadcast(id=identifier, number=number, author=author, state="draft", created_at=now)
        return self.kept[identifier]

    async def broadcast(self, identifier: int) -> Broadcast | None:
        """The broadcast, if there is one."""
        self._check()
        return self.kept.get(identifier)

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        """Those in these states, newest first."""
        self._check()
        found = [each for each in reversed(self.kept.values()) if not states or each.state in states]
        return found[:limit]

    async def rewrite_broadcast(
        self, identifier: int, revision: int, *, editions: Mapping[Language, Edition], kind: BroadcastClass,
        audience: Audience, planned_at: datetime | None,
    ) -> Broadcast | None:  # fmt: skip
        """Change a draft."""
        return self._change(
            identifier, ["draft"], revision,
            editions=editions, kind=kind, audience=audience, planned_at=planned_at, revision=revision + 1,
        )  # fmt: skip

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        """Its author has seen it."""
        return self._change(identifier, ["draft"], revision, previewed=revision, head_count=head_count) is not None

    async def drop_broadcast(self, identifier: int) -> bool:
        """Erase it."""
        self._check()
        return self.kept.pop(identifier, None) is not None

    async def move_broadcast(
        self, identifier: int, origins: Collection[BroadcastState], state: BroadcastState, line: AuditEntry | None,
        *, revision: int | None = None, **values: Any,
    ) -> Broadcast | None:  # fmt: skip
        """From one state into another, with its line."""
        moved = self._change(identifier, origins, revision, state=state, **values)
        if moved and line:
            self.lines.append(line)
        return moved

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        """Where its progress is shown."""
        self.kept[identifier] = replace(self.kept[identifier], card=card)

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        """How many it would reach."""
        self._check()
        if audience == "test":
            return len(self.subscribers.keys() & set(testers))
        return len([code for code in self.subscribers.values() if audience in ("everybody", code)])

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        """How many by language."""
        self._check()
        languages = list(self.subscribers.values())
        return {language: languages.count(language) for language in languages}

    async def counts(self, identifier: int) -> Counts:
        """What became of its deliveries."""
        self._check()
        return self.tallies.get(identifier, Counts())

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        """None."""
        return []

    def _change(
        self, identifier: int, origins: Collection[BroadcastState], expected: int | None, /, **values: Any
    ) -> Broadcast | None:
        self._check()
        found = self.kept.get(identifier)
        if found is None or found.state not in origins or expected not in (None, found.revision):
            return None
        self.kept[identifier] = replace(found, **values)
        return self.kept[identifier]

    def _check(self) -> None:
        if self.broken:
            raise StorageError
