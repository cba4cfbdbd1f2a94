"""Messages between questions: small talk, complaints, who is speaking, and "is it finished?"."""

import re

import pytest

from bot.answers.answer import About, Emergency, Found, Overview, Smalltalk
from bot.answers.service import Answered, answer_alone
from bot.answers.snapshot import Snapshot, build_snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import SmalltalkFile
from bot.publishing.prepare import prepare
from tests.console import SOON, Ask, ask_in, kind_and_ids
from tests.factories import make_knowledge

HOTLINE = "0451-12345"


def answered(text: str, snapshot: Snapshot, preferred: Language | None = None) -> Answered:
    return answer_alone(text, (), now=SOON, snapshot=snapshot, translator_in=translator_in, preferred=preferred)


@pytest.fixture(scope="module")
def with_hotline(snapshot: Snapshot) -> Snapshot:
    city = snapshot.knowledge.city
    contacts = city.contacts.model_copy(update={"hotline": HOTLINE})
    knowledge = snapshot.knowledge.model_copy(update={"city": city.model_copy(update={"contacts": contacts})})
    return prepare(knowledge, HOTLINE, snapshot)


@pytest.mark.parametrize(
    ("text", "intent", "language"),
    [
        ("ghbdtn", "greeting", "ru"),
        ("spasibo", "thanks", "ru"),
        ("nihao", "greeting", "zh"),
        ("zaijian", "goodbye", "zh"),
        ("прив", "greeting", "ru"),
        ("здравствуйте, милая", "greeting", "ru"),
        ("886", "goodbye", "en"),
        ("r u a robot", "who-are-you", "en"),
        ("你是机器人吗", "who-are-you", "zh"),
    ],
)
def test_talk_in_any_letters_is_answered_in_its_own_language(
    ask: Ask, text: str, intent: str, language: Language, snapshot: Snapshot
) -> None:
    reply = answered(text, snapshot, "en")
    assert isinstance(reply.decision.answer, Smalltalk)
    assert (reply.decision.answer.intent, reply.language) == (intent, language)


@pytest.mark.parametrize(
    "text",
    [
        "no heat for 4 days!!!",
        "my radiators are cold",
        "the heating is a joke",
        "third week without hot water",
        "暖气不热",
        "没热水三天了",
        "楼道灯坏了",
        "четвёртый день без отопления!!!",
        "батареи холодные",
        "кран течёт",
    ],
)
def test_a_citizen_who_reports_a_fault_is_told_whom_to_call(text: str, with_hotline: Snapshot) -> None:
    assert HOTLINE in answered(text, with_hotline).reply.text


@pytest.mark.parametrize("text", ["no heat for 4 days!!!", "батареи холодные"])
def test_without_a_number_a_fault_is_answered_as_any_message(text: str, snapshot: Snapshot) -> None:
    assert "telephone" not in answered(text, snapshot, "en").reply.text


@pytest.mark.parametrize(
    "text", ["how much does the sixth hospital cost", "六院花多少钱", "сколько стоит шестая больница"]
)
def test_a_price_that_is_not_known_comes_with_whom_to_ask(text: str, with_hotline: Snapshot) -> None:
    assert HOTLINE in answered(text, with_hotline).reply.text


@pytest.mark.parametrize(
    "text", ["who says that about the sixth hospital", "откуда про шестую больницу", "六院的消息哪来的"]
)
def test_the_source_of_a_named_project_is_told(ask: Ask, text: str) -> None:
    answer = ask("heating", text).decision.answer
    assert isinstance(answer, About)
    assert (answer.kind, answer.project and answer.project.id) == ("source", "sixth-hospital")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("sixth hospital", "when will it finally be finished?"),
        ("sixth hospital", "is it finished already"),
        ("sixth hospital", "why is it late"),
        ("sixth hospital", "why is it taking so long"),
        ("шестая больница", "почему так долго"),
        ("шестая больница", "когда откроют"),
        ("шестая больница", "когда наконец достроят"),
        ("шестая больница", "стройка началась?"),
        ("六院", "进度如何"),
        ("六院修好没", "不问改造，问新建的"),
    ],
)
def test_what_happens_is_asked_of_what_was_told_before(ask: Ask, before: str, text: str) -> None:
    assert kind_and_ids(ask(before, text)) == ("answer", "sixth-hospital")


@pytest.mark.parametrize("text", ["which ones are done", "哪些完工了", "какие уже готовы"])
def test_which_projects_are_finished_is_asked_of_all(ask: Ask, text: str) -> None:
    assert isinstance(ask("sixth hospital", text).decision.answer, Overview)


@pytest.mark.parametrize("text", ["is the tap water ok for my baby", "自来水干净吗", "вода чистая?"])
def test_whether_something_is_fit_for_use_begins_with_what_is_not_known(ask: Ask, text: str) -> None:
    assert ask(text).reply.text.startswith(("I don't know", "暂无消息", "Не знаю"))


def test_pinyin_with_a_syllable_like_an_english_word_is_not_read_as_english(ask: Ask) -> None:
    assert not isinstance(ask("wo xiang wen yiyuan").decision.answer, Emergency)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["menu", "you are useless"])
def test_an_example_of_a_question_is_a_title_of_the_file(
    text: str, language: Language, smalltalk: SmalltalkFile
) -> None:
    knowledge = make_knowledge()
    reply = answered(text, build_snapshot(knowledge, smalltalk, "small"), language).reply.text
    titles = [*(area.title for area in knowledge.areas), *(project.title for project in knowledge.projects)]
    assert any(words in reply for title in titles for words in title.texts)


@pytest.mark.parametrize(
    "text",
    [
        "who do I call about cold radiators",
        "no heat, who to call",
        "which number for the broken lift",
        "暖气不热打哪个电话",
        "停电了往哪打",
        "谁的电话能管噪音",
        "куда звонить если батареи холодные",
        "нет света кому звонить",
        "куда звонить насчёт мусора",
    ],
)
def test_whom_to_call_about_a_fault_is_told_or_that_it_is_not_known(
    text: str, snapshot: Snapshot, with_hotline: Snapshot
) -> None:
    assert HOTLINE in answered(text, with_hotline).reply.text
    assert re.search("number|call|电话|拨打|[Тт]елефон|[Пп]озвоните", answered(text, snapshot).reply.text)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("how much is daycare", "childcare"),
        ("托费多少钱", "childcare"),
        ("托儿所一个月收费多少", "childcare"),
        ("сколько стоят ясли", "childcare"),
        ("养老院多少钱一个月", "elderly-care"),
        ("сколько стоит дом престарелых", "elderly-care"),
        ("сколько стоит отопление", "heating"),
    ],
)
def test_a_price_that_the_source_does_not_give_is_said_to_be_open(
    text: str, area: str, ask: Ask, with_hotline: Snapshot
) -> None:
    answer = ask(text).decision.answer
    assert isinstance(answer, Found)
    assert [(finding.match.area.id, finding.fact, finding.left_open) for finding in answer.findings] == [
        (area, None, "cost")
    ]
    assert HOTLINE in answered(text, with_hotline).reply.text


@pytest.mark.parametrize("text", ["Details please", "tell me more", "подробнее пожалуйста", "详细一点"])
def test_details_are_those_of_what_was_told_before_or_it_is_asked_of_what(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask("sixth hospital", text)) == ("answer", "sixth-hospital")
    asked_back = ask(text)
    assert asked_back.decision.answer == About("details")
    assert asked_back.reply.options


@pytest.mark.parametrize(
    ("before", "text", "projects"),
    [
        ("что с водой?", "а трубы?", ["water-pipeline"]),
        ("what about water?", "and the pipes?", ["water-pipeline"]),
        ("will the second hospital be renovated?", "which ones are new", ["sixth-hospital", "tcm-hospital"]),
        (
            "第六医院建设",
            "不是，我问改造的",
            ["first-hospital", "second-hospital", "stomatological-hospital"],
        ),
    ],
)
def test_a_word_without_a_subject_belongs_to_what_was_told_before(
    ask: Ask, before: str, text: str, projects: list[str]
) -> None:
    answer = ask(before, text).decision.answer
    assert isinstance(answer, Found)
    told = answer.findings[0].concerned or tuple(filter(None, [answer.findings[0].match.project]))
    assert sorted(project.id for project in told) == projects


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("heating is terrible here", "so what is the city going to do about it"),
        ("в квартире холодно", "что город собирается делать"),
        ("暖气不热", "那今年到底要干啥"),
    ],
)
def test_what_the_city_will_do_is_asked_of_the_fault_before(fault: str, text: str, snapshot: Snapshot) -> None:
    reply = answer_alone(text, (fault,), now=SOON, snapshot=snapshot, translator_in=translator_in)
    assert isinstance(reply.decision.answer, Found)
    assert reply.decision.answer.findings[0].match.area.id == "heating"


@pytest.mark.parametrize("text", ["i already called, you are useless", "вы все бездельники", "你们就会踢皮球"])
def test_anger_at_the_bot_is_answered_as_such(text: str, snapshot: Snapshot) -> None:
    answer = answered(text, snapshot).decision.answer
    assert isinstance(answer, Smalltalk)
    assert answer.intent == "insult"


@pytest.mark.parametrize(
    "text",
    ["вторую поликлинику отремонтируют?", "will the second clinic be renovated?", "шестой роддом построят?"],
)
def test_an_institution_of_another_kind_with_the_same_number_is_not_taken_for_it(text: str, snapshot: Snapshot) -> None:
    assert not isinstance(answered(text, snapshot).decision.answer, Found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("will school 12 get a swimming pool of its own as well", "suggestions"),
        ("does School 3 build an indoor swimming pool too", "suggestions"),
        ("when is the swimming pool of school 7 finished", "answer"),
    ],
)
def test_an_institution_with_a_number_that_no_title_has_is_asked_back_about(text: str, kind: str) -> None:
    assert kind_and_ids(ask_in("seventh_city")(text))[0] == kind


def test_opening_when_goes_on_from_a_project_although_opening_hours_are_a_topic_of_every_city() -> None:
    project, *_ = kind_and_ids(ask_in("second_city")("new primary school"))[1:]
    assert kind_and_ids(ask_in("second_city")("new primary school", "opening when?")) == ("answer", project)


@pytest.mark.parametrize("text", ["how much is the heating tariff?", "тариф на воду какой?", "取暖费一平米多少钱"])
def test_a_tariff_is_said_not_to_be_in_the_source_with_whom_to_ask(
    text: str, snapshot: Snapshot, with_hotline: Snapshot
) -> None:
    assert re.search("source gives no|в источнике не указан|报道没有提到", answered(text, snapshot).reply.text)
    assert HOTLINE in answered(text, with_hotline).reply.text
