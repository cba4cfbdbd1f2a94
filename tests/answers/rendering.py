"""Answers of the small city to render, and what every reply must keep."""

from collections.abc import Iterator
from datetime import date

import pytest

from bot.answers.answer import Answer, Finding, Found, Match
from bot.answers.render import compose, show
from bot.answers.reply import MAX_OPTIONS, MAX_REPLY, Reply, Target
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import Translator
from bot.knowledge import ASPECTS, Area, KnowledgeBase, Project

SOURCE_DAY = date(2021, 11, 12)
SOON, LATE = date(2021, 12, 1), date(2035, 12, 30)


each_language = pytest.mark.parametrize("language", LANGUAGES)


def match(area: Area, project: Project | None = None) -> Match:
    return Match(area, project, confidence=0.9, phrasing="")


def findings_of(knowledge: KnowledgeBase, area: Area) -> Iterator[Finding]:
    """Everything that can be found in an area: it and its projects, with each fact and each open aspect."""
    projects = knowledge.projects_of(area.id)
    yield from (Finding(match(area)), *(Finding(match(area), left_open=aspect) for aspect in ASPECTS))
    for fact in (*area.facts, *(fact for project in projects for fact in project.facts)):
        concerned = tuple(knowledge.project_by_id[project] for project in fact.concerns)
        yield Finding(match(area), fact=fact, concerned=concerned)
    for project in projects:
        yield Finding(match(area, project))
        yield from (Finding(match(area, project), fact=fact) for fact in project.facts)
        yield from (Finding(match(area, project), left_open=aspect) for aspect in project.left_open)


def all_findings(knowledge: KnowledgeBase) -> list[Finding]:
    return [finding for area in knowledge.areas for finding in findings_of(knowledge, area)]


def reply_to(
    answer: Answer | Finding, knowledge: KnowledgeBase, language: Language = "en", today: date = SOON
) -> Reply:
    answer = Found((answer,)) if isinstance(answer, Finding) else answer
    return compose(answer, knowledge, translator_in(language), today)


def check_fits(reply: Reply) -> None:
    assert 0 < len(reply.text) <= MAX_REPLY, reply.text
    assert len(reply.options) <= MAX_OPTIONS
    assert all(option.label for option in reply.options)
    assert len({option.target for option in reply.options}) == len(reply.options)
    assert "\n\n\n" not in reply.text
    assert reply.text == reply.text.strip()
    assert "{" not in reply.text


def pages(reply: Reply, knowledge: KnowledgeBase, translator: Translator, today: date = SOON) -> Iterator[Reply]:
    """A reply and all that its options lead to, each page once."""
    seen, waiting = set[Target](), [reply]
    while waiting:
        reply = waiting.pop()
        yield reply
        for target in {option.target for option in reply.options} - seen:
            seen.add(target)
            shown = show(target, knowledge, translator, today)
            assert shown is not None, target
            waiting.append(shown)
