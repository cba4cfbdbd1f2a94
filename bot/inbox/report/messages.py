"""The report in words: sections, each with a title and named numbers, for a chat, a terminal and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.i18n.languages import LANGUAGE_INFO, language_name
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.inbox.report.model import SHOWN_FROM, Report, is_shown
from bot.knowledge import KnowledgeBase

#: The most groups of questions in a chat or a terminal.
_MAX_GROUPS = 5
_OUTCOMES: dict[str, LazyMessage] = {
    "answered": lazy_gettext("answered"),
    "several": lazy_gettext("asked back"),
    "unsure": lazy_gettext("uncertain, something was offered"),
    "not_found": lazy_gettext("not answered"),
    "repeated": lazy_gettext("asked again"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report that can be drawn as bars."""

    title: str
    bars: Sequence[tuple[str, int]]
    by_time: bool = False  #: whether the bars are hours or weeks; they are drawn as columns, and only in a chart


def format_number(number: int, translator: Translator) -> str:
    """A count; “under 5” if it could identify a person."""
    return f"{number:,}" if is_shown(number) else translator.gettext("under {number}", number=SHOWN_FROM)


def format_head(report: Report, translator: Translator) -> str:
    since, until = translator.date(report.since), translator.date(report.until)
    return translator.gettext("Questions from {since} to {until}", since=since, until=until)


def key_figures(report: Report, translator: Translator) -> list[tuple[str, str]]:
    """The key figures at the top: name and value."""
    gettext = translator.gettext

    def shown(number: int) -> str:
        return format_number(number, translator)

    figures = [
        (gettext("Questions"), shown(report.questions)),
        (gettext("Answers rated helpful"), shown(report.helpful)),
        (gettext("Answers rated not helpful"), shown(report.not_helpful)),
        (gettext("Questions passed on to staff"), shown(report.tickets)),
        (gettext("Of these still open"), shown(report.tickets_open)),
    ]
    if report.answer_time is not None:
        figures.append((gettext("Median time to a person's answer"), _duration(report.answer_time, translator)))
    return [*figures, (gettext("Answers gained by teaching"), shown(report.gained))]


def sections(report: Report, knowledge: KnowledgeBase, translator: Translator) -> list[Section]:
    """The sections: questions by outcome, language, area, hour and week."""
    gettext, default = translator.gettext, knowledge.city.default_language

    def area(name: str) -> str:
        known = knowledge.area_by_id.get(name)
        return known.title.in_language(translator.language, default) if known else name or gettext("none")

    return [
        Section(
            gettext("By outcome"), [(_OUTCOMES[name].render(translator), n) for name, n in report.outcomes.items()]
        ),
        Section(
            gettext("By language"),
            [
                (language_name(name) if name in LANGUAGE_INFO else gettext("not recognised"), n)
                for name, n in report.languages.items()
            ],
        ),
        Section(gettext("By area"), [(area(name), n) for name, n in report.areas.items()]),
        Section(gettext("By hour of the day"), [(f"{hour}", n) for hour, n in enumerate(report.hours)], by_time=True),
        Section(gettext("By week"), [(f"{week:%m-%d}", n) for week, n in report.weeks.items()], by_time=True),
    ]


def format_groups(report: Report, translator: Translator) -> list[str]:
    """The largest groups of unanswered questions, one line each."""
    return [
        translator.gettext("{number}: “{text}”", number=format_number(group.count, translator), text=group.example)
        for group in report.groups
    ]


def groups_title(translator: Translator) -> str:
    return translator.gettext("Most frequent questions without an answer")


def format_report(report: Report, knowledge: KnowledgeBase, translator: Translator) -> str:
    """The report for a chat or a terminal, without numbers that only a chart can show well."""
    blocks = [
        format_head(report, translator),
        "\n".join(named_value(name, value, translator) for name, value in key_figures(report, translator)),
    ]
    for section in sections(report, knowledge, translator):
        bars = ((name, format_number(number, translator)) for name, number in section.bars if number)
        lines = [f"• {named_value(name, value, translator)}" for name, value in bars]
        if lines and not section.by_time:
            blocks.append("\n".join([section.title, *lines]))
    if found := format_groups(report, translator)[:_MAX_GROUPS]:
        blocks.append("\n".join([groups_title(translator), *(f"• {line}" for line in found)]))
    return "\n\n".join(blocks)


def named_value(name: str, value: str, translator: Translator) -> str:
    """A name and its value, with the language's colon."""
    return translator.gettext("{name}: {text}", name=name, text=value)


def _duration(span: timedelta, translator: Translator) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return translator.gettext("{minutes} min", minutes=minutes)
    return translator.gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
