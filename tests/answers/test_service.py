"""The subject of a chat is remembered for fifteen minutes; a reply is in the language of the question."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.answers.answer import matches_of
from bot.answers.reply import Reply, Target
from bot.answers.service import (
    REMEMBERED_FOR,
    Answered,
    Conversations,
    answer_question,
    depends_on_chat,
    open_option,
)
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.knowledge import Status
from tests.console import SOON, kind_and_ids
from tests.factories import make_knowledge, values

ANN, BEN = 11, 22


class Chat:
    """One bot with many chats, and a clock that the test moves."""

    def __init__(self, snapshot: Snapshot, limit: int = 50_000) -> None:
        self.snapshot = snapshot
        self.conversations = Conversations(limit)
        self.now = SOON

    def says(self, text: str, chat: int = ANN, preferred: Language | None = None) -> Answered:
        return answer_question(
            text,
            chat=chat,
            now=self.now,
            snapshot=self.snapshot,
            conversations=self.conversations,
            translator_in=translator_in,
            preferred=preferred,
        )

    def taps(self, target: Target, chat: int = ANN) -> Reply | None:
        return open_option(
            target,
            chat=chat,
            now=self.now,
            snapshot=self.snapshot,
            conversations=self.conversations,
            translator=translator_in("en"),
        )


@pytest.fixture
def chat(snapshot: Snapshot) -> Chat:
    return Chat(snapshot)


# --- What was said before ---


@pytest.mark.parametrize(
    ("passed", "about"),
    [
        (timedelta(0), "childcare-centre"),
        (timedelta(minutes=14, seconds=59), "childcare-centre"),
        (timedelta(minutes=15), "childcare-centre"),
        (timedelta(minutes=15, seconds=1), None),
        (timedelta(days=400), None),
    ],
)
def test_a_follow_up_is_understood_for_fifteen_minutes(chat: Chat, passed: timedelta, about: str | None) -> None:
    assert timedelta(minutes=15) == REMEMBERED_FOR
    chat.says("new childcare center?")
    chat.now += passed
    assert kind_and_ids(chat.says("and when?")) == (("answer", about) if about else ("unknown",))


def test_each_answer_restarts_the_fifteen_minutes(chat: Chat) -> None:
    chat.says("new childcare center?")
    for _ in range(4):
        chat.now += timedelta(minutes=10)
        assert kind_and_ids(chat.says("and when?")) == ("answer", "childcare-centre")


def test_a_refusal_or_a_thank_you_keeps_the_subject(chat: Chat) -> None:
    chat.says("new childcare center?")
    chat.says("asdf")
    chat.says("thank you")
    assert kind_and_ids(chat.says("and when?")) == ("answer", "childcare-centre")


def test_the_subject_of_one_chat_is_not_that_of_another(chat: Chat) -> None:
    chat.says("new childcare center?", ANN)
    chat.says("sixth hospital", BEN)
    assert kind_and_ids(chat.says("and when?", ANN)) == ("answer", "childcare-centre")
    assert kind_and_ids(chat.says("and when?", BEN)) == ("answer", "sixth-hospital")


def test_what_was_tapped_is_what_the_chat_talks_about(chat: Chat) -> None:
    assert chat.taps(Target("project", "sixth-hospital")) is not None
    assert kind_and_ids(chat.says("and when?")) == ("answer", "sixth-hospital")
    assert chat.taps(Target("area", "childcare")) is not None
    assert kind_and_ids(chat.says("and when?")) == ("answer", "childcare-centre")


def test_a_tapped_button_of_a_removed_project_shows_nothing_and_keeps_the_subject(chat: Chat) -> None:
    chat.says("sixth hospital")
    assert chat.taps(Target("project", "gone")) is None
    assert kind_and_ids(chat.says("and when?")) == ("answer", "sixth-hospital")


def test_a_forgotten_chat_talked_about_nothing(chat: Chat) -> None:
    chat.says("new childcare center?")
    chat.conversations.forget(ANN)
    chat.conversations.forget(BEN)
    assert kind_and_ids(chat.says("and when?")) == ("unknown",)


def test_a_new_version_of_the_knowledge_keeps_the_subject(snapshot: Snapshot, small: Snapshot) -> None:
    chat = Chat(snapshot)
    chat.says("new childcare center?")
    chat.snapshot = small
    assert kind_and_ids(chat.says("and when?")) == ("answer", "childcare-centre")


def test_the_number_of_remembered_chats_is_limited_and_the_longest_silent_is_forgotten_first() -> None:
    conversations, now = Conversations(limit=3), SOON
    for chat in (1, 2, 3):
        conversations.remember(chat, Focus("water"), now)
    conversations.remember(1, Focus("heating"), now)
    conversations.remember(4, Focus("water"), now)
    assert [conversations.of(chat, now) for chat in (1, 2, 3, 4)] == [
        Focus("heating"),
        None,
        Focus("water"),
        Focus("water"),
    ]


def test_a_million_chats_take_the_memory_of_the_limit() -> None:
    conversations, focus = Conversations(limit=100), Focus("water")
    for chat in range(100_000):
        conversations.remember(chat, focus, SOON)
    assert sum(conversations.of(chat, SOON) is not None for chat in range(100_000)) == 100


# --- Languages ---


@pytest.mark.parametrize(
    ("text", "preferred", "language"),
    [
        ("new childcare center?", "ru", "en"),
        ("托儿中心什么时候建好", "en", "zh"),
        ("Сколько коек добавят?", "zh", "ru"),
        ("???", "ru", "ru"),
        ("12345", "en", "en"),
        ("😀", None, "zh"),
        ("", None, "zh"),
    ],
)
def test_the_reply_is_in_the_language_of_the_question_or_else_in_the_chosen_one_or_else_in_the_city_s(
    chat: Chat, text: str, preferred: Language | None, language: Language
) -> None:
    answered = chat.says(text, preferred=preferred)
    assert answered.language == language
    title = chat.snapshot.knowledge.areas[0].title.in_language(language, "zh")
    if not answered.decision.interpretation.query.tokens:
        assert title in [option.label for option in answered.reply.options]


# --- Equal questions ---


def test_an_equal_question_gets_the_same_answer_without_being_read_again(chat: Chat) -> None:
    assert chat.says("How many beds does it add?", ANN) is chat.says("How many beds does it add?", BEN)


def test_an_equal_question_is_read_again_where_its_answer_may_differ(chat: Chat, snapshot: Snapshot) -> None:
    alone = chat.says("how many beds does it add?")
    chat.taps(Target("project", "sixth-hospital"))
    assert kind_and_ids(chat.says("how many beds does it add?")) != kind_and_ids(alone)
    assert chat.says("???", BEN, preferred="ru").language != chat.says("???", BEN, preferred="en").language
    told = chat.says("sixth hospital", BEN).reply.text
    chat.now += timedelta(days=400)
    assert "May be out of date." in chat.says("sixth hospital", BEN).reply.text.replace(told, "")
    hospital = snapshot.knowledge.project_by_id["sixth-hospital"]
    others = tuple(each for each in snapshot.knowledge.projects if each is not hospital)
    cancelled = hospital.model_copy(update={"status": Status.CANCELLED})
    knowledge = snapshot.knowledge.model_copy(update={"projects": (*others, cancelled)})
    chat.snapshot = replace(snapshot, knowledge=knowledge)
    assert "· cancelled" in chat.says("sixth hospital", BEN).reply.text


def test_the_answers_that_are_kept_are_bounded(chat: Chat) -> None:
    for number in range(150):
        chat.says(f"house {number}", chat=number)
    assert len(chat.snapshot.recent_answers) == 100


# --- The city's day ---


@pytest.mark.parametrize(("zone", "old"), [("Asia/Shanghai", True), ("America/New_York", False)])
def test_what_is_out_of_date_is_decided_by_the_day_in_the_city(snapshot: Snapshot, zone: str, old: bool) -> None:
    city = {**values()["city"], "time_zone": zone}
    in_zone = Snapshot(make_knowledge(city=city), snapshot.engine, snapshot.vocabulary, "another zone")
    # The limit of 180 days is past on 12 May 2022, which has begun in Shanghai only.
    chat = Chat(in_zone)
    chat.now = datetime(2022, 5, 11, 20, 0, tzinfo=UTC)
    reply = chat.taps(Target("project", "sixth-hospital"))
    assert reply is not None
    assert ("May be out of date." in reply.text) == old


# --- Languages that only the encoder knows ---


@pytest.mark.parametrize(
    ("question", "area"),
    [
        ("¿Van a reformar el primer hospital municipal?", "hospitals"),
        ("Wann wird die Heizung in den Wohnungen besser?", "heating"),
        ("식수를 더 안전하게 만들기 위해 무엇을 하나요?", "water"),
        ("Yaşlılar için kaç yeni yatak olacak?", "elderly-care"),
    ],
)
def test_a_question_in_another_language_finds_its_area_and_is_answered_in_one_that_the_bot_speaks(
    chat: Chat, question: str, area: str
) -> None:
    answered = chat.says(question)
    assert kind_and_ids(answered)[0] in ("answer", "suggestions")
    assert area in [match.area.id for match in matches_of(answered.decision.answer)]
    assert answered.language == "en"
    assert answered.reply.text.endswith("(I do not speak your language, so I answer in English.)")
    in_the_language_of_the_chat = chat.says(question, preferred="zh")
    assert in_the_language_of_the_chat.reply.text.endswith("（我不会说您的语言，所以用中文回答。）")


@pytest.mark.parametrize("text", ["¿qué hospitales se van a renovar?", "새 어린이집 센터는 언제 완공되나요?"])
def test_the_chat_tells_the_language_of_the_reply_where_the_bot_does_not_speak_that_of_the_text(text: str) -> None:
    assert depends_on_chat(text)


def test_what_no_area_is_about_is_refused_in_another_language_as_well(chat: Chat) -> None:
    assert kind_and_ids(chat.says("¿Dónde puedo comprar entradas para el concierto?"))[0] == "unknown"
