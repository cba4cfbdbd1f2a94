"""A broadcast: what is said to whom and when, which rules its class has, and what can still be done with it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from bot.i18n.languages import LANGUAGE_INFO, LANGUAGES, Language
from bot.knowledge import City

#: `alert` wakes people, and is sent again where its fate is unknown; `notice` keeps the quiet hours, and a copy does
#: not ring; `once` is never sent again, so that nobody gets it twice.
BroadcastClass: TypeAlias = Literal["alert", "notice", "once"]
#: `everybody`, the code of a language for its audience_languages, or `test`: those who have rights here, to try it out.
Audience: TypeAlias = str

#: How far a broadcast is. Only one is `gathering` (its recipients are written down) or `sending` at a time.
BroadcastState: TypeAlias = Literal[
    "draft", "unapproved", "queued", "gathering", "sending", "paused", "finished", "cancelled"
]
#: Why a broadcast stands still: somebody said so; Telegram refuses its content; the program died again and again; it
#: was away, or its database is an older copy; its time passed while the program was away.
PauseReason: TypeAlias = Literal["admin", "content", "crashes", "absence", "restore", "late"]

CLASSES: tuple[BroadcastClass, ...] = ("alert", "notice", "once")
AUDIENCES: tuple[Audience, ...] = ("everybody", *LANGUAGES, "test")
#: States behind which nothing comes, that of the one that is worked on, and those that lead on by themselves.
FINAL: frozenset[BroadcastState] = frozenset({"finished", "cancelled"})
ACTIVE: frozenset[BroadcastState] = frozenset({"gathering", "sending"})
PAUSABLE: frozenset[BroadcastState] = ACTIVE | {"queued"}

#: How long a confirmed broadcast can be called back before it starts.
RECALL = timedelta(seconds=60)
#: A broadcast whose time passed while the program was away goes on by itself if it is not later than this.
GRACE = timedelta(hours=1)
#: After this much silence in the middle, an admin is asked.
MAX_ABSENCE = timedelta(minutes=15)
#: So many deaths in so much time stop a broadcast.
MAX_CRASHES, CRASH_SPAN = 3, timedelta(minutes=5)
#: The part of the messages per second that the bot uses while a broadcast is sent, answers counted. The rest is for
#: clocks that differ, and to catch up what was lost by being late.
SHARE = 0.99
#: UTF-16 units that Telegram takes: of a text, and below a photo or a document.
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
MAX_LINKS, MAX_LABEL = 6, 40


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or a file, which Telegram already has."""

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

    html: str  #: the text with Telegram's HTML tags; may be empty where there is an attachment
    attachment: Attachment | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """All that is kept of a broadcast, apart from its deliveries."""

    id: int
    number: str  #: year and running number, such as 2026-014; stands below each text
    author: int | None  #: None: the operator, on the server
    state: BroadcastState
    created_at: datetime
    kind: BroadcastClass = "notice"
    audience: Audience = "everybody"
    editions: Mapping[Language, Edition] = field(default_factory=dict)
    planned_at: datetime | None = None  #: None: as soon as it is confirmed
    revision: int = 1  #: grows with each change, so that what is confirmed is what was seen
    previewed: int | None = None  #: the revision that its author has seen as it will look
    head_count: int | None = None  #: how many it would reach when its author saw it; what must be typed to confirm it
    approved_by: int | None = None  #: the second admin, where one was needed
    starts_at: datetime | None = None  #: not before this; until then it can be called back
    started_at: datetime | None = None
    ended_at: datetime | None = None
    active_at: datetime | None = None  #: when it last was worked on
    paused_for: PauseReason | None = None
    gathered: bool = False  #: all recipients are written down
    total: int = 0  #: recipients written down so far
    epoch: int = 0  #: grows with each take-over; claims of an older one are not valid
    is_open: bool = False  #: somebody works on it, or died over it
    crashes: tuple[datetime, ...] = ()  #: the last deaths
    card: tuple[int, int] | None = None  #: chat and message that show its progress


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries are in which state, and why."""

    numbers: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: (state, reason) -> deliveries

    def of(self, *states: str) -> int:
        """All in these states."""
        return sum(number for (state, _), number in self.numbers.items() if state in states)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.numbers.values())

    @property
    def rest(self) -> int:
        """Those that still wait for a send, or for its end."""
        return self.of("pending", "sending")

    def moved(self, before: tuple[str, str], after: tuple[str, str], number: int = 1) -> "Counts":
        """The same with deliveries that changed their state."""
        numbers = dict(self.numbers)
        numbers[before] = numbers.get(before, 0) - number
        numbers[after] = numbers.get(after, 0) + number
        return Counts({key: count for key, count in numbers.items() if count})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is at this moment."""

    broadcast: Broadcast
    counts: Counts
    per_second: float = 0.0  #: messages sent, over the last seconds
    left: timedelta | None = None  #: how long it still takes; None: nobody can say
    quiet_until: datetime | None = None  #: it waits for the end of the quiet hours
    unreachable: bool = False  #: it waits until Telegram answers again


def edition_for(
    editions: Mapping[Language, Edition], language: Language | None, default: Language
) -> tuple[Language, Edition]:
    """The edition that a subscriber gets: in their language, else in the city's, else the first.

    An edition without an attachment or without buttons has those of the city's language, or of the first that has some.
    """
    order = [code for code in (language, default, *LANGUAGES) if code and code in editions]
    own = editions[order[0]]
    others = [editions[code] for code in order[1:]]
    attachment = own.attachment or next((other.attachment for other in others if other.attachment), None)
    links = own.links or next((other.links for other in others if other.links), ())
    return order[0], Edition(own.html, attachment, links)


def numbered_text(edition: Edition, number: str, language: Language) -> str:
    """The text as it is sent: with its number below, by which a copy is known as a copy."""
    return f"{edition.html}\n\n{format_number(number, language)}".lstrip()


def format_number(number: str, language: Language) -> str:
    """The number of a broadcast, as a language writes it."""
    return LANGUAGE_INFO[language].broadcast_number.format(number=number)


def resends(kind: BroadcastClass) -> bool:
    """Whether a message of unknown fate is sent once more."""
    return kind != "once"


def is_silent(kind: BroadcastClass, attempt: int) -> bool:
    """Whether a message arrives without a sound: the copy of a notice may be a second one."""
    return kind == "notice" and attempt > 1


def quiet_until(kind: BroadcastClass, city: City, now: datetime) -> datetime | None:
    """When the quiet hours end that keep a broadcast from being sent now; None when it may be sent."""
    if kind == "alert":
        return None
    zone = ZoneInfo(city.time_zone)
    local, begin, end = now.astimezone(zone), city.quiet_hours.start, city.quiet_hours.end
    clock = local.time()
    over_midnight = begin > end
    quiet = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and clock >= begin else local.date()
    return datetime.combine(day, end, zone)


def duration(recipients: int, per_second: float) -> timedelta:
    """How long a broadcast takes if nothing stands in its way."""
    return timedelta(seconds=math.ceil(recipients / (per_second * SHARE)))


def crashed_too_often(crashes: Sequence[datetime], now: datetime) -> bool:
    """Whether the program died over this broadcast so often and so fast that it may be the broadcast."""
    return len([at for at in crashes if now - at <= CRASH_SPAN]) >= MAX_CRASHES
