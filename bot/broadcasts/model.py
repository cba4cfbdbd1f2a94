"""A broadcast, its editions, classes, states and counts, and the rules of each class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES, Language

#: `alert` ignores the quiet hours and is sent again if the outcome is unknown; `notice` keeps the quiet hours, and its
#: second copy is silent; `once` keeps the quiet hours and is never sent again, so no recipient gets it twice.
BroadcastClass: TypeAlias = Literal["alert", "notice", "once"]
#: `everybody`, a language code for its readers, or `test` for the people with a role in the bot.
Audience: TypeAlias = str

#: Only one broadcast at a time is `gathering` (its recipients are recorded) or `sending`.
BroadcastState: TypeAlias = Literal[
    "draft", "unapproved", "queued", "gathering", "sending", "paused", "finished", "cancelled"
]
#: Why a broadcast is paused: by an admin; Telegram refuses its content; crash loop; the program was away while sending;
#: the database is an older copy; the planned time passed while the program was away.
PauseReason: TypeAlias = Literal["admin", "content", "crashes", "absence", "restore", "late"]

CLASSES: tuple[BroadcastClass, ...] = ("alert", "notice", "once")
AUDIENCES: tuple[Audience, ...] = ("everybody", *LANGUAGES, "test")
#: States without a successor.
FINAL: frozenset[BroadcastState] = frozenset({"finished", "cancelled"})
#: The states of the active broadcast.
ACTIVE: frozenset[BroadcastState] = frozenset({"gathering", "sending"})
#: The states in which an admin can pause it.
PAUSABLE: frozenset[BroadcastState] = ACTIVE | {"queued"}

#: Time for which a confirmed broadcast can be recalled before it starts.
RECALL = timedelta(seconds=60)
#: A broadcast whose planned time passed while the program was away still starts within this delay.
GRACE = timedelta(hours=1)
#: After this time without activity while sending, an admin is asked before the broadcast continues.
MAX_ABSENCE = timedelta(minutes=15)
#: Crash-loop limit: this many crashes within this time.
MAX_CRASHES, CRASH_SPAN = 3, timedelta(minutes=5)
#: The fraction of the messages per second that the bot uses during a broadcast, answers included. The remainder
#: compensates for the difference between two clocks.
SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo or a document that is uploaded to Telegram."""

    kind: Literal["photo", "document"]
    file_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A broadcast in one language."""

    html: str  #: text with Telegram's HTML tags; may be empty if there is an attachment
    attachment: Attachment | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast without its deliveries."""

    id: int
    number: str  #: year and running number, such as 2026-014; the last line of each text
    author: int | None  #: None: the operator, on the server
    state: BroadcastState
    created_at: datetime
    kind: BroadcastClass = "notice"
    audience: Audience = "everybody"
    editions: Mapping[Language, Edition] = field(default_factory=dict)
    planned_at: datetime | None = None  #: None: as soon as it is confirmed
    revision: int = 1  #: incremented by each change, so that only what was previewed can be confirmed
    previewed: int | None = None  #: the revision that its author has previewed
    head_count: int | None = None  #: recipients at the time of the preview; must be typed to confirm
    approved_by: int | None = None  #: the second admin, if one was needed
    starts_at: datetime | None = None  #: not before this; until then it can be recalled
    started_at: datetime | None = None
    ended_at: datetime | None = None
    active_at: datetime | None = None  #: the last heartbeat of the worker
    paused_for: PauseReason | None = None
    gathered: bool = False  #: whether all recipients are recorded
    total: int = 0  #: recipients recorded so far
    epoch: int = 0  #: incremented by each take-over; claims of an older epoch are refused
    is_open: bool = False  #: whether a worker holds it, or crashed while holding it
    crashes: tuple[datetime, ...] = ()  #: the last crashes
    card: tuple[int, int] | None = None  #: chat and message of the progress card


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries by state and reason."""

    numbers: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: (state, reason) -> deliveries

    def of(self, *states: str) -> int:
        return sum(number for (state, _), number in self.numbers.items() if state in states)

    @property
    def total(self) -> int:
        return sum(self.numbers.values())

    @property
    def rest(self) -> int:
        """Deliveries that are pending or in flight."""
        return self.of("pending", "sending")

    def moved(self, before: tuple[str, str], after: tuple[str, str], number: int = 1) -> "Counts":
        """The counts after deliveries changed their state."""
        numbers = dict(self.numbers)
        numbers[before] = numbers.get(before, 0) - number
        numbers[after] = numbers.get(after, 0) + number
        return Counts({key: count for key, count in numbers.items() if count})


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a broadcast at this moment."""

    broadcast: Broadcast
    counts: Counts
    per_second: float = 0.0  #: messages sent, over the last seconds
    left: timedelta | None = None  #: estimated time left; None: unknown
    quiet_until: datetime | None = None  #: it waits for the end of the quiet hours
    unreachable: bool = False  #: the circuit is open: Telegram does not answer


def edition_for(
    editions: Mapping[Language, Edition], language: Language | None, default: Language
) -> tuple[Language, Edition]:
    """The edition that a subscriber gets: in their language, else in the city's, else the first one.

    An edition without an attachment or buttons takes them from the city's language, or from the first edition that has
    some.
    """
    order = [code for code in (language, default, *LANGUAGES) if code and code in editions]
    own = editions[order[0]]
    others = [editions[code] for code in order[1:]]
    attachment = own.attachment or next((other.attachment for other in others if other.attachment), None)
    links = own.links or next((other.links for other in others if other.links), ())
    return order[0], Edition(own.html, attachment, links)


def numbered_text(edition: Edition, number: str, language: Language) -> str:
    """The text as it is sent, with the number below it, by which a reader recognises a second copy."""
    return f"{edition.html}\n\n{format_number(number, language)}".lstrip()


def format_number(number: str, language: Language) -> str:
    """The number of a broadcast as it is written in a language."""
    return LANGUAGE_INFO[language].broadcast_number.format(number=number)


def resends(kind: BroadcastClass) -> bool:
    """Whether a message with an unknown outcome is sent again."""
    return kind != "once"


def is_silent(kind: BroadcastClass, attempt: int) -> bool:
    """Whether a message is sent silently: the second attempt of a notice may be a copy."""
    return kind == "notice" and attempt > 1


def duration(recipients: int, per_second: float) -> timedelta:
    """The duration of a broadcast without delays."""
    return timedelta(seconds=math.ceil(recipients / (per_second * SHARE)))


def crashed_too_often(crashes: Sequence[datetime], now: datetime) -> bool:
    """Whether the crash-loop limit is reached; the broadcast itself may be the cause."""
    return len([at for at in crashes if now - at <= CRASH_SPAN]) >= MAX_CRASHES
