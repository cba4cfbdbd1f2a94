"""What surrounds a question, such as a greeting or who wants to know, does not change its answer."""

import pytest

from bot.answers.answer import Emergency, Smalltalk
from bot.i18n.languages import Language
from bot.knowledge import Intent
from tests.console import Ask

FRAMES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Hello! Could you please tell me: {}",
        "{} Thanks in advance!",
        "sorry to bother you, {}",
        "my neighbour wants to know: {}",
        "do you know {}",
        "does anyone know {}",
        "{} asking for my mother",
        "Dear city hall, {} Kind regards, Anna",
        "i'd be grateful if you could tell me {}",
    ),
    "zh": (
        "您好！请问一下：{}",
        "{} 谢谢！",
        "我邻居想知道：{}",
        "老师您好{}",
        "{}麻烦回复一下",
        "代我爸问一句{}",
        "尊敬的政府，{}此致敬礼",
        "{}急急急",
    ),
    "ru": (
        "Здравствуйте! Подскажите, пожалуйста: {}",
        "{} Заранее спасибо!",
        "извините за беспокойство, {}",
        "муж просил узнать, {}",
        "девушка, {}",
        "не знаете {}",
        "можно узнать {}",
        "Уважаемая администрация! {} С уважением, Анна",
    ),
}
QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "when will the sixth hospital be ready",
        "childcare",
        "how much does it cost to heat a flat",
        "where to park",
    ),
    "zh": ("六院什么时候建好", "托育", "养老院收费多少", "哪里可以停车"),
    "ru": ("когда достроят шестую больницу", "ясли", "загс когда переедет", "сколько стоит отопление"),
}


@pytest.mark.parametrize(
    ("language", "frame"), [(language, frame) for language in FRAMES for frame in FRAMES[language]]
)
def test_a_courtesy_around_a_question_does_not_change_its_answer(ask: Ask, language: Language, frame: str) -> None:
    for question in QUESTIONS[language]:
        framed, bare = ask(frame.format(question)), ask(question)
        assert framed.decision.answer == bare.decision.answer
        assert framed.language == language


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("thanks a lot!", "thanks"),
        ("ok thanks", "thanks"),
        ("谢谢您！", "thanks"),
        ("谢谢老师", "thanks"),
        ("Спасибо большое!", "thanks"),
        ("спасибо, дорогой", "thanks"),
        ("hello there", "greeting"),
        ("hello my friend", "greeting"),
        ("你好", "greeting"),
        ("Добрый день!", "greeting"),
    ],
)
def test_a_message_of_courtesies_alone_is_small_talk(ask: Ask, text: str, intent: Intent) -> None:
    assert ask(text).decision.answer == Smalltalk(intent)


@pytest.mark.parametrize(
    "text",
    [
        "sorry to bother you, my mother is not breathing",
        "please tell me what to do, there is smoke in the hall",
        "请问我妈晕倒了怎么办 急急急",
        "извините, бабушка упала и не встаёт, подскажите что делать",
    ],
)
def test_a_courtesy_does_not_hide_an_emergency(ask: Ask, text: str) -> None:
    assert isinstance(ask(text).decision.answer, Emergency)


@pytest.mark.parametrize(
    "text", ["你好久没更新了吧", "thanks to whom is the hospital built", "what do you know about heating"]
)
def test_words_that_only_look_like_a_courtesy_stay(ask: Ask, text: str) -> None:
    query = ask(text).decision.interpretation.query.text
    assert any(word in query for word in ("你好久", "thanks to", "you know about"))
