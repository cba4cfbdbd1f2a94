"""The differences between two versions, as staff read them."""

import pytest

from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.knowledge import KnowledgeBase
from bot.knowledge.diff import differences, format_changes
from bot.publishing.files.load import load_content
from tests.factories import yaml_text

QUIET = "  quiet_hours: {start: 21:00, end: 08:00}\n"
OPEN = "  office_hours: {days: [monday, friday], start: 08:30, end: 17:00}\n"


def version(*changes: tuple[str, str]) -> KnowledgeBase:
    knowledge = load_content(yaml_text(*changes).encode()).knowledge
    assert knowledge is not None
    return knowledge


def told(old: KnowledgeBase, new: KnowledgeBase, language: Language = "en") -> list[str]:
    return format_changes(differences(old, new), translator_in(language), "en").splitlines()


@pytest.mark.parametrize(
    ("change", "there", "back"),
    [
        (
            (QUIET, QUIET + OPEN),
            ["• days, new: monday, friday", "• start, new: 08:30", "• end, new: 17:00"],
            ["• days, removed: monday, friday", "• start, removed: 08:30", "• end, removed: 17:00"],
        ),
        ((QUIET, QUIET.replace("08:00", "07:30")), ["• end: 08:00 → 07:30"], ["• end: 07:30 → 08:00"]),
        (
            ("publisher: e.my399.com", "publisher: City News"),
            ["• source “livelihoods-2021”, publisher: “e.my399.com” → “City News”"],
            ["• source “livelihoods-2021”, publisher: “City News” → “e.my399.com”"],
        ),
        (
            ("id: nursing-beds", "id: nurses"),
            [
                "• fact “nurses”, new: “1,000 nursing beds are added.”",
                "• fact “nursing-beds”, removed: “1,000 nursing beds are added.”",
            ],
            [
                "• fact “nursing-beds”, new: “1,000 nursing beds are added.”",
                "• fact “nurses”, removed: “1,000 nursing beds are added.”",
            ],
        ),
    ],
    ids=["office hours", "quiet hours", "a source", "a fact"],
)
def test_a_change_and_its_undoing_are_told(change: tuple[str, str], there: list[str], back: list[str]) -> None:
    before, after = version(), version(change)

    assert told(before, after)[1:] == there
    assert told(after, before)[1:] == back


@pytest.mark.parametrize(
    ("language", "new"),
    [
        ("zh", "• 具体说明“nurses”，新增：“增加护理床位1000张。”"),
        ("ru", "• факт «nurses», добавлено: «1,000 nursing beds are added.»"),
    ],
)
def test_a_fact_is_shown_in_the_language_of_the_reader_or_else_of_the_city(language: Language, new: str) -> None:
    without_russian = (", ru: Добавят 1 000 коек.}", "}")

    assert new in told(version(without_russian), version(without_russian, ("id: nursing-beds", "id: nurses")), language)
