"""A citizen asks in Telegram: the reply, its language, rate limit and delay."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from bot.answers.reply import Target
from bot.i18n.languages import LANGUAGE_INFO, LanguageInfo
from bot.matching import normalize
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.commands import COMMANDS
from tests.telegram_ui.bot_env import ANN, BEN, GROUP, NOON, POLL, BotEnv, Json, tagged
from tests.telegram_ui.recording_sender import BotAction


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


@pytest.mark.parametrize(
    ("question", "title", "source"),
    [
        ("new childcare center?", "Childcare centre", "en: Source"),
        ("新增养老床位", "养老床位", "zh: Source"),
        ("шестая больница", "Шестая городская больница", "ru: Source"),
    ],
)
async def test_a_question_is_answered_in_its_own_language(env: BotEnv, question: str, title: str, source: str) -> None:
    """The language of the person's Telegram does not matter."""
    [answer] = await env.writes(question, code="fr")

    assert answer.act == "send"
    assert title in (answer.text or "")
    assert source in (answer.text or "")


async def test_what_shows_no_language_gets_the_chosen_one(env: BotEnv) -> None:
    """Without a choice, it is the language of the person's Telegram, and without that the city's."""
    replies = [(await env.writes("123", code=code))[0].text or "" for code in ("zh-hans", "ru", "fr", "")]
    await env.chats.choose_language(ANN, "ru")
    replies += [(await env.writes("123", code="zh-hans"))[0].text or ""]

    assert [text[:3] for text in replies] == ["zh:", "ru:", "en:", "en:", "ru:"]


async def test_what_two_languages_write_alike_gets_the_chosen_one(env: BotEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here English is also written in Cyrillic letters."""
    both = replace(LANGUAGE_INFO["en"], letters="a-zа-яё")
    monkeypatch.setitem(cast("dict[str, LanguageInfo]", LANGUAGE_INFO), "en", both)
    monkeypatch.setitem(normalize._LETTERS, "en", re.compile(f"[{both.letters}]"))
    [by_telegram] = await env.writes("шестая больница", code="en")
    await env.chats.choose_language(ANN, "ru")
    [chosen] = await env.writes("шестая больница", code="en")
    [english] = await env.writes("sixth hospital", code="en")

    sources = [(reply.text or "").splitlines()[-1][:3] for reply in (by_telegram, chosen, english)]
    assert sources == ["en:", "ru:", "en:"]


async def test_a_reply_is_short_and_has_few_buttons_in_few_rows(env: BotEnv) -> None:
    """It has at most 700 characters, and 5 buttons in 3 rows with at most 64 bytes of data."""
    for question in ("all projects", "how many beds for old people", "what is the meaning of gravity"):
        [answer] = await env.writes(question)
        rows = answer.keyboard.inline_keyboard if answer.keyboard else ()

        assert len(answer.text or "") <= 700
        assert len(rows) <= 3
        assert sum(map(len, rows)) <= 5
        assert all(len(data.encode()) <= 64 for data in answer.buttons.values())


async def test_the_next_question_may_refer_to_the_last(env: BotEnv) -> None:
    """“How many?” is about the subject of the last question."""
    await env.writes("beds for old people")
    [answer] = await env.writes("how many?")

    assert "1,000 nursing beds" in (answer.text or "")


# --- Edits ---


async def test_an_edited_question_edits_its_answer(env: BotEnv) -> None:
    """A second edit does the same; no new message is sent."""
    first = env.message(text="new childcare center?")
    [answer] = await env.receives({"message": first})
    for words, title in (("sixth hospital", "Sixth Municipal"), ("шестая больница", "Шестая")):
        edited = {**first, "text": words, "edit_date": first["date"] + 9}
        [change] = await env.receives({"edited_message": edited})

        assert (change.act, change.chat, change.message) == ("edit", ANN, answer.message)
        assert title in (change.text or "")


async def test_an_edit_whose_answer_is_unknown_or_gone_gets_a_new_one(env: BotEnv) -> None:
    """It says which message it answers; the next edit changes that one."""
    first = env.message(text="sixth hospital", edit_date=int(NOON.timestamp()))
    [answer] = await env.receives({"edited_message": first})
    env.sender.deleted.add(answer.message or 0)
    [again] = await env.receives({"edited_message": first})
    [changed] = await env.receives({"edited_message": first})

    assert [(said.act, said.reply_to) for said in (answer, again)] == [("send", first["message_id"])] * 2
    assert (changed.act, changed.message) == ("edit", again.message)


async def test_an_edited_command_changes_its_answer(env: BotEnv) -> None:
    """A citizen can correct a mistyped command."""
    first = env.message(text="/hepl")
    [answer] = await env.receives({"message": first})
    [change] = await env.receives({"edited_message": {**first, "text": "/help", "edit_date": 1}})

    assert (change.act, change.message) == ("edit", answer.message)
    assert change.text == sentences.help_text(COMMANDS, "harbin_bot", tagged("en"), None)


# --- Messages without text ---

ATTACHMENTS: Json = {
    "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}],
    "voice": {"file_id": "f", "file_unique_id": "u", "duration": 1},
    "video_note": {"file_id": "f", "file_unique_id": "u", "duration": 1, "length": 1},
    "sticker": {
        "file_id": "f",
        "file_unique_id": "u",
        "width": 1,
        "height": 1,
        "type": "regular",
        "is_animated": False,
        "is_video": False,
    },
    "poll": POLL,
    "contact": {"phone_number": "1", "first_name": "A"},
    "location": {"longitude": 1, "latitude": 1},
    "document": {"file_id": "f", "file_unique_id": "u", "file_size": 20_000_000},
    "dice": {"emoji": "🎲", "value": 1},
    "story": {"id": 1, "chat": {"id": 1, "type": "private"}},
}


@pytest.mark.parametrize("kind", ATTACHMENTS)
async def test_a_message_without_text_gets_one_polite_line(env: BotEnv, kind: str) -> None:
    """The line is in the person's language."""
    [line] = await env.receives({"message": env.message(code="ru", **{kind: ATTACHMENTS[kind]})})

    assert line.text == sentences.text_only(tagged("ru"))


async def test_an_album_gets_one_line_and_the_next_a_while_later(env: BotEnv) -> None:
    """Ten pictures get one line, not ten."""
    album = {"photo": ATTACHMENTS["photo"], "media_group_id": "7"}
    lines = [await env.receives({"message": env.message(**album)}) for _ in range(10)]
    env.wait(600)
    lines.append(await env.receives({"message": env.message(**album | {"media_group_id": "8"})}))

    assert [len(said) for said in lines] == [1, *[0] * 9, 1]


async def test_a_caption_that_is_added_later_turns_the_notice_into_the_answer(env: BotEnv) -> None:
    """The notice was the answer to the picture."""
    picture = env.message(photo=ATTACHMENTS["photo"])
    [notice] = await env.receives({"message": picture})
    [answer] = await env.receives({"edited_message": {**picture, "caption": "sixth hospital", "edit_date": 2}})

    assert (answer.act, answer.message) == ("edit", notice.message)
    assert "Sixth Municipal" in (answer.text or "")


@pytest.mark.parametrize("captioned", [0, 1, 2])
async def test_an_album_with_a_caption_gets_the_answer_to_it_and_nothing_else(env: BotEnv, captioned: int) -> None:
    """Telegram sends each picture as a message; a notice that came before the caption becomes the answer."""
    said: list[BotAction] = []
    for number in range(3):
        picture: Json = {"photo": ATTACHMENTS["photo"], "media_group_id": "7"}
        if number == captioned:
            picture["caption"] = "sixth hospital"
        said += await env.receives({"message": env.message(**picture)})

    shown = {act.message: act.text or "" for act in said}
    assert len(shown) == 1
    assert "Sixth Municipal" in shown.popitem()[1]


async def test_words_under_a_picture_are_a_question(env: BotEnv) -> None:
    """The bot reads a caption like a text."""
    [answer] = await env.receives({"message": env.message(photo=ATTACHMENTS["photo"], caption="sixth hospital")})

    assert "Sixth Municipal" in (answer.text or "")


async def test_a_live_location_that_moves_is_left_alone(env: BotEnv) -> None:
    """It is "edited" every few seconds."""
    moved = env.message(location=ATTACHMENTS["location"], edit_date=int(NOON.timestamp()))

    assert await env.receives({"edited_message": moved}) == []


# --- Too much, too late, too slow ---


async def test_a_person_who_floods_is_notified_once_and_affects_no_other(env: BotEnv) -> None:
    """1,000 messages in a minute get about 20 answers, one notice, then silence."""
    said: list[BotAction] = []
    for _ in range(1000):
        said += await env.writes("sixth hospital", code="ru")
        env.wait(0.06)
    [other] = await env.writes("sixth hospital", BEN)

    notices = [one for one in said if one.text == sentences.too_fast(tagged("ru"))]
    assert len(notices) == 1
    assert 20 <= len(said) - len(notices) <= 22
    assert "Sixth Municipal" in (other.text or "")


async def test_who_was_too_fast_is_answered_again_after_a_pause(env: BotEnv) -> None:
    for _ in range(50):
        await env.writes("sixth hospital")
    silent = await env.writes("sixth hospital")
    env.wait(25)
    [answer] = await env.writes("sixth hospital")

    assert silent == []
    assert "Sixth Municipal" in (answer.text or "")


async def test_in_a_flood_of_taps_each_is_answered_and_most_have_no_effect(env: BotEnv) -> None:
    """Telegram gets an answer to every tap, and one of them has a notice."""
    [listed] = await env.writes("/projects")
    data = next(iter(listed.buttons.values()))
    taps = [await env.presses(data) for _ in range(40)]

    assert all(any(said.act == "callback" for said in tap) for tap in taps)
    assert sum(any(said.act == "edit" for said in tap) for tap in taps) == 19
    assert [said.text for tap in taps for said in tap if said.act == "callback" and said.text] == [
        sentences.too_fast(tagged("en"))
    ]


async def test_after_an_outage_one_apology_precedes_the_answers(env: BotEnv) -> None:
    """Each chat gets one apology; a new question gets none."""
    old = int((NOON - timedelta(hours=2)).timestamp())
    replies = [await env.writes("sixth hospital", date=old) for _ in range(3)]
    other = await env.writes("шестая больница", BEN, code="ru", date=old)
    fresh = await env.writes("sixth hospital", date=int((NOON - timedelta(minutes=50)).timestamp()))

    assert [len(said) for said in (*replies, other, fresh)] == [2, 1, 1, 2, 1]
    assert replies[0][0].text == sentences.delay_text(tagged("en"))
    assert other[0].text == sentences.delay_text(tagged("ru"))


async def test_typing_is_shown_only_when_it_takes_long(env: BotEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown before the answer, never after it."""
    monkeypatch.setattr("bot.telegram_ui.typing_indicator.TYPING_AFTER", 0.02)
    quick = await env.writes("123")
    env.chats.delay = 0.05
    slow = await env.writes("123")
    await asyncio.sleep(0.03)

    assert [said.act for said in quick] == ["send"]
    assert [said.act for said in slow] == ["typing", "send"]
    assert [said.act for said in env.sender.acts] == ["send", "typing", "send"]


# --- Buttons under an answer ---


async def test_a_related_project_comes_below_and_the_answer_stays(env: BotEnv) -> None:
    """It is in the language of the answer, not in that of the person's Telegram."""
    [answer] = await env.writes("新增养老床位")
    stopped, below = await env.presses(answer.buttons["居家养老服务站"], code="ru")

    assert (stopped.act, stopped.text) == ("callback", None)
    assert below.act == "send"
    assert "建设居家养老服务站" in (below.text or "")
    assert "zh: " in (below.text or "")


async def test_an_open_project_is_what_the_next_question_is_about(env: BotEnv) -> None:
    """A tap counts like a question."""
    await env.presses(env.button(Target("project", "elderly-beds")))
    [answer] = await env.writes("how many?")

    assert "1,000 nursing beds" in (answer.text or "")


async def test_in_a_group_what_comes_below_quotes_the_message_with_the_button(env: BotEnv) -> None:
    """Other people may have written in the meantime."""
    [answer] = await env.writes("@harbin_bot beds for old people", chat=GROUP)
    _, below = await env.presses(next(iter(answer.buttons.values())), chat=GROUP, message=9000)

    assert below.reply_to == 9000
