"""Talk, overviews, what the bot does not cover, and texts that are not questions."""

import random
from collections.abc import Sequence

import opencc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.answers.answer import NotFound, Overview, Smalltalk, matches_of
from bot.answers.reply import MAX_OPTIONS, MAX_REPLY
from bot.answers.snapshot import Snapshot
from bot.knowledge import Status
from bot.matching.arrays import Floats
from bot.matching.universal_encoder import UniversalEncoder
from tests.console import Ask, kind_and_ids, questions
from tests.typos import ANY_TEXT, few, noisy_questions

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


@pytest.mark.parametrize("text", ["короче когда достроят типа шестую больницу", "короче, что с шестой больницей"])
def test_in_short_before_a_question_does_not_ask_for_a_shorter_answer(ask: Ask, text: str) -> None:
    assert kind_and_ids(ask(text)) == ("answer", "sixth-hospital")


def test_another_question_about_the_same_area_is_not_a_follow_up_of_its_last_project(ask: Ask) -> None:
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


def test_thanks_in_between_are_not_a_follow_up(ask: Ask) -> None:
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
    ("text", "area"),
    [
        ("latest news about procurement", "medical-insurance"),
        ("любые новости про закупки лекарств", "medical-insurance"),
        ("какие новости с отоплением", "heating"),
        ("news about football", None),
        ("новости про выборы", None),
        ("市长的新闻", None),
    ],
)
def test_news_about_a_project_are_its_status_and_other_news_are_elsewhere(
    ask: Ask, text: str, area: str | None
) -> None:
    answer = ask(text).decision.answer
    assert [match.area.id for match in matches_of(answer)] == ([area] if area else [])


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
    assert elsewhere.title.in_language(answered.language, "zh") in refusal
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
        assert 0 < len(answered.reply.text) <= MAX_REPLY
        assert len(answered.reply.options) <= MAX_OPTIONS
        assert len(set(answered.reply.options)) == len(answered.reply.options)
        kind, *about = kind_and_ids(answered)
        assert kind in ("answer", "suggestions", "smalltalk", "unknown")
        assert len(about) <= 3


#: Pieces of real questions in any order, with anything between them.
PIECES = [piece for row in questions("citizens") for piece in row["text"].split()]
SHREDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40).map(" ".join)


@few
@example("WHN?WHY<DENTA:1BE", "hospitals")  # two details of one project beside another project
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
