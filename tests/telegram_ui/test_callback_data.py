"""Buttons: their size and layout, and that nobody can press what was not offered."""

import json
import random
import string
from base64 import urlsafe_b64encode
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardButton

from bot.answers.reply import Option, Target
from bot.i18n.languages import LANGUAGES
from bot.telegram_ui import broadcast_buttons, buttons, inbox_buttons
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.button_codecs import BUTTON_CODECS
from bot.telegram_ui.buttons import CallbackData, ChooseLanguage, Forget, OpenTarget, RenderMode
from bot.telegram_ui.callback_data import _OLD_CODECS, CallbackCodec
from bot.telegram_ui.callbacks import CALLBACKS
from bot.telegram_ui.keyboards import in_rows
from tests.factories import make_knowledge
from tests.telegram_ui.bot_env import ANN, BEN, GROUP, KEY, BotEnv, tagged

IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
TARGETS = st.one_of(
    st.builds(Target, st.sampled_from(["project", "area"]), IDS, st.integers(1, 999)),
    st.builds(Target, st.just("overview"), st.just(""), st.integers(1, 999)),
)
KINDS = {
    kind
    for module in (buttons, inbox_buttons, broadcast_buttons)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, CallbackData) and kind is not CallbackData
}

PRESSES: st.SearchStrategy[CallbackData] = st.one_of(
    st.builds(OpenTarget.of, TARGETS, st.sampled_from(LANGUAGES), st.sampled_from(RenderMode)),
    st.builds(ChooseLanguage, st.sampled_from([None, *LANGUAGES])),
    st.builds(Forget, st.booleans()),
)
CHATS = st.integers(-(2**52), 2**52)


@pytest.fixture
def env() -> BotEnv:
    """A bot that has sent nothing yet."""
    return BotEnv()


@given(PRESSES, CHATS, CHATS)
def test_a_button_does_what_was_written_on_it_in_its_chat_and_nowhere_else(
    press: CallbackData, chat: int, other: int
) -> None:
    """Also with an id of 40 characters, the data fits into Telegram's 64 bytes."""
    codec = CallbackCodec(KEY)
    data = codec.pack(press, chat)

    assert 1 <= len(data.encode()) <= 64
    assert codec.unpack(data, chat) == press
    assert chat == other or codec.unpack(data, other) is None
    assert CallbackCodec(b"another key").unpack(data, chat) is None


GOLDEN = json.loads((Path(__file__).parent / "golden_callbacks.json").read_text())


@pytest.mark.parametrize("old", GOLDEN, ids=lambda old: old["data"][15:])
def test_a_button_of_an_earlier_version_does_what_it_did(old: dict[str, Any]) -> None:
    """Buttons stay on screens for years; lines are added to the file, none is changed."""
    data = CallbackCodec(KEY).unpack(old["data"], ANN)

    assert (type(data).__name__, _plain(data)) == (old["button"], old["values"])


def _plain(data: Any) -> list[Any]:
    values = [getattr(data, field.name) for field in fields(data)]
    return [value.name if isinstance(value, RenderMode) else value for value in values]


def test_the_file_of_old_buttons_holds_every_kind() -> None:
    """A new kind of button needs a line in it."""
    assert {old["button"] for old in GOLDEN} == {kind.__name__ for kind in KINDS}


def test_every_kind_of_button_has_its_row_with_a_handler() -> None:
    assert CALLBACKS.keys() == KINDS


def test_no_button_can_be_read_in_two_ways() -> None:
    """No two templates match the same payload."""
    for old in GOLDEN:
        payload = old["data"][15:]
        assert len([codec for codec in (*BUTTON_CODECS.values(), *_OLD_CODECS) if codec.unpack(payload)]) == 1, payload


def test_each_flipped_bit_and_each_other_spelling_is_refused() -> None:
    """The last letter of the tag has unused bits in base64, and is checked too."""
    codec = CallbackCodec(KEY)
    data = codec.pack(OpenTarget.of(Target("project", "sixth-hospital"), "en", RenderMode.NEW_MESSAGE), ANN)
    letters = string.ascii_letters + string.digits + "-_"
    forged = {data[:at] + letter + data[at + 1 :] for at in range(len(data)) for letter in letters} - {data}
    forged |= {
        data[:at] + chr(ord(data[at]) ^ 1 << bit) + data[at + 1 :] for at in range(len(data)) for bit in range(16)
    }

    assert [one for one in forged if codec.unpack(one, ANN) is not None] == []


async def test_ten_thousand_forged_taps_change_nothing_and_are_all_answered(env: BotEnv) -> None:
    """Random data, flipped bits, buttons of other people, old formats."""
    chance = random.Random(6)
    await env.writes("/start")
    await env.chats.choose_language(ANN, "ru")
    before, changes = dict(env.chats.records), env.chats.changes
    genuine = [
        env.keyboards.codec.pack(press, BEN)
        for press in (
            Forget(confirmed=True),
            ChooseLanguage("zh"),
            OpenTarget.of(Target("overview"), "en", RenderMode.EXPAND),
        )
    ]
    for number in range(10_000):
        data = _forged(chance, genuine[number % 3], number)
        acts = await env.presses(data, message=chance.randrange(2**31))

        assert [(said.act, said.text) for said in acts] == [("callback", sentences.out_of_date(tagged("en")))]
    assert (env.chats.records, env.chats.changes) == (before, changes)


def _forged(chance: random.Random, genuine: str, number: int) -> str:
    match number % 5:
        case 0:
            return genuine
        case 1:
            at = chance.randrange(len(genuine))
            return genuine[:at] + chr(ord(genuine[at]) ^ 1 << chance.randrange(7)) + genuine[at + 1 :]
        case 2:
            return urlsafe_b64encode(chance.randbytes(chance.randrange(1, 48))).decode()
        case 3:
            return "".join(chr(chance.randrange(1, 0x10FFFF)) for _ in range(chance.randrange(1, 32)))
        case _:
            return chance.choice(["f", "1", "1f", "0" * 15 + "f", "v1:forget", "\ud800", "1" + "A" * 14 + "paz.x"])


async def test_a_button_of_an_inline_message_or_of_a_game_is_answered(env: BotEnv) -> None:
    """The bot offers no such buttons."""
    person = env.message()["from"]
    for wish in ({"inline_message_id": "9", "data": "f"}, {"game_short_name": "chess"}, {"data": "f"}):
        query = {"id": "1", "from": person, "chat_instance": "1", **wish}
        [said] = await env.receives({"callback_query": query})

        assert (said.act, said.text) == ("callback", sentences.out_of_date(tagged("en")))


async def test_a_button_whose_project_is_gone_says_so(env: BotEnv) -> None:
    """The knowledge may change under an old message."""
    [said] = await env.presses(env.button(Target("project", "no-longer-there")), code="zh-hans")

    assert (said.act, said.text) == ("callback", sentences.out_of_date(tagged("zh")))


async def test_where_the_message_cannot_be_changed_a_new_one_comes(env: BotEnv) -> None:
    """The message was deleted or is too old."""
    [listed] = await env.writes("/projects")
    env.sender.deleted.add(listed.message or 0)
    _, said = await env.presses(next(iter(listed.buttons.values())), message=listed.message or 0)

    assert said.act == "send"


async def test_the_button_of_a_message_that_telegram_no_longer_shows_works(env: BotEnv) -> None:
    """Such a message has the date zero and no text."""
    query = {
        "id": "1",
        "from": env.message()["from"],
        "chat_instance": "1",
        "data": env.button(Target("project", "sixth-hospital")),
        "message": {"message_id": 5, "date": 0, "chat": {"id": ANN, "type": "private"}},
    }
    _, said = await env.receives({"callback_query": query})

    assert "Sixth Municipal" in (said.text or "")


async def test_more_changes_the_answer_in_place_and_the_rest_comes_below(env: BotEnv) -> None:
    """More of the same is paging; another project is a new question."""
    knowledge = make_knowledge()
    several = env.keyboards.options(
        [
            *[_option(project.title.text_in("en") or "", "project", project.id) for project in knowledge.projects[:2]],
            _option("More", "area", "elderly-care", 2),
            _option("More areas", "overview", "", 2),
        ],
        ANN,
        language="en",
        mode=RenderMode.NEW_MESSAGE,
        subject=Target("area", "elderly-care"),
    )
    assert several
    pressed = [
        env.keyboards.codec.unpack(str(button.callback_data), ANN) for row in several.inline_keyboard for button in row
    ]

    assert [press.mode for press in pressed if isinstance(press, OpenTarget)] == [
        RenderMode.NEW_MESSAGE,
        RenderMode.NEW_MESSAGE,
        RenderMode.EXPAND,
        RenderMode.EXPAND,
    ]


def _option(label: str, kind: Any, identifier: str, page: int = 1) -> Option:
    return Option(label, Target(kind, identifier, page))


@given(st.lists(st.text("ab 医院", min_size=1, max_size=40), max_size=6))
def test_up_to_six_buttons_fill_three_rows_in_their_order(labels: list[str]) -> None:
    """A row has at most two buttons."""
    rows = in_rows([InlineKeyboardButton(label, callback_data="x") for label in labels])

    assert len(rows) <= 3
    assert all(1 <= len(row) <= 2 for row in rows)
    assert [button.text for row in rows for button in row] == labels


def test_long_labels_get_a_row_of_their_own() -> None:
    """Short labels share a row; a Chinese character is as wide as two letters."""
    labels = ["Optimisation of the heat supply", "More", "All", "哈尔滨市第六医院"]
    rows = in_rows([InlineKeyboardButton(label, callback_data="x") for label in labels])

    assert [[button.text for button in row] for row in rows] == [labels[:1], labels[1:3], labels[3:]]


async def test_a_button_of_one_chat_does_nothing_in_another(env: BotEnv) -> None:
    """A person who copies a message gets no rights with it."""
    data = env.keyboards.codec.pack(Forget(confirmed=True), ANN)
    await env.writes("/start", BEN)
    said = [await env.presses(data, BEN), await env.presses(data, ANN, chat=GROUP)]

    assert [[one.act for one in acts] for acts in said] == [["callback"], ["callback"]]
    assert BEN in env.chats.records
