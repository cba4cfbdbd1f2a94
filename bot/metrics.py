"""The bot's metrics, in the form that Prometheus reads.

No label contains a text, a chat or a person. Each label has a small, fixed set of values, so the number of time series
does not grow with the citizens. Names follow https://prometheus.io/docs/practices/naming.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

UPDATES = Counter(
    "minsheng_updates",
    "Updates from Telegram by result: handled; known (handled before); set_aside (does not fit the Bot API);"
    " dropped (its chat has a full backlog); elsewhere (another replica handles it)",
    ["result"],
    registry=REGISTRY,
)
UPDATES_PARKED = Counter(
    "minsheng_updates_parked", "Updates written to the database before they were handled", registry=REGISTRY
)
UPDATES_IN_FLIGHT = Gauge("minsheng_updates_in_flight", "Updates accepted and not yet handled", registry=REGISTRY)
UPDATE_SECONDS = Histogram(
    "minsheng_update_seconds",
    "Seconds from the acceptance of an update until it was handled, with all messages sent",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
    registry=REGISTRY,
)
ANSWERS = Counter(
    "minsheng_answers",
    "Questions answered, by outcome (the kinds of Answer in snake case, and emergency) and language",
    ["outcome", "language"],
    registry=REGISTRY,
)
TELEGRAM_CALLS = Counter(
    "minsheng_telegram_calls",
    "Calls of the Bot API by result: ok; refused (400, 403); flood (429); token (401, 404); migrated; network (no"
    " connection, 409); silence (no answer in time); broken (connection); server (5xx); garbage (unreadable)",
    ["result"],
    registry=REGISTRY,
)
SENDABLE = Gauge(
    "minsheng_rate_limit_available_messages",
    "Messages that could be sent at once within the rate limit; negative while answers use it in advance",
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "minsheng_broadcast_deliveries", "Attempts to deliver a broadcast by outcome", ["outcome"], registry=REGISTRY
)
BROADCAST_OPEN = Gauge(
    "minsheng_broadcast_open_deliveries", "Recipients of the running broadcast that have no result", registry=REGISTRY
)
INBOX_MESSAGES = Counter(
    "minsheng_inbox_messages",
    "Attempts to deliver a ticket to staff or an answer to a citizen, by kind and result",
    ["kind", "result"],
    registry=REGISTRY,
)
INBOX_GROUPS = Gauge(
    "minsheng_inbox_open_groups", "Groups of unanswered questions that wait for staff", registry=REGISTRY
)
INBOX_WAITING = Gauge("minsheng_inbox_unstored_questions", "Questions that wait for the database", registry=REGISTRY)
KNOWLEDGE_PROJECTS = Gauge(
    "minsheng_knowledge_projects", "Projects in the live version of the knowledge", registry=REGISTRY
)
KNOWLEDGE_STALE = Gauge(
    "minsheng_knowledge_stale_projects", "Projects whose `as_of` is older than the city allows", registry=REGISTRY
)
KNOWLEDGE_INFO = Gauge(
    "minsheng_knowledge_info",
    "Always 1; the label is the start of the live version's digest",
    ["version"],
    registry=REGISTRY,
)
REPLICAS = Gauge("minsheng_replicas", "Replicas that serve this bot, as this one sees them", registry=REGISTRY)
REPLICAS_APART = Gauge(
    "minsheng_replicas_apart",
    "Replicas that answer from another version of the knowledge than this one",
    registry=REGISTRY,
)
IS_SENDER = Gauge(
    "minsheng_is_sender",
    "1 for the replica that sends broadcasts and the inbox's messages, 0 for the others",
    registry=REGISTRY,
)
PROBLEMS = Gauge(
    "minsheng_problem", "1 while a problem of this kind lasts, as /readyz lists them", ["kind"], registry=REGISTRY
)
