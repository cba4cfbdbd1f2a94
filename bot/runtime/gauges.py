"""The gauges, set when metrics are read."""

from bot import metrics
from bot.publishing.staleness import stale_areas
from bot.runtime.components import Components, now


def set_gauges(components: Components) -> None:
    """Set every gauge. O(projects x areas + groups of questions)."""
    live, progress, replica = components.publisher.live, components.scheduler.progress, components.store.replica
    knowledge = live.snapshot.knowledge
    stale = stale_areas(knowledge, knowledge.city.day_at(now()))
    metrics.UPDATES_IN_FLIGHT.set(components.update_queue.in_flight)
    metrics.SENDABLE.set(components.rate_limiter.available)
    metrics.BROADCAST_OPEN.set(progress.counts.rest if progress else 0)
    metrics.INBOX_GROUPS.set(components.inbox.collector.open_groups)
    metrics.INBOX_WAITING.set(components.inbox.collector.unstored)
    metrics.KNOWLEDGE_PROJECTS.set(len(knowledge.projects))
    metrics.KNOWLEDGE_STALE.set(sum(len(area.projects) for area in stale))
    metrics.REPLICAS.set(replica.view.replicas if replica else 1)
    metrics.REPLICAS_APART.set(replica.view.apart if replica else 0)
    metrics.IS_SENDER.set(1 if replica is None or replica.is_sender else 0)
    metrics.KNOWLEDGE_INFO.clear()
    metrics.KNOWLEDGE_INFO.labels(live.digest[:12]).set(1)
