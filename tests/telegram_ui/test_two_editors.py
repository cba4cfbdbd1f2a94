"""Two of the staff change the knowledge with buttons at the same time."""

import pytest

from bot.knowledge import Status
from bot.publishing.effects import Effects, LostQuestion
from tests.telegram_ui.bot_env import ADMIN, CLERK, BotEnv, follow, texts
from tests.telegram_ui.staff_presses import status


@pytest.fixture
async def env() -> BotEnv:
    """A small city with an admin and a clerk."""
    env = BotEnv()
    await env.publisher.start(None)
    return env


async def test_the_second_of_two_simultaneous_editors_reads_who_was_first(env: BotEnv) -> None:
    first = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    second = await follow(env, await env.writes("/edit sixth-hospital", ADMIN), "Status", "delayed", person=ADMIN)

    await follow(env, first, "Publish")
    shown = await follow(env, second, "Publish", person=ADMIN)

    assert f"changed with buttons by {CLERK}" in texts(shown)
    assert status(env) is Status.COMPLETED


async def test_two_editors_of_different_projects_both_publish(env: BotEnv) -> None:
    first = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    second = await follow(env, await env.writes("/edit elderly-beds", ADMIN), "Status", "delayed", person=ADMIN)

    await follow(env, first, "Publish")
    assert "Published" in texts(await follow(env, second, "Publish", person=ADMIN))

    assert (status(env), status(env, "elderly-beds")) == (Status.COMPLETED, Status.DELAYED)


async def test_the_second_editor_sees_the_preview_again_if_both_changes_lose_questions(
    env: BotEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await follow(env, await env.writes("/edit sixth-hospital", CLERK), "Status", "completed")
    second = await follow(env, await env.writes("/edit elderly-beds", ADMIN), "Status", "delayed", person=ADMIN)
    await follow(env, first, "Publish")

    async def effects(*_: object) -> Effects:
        return Effects(lost_questions=[LostQuestion("how many beds", "elderly-beds")])

    monkeypatch.setattr(env.publisher.context.tasks, "effects", effects)
    shown = await follow(env, second, "Publish", person=ADMIN)
    assert "Yours is not published yet" in texts(shown)
    assert "how many beds (elderly-beds)" in texts(shown)
    assert status(env, "elderly-beds") is Status.ANNOUNCED

    assert "Published" in texts(await follow(env, shown, "Publish", person=ADMIN))
    assert (status(env), status(env, "elderly-beds")) == (Status.COMPLETED, Status.DELAYED)
