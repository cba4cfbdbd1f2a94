"""A fact that is probably asked for is shown beside the card, with its own source, and never in place of the card."""

import pytest

from bot.answers.answer import Found, Overview
from tests.console import Ask, ask_in, kind_and_ids, prepare_once, shipped_embedder
from tests.factories import make_knowledge, make_project, values


@pytest.mark.parametrize(
    ("city", "text", "title", "fact"),
    [
        ("third_city", "when can clubs use the Fenside hall", "Sports hall in Fenside", "clubs after that"),
        ("fifth_city", "кто решал какие дворы делать", "Благоустройство 60 дворов", "выбирали жители голосованием"),
        ("seventh_city", "резину старую с машины куда сдать", "Второй пункт приёма", "автомобильные шины"),
    ],
)
def test_a_fact_that_shares_no_word_with_the_question_stands_below_the_summary(
    city: str, text: str, title: str, fact: str
) -> None:
    reply = ask_in(city)(text).reply.text
    assert reply.startswith(title)
    *_, told, source = reply.split("\n\n")
    assert fact in told
    assert source.startswith(("Source:", "Источник:"))


@pytest.mark.parametrize("text", ["Sports hall in Fenside", "when will the Fenside hall be ready"])
def test_what_the_card_answers_has_no_fact_beside_it(text: str) -> None:
    answer = ask_in("third_city")(text).decision.answer
    assert isinstance(answer, Found)
    assert answer.findings[0].match.project
    assert answer.findings[0].extra is None


def test_what_is_free_of_charge_answers_what_it_costs() -> None:
    def fact(name: str, aspect: str, english: str) -> dict[str, object]:
        return {"id": name, "answers": [aspect], "statement": {"en": english, "zh": english, "ru": english}}

    facts = [
        fact("cost", "cost", "The pool costs 48 million yuan."),
        fact("entry", "which", "Entry to it will be free."),
    ]
    knowledge = make_knowledge(projects=[make_project("pool", facts=facts)])
    ask = Ask(prepare_once(knowledge, "pool", embedder=shipped_embedder()))
    assert ask("do we have to pay for entry to the pool").reply.text.startswith("Entry to it will be free.")
    assert ask("what does the pool cost").reply.text.startswith("The pool costs 48 million yuan.")


@pytest.fixture(scope="module")
def with_hours() -> Ask:
    """A city in which two projects have a date, and one of them states its hours."""
    hours = {
        "id": "hours",
        "answers": ["when"],
        "statement": {
            "en": "It will be open from 8 am to 6 pm, Monday to Friday.",
            "zh": "周一至周五8点至18点开放。",
            "ru": "Он будет работать с понедельника по пятницу с 8 до 18 часов.",
        },
    }
    centre = make_project(
        "sports-centre",
        title={"en": "Sports centre on Park Street", "zh": "公园街体育中心", "ru": "Спортивный центр на Парковой"},
        summary={
            "en": "A sports centre with a gym is being built.",
            "zh": "正在建设体育中心。",
            "ru": "Строится спортивный центр с залом.",
        },
        expected_completion={"en": "by the end of 2022", "zh": "2022年底前", "ru": "до конца 2022 года"},
        facts=[hours],
        phrasings={
            "en": ["sports centre", "a new gym"],
            "zh": ["体育中心", "新体育馆"],
            "ru": ["спортивный центр", "новый спортзал"],
        },
    )
    knowledge = make_knowledge(projects=[*values()["projects"], centre])
    return Ask(prepare_once(knowledge, "with hours", embedder=shipped_embedder()))


@pytest.mark.parametrize(
    ("question", "hours"),
    [
        ("how late is the sports centre open", "from 8 am to 6 pm"),
        ("on which days of the week is the sports centre open", "Monday to Friday"),
        ("体育中心星期几开放", "周一至周五"),
        ("体育中心周几开", "周一至周五"),
        ("спортивный центр по каким дням открыт", "с понедельника по пятницу"),
        ("во сколько открывается спортивный центр", "с 8 до 18 часов"),
    ],
)
def test_the_hours_that_a_project_states_come_before_its_date_of_completion(
    with_hours: Ask, question: str, hours: str
) -> None:
    assert hours in with_hours(question).reply.text.splitlines()[0]


@pytest.mark.parametrize(
    ("question", "date"),
    [
        ("what time will the childcare centre be ready", "by the end of 2021"),
        ("托育中心星期几建成", "2021年底"),
        ("when will the sports centre open", "by the end of 2022"),
        ("体育中心什么时候开放", "2022年底前"),
        ("когда достроят спортивный центр", "до конца 2022 года"),
    ],
)
def test_without_hours_or_a_question_for_them_the_date_of_completion_is_told(
    with_hours: Ask, question: str, date: str
) -> None:
    assert date in with_hours(question).reply.text


def test_what_follows_one_project_does_not_ask_for_the_list_unless_it_names_the_list() -> None:
    ask = ask_in("second_city")
    assert kind_and_ids(ask("which roads get new tarmac", "how many are done")) == ("answer", "resurfacing")
    assert isinstance(ask("which roads get new tarmac", "which projects are finished").decision.answer, Overview)
    assert isinstance(ask("how many are done").decision.answer, Overview)


def test_who_writes_on_after_one_offer_means_what_was_offered() -> None:
    ask = ask_in("sixth_city")
    assert kind_and_ids(ask("tell me about the dredging")) == ("suggestions", "dredging")
    answered = ask("tell me about the dredging", "and when is it supposed to be finished")
    assert kind_and_ids(answered) == ("answer", "dredging")


def test_who_asks_nothing_else_gets_the_only_fact_about_it() -> None:
    answered = ask_in("eighth_city")("котёл на ТЭЦ-2 уже поставили?", "и кто платит?")
    assert answered.reply.text.startswith("Новый котёл стоит 9,4 миллиарда тенге")
