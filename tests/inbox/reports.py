"""A report of the small city for tests of its forms."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.inbox.model import CountKey, QuestionOutcome
from bot.inbox.report.model import Period, Report, TicketTimes, TopGroup, make_report
from tests.factories import make_knowledge

KNOWLEDGE = make_knowledge()
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine o'clock in the city
HOSTILE = "<script>alert(1)</script>\u202e&\n" + "😀" * 400


def counted(
    outcome: QuestionOutcome, number: int, *, at: datetime = MONDAY, language: str = "zh", area: str = ""
) -> tuple[CountKey, int]:
    return CountKey(at, outcome, language, area), number


def report(*counts: tuple[CountKey, int], groups: tuple[TopGroup, ...] = (), gained: int = 0) -> Report:
    hour = timedelta(hours=1)
    tickets = [
        TicketTimes(MONDAY, MONDAY + hour, is_open=False),
        TicketTimes(MONDAY, MONDAY + 3 * hour, is_open=False),
        TicketTimes(MONDAY, None, is_open=True),
    ]
    return make_report(
        counts,
        Period(date(2026, 3, 1), date(2026, 3, 29), ZoneInfo("Asia/Shanghai")),
        groups=groups,
        tickets=tickets,
        gained=gained,
    )


FULL = report(
    counted("answered", 40, area="hospitals"),
    counted("not_found", 12, language="ru"),
    counted("not_found", 3, at=MONDAY + timedelta(days=7), language=""),
    counted("helpful", 9),
    counted("not_helpful", 2),
    groups=(TopGroup(7, 12, "когда откроют каток"), TopGroup(8, 3, HOSTILE)),
    gained=6,
)
