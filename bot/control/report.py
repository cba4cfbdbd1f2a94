"""The action of `minsheng report`, as the control server offers it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal

from bot.control.server import Action, Input, Row, validated
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGE_INFO, SOURCE_LANGUAGE
from bot.inbox.report.messages import format_report
from bot.inbox.report.model import report_row
from bot.inbox.report.page import report_page
from bot.inbox.report.service import ReportService
from bot.knowledge import KnowledgeBase


class _ReportRequest(Input):
    form: Literal["row", "text", "page"]
    language: str
    since: date | None = None


def report_actions(reports: ReportService, knowledge: Callable[[], KnowledgeBase]) -> Mapping[str, Action]:
    """The action by its name."""

    async def report(asked: _ReportRequest) -> Sequence[Row]:
        made = await reports.report(asked.since)
        translator = translator_in(asked.language if asked.language in LANGUAGE_INFO else SOURCE_LANGUAGE)
        if asked.form == "row":
            return [report_row(made)]
        write = report_page if asked.form == "page" else format_report
        return [{asked.form: write(made, knowledge(), translator)}]

    return {"report": validated(_ReportRequest, report)}
