"""The report: figures from counters, small ones hidden, as a text, a row, a page and a picture."""

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.inbox.report.image import draw_report
from bot.inbox.report.messages import format_report
from bot.inbox.report.model import Period, make_report, report_row
from bot.inbox.report.page import report_page
from tests.inbox.reports import FULL, HOSTILE, KNOWLEDGE


def test_questions_are_counted_by_outcome_language_area_hour_and_week_in_the_citys_time() -> None:
    assert FULL.questions == 55
    assert (FULL.outcomes["answered"], FULL.outcomes["not_found"]) == (40, 15)
    assert FULL.languages == {"zh": 40, "ru": 12, "": 3}
    assert FULL.areas == {"hospitals": 40, "": 15}
    assert FULL.hours[9] == 55
    assert FULL.weeks == {date(2026, 3, 2): 52, date(2026, 3, 9): 3}
    assert (FULL.helpful, FULL.not_helpful, FULL.gained) == (9, 2, 6)
    assert (FULL.tickets, FULL.tickets_open, FULL.answer_time) == (3, 1, timedelta(hours=2))


def test_counts_under_five_are_shown_as_under_5_everywhere() -> None:
    row = report_row(FULL)
    text = format_report(FULL, KNOWLEDGE, translator_in("en"))

    assert (row["not_helpful"], row["tickets"], row["helpful"]) == ("under 5", "under 5", 9)
    assert row["languages"] == {"zh": 40, "ru": 12, "none": "under 5"}
    assert row["weeks"] == {"2026-03-02": 52, "2026-03-09": "under 5"}
    assert json.loads(json.dumps(row)) == row
    assert "Answers rated not helpful: under 5" in text
    assert "under 5: “" in text
    assert "Median time to a person's answer: 2 h 0 min" in text
    assert not re.search(r": [1-4]\b(?!\d| h)", text.replace(HOSTILE, ""))


class Page(HTMLParser):
    """What a browser would load, run and show."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.shown = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href", "data", "action")]

    def handle_data(self, data: str) -> None:
        self.shown += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_no_other_file_and_shows_hostile_texts_literally(language: str) -> None:
    page = Page(report_page(FULL, KNOWLEDGE, translator_in(language)))

    assert page.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "@import" not in page.shown
    assert page.tags.count("svg") == 5
    assert HOSTILE in page.shown
    assert "когда откроют каток" in page.shown


@pytest.mark.filterwarnings("error:Glyph")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_has_a_letter_for_every_label(language: str) -> None:
    picture = draw_report(FULL, KNOWLEDGE, translator_in(language))

    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_without_any_question_can_be_shown(language: str) -> None:
    empty = make_report(
        [], Period(date(2026, 3, 1), date(2026, 3, 1), ZoneInfo("UTC")), groups=(), tickets=[], gained=0
    )

    assert "0" in format_report(empty, KNOWLEDGE, translator_in(language))
    assert Page(report_page(empty, KNOWLEDGE, translator_in(language))).tags.count("svg") == 0
    assert draw_report(empty, KNOWLEDGE, translator_in(language))
