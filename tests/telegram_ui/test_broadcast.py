"""An admin writes to the subscribers: composes, previews, types the number, and controls the broadcast."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.broadcasts.model import Attachment, Edition, Link
from bot.i18n.languages import LANGUAGES, language_name
from bot.telegram_ui.broadcast_buttons import SetClass
from tests.telegram_ui.bot_env import ADMIN, BotEnv, Json, follow, texts
from tests.telegram_ui.broadcast_steps import DEE, PHOTO, city_with_subscribers, composed, first, grant_admin


@pytest.fixture
async def env() -> BotEnv:
    return await city_with_subscribers()


# --- The draft ---


async def test_a_text_without_a_pressed_button_is_put_into_the_open_draft_or_answered(env: BotEnv) -> None:
    """The bot asks the admin which of the two is meant."""
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
    """The complete procedure, as an admin sees it."""
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
    """An admin who sends the text and then the photo does not lose the text."""
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


async def test_a_text_without_visible_characters_is_refused(env: BotEnv) -> None:
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


async def test_the_caption_of_a_photo_is_not_read_as_buttons_and_removes_none(env: BotEnv) -> None:
    """The bot does not read the caption, and the earlier buttons stay."""
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


# --- The second admin ---


@pytest.fixture
async def large(env: BotEnv) -> BotEnv:
    """A city whose number of subscribers needs a second admin."""
    env.broadcasts.people = dict.fromkeys(range(1000, 1101), "en")
    return env
