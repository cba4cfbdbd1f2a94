"""`minsheng broadcast` and `minsheng subscribers` for an operator or a script, through the socket."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Unknown
from bot.broadcasts.model import Attachment, Edition, Link
from bot.control.socket import NAME
from tests.cli.running_bot import ADMIN, CLERK, NOON, RunningBot, only
from tests.control.client import post

LINKS = "Schedule https://example.org/schedule"


# --- A draft ---


async def test_a_draft_is_shown_to_an_admin_as_it_will_look_and_can_then_be_sent(running: RunningBot) -> None:
    (running.folder / "zh.html").write_text("\ufeff停水\n<b>明天</b>\n", encoding="utf-8")
    ran = await running.minsheng(
        "broadcast",
        "new",
        "--text-zh",
        "@zh.html",
        "--text-en",
        "No <b>water</b>",
        "--class",
        "alert",
        "--at",
        "2026-03-05 18:30",
        "--link",
        LINKS,
        "--link-zh",
        "时间表 https://example.org/zh",
        "--to",
        f"{ADMIN}",
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "2026-001  a draft  alert, everybody  starts at 2026-03-05 18:30\n"
        "It reaches 3 chats, which takes 0:00:01.\n"
        "Alert: it is sent at any hour, also at night. Where it is not certain that it arrived, it is sent once more, "
        "so a few people may get it twice.\n"
        "⚠ Readers of Русский get the text in English.\n"
        "Send it: minsheng broadcast start 2026-001\n"
    )
    english = Edition("No <b>water</b>", links=(Link("Schedule", "https://example.org/schedule"),))
    chinese = Edition("停水\n<b>明天</b>", links=(Link("时间表", "https://example.org/zh"),))
    (chat, _, note), *shown = running.posts.posted
    assert (chat, note.split(",")[0]) == (ADMIN, "Below you see a preview of broadcast 2026-001")
    assert shown == [
        (ADMIN, english, "No <b>water</b>\n\nNo 2026-001"),
        (ADMIN, chinese, "停水\n<b>明天</b>\n\n第 2026-001 号"),
    ]
    draft = only(running)
    assert (draft.author, draft.kind, draft.editions) == (None, "alert", {"en": english, "zh": chinese})
    assert draft.planned_at == datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
    assert (draft.previewed, draft.head_count) == (draft.revision, 3)


async def test_a_draft_says_what_the_chat_says(running: RunningBot) -> None:
    """The rules of its class, the quiet hours, who gets another language, and whose text no one gets."""
    ran = await running.minsheng("broadcast", "new", "--text-en", "hi", "--at", "23:00")
    assert ran.out == (
        "2026-001  a draft  notice, everybody  starts at 2026-03-01 23:00\n"
        "It reaches 3 chats, which takes 0:00:01.\n"
        "Notice: it keeps the quiet hours. Where it is not certain that it arrived, it is sent once more without a "
        "sound, so a few people may get it twice.\n"
        "That is in the quiet hours: it waits until 2026-03-02 08:00.\n"
        "⚠ Readers of 中文 get the text in English.\n"
        "⚠ Readers of Русский get the text in English.\n"
        "Preview it first: minsheng broadcast preview 2026-001 --to ADMIN\n"
    )
    narrow = await running.minsheng(
        "broadcast", "new", "--text-en", "a", "--text-ru", "b", "--audience", "ru", "--json"
    )
    assert [(row["fallbacks"], row["unused"], row["waits_until"]) for row in narrow.rows] == [({}, ["en"], None)]


async def test_a_start_in_the_quiet_hours_is_said_to_be_at_their_end(running: RunningBot) -> None:
    """A draft of one chat for 23:00; from 21:00 to 08:00 no notice is sent."""
    drafted = await running.minsheng(
        "broadcast", "new", "--text-en", "hi", "--at", "23:00", "--audience", "en", "--to", f"{ADMIN}"
    )
    assert "It reaches 1 chat, which takes 0:00:01.\n" in drafted.out
    started = await running.minsheng("broadcast", "start", "2026-001", "--confirm", "1")
    assert started.out.startswith("2026-001 starts at 2026-03-02 08:00. Until then this recalls it: ")
    for command in ("status", "list"):
        shown = await running.minsheng("broadcast", command)
        assert shown.out == "2026-001  confirmed  notice, en  starts at 2026-03-02 08:00\n"


async def test_a_draft_without_a_preview_cannot_be_sent(running: RunningBot) -> None:
    ran = await running.minsheng("broadcast", "new", "--text-en", "Water!", "--audience", "zh")
    assert ran.code == 0
    assert ran.out.endswith("Preview it first: minsheng broadcast preview 2026-001 --to ADMIN\n")
    for words in (["--confirm", "2"], []):
        refused = await running.minsheng("broadcast", "start", "2026-001", *words)
        assert (refused.code, refused.out, refused.err) == (1, "", "Look at the preview first.\n")
    shown = await running.minsheng("broadcast", "preview", "2026-001", "--to", f"{ADMIN}", "--json")
    assert [(row["previewed"], row["head_count"], row["takes_seconds"]) for row in shown.rows] == [(True, 2, 1)]
    assert (await running.minsheng("broadcast", "start", "2026-001", "--confirm", "2")).code == 0


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Refused("content"), "Telegram does not accept this text: 中文. Look at"),
        (Refused("blocked"), "Telegram does not let the bot write to 21."),
        (NotSent("network"), "It is not certain that this text arrived: 中文."),
        (Unknown("silence"), "It is not certain that this text arrived: 中文."),
    ],
)
async def test_what_does_not_arrive_as_a_preview_cannot_be_sent(
    running: RunningBot, outcome: Outcome, sentence: str
) -> None:
    running.posts.outcomes = {"停水": outcome}
    ran = await running.minsheng(
        "broadcast", "new", "--text-en", "Water", "--text-zh", "<b>停水", "--to", f"{ADMIN}", "--json"
    )
    assert ran.code == 1
    assert ran.err.startswith(sentence)
    assert [row["previewed"] for row in ran.rows] == [False]
    refused = await running.minsheng("broadcast", "start", "2026-001", "--confirm", "3")
    assert (refused.code, refused.err) == (1, "Look at the preview first.\n")


async def test_a_refused_preview_names_its_draft_and_how_to_see_it(running: RunningBot) -> None:
    running.posts.outcomes = {"Water": Refused("blocked")}
    ran = await running.minsheng("broadcast", "new", "--text-en", "Water", "--to", f"{ADMIN}")
    assert ran.out.endswith("Preview it first: minsheng broadcast preview 2026-001 --to ADMIN\n")
    assert (ran.code, ran.err.partition(".")[0]) == (1, "Telegram does not let the bot write to 21")


async def test_a_file_is_brought_to_telegram_once_and_is_in_every_language(running: RunningBot) -> None:
    (running.folder / "map.png").write_bytes(b"a picture")
    ran = await running.minsheng(
        "broadcast",
        "new",
        "--text-en",
        "Water",
        "--text-ru",
        "Вода",
        "--photo",
        "map.png",
        "--to",
        f"{ADMIN}",
        "--json",
    )
    assert [row["attachment"] for row in ran.rows] == ["photo"]
    assert running.posts.uploaded == [(ADMIN, "photo", "map.png", b"a picture")]
    assert {edition.attachment for _, edition, _ in running.posts.posted[1:]} == {Attachment("photo", "id of map.png")}
    alone = await running.minsheng("broadcast", "new", "--document", "map.png", "--to", f"{ADMIN}")
    assert alone.code == 0
    assert running.posts.posted[-1][2] == "No 2026-002"
    assert only(running).number == "2026-002", "the operator has one draft"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 1, "A broadcast needs a text, a photo or a document.\n"),
        (["--text-en", " "], 1, "A broadcast needs a text, a photo or a document.\n"),
        (["--text-en", "\u3164<b>\u200b&#10240;</b>"], 1, "A broadcast needs a text, a photo or a document.\n"),
        (["--text-en", "a", "--to", f"{CLERK}"], 1, "22 is not an admin of this bot.\n"),
        (["--text-en", "a", "--to", "-100"], 1, "-100 is not an admin of this bot.\n"),
        (["--text-en", "a", "--at", "soon"], 1, "I cannot read this as a time. Write 18:30"),
        (
            ["--text-en", "a", "--at", "2026-02-28 18:30"],
            1,
            "This time has passed: in the city it is 2026",
        ),
        (["--text-en", "a", "--link", "example.org"], 1, "I cannot read this line: “example.org”."),
        (["--text-en", "a", "--link", "\u3164 https://a.b"], 1, "I cannot read this line: "),
        (["--text-en", "a", "--link", "x javascript:1"], 1, "I cannot read this line: “x javascript:1”."),
        (
            ["--text-en", "a", "--link", f"{'l' * 41} https://a.b"],
            1,
            "The words of a button have at most 40",
        ),
        (["--text-en", "a", *["--link", LINKS] * 7], 1, "These are 7 buttons; at most 6 are possible.\n"),
        (["--text-en", "a", "--link-ru", LINKS], 1, "There are links but no text in this language: Русский.\n"),
        (["--text-en", "🚰" * 2048], 1, "The text in English is too long by 14 characters"),
        (
            ["--text-en", "<b>" + "w" * 1024 + "</b>", "--photo", "p", "--to", "21"],
            1,
            "The text in English is too long by 14",
        ),
        (["--text-en", "a", "--photo", "p"], 1, "A photo or a document is uploaded with the preview: give"),
        (["--text-en", "a", "--photo", "p", "--document", "p"], 2, "Give a photo or a document, not both.\n"),
        (["--text-en", "a", "--photo", "nowhere"], 2, "nowhere cannot be read.\n"),
        (["--text-en", "a", "--photo", "huge", "--to", "21"], 2, "huge is larger than 8 MB"),
        (["--text-en", "@nowhere"], 2, "nowhere cannot be read.\n"),
        (["--text-en", "caf\udce9"], 1, "“new” cannot be done: the value of “texts.en” is not valid."),
        (
            ["--text-en", "a", "--link", "caf\udce9 https://a.b"],
            1,
            "“new” cannot be done: the value of “links_of",
        ),
        (["--text-en", "@latin"], 2, "latin is not in UTF-8; save it in that encoding.\n"),
    ],
)
async def test_a_wrong_draft_is_refused_with_a_sentence_and_the_earlier_one_stays(
    running: RunningBot, words: list[str], code: int, sentence: str
) -> None:
    number = await running.drafted()
    (running.folder / "p").write_bytes(b"a picture")
    (running.folder / "huge").write_bytes(b"x" * 8_000_001)
    (running.folder / "latin").write_bytes("café".encode("latin-1"))
    ran = await running.minsheng("broadcast", "new", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(sentence), ran.err
    assert only(running).number == number
    assert len(running.posts.uploaded) == 0


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Refused("content"), "Telegram does not accept this file: p.\n"),
        (Refused("chat"), "Telegram does not let the bot write to 21."),
        (NotSent("network"), "p did not arrive at Telegram. Try it once more.\n"),
    ],
)
async def test_a_file_that_telegram_does_not_take_makes_no_draft(
    running: RunningBot, outcome: Refused | NotSent, sentence: str
) -> None:
    (running.folder / "p").write_bytes(b"a picture")
    running.posts.upload_outcome = outcome
    ran = await running.minsheng("broadcast", "new", "--text-en", "a", "--photo", "p", "--to", f"{ADMIN}")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(sentence)
    assert running.broadcasts.stored == {}


async def test_what_an_admin_drafts_is_for_that_admin_alone(running: RunningBot) -> None:
    draft = await running.broadcasts.new_broadcast(ADMIN, NOON, ZoneInfo("Asia/Shanghai"))
    shown = await running.minsheng("broadcast", "preview", draft.number, "--to", f"{ADMIN}")
    assert (shown.code, shown.err) == (1, "An admin wrote this one; it is previewed in the chat with the bot.\n")
    started = await running.minsheng("broadcast", "start", draft.number, "--confirm", "3")
    assert (started.code, started.err) == (1, "An admin wrote this one; it is confirmed in the chat with the bot.\n")


# --- The yes ---


async def test_the_typed_head_count_starts_it_after_a_minute(running: RunningBot) -> None:
    number = await running.drafted()
    wrong = await running.process("broadcast", "start", number, typed="4")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == (
        f"{number} (notice) goes to 3 chats (everybody). Type 3 to send it: That is not the number. Nothing was sent.\n"
    )
    assert only(running).state == "draft"
    right = await running.process("broadcast", "start", number, typed="3")
    assert right.code == 0
    assert right.out == (
        f"{number} starts at 2026-03-01 20:01. Until then this recalls it: minsheng broadcast cancel {number}\n"
    )
    assert (only(running).state, only(running).starts_at) == ("queued", NOON + timedelta(minutes=1))
    assert [(line.act, line.person) for line in running.broadcasts.records.lines] == [("broadcast confirm", None)]
    again = await running.minsheng("broadcast", "start", number, "--confirm", "3")
    assert again.code == 1


@pytest.mark.parametrize("typed", ["", "three", "-3", "３"])
async def test_a_broadcast_starts_only_if_its_number_is_typed_in_digits_of_any_script(
    running: RunningBot, typed: str
) -> None:
    number = await running.drafted()
    ran = await running.process("broadcast", "start", number, typed=typed)
    assert (ran.code, only(running).state) == ((0, "queued") if typed == "３" else (1, "draft"))


async def test_without_a_terminal_the_head_count_must_be_said(running: RunningBot) -> None:
    number = await running.drafted()
    ran = await running.process("broadcast", "start", number)
    assert (ran.code, ran.err) == (1, "Give the number of recipients from the preview with --confirm.\n")
    assert only(running).state == "draft"


async def test_one_for_many_needs_an_admin_in_the_chat_who_is_asked(running: RunningBot) -> None:
    running.broadcasts.people = dict.fromkeys(range(1, 102), "zh")
    number = await running.drafted()
    ran = await running.minsheng("broadcast", "start", number, "--confirm", "101")
    assert ran.code == 0
    assert ran.out == f"{number} goes to many people: an admin must approve it in the chat with the bot.\n"
    assert (only(running).state, running.reported) == ("unapproved", [(number, "unapproved")])


async def test_fifty_starts_at_once_are_one(running: RunningBot) -> None:
    number = await running.drafted()
    body = json.dumps({"number": number, "head_count": 3}).encode()
    answers = await asyncio.gather(*(post(str(running.folder / "data" / NAME), "/start", body) for _ in range(50)))
    assert sorted(status for status, _ in answers) == [200] + [409] * 49
    assert [line.act for line in running.broadcasts.records.lines] == ["broadcast confirm"]
