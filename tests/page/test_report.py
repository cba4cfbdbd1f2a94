"""The report of the inbox, as a member of staff opens it on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.inbox.report.page import report_page
from tests.inbox.reports import FULL, KNOWLEDGE
from tests.page.person import NARROW

#: The height of the smallest letters on the screen, and the texts of a chart that lie on another one or outside.
_SMALLEST_TEXT = "Math.min(...[...document.querySelectorAll('text')].map(t => 14 * t.getScreenCTM().a))"
_CROSSING = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
  const width = svg.viewBox.baseVal.width;
  return boxes.filter(([name, a], i) => a.x + a.width > width + 1 || boxes.slice(i + 1).some(([, b]) =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height))
    .map(([name]) => name);
})"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_charts_are_readable_on_a_phone(browser: Browser, tmp_path: Path, language: str) -> None:
    (tmp_path / "report.html").write_text(report_page(FULL, KNOWLEDGE, translator_in(language)), encoding="utf-8")
    page = browser.new_page(viewport={"width": NARROW["width"], "height": NARROW["height"]})
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.evaluate(_SMALLEST_TEXT) >= 12
    assert page.evaluate(_CROSSING) == []
    page.close()
