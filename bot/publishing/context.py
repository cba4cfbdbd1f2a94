"""State that the publisher and the drafts share: the live version, the rejected file, and the ports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.knowledge.diff import Change, differences
from bot.publishing.background_preparation import SnapshotPreparation
from bot.publishing.live import LiveVersion, digest_of, newest_version, saved_content
from bot.publishing.ports import KnowledgeRepository, KnowledgeTasks, PublishingStore
from bot.publishing.results import Conflict, RejectedFile


@dataclass(slots=True, kw_only=True)
class PublishingContext:
    """The state of publishing; only the publisher changes `live` and `rejected`."""

    live: LiveVersion
    repository: KnowledgeRepository
    tasks: KnowledgeTasks
    store: PublishingStore
    preparation: SnapshotPreparation
    now: Callable[[], datetime]
    is_shared: bool = False  #: whether other processes publish too; the newest recorded version is the accepted one
    rejected: RejectedFile | None = None  #: the saved file that is not used

    async def saved_digest(self) -> str:
        """The digest of the saved file; empty if it cannot be read."""
        content = await saved_content(self.repository)
        return "" if content is None else digest_of(content)

    async def conflict(self) -> Conflict:
        """The conflict: another version was published or saved. Raises StorageError."""
        if self.rejected:
            return Conflict(None)
        newest = await newest_version(self.store)
        is_unread = await self.saved_digest() != self.live.digest and (not newest or newest.digest == self.live.digest)
        return Conflict(None, is_unread=True) if is_unread else Conflict(newest)

    async def changes_since(self, digest: str) -> Sequence[Change]:
        """The changes since an earlier version; empty if that is not stored. Raises StorageError."""
        content = await self.store.content_of(digest)
        before = (await self.tasks.load(content)).knowledge if content else None
        return differences(before, self.live.snapshot.knowledge) if before else ()
