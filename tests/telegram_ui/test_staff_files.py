"""Staff send and get files; the audit."""

import json
from typing import Any

import pytest

from bot.i18n.catalog import translator_in
from bot.knowledge import Status
from bot.people.ports import AuditEntry
from bot.publishing.live import digest_of
from bot.publishing.spreadsheet.workbook import write_sheet
from tests.factories import YAML_TEXT, make_knowledge, yaml_text
from tests.telegram_ui.bot_env import ADMIN, ANN, BEN, CLERK, BotEnv, follow, texts
from tests.telegram_ui.recording_sender import BotAction
from tests.telegram_ui.staff_presses import status


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin and a clerk."""
    env = BotEnv()
    await env.publisher.start(None)
    return env


# --- Files ---


async def sends(env: BotEnv, name: str, content: bytes, person: int = CLERK, **more: Any) -> list[BotAction]:
    """Send a file; return the actions of the bot."""
    env.sender.files["id"] = content
    document = {"file_id": "id", "file_unique_id": "u", "file_name": name, "file_size": len(content)}
    return await env.receives({"message": env.message(person, document=document, **more)})


async def test_the_file_is_fetched_changed_sent_back_confirmed_and_live(env: BotEnv) -> None:
    said = await env.writes("/knowledge", CLERK)
    assert digest_of(YAML_TEXT.encode())[:8] in texts(said)
    (name,) = env.sender.files
    assert env.sender.files[name] == YAML_TEXT.encode()

    said = await sends(env, name, yaml_text(("status: planned", "status: delayed")).encode())
    assert "planned → en: delayed" in texts(said)
    await follow(env, said, "Publish")

    assert status(env) is Status.DELAYED
    assert "a file sent by" in texts(await env.writes("/knowledge", CLERK))


async def test_only_the_languages_that_the_city_keeps_are_offered(env: BotEnv) -> None:
    kept = yaml_text(("  default_language: en\n", "  default_language: en\n  languages: [en, ru]\n")).encode()
    await follow(env, await sends(env, "projects.yaml", kept), "Publish")

    for choice in (("Summary",), ("Facts", "1,000")):
        said = await follow(env, await env.writes("/edit elderly-beds", CLERK), *choice)
        assert [*said[-1].buttons] == ["English", "Русский", "en: « Back"]


async def test_a_broken_file_is_answered_with_its_lines_and_nothing_changes(env: BotEnv) -> None:
    said = await sends(env, "projects.yaml", yaml_text(("status: planned", "status: plant")).encode())

    assert "Line en: 60" in texts(said) or "Line 60" in texts(said)
    assert env.records.waiting == {}


async def test_a_file_that_was_made_from_an_older_version_is_refused(env: BotEnv) -> None:
    await env.writes("/knowledge", CLERK)
    (name,) = env.sender.files
    await follow(env, await env.writes("/edit sixth-hospital", ADMIN), "Status", "delayed", "Publish", person=ADMIN)

    said = await sends(env, name, yaml_text(("as_of: 2021-11-12", "as_of: 2026-02-28")).encode())

    assert f"changed with buttons by {ADMIN}" in texts(said)
    assert status(env) is Status.DELAYED


async def test_a_day_in_the_name_of_a_file_is_not_a_version(env: BotEnv) -> None:
    changed = yaml_text(("status: planned", "status: delayed")).encode()

    assert "would change" in texts(await sends(env, "projects-20260301.yaml", changed))


async def test_a_version_is_also_read_from_a_renamed_file(env: BotEnv) -> None:
    changed = yaml_text(("status: planned", "status: delayed")).encode()

    assert "another version" in texts(await sends(env, "projects-3f2a9c1b_final.yaml", changed))


async def test_a_spreadsheet_goes_out_and_comes_back(env: BotEnv) -> None:
    await follow(env, await env.writes("/knowledge", CLERK), "spreadsheet")
    name = next(name for name in env.sender.files if name.endswith(".xlsx"))
    as_it_is = write_sheet(make_knowledge(), translator_in("en"))

    assert "nothing to publish" in texts(await sends(env, name, as_it_is))


async def test_a_spreadsheet_that_is_none_is_refused_in_words(env: BotEnv) -> None:
    said = await sends(env, "projects.xlsx", b"PK\x03\x04 rubbish")

    assert "nothing was changed" in texts(said)
    assert env.records.waiting == {}


async def test_another_kind_of_file_is_refused_and_that_of_a_citizen_never_fetched(env: BotEnv) -> None:
    assert "neither" in texts(await sends(env, "photo.pdf", b"x"))
    assert "only read text" in texts(await sends(env, "projects.yaml", b"x", ANN))
    forwarded: dict[str, Any] = {"forward_origin": {"type": "hidden_user", "sender_user_name": "x", "date": 1}}
    await sends(env, "projects.yaml", yaml_text(("status: planned", "status: delayed")).encode(), **forwarded)
    assert env.records.waiting == {}


async def test_a_file_that_lost_many_projects_is_used_after_a_yes(env: BotEnv) -> None:
    too_few = yaml_text(("    related: [homecare-stations]\n", "")).partition("  - id: homecare-stations")[0].encode()
    env.file.content = too_few
    await env.publisher.on_saved(too_few)

    said = await env.writes("/knowledge", CLERK)
    assert "3 of 4 projects missing" in texts(said)
    await follow(env, said, "Use it anyway")

    assert len(env.publisher.live.snapshot.knowledge.projects) == 1


# --- The audit ---


async def test_the_audit_says_who_did_what_and_from_what_to_what(env: BotEnv) -> None:
    said = await env.writes("/edit sixth-hospital", CLERK)
    await follow(env, said, "Status", "completed", "Publish")

    shown = texts(await env.writes("/audit", ADMIN))

    assert str(CLERK) in shown
    assert "Sixth Municipal Hospital, status: planned → completed" in shown


async def test_the_audit_is_read_in_the_language_of_the_reader(env: BotEnv) -> None:
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed", "Publish")
    await env.chats.choose_language(ADMIN, "zh")

    shown = texts(await env.writes("/audit", ADMIN))

    assert "状态：计划中 → 已完成" in shown
    assert "status" not in shown


async def test_a_publication_with_many_changes_shows_the_first_and_how_many_more(env: BotEnv) -> None:
    changes = json.dumps({"en": ["Sixth Municipal Hospital, status: planned → completed", "another", "one more"]})
    env.records.lines.append(AuditEntry(env.now, CLERK, "publish", "abc", "", changes))

    shown = texts(await env.writes("/audit", ADMIN))

    assert "Sixth Municipal Hospital, status: planned → completed" in shown
    assert "Further changes: 2" in shown
    assert "another" not in shown


async def test_an_entry_of_an_older_program_is_shown_as_it_was_written(env: BotEnv) -> None:
    env.records.lines.append(AuditEntry(env.now, CLERK, "publish", "abc", "a status: planned", "a status: completed"))

    assert "a status: planned → a status: completed" in texts(await env.writes("/audit", ADMIN))


async def test_every_act_leaves_exactly_one_line(env: BotEnv) -> None:
    before = len(env.records.lines)
    await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed", "Publish")
    await follow(env, await env.writes(f"/grant {BEN} admin", ADMIN), "Yes", person=ADMIN)
    await follow(env, await env.writes(f"/revoke {BEN}", ADMIN), "Yes", person=ADMIN)
    await follow(env, await env.writes("/undo", CLERK), "Publish")

    assert [line.act for line in env.records.lines[before:]] == ["publish", "grant", "revoke", "undo"]
