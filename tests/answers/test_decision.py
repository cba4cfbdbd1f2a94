"""What is answered, asked back, sent elsewhere and refused; and what is read with what was said before."""

import random
from collections.abc import Sequence

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.answer import Found, NotFound, Overview, Smalltalk
from bot.answers.decision import decide
from bot.answers.reply import LONGEST_REPLY, MOST_OPTIONS
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from bot.knowledge import Status
from bot.matching.index import Floats
from bot.matching.universal_encoder import UniversalEncoder
from tests.console import Ask, kind_and_ids, questions
from tests.matching.test_normalize import ANY_TEXT
from tests.typos import few, noisy_questions

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
def test_another_figure_in_spoken_form_is_no_sure_answer(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text))[0] != "answer"


@pytest.mark.parametrize(
    "text",
    [
        "my neighbour heard on the radio that there will be 2500 beds somewhere, is it true that 2500 beds are planned",
        "сосед сказал что будет 4700 коек но я не знаю где, правда ли что планируется 4700 коек",
        "邻居告诉我会有2500张床位，不知道在哪里，是真的吗？2500张床位到底在哪个医院",
    ],
)
def test_a_figure_in_a_long_message_that_the_source_does_not_state_is_no_sure_answer(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text))[0] != "answer"


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("my neighbour says that 1500 nursing beds will be added in the hospitals, is that true and where", "1,500"),
        ("my mother is 85 and lives at home, what is planned for elderly people this year", "homecare"),
        ("邻居说医院要增加1500张护理床位，是真的吗，在哪里", "1500"),
    ],
)
def test_a_figure_of_the_source_or_a_small_number_in_a_long_message_is_no_hindrance(
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
def test_a_question_about_something_else_is_no_follow_up(ask: Ask, before: str) -> None:
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


# --- Talk, overviews, and what is elsewhere ---


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hello", "greeting"),
        ("你好", "greeting"),
        ("Здравствуйте!", "greeting"),
        ("thanks!", "thanks"),
        ("谢谢", "thanks"),
        ("спасибо", "thanks"),
        ("who are you?", "who-are-you"),
        ("你是谁", "who-are-you"),
        ("кто ты?", "who-are-you"),
        ("a human, please", "human"),
        ("真人", "human"),
        ("позовите человека", "human"),
    ],
)
def test_small_talk_is_answered_as_small_talk(ask: Ask, text: str, intent: str) -> None:
    answered = ask(text)
    assert kind_and_ids(answered) == ("smalltalk",)
    assert isinstance(answered.decision.answer, Smalltalk)
    assert answered.decision.answer.intent == intent


def test_another_question_about_the_same_area_is_no_follow_up_of_its_last_project(ask: Ask) -> None:
    """After the beds of the hospitals, the new ones are asked for."""
    assert kind_and_ids(ask("Сколько коек добавят?", "which hospitals are new?")) == ("answer", "hospitals")


@pytest.mark.parametrize(
    ("before", "text", "fact"),
    [
        ("расскажите про больницы", "какие из них под ремонт?", "Отремонтируют три больницы"),
        ("哪几家医院要改造", "那新建的是哪几家", "将建设两家医院"),
    ],
)
def test_who_asks_which_ones_gets_the_fact_about_those_that_are_built_or_renovated(
    ask: Ask, before: str, text: str, fact: str
) -> None:
    assert ask(before, text).reply.text.startswith(fact)


def test_thanks_in_between_are_no_follow_up(ask: Ask) -> None:
    assert kind_and_ids(ask("sixth hospital", "thank you")) == ("smalltalk",)
    assert kind_and_ids(ask("sixth hospital", "thank you", "and when?")) == ("answer", "sixth-hospital")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("what are all the projects?", None),
        ("今年办哪些实事", None),
        ("какие есть проекты?", None),
        ("what is finished?", Status.COMPLETED),
        ("哪些已经完工了", Status.COMPLETED),
        ("что уже готово?", Status.COMPLETED),
        ("what is in progress?", Status.IN_PROGRESS),
    ],
)
def test_who_asks_for_the_list_gets_it_with_its_counts_first(ask: Ask, text: str, status: Status | None) -> None:
    answered = ask(text)
    assert answered.decision.answer == Overview(status)
    assert kind_and_ids(answered) == ("answer",)
    assert any(character.isdigit() for character in answered.reply.text.splitlines()[0])


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("how do I make an appointment with a doctor?", "appointments"),
        ("怎么挂号", "appointments"),
        ("записаться к врачу", "appointments"),
        ("how do I pay my heating bill?", "heating-bills"),
        ("what is the weather tomorrow?", "weather"),
    ],
)
def test_what_this_bot_does_not_answer_is_refused_with_its_title_and_nothing_else(
    ask: Ask, snapshot: Snapshot, text: str, topic: str
) -> None:
    answered = ask(text)
    elsewhere = snapshot.knowledge.topic_by_id[topic]
    assert answered.decision.answer == NotFound(elsewhere)
    assert kind_and_ids(answered) == ("unknown",)
    refusal = answered.reply.text.split("\n")[0]
    assert refusal.startswith(elsewhere.title.in_language(answered.language, "zh"))
    assert not any(title in refusal for title in snapshot.knowledge.projects[0].title.model_dump().values())
    assert answered.reply.options == ()


@pytest.mark.parametrize(
    "text",
    [
        "my water is turned off today, when will it be back?",
        "how much is the pension?",
        "I lost my insurance card",
        "how much does a crown at the dentist cost",
        "is the kindergarten closed on monday",
        "swimming lessons for children",
        "医保卡丢了怎么补办",
        "养老金什么时候发",
        "幼儿园怎么报名",
        "где оплатить отопление",
        "сколько стоит пломба",
        "как получить пенсию",
    ],
)
def test_a_near_miss_is_never_answered_with_a_project(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text))[0] != "answer"


@pytest.mark.parametrize("text", ["asdf", "swimming pool in Paris", "给我讲讲黑洞", "рецепт борща"])
def test_what_fits_nothing_is_refused_without_a_guess(ask: Ask, snapshot: Snapshot, text: str) -> None:
    answered = ask(text)
    assert kind_and_ids(answered) == ("unknown",)
    assert {option.target.kind for option in answered.reply.options} <= {"area", "overview"}


# --- Noise ---

_MASHED = random.Random(2)
MASHED = ["".join(_MASHED.choices("asdfghjkl", k=_MASHED.randint(4, 15))) for _ in range(30)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?",
        "???",
        "!!!",
        "...",
        "，。",
        "😀",
        "🏥",
        "👍👍👍",
        "❤️",
        "🇨🇳",
        "asdf",
        "qwerty",
        "sdkfjhsdkjfh",
        "йцукен",
        "фывапролдж",
        "zzzzzz",
        "\u200b",
        "\u202e",
        "\x00",
        "<b></b>",
        "0",
        "123456",
        "1",
        "----",
        "\u0301",
        "http://example.com",
        *MASHED,
    ],
)
def test_noise_is_neither_answered_nor_met_with_a_suggestion(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text)) == ("unknown" if any(map(str.isalnum, text)) else "smalltalk",)


@pytest.mark.parametrize(
    "character", ["a", "Z", "я", "?", " ", "\n", "😀", "1", "\u0301", "\u200b", "\ufdfa", "q", "Ж", "\x00"]
)
def test_one_character_4096_times_is_noise(ask: Ask, character: str) -> None:
    assert kind_and_ids(ask(character * 4096)) == ("unknown" if character.isalnum() else "smalltalk",)


def test_a_question_at_the_end_of_a_long_text_is_answered(ask: Ask) -> None:
    text = "thank you very much " * 200 + ". When will the new childcare center be finished?"
    assert kind_and_ids(ask(text)) == ("answer", "childcare-centre")


def test_a_long_message_is_compared_in_no_more_pieces_than_one_of_many_parts(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = UniversalEncoder.encode

    def counted(encoder: UniversalEncoder, texts: Sequence[str]) -> Floats:
        encoded.extend(texts)
        return encode(encoder, texts)

    monkeypatch.setattr(UniversalEncoder, "encode", counted)
    ask(", ".join(row["text"].rstrip("?") for row in questions("held"))[:4096])
    most_parts, questions_and_whole_texts = 24, 8
    assert len(encoded) <= most_parts + questions_and_whole_texts


# --- Any text at all ---


def promise(ask: Ask, text: str, before: str) -> None:
    for answered in (ask(text), ask(before, text)):
        assert 0 < len(answered.reply.text) <= LONGEST_REPLY
        assert len(answered.reply.options) <= MOST_OPTIONS
        assert len(set(answered.reply.options)) == len(answered.reply.options)
        kind, *about = kind_and_ids(answered)
        assert kind in ("answer", "suggestions", "smalltalk", "unknown")
        assert len(about) <= 3


#: Pieces of real questions in any order, with anything between them.
PIECES = [piece for row in questions("citizens") for piece in row["text"].split()]
SHREDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40).map(" ".join)


@few
@given(st.one_of(ANY_TEXT, SHREDS), st.sampled_from(["hospitals", "托育中心", "вода"]))
def test_any_text_gets_a_reply_that_fits_on_a_screen(ask: Ask, text: str, before: str) -> None:
    promise(ask, text, before)


@pytest.mark.soak
@settings(few, max_examples=20_000)
@given(st.one_of(ANY_TEXT, SHREDS), st.sampled_from(["hospitals", "托育中心", "вода"]))
def test_many_texts_get_a_reply_that_fits_on_a_screen(ask: Ask, text: str, before: str) -> None:
    promise(ask, text, before)


# --- Dirty text ---

TO_TRADITIONAL = opencc.OpenCC("s2t")


@few
@given(noisy_questions())
def test_a_question_with_noise_is_answered_like_the_clean_one(ask: Ask, pair: tuple[str, str]) -> None:
    clean, noisy = pair
    assert kind_and_ids(ask(noisy)) == kind_and_ids(ask(clean))


@pytest.mark.soak
@settings(few, max_examples=5000)
@given(noisy_questions())
def test_many_questions_with_noise_are_answered_like_the_clean_ones(ask: Ask, pair: tuple[str, str]) -> None:
    """Case, width, invisible letters, accents."""
    clean, noisy = pair
    assert kind_and_ids(ask(noisy)) == kind_and_ids(ask(clean))


def test_every_question_in_traditional_characters_is_answered_like_in_simplified_ones(ask: Ask) -> None:
    for row in questions("citizens"):
        traditional = TO_TRADITIONAL.convert(row["text"])
        if traditional != row["text"]:
            assert kind_and_ids(ask(traditional)) == kind_and_ids(ask(row["text"])), row["id"]


@pytest.mark.parametrize("text", ["what is planned for hospitals", "hospitals: what is planned"])
def test_a_question_with_no_word_but_those_of_an_area_is_not_about_one_of_its_projects(ask: Ask, text: str) -> None:
    reply = ask(text).reply.text
    assert reply.startswith("Hospital construction and renovation"), reply
