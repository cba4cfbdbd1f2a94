"""Nothing about a cancelled project is stated as if it were still valid."""

from datetime import UTC, date, datetime

import pytest

from bot.answers.snapshot import build_snapshot
from bot.knowledge import SmalltalkFile
from bot.publishing.contradictions import contradictions_of
from bot.publishing.files.load import load_content
from tests.console import Ask
from tests.factories import yaml_text

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
FOUNTAINS = """\
  - id: fountains
    area: childcare
    title: {{en: Drinking fountains, zh: 公园直饮水, ru: Питьевые фонтанчики}}
    status: {status}
    as_of: {as_of}
    summary:
      en: {summary}
      zh: 公园将安装直饮水设备。水不用烧开就能喝。
      ru: В парках установят фонтанчики. Воду можно пить не кипятя.
    facts:
      - id: free
        answers: [cost]
        statement: {{en: The water is free of charge., zh: 直饮水免费。, ru: Вода бесплатная.}}
        questions: {{en: [what does the water cost], zh: [直饮水多少钱], ru: [сколько стоит вода]}}
    phrasings: {{en: [water in the park], zh: [公园喝水], ru: [попить в парке]}}
    source: livelihoods-2021
"""
CANCELLED = "This project is cancelled (as of 20 November 2026)."
SUMMARY = "Fountains will be installed in the parks. The water may be drunk without boiling."


def fountains(status: str, as_of: str = "2026-11-20", summary: str = SUMMARY) -> bytes:
    """The small city's file with a project of November 2021 that has this status as of a day."""
    project = FOUNTAINS.format(status=status, as_of=as_of, summary=summary)
    return yaml_text(("topics_elsewhere:", f"{project}topics_elsewhere:")).encode()


def reply(smalltalk: SmalltalkFile, content: bytes, question: str) -> str:
    loaded = load_content(content)
    assert loaded.knowledge is not None, loaded.diagnostics
    return Ask(build_snapshot(loaded.knowledge, smalltalk, loaded.digest))(question, now=NOW).reply.text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "what does the water cost",
            f"{CANCELLED} Reported on 12 November 2021: “The water is free of charge.”",
        ),
        ("drinking fountains", f"Reported on 12 November 2021: “{SUMMARY}”"),
        ("公园直饮水多少钱", "2021年11月12日的消息：“直饮水免费。”"),
        ("公园直饮水", "2021年11月12日的消息：“公园将安装直饮水设备。水不用烧开就能喝。”"),
        ("сколько стоит вода", "По сообщению от 12 ноября 2021 года: «Вода бесплатная.»"),
        ("питьевые фонтанчики", "«В парках установят фонтанчики. Воду можно пить не кипятя.»"),
    ],
)
def test_what_a_source_said_before_the_cancellation_is_told_with_its_date(
    smalltalk: SmalltalkFile, question: str, told: str
) -> None:
    reply_text = reply(smalltalk, fountains("cancelled"), question)
    assert told in reply_text, reply_text


def test_what_the_source_of_the_cancellation_says_is_told_as_it_stands(smalltalk: SmalltalkFile) -> None:
    reply_text = reply(smalltalk, fountains("cancelled", as_of="2021-11-12"), "what does the water cost")
    assert reply_text.startswith("The water is free of charge."), reply_text


@pytest.mark.parametrize(
    "summary",
    ["The fountains were cancelled. The money goes to the canteens.", "No fountain opens: the plan is dropped."],
)
def test_a_text_that_speaks_of_the_cancellation_is_told_as_it_stands(smalltalk: SmalltalkFile, summary: str) -> None:
    content = fountains("cancelled", summary=f'"{summary}"')
    reply_text = reply(smalltalk, content, "drinking fountains")
    assert f"\n{summary}\n" in reply_text, reply_text


def test_what_a_completed_project_offers_still_holds(smalltalk: SmalltalkFile) -> None:
    reply_text = reply(smalltalk, fountains("completed"), "what does the water cost")
    assert reply_text.startswith("The water is free of charge."), reply_text


def test_staff_are_offered_other_words_for_every_statement_of_a_cancelled_project() -> None:
    knowledge = load_content(fountains("cancelled")).knowledge
    assert knowledge is not None
    project = knowledge.project_by_id["fountains"]
    found = contradictions_of(project, knowledge.city, date(2026, 11, 28))
    assert {each.sentence for each in found if each.language == "en"} == {
        "Fountains will be installed in the parks.",
        "The water may be drunk without boiling.",
        "The water is free of charge.",
    }
