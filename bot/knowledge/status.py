"""The one table of project statuses; everything that the bot says or does by status derives from it.

To add a status:

1. Add its word to `Status` and its row to `_TABLE`.
2. Run `make generate` and translate its sentences in the catalogues.
3. Add its row to the table of statuses in the three staff guides, `docs/staff-guide.*.md`.

Then its word can be used in the knowledge files, and it appears in checks, cards, counts, buttons and spreadsheets. To
let citizens ask for all projects with it, add phrasings to `overview_by_status` in `bot/i18n/locales/smalltalk.yaml`
and its words to `bot/answers/overviews.yaml`.
To let them ask whether a project has it, add words to a kind of `bot/answers/polar.yaml`.
tests/knowledge/test_status.py adds a made-up status and uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.i18n.message import LazyMessage, lazy_gettext

_SENTENCE = lazy_gettext("Status: {status} (as of {date}).")
_YES, _NO = lazy_gettext("Yes: {status} as of {date}."), lazy_gettext("No: {status} as of {date}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInfo:
    """The properties of a status; the sentences may contain `{status}` and `{date}`."""

    label: LazyMessage  #: for lists, cards and buttons
    code: str  #: a letter, its code in callback data: buttons outlive releases, so it must never change
    is_goal: bool = False  #: whether it is only stated as a goal, without later news
    has_begun: bool | None = None  #: whether work has begun; None if the status leaves that open
    is_late: bool = False
    is_done: bool = False
    is_given_up: bool = False
    is_stopped: bool = False  #: whether work has stopped for now; `yes` must then also fit "was it shelved?"
    sentence: LazyMessage = _SENTENCE  #: comes before texts that are older than this status
    yes: LazyMessage = _YES  #: the reply to a yes-or-no question that the status confirms
    no: LazyMessage = _NO  #: the reply to one that it denies


class Status(StrEnum):
    """The status of a project."""

    ANNOUNCED = "announced"
    PLANNED = "planned"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    DELAYED = "delayed"
    CANCELLED = "cancelled"

    @property
    def info(self) -> StatusInfo:
        """Its row in the table."""
        return _TABLE[self]

    @property
    def is_over(self) -> bool:
        """Whether no further news about the project is expected."""
        return self.info.is_done or self.info.is_given_up

    @property
    def ends_expectations(self) -> bool:
        """Whether earlier statements about the future may no longer hold."""
        return self.is_over or self.info.is_late or self.info.is_stopped


_TABLE: Mapping[Status, StatusInfo] = {
    Status.ANNOUNCED: StatusInfo(code="a", label=lazy_gettext("announced"), is_goal=True),
    Status.PLANNED: StatusInfo(code="p", label=lazy_gettext("planned"), has_begun=False),
    Status.IN_PROGRESS: StatusInfo(
        code="i",
        label=lazy_gettext("in progress"),
        has_begun=True,
        yes=lazy_gettext("Yes: it is in progress, as of {date}."),
    ),
    Status.COMPLETED: StatusInfo(
        code="c",
        label=lazy_gettext("completed"),
        has_begun=True,
        is_done=True,
        sentence=lazy_gettext("This project is completed (as of {date})."),
        yes=lazy_gettext("Yes: it is completed, as of {date}."),
        no=lazy_gettext("No: it is completed, as of {date}."),
    ),
    Status.DELAYED: StatusInfo(
        code="d",
        label=lazy_gettext("delayed"),
        is_late=True,
        sentence=lazy_gettext("This project is delayed (as of {date})."),
        yes=lazy_gettext("Yes: it is delayed, as of {date}."),
    ),
    Status.CANCELLED: StatusInfo(
        code="x",
        label=lazy_gettext("cancelled"),
        is_given_up=True,
        sentence=lazy_gettext("This project is cancelled (as of {date})."),
        yes=lazy_gettext("Yes: it was cancelled, as of {date}."),
        no=lazy_gettext("No: it was cancelled, as of {date}."),
    ),
}
