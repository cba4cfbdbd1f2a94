"""Emergencies and distress come first: recognised in every language, answered with whom to call."""

import json
import re
from datetime import UTC, datetime

import pytest

from bot.answers.answer import kind_of
from bot.answers.emergencies.contacts import emergency_reply, service_number
from bot.answers.emergencies.detection import load_emergencies
from bot.answers.inline import find_cards
from bot.answers.service import Answered, Conversations, answer_alone, answer_question, is_emergency
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import City
from tests.console import CASES, SOON
from tests.factories import make_knowledge
from tests.languages import speaks_text

#: Of questions about the city; the other bars are those of `test_care`.
MAX_FALSE_ALARMS = 0.01
#: Of messages in danger and others.
MAX_CHANGED_BY_PLEAS = 0.01
NUMBERS = {"medical": "120", "overdose": "120", "fire": "119", "gas": "119", "water": "119", "electricity": "119"} | {
    "violence": "110",
    "missing-child": "110",
    "suicide": "12356",
}

#: What people in danger ask besides; "{}" is where they say what happened.
PLEAS: dict[Language, tuple[str, ...]] = {
    "en": (
        "what should i do, {}",
        "{} what do i do",
        "please tell me what to do, {}",
        "{} please help",
        "{} who do i call",
    ),
    "zh": ("{}怎么办", "请问{}怎么办", "{}打哪个电话", "{}该找谁", "天哪{}"),
    "ru": ("что делать, {}", "{} что делать", "{} куда звонить", "подскажите что делать, {}", "помогите {}"),
}


def ask(text: str, snapshot: Snapshot, preferred: Language | None = None) -> Answered:
    return answer_alone(text, (), now=SOON, snapshot=snapshot, translator_in=translator_in, preferred=preferred)


@pytest.mark.parametrize("name", ["citizens/dev", "city/questions", "held/questions"])
def test_questions_about_the_city_are_not_emergencies(name: str, snapshot: Snapshot) -> None:
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    about = [row["text"] for row in map(json.loads, lines) if row["areas"]]
    found = [text for text in about if is_emergency(text, snapshot)]
    assert len(found) / len(about) <= MAX_FALSE_ALARMS, found


@pytest.mark.parametrize("name", ["emergencies", "unseen_12", "ordinary"])
def test_a_plea_neither_hides_an_emergency_nor_makes_one(name: str, snapshot: Snapshot) -> None:
    rows = map(json.loads, (CASES / "care" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    texts = [(number, row["text"], row["lang"]) for number, row in enumerate(rows)]
    changed = [
        framed
        for number, text, language in texts
        if is_emergency(text, snapshot)
        != is_emergency(framed := PLEAS[language][number % len(PLEAS[language])].format(text), snapshot)
    ]
    assert len(changed) / len(texts) <= MAX_CHANGED_BY_PLEAS, changed


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("i took too many pills", "en", "120"),
        ("hous on fire", "en", "119"),
        ("想跳楼", "zh", "12356"),
        ("煤汽泄漏", "zh", "119"),
        ("zhaohuo le", "zh", "119"),
        ("wo ba yun dao le", "zh", "120"),
        ("chi le hao duo yao", "zh", "120"),
        ("мне плохо, не хочу жить", "ru", "12356"),
        ("ne hochu zhit", "ru", "12356"),
        ("gj;fh", "ru", "119"),
        ("мама упала и не встаёт", "ru", "120"),
    ],
)
def test_the_reply_begins_with_whom_to_call(text: str, language: Language, number: str, snapshot: Snapshot) -> None:
    answered = ask(text, snapshot)
    assert number in answered.reply.text[:60]
    assert (answered.language, answered.reply.options) == (language, ())
    assert kind_of(answered.decision.answer) == "unknown"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("mi hermano no respira", "120"),
        ("우리 집에 불이 났어요", "119"),
        ("家が火事です", "119"),
        ("ich will sterben", "12356"),
        ("мій дім горить", "119"),
        ("mon fils a disparu", "110"),
    ],
)
def test_an_emergency_is_recognised_in_languages_that_the_bot_does_not_speak(
    text: str, number: str, snapshot: Snapshot
) -> None:
    assert number in ask(text, snapshot, "en").reply.text[:60]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("her smile hangs on one side", "120"), ("the seizures keep coming", "120"),
        ("someone else collected my son from nursery, not us", "110"), ("the stroller rolled into the lake", "119"),
        ("укололи и человек рухнул, не отвечает", "120"), ("на вокзале сумасшедший с мачете", "110"),
        ("ребёнка из садика забрал какой-то мужчина", "110"), ("санки укатились в прорубь, там дети", "119"),
        ("打完疫苗就倒地抽搐", "120"), ("ta na dao yao kan wo", "110"), ("爬犁滑进江里了孩子在上面", "119"),
        ("wo jia zhao huo la", "119"),
    ],
)  # fmt: skip
def test_a_kind_of_danger_is_told_by_its_number(text: str, number: str, snapshot: Snapshot) -> None:
    assert number in ask(text, snapshot).reply.text[:60]


@pytest.mark.parametrize("text", ["we are stuck in the lift", "电梯困人了", "человек тонет в реке"])
def test_a_person_who_is_trapped_or_in_the_water_is_told_to_call_and_not_to_get_out(
    text: str, snapshot: Snapshot
) -> None:
    answered = ask(text, snapshot)
    gettext = translator_in(answered.language).gettext
    advice = gettext("I am only a bot and cannot send help: please call, they will tell you what to do.")
    assert advice in answered.reply.text


@pytest.mark.parametrize(
    "text",
    [
        "the lift broke down again with people in it, whom do I call",
        "我家电梯又坏了关了人找哪个修",
        "лифт опять сломался, там люди, кому звонить",
    ],
)
def test_people_in_a_broken_lift_get_fire_and_rescue_first(text: str, snapshot: Snapshot) -> None:
    assert re.findall(r"\d{3}", ask(text, snapshot).reply.text) == ["119", "120"]


def test_every_number_is_named_when_the_meaning_leaves_the_kind_open(snapshot: Snapshot) -> None:
    text = ask("друга течением унесло", snapshot).reply.text
    assert all(number in text for number in ("110", "119", "120"))


def test_a_message_beside_an_idiom_needs_a_clearer_meaning(snapshot: Snapshot) -> None:
    ordinary = ("上火了喝点啥", "堵车堵得喘不上气，路啥时候修好", "от счёта за тепло как током ударило")
    assert [text for text in ordinary if is_emergency(text, snapshot)] == []
    assert is_emergency("火车站跟孙女走散了", snapshot)


def test_without_an_encoder_the_words_decide(small: Snapshot) -> None:
    assert small.emergency_meanings is None
    assert is_emergency("my house is on fire", small)


@pytest.mark.parametrize(
    "text",
    [
        "自杀热线建设项目",
        "сестринские койки",
        "anstey leedo openning",
        "ni hao",
        "fyr stashun",
        "你好啊",
        "напор воды на верхних этажах",
        "чуть инфаркт не хватил от цен на отопление",
        "prices are a slap in the face",
        "газ в Кирпичный посёлок",
        "в новом автобусе водитель нахамил мне",
        "somewhere fenced to let my beagle off the lead",
        "在哪打",
        "要打吗",
        "我妈七十了住六楼腿脚不好爬不动",
        "she is seventy-eight and our building has no lift, she can hardly get up to the fourth floor",
        "тёте тяжело подниматься на четвёртый этаж",
        "особняк Бурылиных что с ним",
        "гимназия что с ней",
        "автобуста жол жүру қанша тұрады",
        "при чем тут шэньчжэнь и лекарства",
        "газопровод, что с ним",
    ],
)
def test_an_ordinary_question_is_not_an_emergency(text: str, snapshot: Snapshot) -> None:
    assert not is_emergency(text, snapshot)


@pytest.mark.parametrize(
    ("care", "danger"),
    [
        ("my father can't get out of bed, who can give him a bath", "my father fell out of bed and doesn't answer"),
        ("mum hasn't walked since her operation, can someone wash her", "mum fell in the bath and can't move"),
        ("grandpa can't feed himself any more, is there home help", "my father can't get up and talks nonsense"),
        ("i am 82 and can't lift my wife out of the bath any more", "dad lies in the bathroom and won't get up"),
        ("dad forgets to take his pills, can someone check on him", "mum took all her pills at once"),
        ("мама не встаёт после инсульта второй год, искупать её сама не могу", "мама не встаёт и не отвечает"),
        ("свекровь после перелома не ходит, нужна помощь с мытьём", "бабушка упала в ванной, не может подняться"),
        ("муж инвалид, из ванны поднять не могу, кто помогает", "он не может встать, нога вывернута"),
        ("老父亲卧床不起，谁能上门给他洗澡", "爷爷从床上摔下来不动了"),
        ("我妈中风两年了起不来床，洗不了澡怎么办", "老爸突然起不来了，说话不清"),
        ("我抬不动老伴进浴室，有助浴服务吗", "老伴洗澡时晕倒了"),
    ],
)
def test_long_care_at_home_is_told_from_an_emergency(care: str, danger: str, snapshot: Snapshot) -> None:
    assert (is_emergency(care, snapshot), is_emergency(danger, snapshot)) == (False, True)


@pytest.mark.parametrize("text", ["活够了", "being followed", "сирдечный приступ", "xiang si"])
def test_a_message_that_says_nothing_but_a_sign_is_an_emergency_whatever_its_meaning(
    text: str, snapshot: Snapshot
) -> None:
    assert is_emergency(text, snapshot)


def test_no_emergency_is_remembered_as_what_the_chat_talked_about(snapshot: Snapshot) -> None:
    conversations = Conversations()
    answer_question(
        "my house is on fire",
        chat=1,
        now=SOON,
        snapshot=snapshot,
        conversations=conversations,
        translator_in=translator_in,
    )
    assert conversations.of(1, SOON) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(load_emergencies().numbers))
def test_every_kind_has_a_reply_in_every_language(kind: str, language: Language) -> None:
    text = emergency_reply(kind, make_knowledge().city, translator_in(language))
    assert speaks_text(text, language)
    assert len(text) <= 280
    assert re.search(r"\d{3}", text[:80])
    assert NUMBERS.get(kind, "") in text


def city(**contacts: str) -> City:
    knowledge = make_knowledge()
    return knowledge.city.model_copy(
        update={"contacts": knowledge.city.contacts.model_copy(update=contacts), "time_zone": "Asia/Shanghai"}
    )


def test_the_citys_own_numbers_come_before_the_countrys() -> None:
    assert service_number("fire", city(fire="0451-1", emergency="112")) == "0451-1"
    assert service_number("fire", city(emergency="112")) == "112"
    assert service_number("crisis", city(emergency="112", crisis="")) == "12356"
    assert service_number("police", city(emergency="")) == "110"


def test_a_country_without_known_numbers_still_gets_a_call_for_help() -> None:
    nowhere = city(emergency="").model_copy(update={"time_zone": "Pacific/Auckland"})
    for kind in load_emergencies().numbers:
        assert "emergency services" in emergency_reply(kind, nowhere, translator_in("en"))


def test_a_utilitys_fault_line_is_named_when_the_city_filled_it_in() -> None:
    assert "Gas fault line: 96777." in emergency_reply("gas", city(gas="96777"), translator_in("en"))


def test_inline_offers_nothing_but_the_numbers(snapshot: Snapshot) -> None:
    found = find_cards(
        "there is a fire in my house",
        start=0,
        count=20,
        snapshot=snapshot,
        translator_in=translator_in,
        preferred="en",
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert [card.title for card in found.cards] == ["Call now: 119 (fire and rescue)."]
