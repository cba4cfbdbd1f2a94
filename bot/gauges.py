"""The gauges, set when metrics are read."""

from datetime import datetime

from bot import metrics
from bot.broadcasts.model import Progress
from bot.inbox.collecting import Collector
from bot.publishing.live import LiveVersion
from bot.publishing.staleness import stale_areas
from bot.storage.replica import Replica
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.update_queue import UpdateQueue


def set_gauges(
    live: LiveVersion,
    queue: UpdateQueue,
    *,
    rate_limiter: RateLimiter,
    progress: Progress | None,
    collector: Collector,
    replica: Replica | None,
    now: datetime,
) -> None:
    """Set every gauge. O(projects x areas + groups of questions)."""
    knowledge = live.snapshot.knowledge
    stale = stale_areas(knowledge, knowledge.city.day_at(now))
    metrics.UPDATES_IN_FLIGHT.set(queue.in_flight)
    metrics.SENDABLE.set(rate_limiter.available)
    metrics.BROADCAST_OPEN.set(progress.counts.rest if progress else 0)
    metrics.INBOX_GROUPS.set(collector.open_groups)
    metrics.INBOX_WAITING.set(collector.unstored)
    metrics.KNOWLEDGE_PROJECTS.set(len(knowledge.projects))
    metrics.KNOWLEDGE_STALE.set(sum(len(area.projects) for area in stale))
    metrics.REPLICAS.set(replica.view.replicas if replica else 1)
    metrics.REPLICAS_APART.set(replica.view.apart if replica else 0)
    metrics.IS_SENDER.set(1 if replica is None or replica.is_sender else 0)
    metrics.KNOWLEDGE_INFO.clear()
    metrics.KNOWLEDGE_INFO.labels(live.digest[:12]).set(1)
