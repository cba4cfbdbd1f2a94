"""What citizens are told stays true after every edit: sources, gaps, statuses and dates."""

from datetime import UTC, datetime

import pytest

from bot.answers.snapshot import build_snapshot
from bot.knowledge import Talk
from bot.publishing.source import load_content
from tests.console import KNOWLEDGE, Ask
from tests.factories import yaml_text

#: Long after the source of 12 November 2021.
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

CANTEENS = """\
  - id: elderly-canteens
    area: elderly-care
    title: {en: Canteens for older people, zh: 老年食堂, ru: Столовые для пожилых}
    status: planned
    as_of: 2026-05-20
    expected_completion: {en: by the end of June 2027, zh: 2027年6月底前, ru: до конца июня 2027 года}
    due: 2027-06-30
    summary:
      en: Ten canteens for older people will open in the districts.
      zh: 各区将开设十家老年食堂。
      ru: В районах откроют десять столовых для пожилых.
    facts:
      - id: price
        answers: [cost]
        statement: {en: A meal costs 8 yuan., zh: 一餐8元。, ru: Обед стоит 8 юаней.}
        questions:
          en: [what does a meal cost, how much is lunch]
          zh: [一顿饭多少钱, 午餐几块]
          ru: [сколько стоит обед, цена обеда]
    left_open: [who]
    phrasings:
      en: [canteen for the elderly, where can old people eat cheaply, meals for pensioners]
      zh: [老人食堂, 老年人吃饭的地方, 老人助餐]
      ru: [столовая для стариков, где пожилым поесть, питание для пенсионеров]
    source: canteens-2026
"""
SOURCE = """\
    canteens-2026:
      title: {en: Canteens, zh: 老年食堂, ru: Столовые}
      publisher: harbin.gov.cn
      date: 2026-05-20
"""


def asking(text: str, talk: Talk) -> Ask:
    """Asks a bot that knows this file."""
    loaded = load_content(text.encode())
    assert loaded.knowledge is not None, loaded.diagnostics
    return Ask(build_snapshot(loaded.knowledge, talk, loaded.digest))


@pytest.fixture(scope="module")
def with_canteens(talk: Talk) -> Ask:
    """The city's file to which staff added a project with a source of its own."""
    text = KNOWLEDGE.read_text(encoding="utf-8")
    text = text.replace("\nareas:\n", f"{SOURCE}\nareas:\n", 1)
    return asking(text.replace("\nprojects:\n", f"\nprojects:\n{CANTEENS}", 1), talk)


def reply(ask: Ask, *messages: str) -> str:
    return ask(*messages, now=NOW).reply.text


# --- Sources ---


@pytest.mark.parametrize(
    ("question", "fact", "source"),
    [
        ("how much does the elderly canteen cost", "A meal costs 8 yuan.", "Source: harbin.gov.cn, 20 May 2026."),
        ("what does a meal cost in the canteen for old people", "8 yuan", "Source: harbin.gov.cn, 20 May 2026."),
        ("老年食堂一顿饭多少钱", "一餐8元。", "harbin.gov.cn，2026年5月20日"),
        ("сколько стоит обед в столовой для пожилых", "Обед стоит 8 юаней.", "harbin.gov.cn, 20 мая 2026"),
    ],
)
def test_a_fact_is_told_with_the_source_of_its_project(
    with_canteens: Ask, question: str, fact: str, source: str
) -> None:
    told = reply(with_canteens, question)
    assert fact in told.split("\n")[0], told
    assert source in told, told
    assert "my399" not in told.split("\n\n")[0] or source in told.split("\n\n")[0], told


def test_a_fact_with_a_source_of_its_own_is_told_with_that(talk: Talk) -> None:
    ask = asking(
        yaml_text(
            ("areas:\n", f"{SOURCE}areas:\n"),
            ("        answers: [how-many]\n", "        answers: [how-many]\n        source: canteens-2026\n"),
        ),
        talk,
    )
    told = reply(ask, "how many beds")
    assert told.startswith("1,000 nursing beds are added.\nSource: harbin.gov.cn, 20 May 2026."), told
    assert told.endswith("Source: e.my399.com, 12 November 2021. May be out of date."), told


# --- Gaps ---


@pytest.mark.parametrize(
    ("question", "denied", "date"),
    [
        ("when do the elderly canteens open", "gives no start or finishing dates", "June 2027"),
        ("when will the canteens for older people be ready?", "gives no start", "June 2027"),
        ("老年食堂什么时候开", "没有给出", "2027年6月底"),
        ("когда откроют столовые для пожилых", "не называет", "июня 2027"),
    ],
)
def test_what_an_area_leaves_open_hides_no_date_of_a_project(
    with_canteens: Ask, question: str, denied: str, date: str
) -> None:
    told = reply(with_canteens, question)
    assert date in told, told
    assert denied not in told, told


def test_an_aspect_that_a_project_states_is_not_said_to_be_open(talk: Talk) -> None:
    fact = "      - {id: price, answers: [cost], statement: {en: A bed costs 20 yuan., zh: 20元, ru: 20}}\n"
    ask = asking(yaml_text(("    left_open: [cost, where]\n", f"{fact}    left_open: [cost, where]\n")), talk)
    told = reply(ask, "new beds for old people", "how much does it cost?")
    assert "does not say what it costs" not in told, told
    assert "20 yuan" in told, told
