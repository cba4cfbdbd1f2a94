"""An admin writes to the subscribers: composes, looks, types the number, and steers what goes out."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.broadcasts.delivery import NotSent, Refused, Unknown
from bot.broadcasts.model import Attachment, Broadcast, Counts, Edition, Link, Progress
from bot.evaluation import plots
from bot.i18n.languages import LANGUAGES, language_name
from bot.people.ports import Grant
from bot.telegram_ui.admins import progress as progress_card
from bot.telegram_ui.buttons import (
    Approve,
    AskPart,
    CallbackData,
    ControlBroadcast,
    OpenDraft,
    ReuseTexts,
    SetClass,
    SetRole,
    ShowCard,
    ShowPreview,
)
from tests.telegram_ui.bot_env import ADMIN, ANN, BEN, CLERK, GROUP, NOON, BotAction, BotEnv, Json, follow, texts
from tests.telegram_ui.test_staff import EACH_PRESS, NEEDED

DEE = 23  #: a second admin
PHOTO: list[Json] = [
    {"file_id": name, "file_unique_id": name, "width": width, "height": width}
    for name, width in (("small", 90), ("large", 1280), ("middle", 320))
]
COUNTS = Counts({("sent", ""): 40, ("failed", "blocked"): 3, ("unknown", "silence"): 2, ("pending", ""): 5})


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin, a clerk, and three subscribers."""
    env = BotEnv()
    await env.publisher.start(None)
    env.broadcasts.people = {ANN: "en", BEN: "zh", 13: None}
    return env


async def grant_admin(env: BotEnv, person: int = DEE) -> None:
    """Another admin."""
    env.records.given[person] = Grant(person, "admin", ADMIN, env.now)


async def composed(env: BotEnv, text: str = "The water is off tomorrow.", language: str = "English") -> list[BotAction]:
    """The composer of a draft with one text."""
    await follow(env, await env.writes("/broadcast", ADMIN), language, person=ADMIN)
    return await env.writes(text, ADMIN)


async def seen(env: BotEnv) -> list[BotAction]:
    """What the author of such a draft reads behind the preview."""
    return await follow(env, await composed(env), "Preview", person=ADMIN)


async def confirmed(env: BotEnv) -> Broadcast:
    """A broadcast that was confirmed and can still be called back."""
    await seen(env)
    await env.writes("3", ADMIN)
    return first(env)


def first(env: BotEnv) -> Broadcast:
    """The broadcast that was begun first."""
    return min(env.broadcasts.stored.values(), key=lambda broadcast: broadcast.id)


def put(env: BotEnv, broadcast: Broadcast, counts: Counts | None = None, **values: Any) -> Progress:
    """Set the state of a broadcast as the worker would."""
    changed = replace(broadcast, **values)
    env.broadcasts.stored[changed.id] = changed
    if counts:
        env.broadcasts.figures[changed.id] = counts
    return Progress(changed, counts or Counts())


async def updated_cards(env: BotEnv, *, has_news: bool = True) -> list[BotAction]:
    """What the keeper of the cards says in one round."""
    before = len(env.sender.acts)
    await env.cards.handle_events(has_events=has_news)
    return env.sender.acts[before:]


async def notices_of(env: BotEnv, progress: Progress) -> list[BotAction]:
    """What is said about an event."""
    env.events.broadcast_changed(progress)
    return await updated_cards(env)


# --- The draft ---


async def test_a_text_without_a_pressed_button_is_put_into_the_open_draft_or_answered(env: BotEnv) -> None:
    """The bot asks which of both it is."""
    await env.writes("/broadcast", ADMIN)
    asked = await env.writes("The water is off tomorrow.", ADMIN)
    assert [*asked[-1].buttons] == [*map(language_name, LANGUAGES), "en: It is a question"]
    drafted = await follow(env, asked, "English", person=ADMIN)
    draft = await env.broadcasting.draft_of(ADMIN)
    assert draft
    assert draft.editions["en"].html == "The water is off tomorrow."
    assert "✓ English" in drafted[-1].buttons

    asked = await env.writes("sixth hospital", ADMIN)
    assert "Sixth Municipal" in texts(await follow(env, asked, "question", person=ADMIN))
    assert "send it again" in texts(await follow(env, asked, "question", person=ADMIN))
    assert "Sixth Municipal" in texts(await env.writes("sixth hospital", ADMIN))  # no one looks at the draft now


async def test_a_text_after_the_open_draft_was_erased_is_a_question(env: BotEnv) -> None:
    said = await env.writes("/broadcast", ADMIN)
    await follow(env, said, "Erase", "Yes", person=ADMIN)

    assert "Sixth Municipal" in texts(await env.writes("sixth hospital", ADMIN))


async def test_a_broadcast_is_composed_seen_confirmed_and_waits_a_minute_in_which_it_can_be_called_back(
    env: BotEnv,
) -> None:
    """The whole story, as an admin lives it."""
    said = await env.writes("/broadcast", ADMIN)
    assert "Broadcast 2026-001: a draft. Nothing is sent yet." in texts(said)
    assert "3 people" in texts(said)

    said = await follow(env, said, "English", person=ADMIN)
    assert "Send me the text in English" in texts(said)
    said = await env.writes("The water is off tomorrow.", ADMIN)
    assert "✓ English" in texts(said)

    said = await follow(env, said, "Preview", person=ADMIN)
    assert env.transport.posted == [
        (ADMIN, "The water is off tomorrow.\n\nNo 2026-001", Edition("The water is off tomorrow."))
    ]
    assert "Type the number 3 to send it" in texts(said)

    said = await env.writes("3", ADMIN)
    assert "Until then it can be recalled" in texts(said)
    assert first(env).state == "queued"
    assert first(env).starts_at == env.now + timedelta(seconds=60)
    assert first(env).card == (ADMIN, said[-1].message)
    assert [(line.person, line.act, line.subject) for line in env.records.lines[1:]] == [
        (ADMIN, "broadcast confirm", "2026-001")
    ]

    said = await follow(env, said, "Recall it", person=ADMIN)
    assert first(env).state == "cancelled"
    assert "No one got it" in texts(said)


async def test_the_composer_changes_in_place_and_shows_each_choice(env: BotEnv) -> None:
    """Class, audience and time are chosen with buttons; the message with the button shows what was chosen."""
    said = await composed(env)
    for page, choice, line in (
        ("Class", "alert", "Class: en: alert"),
        ("To whom", "those who read 中文", "To: en: en: those who read 中文, en: 1 person"),
        ("To whom", "test group", "To: en: en: test group"),
        ("When", "As soon as", "When: en: 60 seconds after"),
    ):
        said = await follow(env, said, page, choice, person=ADMIN)
        assert line in texts(said)
        assert [act.act for act in said] == ["callback", "edit"]


async def test_the_three_classes_are_explained_where_they_are_chosen(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "Class", person=ADMIN)

    assert all(word in texts(said) for word in ("also at night", "without a sound", "no one gets it twice"))
    assert [label for label in said[-1].buttons if label.startswith("✓")] == ["✓ en: notice"]


async def test_the_composer_shows_fallback_languages_and_unused_texts(env: BotEnv) -> None:
    said = await composed(env)
    assert "Readers of 中文 get the text in English" in texts(said)
    assert "Readers of Русский get the text in English" in texts(said)

    await follow(env, said, "中文", person=ADMIN)
    said = await env.writes("明天停水。", ADMIN)
    assert "Readers of 中文" not in texts(said)

    said = await follow(env, said, "To whom", "those who read 中文", person=ADMIN)
    assert "No recipient gets the text in English" in texts(said)
    assert "Readers of" not in texts(said)


async def test_formatting_is_kept_and_what_looks_like_html_is_shown_literally(env: BotEnv) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    await env.writes("off & <on>", ADMIN, entities=[{"type": "bold", "offset": 0, "length": 3}])

    assert first(env).editions["en"].html == "<b>off</b> &amp; &lt;on&gt;"


async def test_a_photo_with_a_text_below_it_is_taken_in_its_largest_size(env: BotEnv) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    said = await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="Look")})

    assert first(env).editions["en"] == Edition("Look", Attachment("photo", "large"))
    assert "Attachment: en: a photo" in texts(said)

    said = await follow(env, said, "Remove the attachment", person=ADMIN)
    assert first(env).editions["en"] == Edition("Look")


async def test_a_photo_without_words_goes_with_the_text_that_is_there(env: BotEnv) -> None:
    """Who sends text and photo one after the other does not lose the text."""
    await follow(env, await composed(env, "Look"), "English", person=ADMIN)
    await env.receives({"message": env.message(ADMIN, photo=PHOTO)})

    assert first(env).editions["en"] == Edition("Look", Attachment("photo", "large"))


async def test_a_file_that_is_asked_for_is_the_broadcasts_and_no_knowledge_file(env: BotEnv) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    document = {"file_id": "plan", "file_unique_id": "u", "file_name": "projects.yaml", "file_size": 9}
    await env.receives({"message": env.message(ADMIN, document=document)})

    assert first(env).editions["en"] == Edition("", Attachment("document", "plan"))
    assert env.records.waiting == {}


async def test_of_an_album_the_first_is_taken_and_the_rest_is_neither_taken_nor_answered(env: BotEnv) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    album: Json = {"photo": PHOTO, "media_group_id": "77"}
    said = await env.receives({"message": env.message(ADMIN, caption="Look", **album)})
    assert "Only one photo or file is possible" in texts(said)

    assert await env.receives({"message": env.message(ADMIN, **album)}) == []
    assert await env.receives({"message": env.message(ADMIN, caption="Other words", **album)}) == []
    assert first(env).editions["en"] == Edition("Look", Attachment("photo", "large"))


@pytest.mark.parametrize(
    "content",
    [
        {"video": {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1}, "caption": "x"},
        {
            "animation": {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1},
            "document": {"file_id": "v", "file_unique_id": "v"},
            "caption": "x",
        },
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}},
    ],
)
async def test_what_cannot_be_sent_is_not_taken_and_its_words_are_not_either(env: BotEnv, content: Json) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)

    assert "a text, a photo or a file" in texts(await env.receives({"message": env.message(ADMIN, **content)}))
    assert first(env).editions == {}
    assert "✓ English" in texts(await env.writes("then words", ADMIN))


async def test_a_text_that_is_too_long_is_refused_with_the_number_of_characters_and_can_be_sent_again(
    env: BotEnv,
) -> None:
    """The number line counts, an emoji counts twice, and a photo of another language makes the text a caption."""
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    exactly = 4096 - len("\n\nNo 2026-001")
    assert "too long by 1 characters" in texts(await env.writes("x" * (exactly + 1), ADMIN))
    assert "too long by 1 characters" in texts(await env.writes("🚰" + "x" * (exactly - 1), ADMIN))
    said = await env.writes("x" * exactly, ADMIN)
    assert "✓ English" in texts(said)

    await follow(env, said, "中文", person=ADMIN)
    refused = await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="图")})
    assert "The text in English is too long by 3072 characters" in texts(refused)
    assert set(first(env).editions) == {"en"}


async def test_a_text_that_shows_nothing_is_no_text(env: BotEnv) -> None:
    said = await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    for nothing in ("\u3164", "\u2800\u2800", "\u200b \ufeff"):
        assert "I need a text" in texts(await env.writes(nothing, ADMIN))
    said = await env.writes("The water is off.", ADMIN)
    await follow(env, said, "English", person=ADMIN)
    await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="\u3164")})
    assert first(env).editions["en"].html == "The water is off."


async def test_buttons_are_written_one_in_a_line_and_kept_when_the_text_changes(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "Buttons", "English", person=ADMIN)
    assert "the words, a space, and the address" in texts(said)
    said = await env.writes("The schedule https://city.example/a\nHelp http://city.example", ADMIN)
    links = (Link("The schedule", "https://city.example/a"), Link("Help", "http://city.example"))
    assert first(env).editions["en"].links == links
    assert "Buttons: English 2" in texts(said)

    await follow(env, said, "English", person=ADMIN)
    said = await env.writes("Other words", ADMIN)
    assert first(env).editions["en"] == Edition("Other words", None, links)

    await follow(env, said, "Buttons", "English", "Remove the buttons", person=ADMIN)
    assert first(env).editions["en"].links == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Schedule", "I cannot read this line: “Schedule”"),
        ("Schedule javascript:alert(1)", "I cannot read this line"),
        ("Schedule ftp://city.example", "I cannot read this line"),
        ("https://city.example", "I cannot read this line"),
        ("x" * 41 + " https://city.example", "has 1 too many"),
        ("\n".join(["a https://b.example"] * 7), "These are 7 buttons; at most 6"),
    ],
)
async def test_buttons_that_cannot_be_are_refused_in_words(env: BotEnv, text: str, sentence: str) -> None:
    await follow(env, await composed(env), "Buttons", "English", person=ADMIN)

    assert sentence in texts(await env.writes(text, ADMIN))
    assert first(env).editions["en"].links == ()


async def test_a_photo_with_a_link_below_it_is_no_list_of_buttons_and_takes_none_out(env: BotEnv) -> None:
    """What is written below it is not looked at, and the buttons that were there stay."""
    said = await follow(env, await composed(env), "Buttons", "English", person=ADMIN)
    said = await env.writes("Help https://city.example", ADMIN)
    await follow(env, said, "Buttons", "English", person=ADMIN)

    said = await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="Map https://city.example/map")})
    assert "the words, a space, and the address" in texts(said)
    assert first(env).editions["en"].links == (Link("Help", "https://city.example"),)


async def test_a_time_is_the_citys_and_one_that_has_passed_or_is_a_year_away_is_refused(env: BotEnv) -> None:
    """At noon in London it is eight in the evening in Harbin."""
    await follow(env, await composed(env), "When", "At a certain time", person=ADMIN)
    for wrong, sentence in (
        ("soon", "cannot read this as a time"),
        ("2026-03-01 19:30", "This time has passed: in the city it is 2026-03-01 20:00 now"),
        ("2062-03-02 09:00", "Is the year right"),
    ):
        assert sentence in texts(await env.writes(wrong, ADMIN))
        assert first(env).planned_at is None
    said = await env.writes("2026-03-02 18:30", ADMIN)

    assert first(env).planned_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert "When: en: 2026-03-02, 18:30" in texts(said)


async def test_another_broadcast_command_shows_the_same_draft(env: BotEnv) -> None:
    await composed(env)
    said = await env.writes("/broadcast", ADMIN)

    assert "2026-001" in texts(said)
    assert len(env.broadcasts.stored) == 1


async def test_each_admin_has_a_draft_of_their_own_and_cannot_touch_anothers(env: BotEnv) -> None:
    await grant_admin(env)
    await composed(env)
    own = first(env)
    await env.writes("/broadcast", DEE)

    said = await env.presses(env.keyboards.codec.pack(SetClass(own.id, "alert"), DEE), DEE)

    assert "/broadcast shows what there is" in texts(said)
    assert env.broadcasts.stored[own.id] == own
    assert len(env.broadcasts.stored) == 2


async def test_a_text_is_taken_out_and_a_draft_erased_only_after_a_question(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "English", "Remove this text", person=ADMIN)
    assert first(env).editions == {}
    assert not any("Preview" in label for label in said[-1].buttons)

    said = await follow(env, said, "Erase the draft", person=ADMIN)
    assert "Erase the draft" in texts(said)
    await follow(env, said, "keep it", person=ADMIN)
    assert first(env).state == "draft"
    deleted = await follow(env, said, "Yes, erase it", person=ADMIN)
    assert env.broadcasts.stored == {}
    assert "nothing was sent" in texts(deleted)
    assert "/broadcast shows what there is" in texts(await follow(env, said, "Yes, erase it", person=ADMIN))


async def test_what_is_written_a_quarter_of_an_hour_later_is_a_question(env: BotEnv) -> None:
    await follow(env, await env.writes("/broadcast", ADMIN), "English", person=ADMIN)
    env.wait(15 * 60 + 1)

    assert "Sixth Municipal Hospital" in texts(await env.writes("sixth hospital", ADMIN))
    assert first(env).editions == {}


# --- The preview and the number ---


async def test_each_language_is_shown_as_it_will_look_with_what_it_borrows(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "中文", person=ADMIN)
    said = await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="明天停水。")})
    await follow(env, said, "Buttons", "English", person=ADMIN)
    said = await env.writes("Help https://city.example", ADMIN)
    await follow(env, said, "Preview", person=ADMIN)

    photo, links = Attachment("photo", "large"), (Link("Help", "https://city.example"),)
    assert env.transport.posted == [
        (ADMIN, "The water is off tomorrow.\n\nNo 2026-001", Edition("The water is off tomorrow.", photo, links)),
        (ADMIN, "明天停水。\n\n第 2026-001 号", Edition("明天停水。", photo, links)),
    ]


@pytest.mark.parametrize("outcome", [Refused("content"), NotSent("network"), Unknown("silence"), Refused("blocked")])
async def test_what_telegram_does_not_take_or_may_not_have_shown_cannot_be_confirmed(env: BotEnv, outcome: Any) -> None:
    env.transport.outcomes = [outcome]
    said = await seen(env)

    assert "English" in texts(said) or "press Start" in texts(said)
    assert "Type the number" not in texts(said)
    await env.writes("3", ADMIN)
    assert first(env).state == "draft"


async def test_the_last_question_says_all_that_matters(env: BotEnv) -> None:
    """A notice at half past eight in the evening waits for the end of the quiet hours, which begin at nine."""
    env.now = NOON + timedelta(hours=1, minutes=30)
    said = texts(await seen(env))

    for part in ("3 people", "less than a minute", "keeps the quiet hours", "waits until en: 2026-03-02, 08:00"):
        assert part in said


async def test_an_alert_does_not_wait_for_the_morning(env: BotEnv) -> None:
    env.now = NOON + timedelta(hours=5)
    said = await follow(env, await composed(env), "Class", "alert", "Preview", person=ADMIN)

    assert "waits until" not in texts(said)


@pytest.mark.parametrize("typed", ["4", "yes", "30", "-3", "3.0"])
async def test_a_wrong_number_sends_nothing_and_the_right_one_may_follow(env: BotEnv, typed: str) -> None:
    await seen(env)

    assert "Nothing was sent" in texts(await env.writes(typed, ADMIN))
    assert first(env).state == "draft"
    await env.writes("３", ADMIN)  # as a Chinese keyboard writes it
    assert first(env).state == "queued"


async def test_only_ones_own_new_words_confirm(env: BotEnv) -> None:
    """Not a forwarded, an edited, a group's, a bot's, an anonymous or another person's, nor a caption."""
    await grant_admin(env)
    await seen(env)
    forwarded: Json = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await env.writes("3", ADMIN, **forwarded)
    await env.writes("3", ADMIN, via_bot={"id": 99, "is_bot": True, "first_name": "x"})
    await env.writes("3", ADMIN, sender_chat={"id": GROUP, "type": "supergroup", "title": "x"})
    await env.receives({"edited_message": env.message(ADMIN, text="3", edit_date=2)})
    await env.writes("3", ADMIN, chat=GROUP)
    await env.writes("3", DEE)
    await env.receives({"message": env.message(ADMIN, photo=PHOTO, caption="3")})

    assert first(env).state == "draft"


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (AskPart(1, "text", "en"), "words"),
        (AskPart(1, "links", "en"), "a https://b.example"),
        (AskPart(1, "time", None), "23:10"),
    ],
    ids=repr,
)
async def test_only_ones_own_new_words_go_into_a_draft(env: BotEnv, wish: AskPart, answer: str) -> None:
    """Not forwarded, edited, a group's, a bot's, anonymous or another person's ones."""
    await grant_admin(env)
    await composed(env)
    await env.presses(env.keyboards.codec.pack(wish, ADMIN), ADMIN)
    before = first(env)
    forwarded: Json = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await env.writes(answer, ADMIN, **forwarded)
    await env.writes(answer, ADMIN, via_bot={"id": 99, "is_bot": True, "first_name": "x"})
    await env.writes(answer, ADMIN, sender_chat={"id": GROUP, "type": "supergroup", "title": "x"})
    await env.receives({"edited_message": env.message(ADMIN, text=answer, edit_date=2)})
    await env.writes(answer, ADMIN, chat=GROUP)
    await env.writes(answer, DEE)
    assert first(env) == before

    await env.writes(answer, ADMIN)
    assert first(env) != before


async def test_after_a_change_the_number_of_before_sends_nothing(env: BotEnv) -> None:
    said = await seen(env)
    await follow(env, said, "Change it", "Class", "alert", person=ADMIN)
    await env.writes("3", ADMIN)

    assert first(env).state == "draft"


async def test_a_change_after_the_question_voids_it(env: BotEnv) -> None:
    """As when the same draft is changed from elsewhere: what is confirmed is what was seen."""
    await seen(env)
    await env.broadcasting.rewrite(replace(first(env), kind="alert"))

    assert "changed meanwhile" in texts(await env.writes("3", ADMIN))
    assert first(env).state == "draft"


async def test_the_question_stays_open_for_a_quarter_of_an_hour(env: BotEnv) -> None:
    await seen(env)
    env.wait(15 * 60 + 1)
    await env.writes("3", ADMIN)

    assert first(env).state == "draft"


async def test_a_time_that_passed_before_the_number_was_typed_is_no_time(env: BotEnv) -> None:
    await follow(env, await composed(env), "When", "At a certain time", person=ADMIN)
    said = await env.writes("20:10", ADMIN)
    await follow(env, said, "Preview", person=ADMIN)
    env.wait(11 * 60)

    assert "has passed" in texts(await env.writes("3", ADMIN))
    assert "has passed" in texts(await follow(env, said, "Preview", person=ADMIN))
    assert first(env).state == "draft"


async def test_a_broadcast_without_recipients_is_not_sent(env: BotEnv) -> None:
    env.broadcasts.people = {}

    assert "would reach no one" in texts(await seen(env))
    await env.writes("0", ADMIN)
    assert first(env).state == "draft"


async def test_the_number_typed_fifty_times_is_one_broadcast(env: BotEnv) -> None:
    await seen(env)
    await asyncio.gather(*(env.writes("3", ADMIN) for _ in range(50)))

    assert [line.act for line in env.records.lines[1:]] == ["broadcast confirm"]


async def test_while_nothing_can_be_kept_nothing_is_confirmed_and_it_is_said(env: BotEnv) -> None:
    await seen(env)
    env.records.broken = True
    said = await env.writes("3", ADMIN)

    assert "nothing has changed" in texts(said)
    env.records.broken = False
    assert first(env).state == "draft"


# --- The second admin ---


@pytest.fixture
async def large(env: BotEnv) -> BotEnv:
    """A city whose number of subscribers needs a second admin."""
    env.broadcasts.people = dict.fromkeys(range(1000, 1101), "en")
    return env


async def test_without_a_second_admin_it_is_said_how_to_get_one_before_any_number_is_typed(
    large: BotEnv,
) -> None:
    said = await seen(large)

    assert "/grant ID admin" in texts(said)
    assert "Type the number" not in texts(said)
    await large.writes("101", ADMIN)
    assert first(large).state == "draft"


async def test_a_second_admin_sees_it_and_approves_and_the_author_is_notified(large: BotEnv) -> None:
    await grant_admin(large)
    assert "a second admin must approve it" in texts(await seen(large))
    said = await large.writes("101", ADMIN)

    assert first(large).state == "unapproved"
    assert "waits for approval" in texts(said)
    assert large.transport.posted[-1][:2] == (DEE, "The water is off tomorrow.\n\nNo 2026-001")
    asked = [act for act in said if act.chat == DEE]
    assert f"confirmed by Ann ({ADMIN})" in texts(asked)
    assert "101 people" in texts(asked)
    assert not any("Approve" in label or "Yes" in label for act in said if act.chat == ADMIN for label in act.buttons)

    done = await follow(large, asked, "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)
    assert first(large).starts_at == large.now + timedelta(seconds=60)
    assert f"Ann ({DEE}) approved your broadcast" in texts([act for act in done if act.chat == ADMIN])
    card = await updated_cards(large)
    assert [(act.act, act.chat) for act in card] == [("edit", ADMIN)]
    assert "Until then it can be recalled" in texts(card)


async def test_for_a_broadcast_of_the_operator_all_admins_are_asked_and_get_the_report(large: BotEnv) -> None:
    """Who confirms on the server has no chat; any admin's yes is the second one."""
    await grant_admin(large)
    draft = await large.broadcasting.begin(None)
    draft = replace(draft, state="unapproved", editions={"en": Edition("From the server")}, head_count=101)
    said = await notices_of(large, put(large, draft))

    assert [chat for chat, _, _ in large.transport.posted] == [ADMIN, DEE]
    assert "confirmed by en: the operator" in texts(said)
    await follow(large, [act for act in said if act.chat == DEE], "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)
    end = put(large, first(large), COUNTS, state="finished", total=50, started_at=large.now, ended_at=large.now)
    assert {act.chat for act in await notices_of(large, end) if "is finished" in (act.text or "")} == {ADMIN, DEE}


async def test_an_admin_who_approved_it_reads_what_another_one_did_with_it(large: BotEnv) -> None:
    await grant_admin(large)
    draft = replace(await large.broadcasting.begin(None), state="sending", approved_by=DEE, total=50, head_count=101)
    identifier = put(large, draft, COUNTS).broadcast.id
    acts = {"has paused": ControlBroadcast(identifier, "pause"), "lets": ControlBroadcast(identifier, "resume")}
    for words, act in {**acts, "has ended": ControlBroadcast(identifier, "cancel")}.items():
        pressed = large.keyboards.codec.pack(act, ADMIN)
        read = texts([said for said in await large.presses(pressed, ADMIN) if said.chat == DEE])
        assert words in read
        assert "which you approved" in read


async def test_a_yes_that_comes_days_after_the_planned_time_sends_nothing(large: BotEnv) -> None:
    """The question may be an old message far up in the chat; within the hour of grace it still is what was meant."""
    await grant_admin(large)
    await follow(large, await composed(large), "When", "At a certain time", person=ADMIN)
    said = await large.writes("20:10", ADMIN)
    await follow(large, said, "Preview", person=ADMIN)
    asked = [act for act in await large.writes("101", ADMIN) if act.chat == DEE]
    planned = first(large).planned_at
    assert planned is not None
    large.wait((planned - large.now + timedelta(days=2)).total_seconds())

    assert "time that was planned has passed" in texts(await follow(large, asked, "Yes, send it", person=DEE))
    assert first(large).state == "unapproved"

    large.wait(-timedelta(days=2).total_seconds() + 60)
    await follow(large, asked, "Yes, send it", person=DEE)
    assert first(large).state == "queued"


async def test_the_author_cannot_give_the_second_yes(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    await large.writes("101", ADMIN)
    data = large.keyboards.codec.pack(Approve(first(large).id), ADMIN)

    assert "Another admin must approve" in texts(await large.presses(data, ADMIN))
    assert first(large).state == "unapproved"


async def test_of_many_who_say_yes_the_first_counts_and_the_others_read_who_that_was(large: BotEnv) -> None:
    await grant_admin(large)
    await grant_admin(large, BEN)
    await seen(large)
    await large.writes("101", ADMIN)
    data = {person: large.keyboards.codec.pack(Approve(first(large).id), person) for person in (DEE, BEN)}

    await large.presses(data[DEE], DEE)
    late = await asyncio.gather(*(large.presses(data[BEN], BEN) for _ in range(50)))

    assert f"{DEE} approved it already" in texts(late[-1])
    assert [line.act for line in large.records.lines].count("broadcast approve") == 1


async def test_an_admin_who_was_not_reached_is_not_asked_and_the_author_reads_that(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    large.transport.outcomes = [Refused("blocked")]
    said = await large.writes("101", ADMIN)

    assert "could not reach any other admin" in texts(said)
    assert not any(act.chat == DEE for act in said)

    listed = await large.writes("/broadcast", DEE)
    shown = await follow(large, listed, "Look at 2026-001", "Show it to me", person=DEE)
    await follow(large, shown, "Yes, send it", person=DEE)
    assert (first(large).state, first(large).approved_by) == ("queued", DEE)


async def test_a_no_is_asked_once_more_and_ends_it(large: BotEnv) -> None:
    await grant_admin(large)
    await seen(large)
    asked = [act for act in await large.writes("101", ADMIN) if act.chat == DEE]

    said = await follow(large, asked, "No, cancel it", person=DEE)
    assert first(large).state == "unapproved"
    done = await follow(large, said, "Yes, end it", person=DEE)

    assert first(large).state == "cancelled"
    assert f"Ann ({DEE}) has ended your broadcast" in texts([act for act in done if act.chat == ADMIN])
    assert "It was cancelled" in texts(await follow(large, asked, "Yes, send it", person=DEE))


async def test_a_test_group_needs_no_second_admin(large: BotEnv) -> None:
    large.broadcasts.people[ADMIN] = "en"
    said = await follow(large, await composed(large), "To whom", "test group", "Preview", person=ADMIN)

    assert "Type the number 1" in texts(said)
    await large.writes("1", ADMIN)
    assert first(large).state == "queued"


# --- The card ---


async def test_the_card_follows_the_broadcast_and_changes_only_when_something_did(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    started = put(env, broadcast, COUNTS, state="sending", total=50, started_at=env.now)
    said = await notices_of(env, started)
    assert [(act.act, act.message) for act in said] == [("edit", broadcast.card[1] if broadcast.card else None)]
    for part in ("90 %", "Sent: 40", "Refused: 3", "blocked the bot: 3", "Still to come: 5"):
        assert part in texts(said)

    env.live = started
    assert await updated_cards(env, has_news=False) == []
    env.live = replace(started, per_second=29.6, left=timedelta(seconds=130))
    said = await updated_cards(env, has_news=False)
    assert "Messages per second: 29.6" in texts(said)
    assert "Time left: en: 3 minutes" in texts(said)


async def test_the_card_says_why_nothing_is_sent(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    progress = put(env, broadcast, COUNTS, state="sending", total=50)
    env.live = replace(progress, quiet_until=env.now + timedelta(hours=12))
    assert "Quiet hours: it waits until en: 2026-03-02, 08:00" in texts(await updated_cards(env, has_news=False))
    env.live = replace(progress, unreachable=True)
    assert "Telegram does not answer" in texts(await updated_cards(env, has_news=False))


async def test_a_card_that_was_deleted_comes_back_as_a_new_message_and_lives_on_there(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    assert broadcast.card
    env.sender.deleted.add(broadcast.card[1])
    env.live = put(env, broadcast, COUNTS, state="sending", total=50)
    (moved,) = await updated_cards(env, has_news=False)
    assert (moved.act, moved.chat) == ("send", ADMIN)
    assert first(env).card == (ADMIN, moved.message)

    env.live = replace(env.live, per_second=1.0)  # as the worker still knows it
    (changed,) = await updated_cards(env, has_news=False)
    assert (changed.act, changed.message) == ("edit", moved.message)


async def test_a_card_that_cannot_be_shown_is_given_up(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    assert broadcast.card
    env.sender.deleted.add(broadcast.card[1])
    env.sender.unreachable.add(ADMIN)
    env.live = put(env, broadcast, COUNTS, state="sending", total=50)
    await updated_cards(env, has_news=False)
    env.sender.unreachable.clear()
    env.live = replace(env.live, per_second=2.0)

    assert await updated_cards(env, has_news=False) == []


async def test_the_keeper_outlives_a_fault_and_tells_the_news_when_the_storage_is_back(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    paused = put(env, broadcast, COUNTS, state="paused", paused_for="content", total=50)
    await grant_admin(env)
    env.records.broken = True
    assert not any(act.chat == DEE for act in await notices_of(env, paused))

    env.records.broken = False
    assert any(act.chat == DEE for act in await updated_cards(env, has_news=False))


async def test_the_keeper_runs_by_itself_and_tells_an_event_at_once(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when it looks the next time, which here would be tomorrow."""
    monkeypatch.setattr(progress_card, "CARD_INTERVAL", 86_400)
    broadcast = await confirmed(env)
    edited, edit = asyncio.Event(), env.sender.edit

    async def note(*what: Any, **more: Any) -> bool:
        edited.set()
        return await edit(*what, **more)

    monkeypatch.setattr(env.sender, "edit", note)
    running = asyncio.create_task(env.cards.run())
    env.events.broadcast_changed(put(env, broadcast, COUNTS, state="sending", total=50))
    await edited.wait()
    running.cancel()

    assert "Sent: 40" in texts(env.sender.acts)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("content", "safer to cancel it"),
        ("crashes", "crashed repeatedly"),
        ("absence", "was away for a while"),
        ("restore", "get it again"),
        ("late", "time of its start passed"),
    ],
)
async def test_when_it_pauses_itself_all_admins_read_why_and_can_act(env: BotEnv, reason: Any, words: str) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    said = await notices_of(env, put(env, broadcast, COUNTS, state="paused", paused_for=reason, total=50))

    for person in (ADMIN, DEE):
        own = [act for act in said if act.chat == person and act.act == "send"]
        assert words in texts(own)
        assert [label.removeprefix("en: ") for label in own[-1].buttons] == ["Resume", "End it", "Look at 2026-001"]
    asked = await follow(env, [act for act in said if act.chat == DEE], "Resume", person=DEE)
    assert words in texts(asked)
    assert "Resume it?" in texts(asked)
    assert first(env).state == "paused"
    done = await follow(env, asked, "Yes, resume", person=DEE)
    assert first(env).state == "queued"
    assert f"Ann ({DEE}) lets your broadcast 2026-001 go on" in texts([act for act in done if act.chat == ADMIN])


async def test_a_pause_by_an_admin_is_no_news_for_the_others(env: BotEnv) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    said = await notices_of(env, put(env, broadcast, COUNTS, state="paused", paused_for="admin", total=50))

    assert {act.chat for act in said} == {ADMIN}


async def test_it_is_paused_resumed_and_ended_with_buttons_the_last_after_a_question(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    card = await notices_of(env, put(env, broadcast, COUNTS, state="sending", total=50))

    said = await follow(env, card, "Pause", person=ADMIN)
    assert (first(env).state, first(env).paused_for) == ("paused", "admin")
    said = await follow(env, said, "Resume", person=ADMIN)
    assert first(env).state == "queued"
    assert "goes on as soon as its turn comes" in texts(said)
    asked = await follow(env, said, "End it", person=ADMIN)
    assert "What was sent stays sent" in texts(asked)
    assert (asked[-1].act, first(env).state) == ("send", "queued")
    await follow(env, asked, "leave it", person=ADMIN)
    assert first(env).state == "queued"
    await follow(env, asked, "Yes, end it", person=ADMIN)
    assert first(env).state == "cancelled"
    assert "It was cancelled" in texts(await follow(env, said, "Pause", person=ADMIN))
    acts = [line.act for line in env.records.lines[1:]]
    assert acts == ["broadcast confirm", "broadcast pause", "broadcast resume", "broadcast cancel"]


async def test_another_admin_looks_with_a_button_and_the_author_reads_who_steered(env: BotEnv) -> None:
    await grant_admin(env)
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="sending", total=50)
    listed = await env.writes("/broadcast", DEE)
    assert "2026-001, en: notice: en: is being sent" in texts(listed)

    view = await follow(env, listed, "Look at 2026-001", person=DEE)
    assert view[-1].act == "send"
    assert "As of " in texts(view)
    env.broadcasts.figures[broadcast.id] = Counts({("sent", ""): 50})
    view = await follow(env, view, "Refresh", person=DEE)
    assert (view[-1].act, "100 %" in texts(view)) == ("edit", True)
    assert first(env).card == broadcast.card

    said = await follow(env, view, "Pause", person=DEE)
    assert f"Ann ({DEE}) has paused your broadcast 2026-001" in texts([act for act in said if act.chat == ADMIN])


async def test_a_second_broadcast_waits_visibly_and_an_alert_shows_what_delays_it(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="sending", total=50)
    said = await composed(env)
    assert "One is sent at a time" in texts(said)
    said = await follow(env, said, "Class", "alert", person=ADMIN)
    assert "Pause 2026-001, and the alert goes first" in texts(said)

    said = await follow(env, said, "Preview", person=ADMIN)
    said = await env.writes("3", ADMIN)
    assert "2026-001 is sent first" in texts(said)


async def test_a_button_for_what_is_gone_says_so(env: BotEnv) -> None:
    for press in (ShowCard(9, new_message=True), ControlBroadcast(9, "pause"), ShowPreview(9), OpenDraft(9, "all")):
        said = await env.presses(env.keyboards.codec.pack(press, ADMIN), ADMIN)
        assert re.search("no such broadcast|shows what there is", texts(said))


# --- The report ---


async def ended(env: BotEnv, state: str = "finished", unknown: int = 2, **values: Any) -> list[BotAction]:
    """What is said at the end."""
    broadcast = await confirmed(env)
    numbers = {("sent", ""): 40, ("failed", "blocked"): 3, ("failed", "chat"): 1, ("unknown", "silence"): unknown}
    env.broadcasts.doubtful[broadcast.id] = [4711, -100500][:unknown]
    values = {"total": 50, "started_at": env.now, "ended_at": env.now + timedelta(seconds=125)} | values
    return await notices_of(env, put(env, broadcast, Counts(numbers), state=state, **values))


async def test_the_report_counts_by_reason_with_a_chart_and_a_file_of_the_counts(env: BotEnv) -> None:
    said = await ended(env)

    report = next(act for act in said if (act.text or "").startswith("photo: "))
    for part in ("is finished", "Sent: 40", "Refused: 4", "blocked the bot: 3", "3 minutes", "per second: 0.3"):
        assert part in texts([report])
    assert env.sender.files["photo"].startswith(b"\x89PNG")
    assert env.sender.files["broadcast-2026-001.csv"].startswith(b"\xef\xbb\xbf")
    lines = env.sender.files["broadcast-2026-001.csv"].decode("utf-8-sig").splitlines()
    assert lines[1] == '"en: Sent","",40'
    assert len(lines) == 5
    assert await updated_cards(env) == []  # and no second time


async def test_the_report_is_a_text_with_blocks_where_nothing_can_be_drawn(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "can_draw", lambda: False)
    said = await ended(env)

    report = next(act for act in said if "is finished" in (act.text or "") and act.act == "send")
    assert "█" in texts([report])
    assert "photo" not in env.sender.files


async def test_the_report_is_a_text_where_the_picture_is_refused(env: BotEnv) -> None:
    env.sender.takes_photos = False

    assert any("Sent: 40" in (act.text or "") and act.act == "send" for act in await ended(env))


async def test_only_the_author_gets_the_numbers_of_the_chats_with_an_unknown_outcome(env: BotEnv) -> None:
    await grant_admin(env)
    said = await ended(env)

    (file,) = [act for act in said if "unknown.csv" in (act.text or "")]
    assert file.chat == ADMIN
    content = env.sender.files["broadcast-2026-001-unknown.csv"].decode("utf-8-sig").splitlines()
    assert content == ['"en: number of the chat"', "4711", "-100500"]


async def test_a_text_tried_on_the_test_group_is_copied_for_all_subscribers(env: BotEnv) -> None:
    said = await follow(env, await composed(env), "To whom", "test group", person=ADMIN)
    tried = first(env)
    put(env, tried, COUNTS, state="finished", total=50)

    said = await env.presses(env.keyboards.codec.pack(ReuseTexts(tried.id), ADMIN), ADMIN)
    (again,) = await env.broadcasts.broadcasts("draft")
    assert (again.state, again.audience, again.editions) == ("draft", "everybody", tried.editions)
    assert again.number in texts(said)

    said = await env.presses(env.keyboards.codec.pack(ReuseTexts(tried.id), ADMIN), ADMIN)
    assert f"You are writing {again.number} already" in texts(said)
    assert list(await env.broadcasts.broadcasts("draft")) == [again]


async def test_without_unknown_outcomes_there_is_no_such_file(env: BotEnv) -> None:
    await ended(env, unknown=0)

    assert set(env.sender.files) == {"photo", "broadcast-2026-001.csv"}


async def test_an_author_who_lost_their_rights_reads_nothing_any_more_and_the_admins_get_the_report(
    env: BotEnv,
) -> None:
    """The numbers of the chats go to no one then."""
    said = await ended(env, author=BEN, card=(BEN, 1))

    assert {act.chat for act in said} == {ADMIN}
    assert "is finished" in texts(said)
    assert "broadcast-2026-001-unknown.csv" not in env.sender.files


async def test_the_report_of_one_that_was_ended_waits_for_what_was_on_its_way(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    env.live = put(env, broadcast, COUNTS, state="sending", total=50, started_at=env.now)
    card = await updated_cards(env, has_news=False)
    asked = await follow(env, card, "End it", person=ADMIN)
    await follow(env, asked, "Yes, end it", person=ADMIN)
    assert await updated_cards(env) == []

    env.live = None
    end = first(env)
    put(env, end, Counts({("sent", ""): 44, ("cancelled", ""): 6}))
    said = await updated_cards(env, has_news=False)
    assert "was ended early" in texts(said)
    assert "Sent: 44" in texts(said)
    assert "88 %" in texts(said)


async def test_a_report_that_was_not_sent_before_the_program_went_away_is_sent_at_the_next_start(env: BotEnv) -> None:
    """The first start of all reports nothing; what was reported once is not reported again."""
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    env.wait(100)
    put(env, broadcast, COUNTS, state="finished", total=50, started_at=env.now, ended_at=env.now)
    await env.cards.catch_up()
    assert "is finished" in texts(await updated_cards(env))

    restarted = progress_card.ProgressCards(env.context, lambda: None, env.records)
    await restarted.catch_up()
    assert await updated_cards(env) == []


async def test_a_report_is_sent_as_soon_as_the_database_can_be_read_that_could_not_at_the_start(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, the end of the next broadcast would count as the last one that was told."""
    monkeypatch.setattr(progress_card, "CARD_INTERVAL", 0.01)
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    env.wait(100)
    put(env, broadcast, COUNTS, state="finished", total=50, started_at=env.now, ended_at=env.now)
    env.records.broken = True
    restarted = progress_card.ProgressCards(env.context, lambda: None, env.records)
    with capture_logs() as logs:
        running = asyncio.create_task(restarted.run())
        await asyncio.sleep(0.1)
    assert [line["event"] for line in logs] == ["broadcast_event_failed"]
    env.records.broken = False
    async with asyncio.timeout(150):
        while "is finished" not in texts(env.sender.acts):  # noqa: ASYNC110 - the sender has no event
            await asyncio.sleep(0.01)
    running.cancel()


async def test_after_a_restart_the_cards_say_how_far_things_are(env: BotEnv) -> None:
    await env.cards.catch_up()
    broadcast = await confirmed(env)
    put(env, broadcast, COUNTS, state="paused", paused_for="crashes", total=50)
    before = len(env.sender.acts)
    await env.cards.catch_up()

    assert [(act.act, act.chat) for act in env.sender.acts[before:]] == [("edit", ADMIN)]
    assert "crashed repeatedly" in texts(env.sender.acts[before:])


async def test_the_audit_tells_in_words_what_was_done_with_broadcasts(env: BotEnv) -> None:
    broadcast = await confirmed(env)
    await env.broadcasting.cancel(broadcast.id, None)
    read = texts(await env.writes("/audit", ADMIN))

    assert f"{ADMIN}: en: confirmed broadcast 2026-001" in read
    assert "en: notice" in read
    assert "en: everybody" in read
    assert "en: the server: en: ended broadcast 2026-001" in read


# --- Rights ---

ADMINS_PRESSES = [
    press
    for press in EACH_PRESS
    if type(press) in NEEDED and NEEDED[type(press)] == "admin" and not isinstance(press, SetRole)
]


@pytest.mark.parametrize("press", ADMINS_PRESSES, ids=repr)
async def test_after_dismissal_no_button_of_a_broadcast_does_anything(env: BotEnv, press: CallbackData) -> None:
    await grant_admin(env, BEN)
    await env.writes("/broadcast", BEN)
    before = dict(env.broadcasts.stored)
    env.records.given[BEN] = Grant(BEN, None, ADMIN, env.now)

    said = await env.presses(env.keyboards.codec.pack(press, BEN), BEN)

    assert [act.act for act in said] == ["callback"]
    assert "Only admins may do this" in texts(said)
    assert env.broadcasts.stored == before


@pytest.mark.parametrize("answer", ["text", "time", "links", "number"])
async def test_after_dismissal_nothing_that_was_asked_for_is_taken(env: BotEnv, answer: str) -> None:
    await grant_admin(env, BEN)
    draft = await env.broadcasting.begin(BEN)
    done = await env.broadcasting.rewrite(replace(draft, editions={"en": Edition("x")}))
    assert isinstance(done, Broadcast)
    wish: CallbackData = ShowPreview(draft.id)
    if answer == "time":
        wish = AskPart(draft.id, "time", None)
    elif answer != "number":
        wish = AskPart(draft.id, "text" if answer == "text" else "links", "en")
    await env.presses(env.keyboards.codec.pack(wish, BEN), BEN)
    before = dict(env.broadcasts.stored)
    env.records.given[BEN] = Grant(BEN, "staff", ADMIN, env.now)  # mere staff is not enough either

    said = await env.writes(
        {"text": "words", "time": "23:10", "links": "a https://b.example", "number": "3"}[answer], BEN
    )

    assert "Only admins may do this" in texts(said)
    assert env.broadcasts.stored == before


async def test_mere_staff_have_no_broadcasts(env: BotEnv) -> None:
    assert "Only admins" in texts(await env.writes("/broadcast", CLERK))
    assert env.broadcasts.stored == {}
    assert "/broadcast" not in texts(await env.writes("/help", CLERK))
    assert "/broadcast" in texts(await env.writes("/help", ADMIN))
