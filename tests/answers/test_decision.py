"""Which questions are answered, asked back, refused with a topic elsewhere or refused; and follow-up questions."""

import pytest

from bot.answers.answer import Found, NotFound, Smalltalk
from bot.answers.decision import decide
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from tests.console import Ask, kind_and_ids

# --- One thing asked ---


@pytest.mark.parametrize(
    ("text", "project", "fact"),
    [
        ("how many nursing beds will there be for the elderly?", "elderly-beds", "1,000"),
        ("养老护理床位增加多少张", "elderly-beds", "1000"),
        ("сколько коек с уходом добавят для пожилых?", "elderly-beds", "1000"),
        ("when will the childcare centre be finished?", "childcare-centre", "end of 2021"),
        ("托育中心什么时候建成", "childcare-centre", "年底"),
        ("когда достроят центр по уходу за детьми?", "childcare-centre", "конца 2021 года"),
    ],
)
def test_who_asks_for_a_fact_reads_it_first(ask: Ask, text: str, project: str, fact: str) -> None:
    answered = ask(text)
    assert kind_and_ids(answered) == ("answer", project)
    assert fact in answered.reply.text.splitlines()[0].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("sixth hospital", "sixth-hospital"),
        ("市六院", "sixth-hospital"),
        ("шестая больница", "sixth-hospital"),
        ("the first hospital", "first-hospital"),
        ("第二医院改造", "second-hospital"),
        ("стоматологическая больница", "stomatological-hospital"),
        ("hospital of traditional Chinese medicine", "tcm-hospital"),
        ("中医医院", "tcm-hospital"),
        ("построят ли шестую больницу", "sixth-hospital"),
        ("hospital no. 2 refurbishment", "second-hospital"),
    ],
)
def test_who_names_one_of_five_hospitals_gets_that_one(ask: Ask, text: str, project: str) -> None:
    assert kind_and_ids(ask(text)) == ("answer", project)


@pytest.mark.parametrize(
    "text",
    ["third hospital", "what about the seventh hospital", "市第四医院", "七院", "третья больница", "больница №9"],
)
def test_a_hospital_that_is_not_on_the_list_is_not_answered_with_another(ask: Ask, text: str) -> None:
    kind, *about = kind_and_ids(ask(text))
    assert kind != "answer" or not {"first-hospital", "second-hospital", "sixth-hospital", "tcm-hospital"} & set(about)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("3000 коек", "elderly-care"),
        ("три тысячи коек", "elderly-care"),
        ("1500 коек", "hospitals"),
        ("3000张床位", "elderly-care"),
        ("一千半张床位", "hospitals"),
        ("十五百张床", "hospitals"),
        ("полторы тысячи коек", "hospitals"),
        ("fifteen hundred beds", "hospitals"),
        ("пару тысяч коек", "elderly-care"),
        ("2-3 thousand beds", "elderly-care"),
    ],
)
def test_a_large_number_tells_which_of_two_areas_is_meant(ask: Ask, text: str, area: str) -> None:
    answer = ask(text).decision.answer
    assert isinstance(answer, Found)
    assert answer.findings[0].match.area.id == area


@pytest.mark.parametrize(
    "text",
    ["两千五六张床", "1.5w张床位", "三万张床位", "тысяч пять коек", "a dozen hospitals", "two dozen hospitals"],
)
def test_another_figure_in_spoken_form_gets_no_sure_answer(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text))[0] != "answer"


@pytest.mark.parametrize(
    "text",
    [
        "my neighbour heard on the radio that there will be 2500 beds somewhere, is it true that 2500 beds are planned",
        "сосед сказал что будет 4700 коек но я не знаю где, правда ли что планируется 4700 коек",
        "邻居告诉我会有2500张床位，不知道在哪里，是真的吗？2500张床位到底在哪个医院",
    ],
)
def test_a_figure_in_a_long_message_that_the_source_does_not_state_gets_no_sure_answer(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text))[0] != "answer"


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("my neighbour says that 1500 nursing beds will be added in the hospitals, is that true and where", "1,500"),
        ("my mother is 85 and lives at home, what is planned for elderly people this year", "homecare"),
        ("邻居说医院要增加1500张护理床位，是真的吗，在哪里", "1500"),
    ],
)
def test_a_figure_of_the_source_or_a_small_number_in_a_long_message_does_not_prevent_the_answer(
    ask: Ask, text: str, area: str
) -> None:
    assert area in ask(text).reply.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("what does the new childcare centre cost?", "The source gives no costs or prices."),
        ("where is the new childcare centre?", "The source does not say where."),
        ("托育中心地址在哪", "报道没有提到"),
        ("шестая больница: сколько стоит строительство?", "в источнике не указаны"),
    ],
)
def test_what_the_source_leaves_open_is_said_first_beside_the_status(ask: Ask, text: str, sentence: str) -> None:
    answered = ask(text)
    assert kind_and_ids(answered)[0] == "answer"
    first, *rest = answered.reply.text.splitlines()
    assert sentence in first
    assert " · " in "".join(rest)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("heating", "heating"),
        ("饮用水", "water"),
        ("医保", "medical-insurance"),
        ("пожилые", "elderly-care"),
        ("hospitals", "hospitals"),
    ],
)
def test_who_asks_for_an_area_gets_its_overview_and_its_projects(
    ask: Ask, snapshot: Snapshot, text: str, area: str
) -> None:
    answered = ask(text)
    assert kind_and_ids(answered) == ("answer", area)
    projects = {project.id for project in snapshot.knowledge.projects_of(area)}
    assert {option.target.id for option in answered.reply.options if option.target.kind == "project"} <= projects
    assert answered.reply.options


# --- Several things asked ---


@pytest.mark.parametrize(
    ("text", "projects"),
    [
        (
            "When is the childcare centre ready? And what about the sixth hospital?",
            {"childcare-centre", "sixth-hospital"},
        ),
        ("new childcare center and how many nursing beds for the elderly", {"childcare-centre", "elderly-beds"}),
        ("托育中心什么时候建好，还有第六医院呢", {"childcare-centre", "sixth-hospital"}),
        ("Когда откроют детский центр и что с шестой больницей?", {"childcare-centre", "sixth-hospital"}),
    ],
)
def test_two_questions_in_one_message_are_both_answered(ask: Ask, text: str, projects: set[str]) -> None:
    kind, *about = kind_and_ids(ask(text))
    assert (kind, set(about)) == ("answer", projects)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("heating and how do I renew my passport", "heating"),
        ("暖气改造还有护照怎么办", "heating"),
        ("sixth hospital and what's the weather tomorrow", "sixth-hospital"),
    ],
)
def test_a_question_beside_one_about_something_else_is_answered(ask: Ask, text: str, about: str) -> None:
    assert kind_and_ids(ask(text)) == ("answer", about)


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("not the sixth hospital but the childcare centre", "childcare-centre"),
        ("no, not the sixth hospital, the childcare centre", "childcare-centre"),
        ("not the hospital, the nursery", "childcare-centre"),
        ("not the sixth hospital — the childcare centre", "childcare-centre"),
        ("not hospitals but childcare", "childcare-centre"),
        ("the childcare centre please, not the sixth hospital", "childcare-centre"),
        ("не больница, ясли", "childcare-centre"),
        ("не больница — ясли", "childcare-centre"),
        ("детский центр, а не шестая больница", "childcare-centre"),
        ("不是医院，托育中心", "childcare-centre"),
        ("托育中心，不是第六医院", "childcare-centre"),
        ("不是第六医院，是托育中心", "childcare-centre"),
        ("нет, не шестая больница, а детский центр", "childcare-centre"),
    ],
)
def test_what_is_denied_is_not_answered(ask: Ask, text: str, project: str) -> None:
    assert kind_and_ids(ask(text)) == ("answer", project)
    assert kind_and_ids(ask("sixth hospital", text)) == ("answer", project)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("not the first hospital but the second", "second-hospital"),
        ("not the first hospital, the second", "second-hospital"),
        ("I don't want the hospitals, I want the childcare centre", "childcare-centre"),
        ("не первая больница, а вторая", "second-hospital"),
        ("别说暖气，说说水", "water"),
    ],
)
def test_what_is_meant_instead_is_answered(ask: Ask, text: str, about: str) -> None:
    assert kind_and_ids(ask(text)) == ("answer", about)


@pytest.mark.parametrize("text", ["wen wil the childcre center be redy", "када достроят центр по уходу за детьми"])
def test_a_question_word_that_was_typed_in_haste_is_read(ask: Ask, text: str) -> None:
    assert "2021" in ask(text).reply.text.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("shenme shihou", "没有提到时间"), ("rjulf", "Сроки"), ("скока стоит", "Стоимость")],
)
def test_a_follow_up_in_pinyin_on_the_wrong_keyboard_or_in_slang_is_read(ask: Ask, text: str, sentence: str) -> None:
    assert sentence in ask("second hospital", text).reply.text


def test_the_other_one_of_two_is_answered(ask: Ask) -> None:
    assert kind_and_ids(ask("sixth hospital", "the other new one?")) == ("answer", "tcm-hospital")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ni hao ma", "how-are-you"),
        ("zhuan ren gong", "human"),
        ("кто вы такой", "who-are-you"),
        ("вы мне не помогли", "insult"),
        ("you didn't help me at all", "insult"),
        ("你根本没帮上忙", "insult"),
    ],
)
def test_talk_in_pinyin_and_disappointment_get_a_fitting_reply(ask: Ask, text: str, intent: str) -> None:
    answer = ask(text).decision.answer
    assert isinstance(answer, Smalltalk)
    assert answer.intent == intent


# --- Follow-ups ---


@pytest.mark.parametrize(
    ("before", "text", "about", "shown"),
    [
        ("new childcare center?", "and when?", "childcare-centre", "end of 2021"),
        ("new childcare center?", "where?", "childcare-centre", "does not say where"),
        ("sixth hospital", "what does it cost?", "sixth-hospital", "gives no costs or prices"),
        ("sixth hospital", "and the second one?", "second-hospital", "Second"),
        ("托育中心", "那什么时候建好", "childcare-centre", "年底"),
        ("托育中心", "多少钱", "childcare-centre", "报道没有提到"),
        ("医院", "那床位呢", "hospital-beds", "1500"),
        ("шестая больница", "а когда?", "sixth-hospital", "Сроки"),
        ("детский центр", "а сколько стоит?", "childcare-centre", "в источнике не указаны"),
        ("childcare center", "which year?", "childcare-centre", "end of 2021"),
        ("托育中心", "哪一年？", "childcare-centre", "2021年底"),
        ("что с больницами", "а вторая?", "second-hospital", "Второй"),
        ("heating plans?", "only the second one please", "building-energy-efficiency", "Energy efficiency"),
    ],
)
def test_a_follow_up_is_read_with_what_was_said_before(
    ask: Ask, before: str, text: str, about: str, shown: str
) -> None:
    answered = ask(before, text)
    assert kind_and_ids(answered) == ("answer", about)
    assert shown in answered.reply.text


@pytest.mark.parametrize("before", ["new hospitals", "heating"])
def test_a_question_about_something_else_is_not_a_follow_up(ask: Ask, before: str) -> None:
    assert kind_and_ids(ask(before, "what colour is my bicycle")) == ("unknown",)


@pytest.mark.parametrize("text", ["and when?", "where?", "那什么时候", "а когда?", "and?"])
def test_a_follow_up_to_nothing_is_not_answered(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text)) == ("unknown",)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("sixth hospital", "what about the childcare centre?"),
        ("heating", "how many nursing beds for the elderly?"),
        ("托育中心", "第六医院什么时候建好"),
        ("ясли", "что с шестой больницей?"),
        ("childcare centre", "what is the weather tomorrow?"),
        ("childcare centre", "how do I make an appointment with a doctor?"),
        ("第六医院", "怎么挂号"),
    ],
)
def test_a_complete_question_ignores_what_was_said_before(ask: Ask, before: str, text: str) -> None:
    assert kind_and_ids(ask(before, text)) == kind_and_ids(ask(text))


def test_what_was_said_before_may_be_gone_from_the_knowledge(snapshot: Snapshot) -> None:
    assert decide("and when?", snapshot, Focus("gone", "gone-too")).answer == NotFound()
    assert (
        decide("and when?", snapshot, Focus("childcare", "gone-too")).answer
        == decide("and when?", snapshot, Focus("childcare")).answer
    )
