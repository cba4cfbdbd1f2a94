"""A message that asks which projects have a status, and names no project, gets the list of those projects."""

import pytest

from bot.answers.answer import NotFound, Overview
from bot.knowledge import Status
from tests.console import Ask, kind_and_ids

_ASKED = {
    Status.COMPLETED: [
        "what got done this year",
        "which projects were finished alredy",
        "has anything been completed yet?",
        "what's been opened so far",
        "why is nothing finished",
        "哪些项目竣工了",
        "做完的项目有哪些",
        "哪些建好了",
        "что достроили",
        "почему до сих пор ничего не сделали!!",
        "сколько проектов выполнено",
    ],
    Status.IN_PROGRESS: [
        "which ones have already started?",
        "started projects please",
        "which projects are being worked on",
        "what are you building right now",
        "哪些已经开工了",
        "开工的有几个",
        "哪些开始建了",
        "какие проекты уже начаты",
        "сколько проектов в работе",
        "какие работы идут сейчас",
    ],
    Status.PLANNED: [
        "which projects are still on paper",
        "what hasn't started yet",
        "什么还没开工",
        "没动工的有几个",
        "что ещё не начали",
        "что только в планах",
    ],
    Status.DELAYED: ["which ones are running late", "哪些项目延期了", "какие проекты задерживаются"],
    Status.CANCELLED: ["has anything been scrapped", "有没有取消的项目", "какие проекты отменили"],
}


@pytest.mark.parametrize(("status", "text"), [(status, text) for status, texts in _ASKED.items() for text in texts])
def test_a_message_that_says_only_a_status_asks_for_the_projects_with_it(ask: Ask, status: Status, text: str) -> None:
    assert ask(text).decision.answer == Overview(status)


@pytest.mark.parametrize(
    "text", ["which bridges are finished", "哪些地铁开工了", "какие мосты достроили", "are you ready"]
)
def test_a_message_that_also_names_a_thing_does_not_get_the_list(ask: Ask, text: str) -> None:
    assert not isinstance(ask(text).decision.answer, Overview)


@pytest.mark.parametrize("text", ["is it finished?", "完工了吗", "уже достроили?"])
def test_after_an_answer_about_a_project_a_status_is_asked_of_that_project(ask: Ask, text: str) -> None:
    answer = ask("Sixth Hospital", text).decision.answer
    assert not isinstance(answer, Overview | NotFound)


@pytest.mark.parametrize("text", ["anything else in this area?", "а что ещё есть", "还有别的吗"])
def test_what_else_there_is_after_a_project_is_answered_by_its_area(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask("Sixth Hospital", text)) == ("answer", "hospitals")
