"""Steps of admins who write, confirm and follow a broadcast."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.broadcasts.model import Broadcast, Counts, Progress
from bot.people.ports import Grant
from tests.telegram_ui.bot_env import ADMIN, ANN, BEN, BotEnv, Json, follow
from tests.telegram_ui.recording_sender import BotAction

DEE = 23  #: a second admin
PHOTO: list[Json] = [
    {"file_id": name, "file_unique_id": name, "width": width, "height": width}
    for name, width in (("small", 90), ("large", 1280), ("middle", 320))
]


COUNTS = Counts({("sent", ""): 40, ("failed", "blocked"): 3, ("unknown", "silence"): 2, ("pending", ""): 5})


async def city_with_subscribers() -> BotEnv:
    """A small city with an admin, a clerk, and three subscribers."""
    env = BotEnv()
    await env.publisher.start(None)
    env.broadcasts.people = {ANN: "en", BEN: "zh", 13: None}
    return env


async def grant_admin(env: BotEnv, person: int = DEE) -> None:
    """Make a person an admin."""
    env.records.given[person] = Grant(person, "admin", ADMIN, env.now)


async def composed(env: BotEnv, text: str = "The water is off tomorrow.", language: str = "English") -> list[BotAction]:
    """Draft a broadcast with one text; return the composer."""
    await follow(env, await env.writes("/broadcast", ADMIN), language, person=ADMIN)
    return await env.writes(text, ADMIN)


async def seen(env: BotEnv) -> list[BotAction]:
    """Draft a broadcast and preview it; return what its author reads."""
    return await follow(env, await composed(env), "Preview", person=ADMIN)


async def confirmed(env: BotEnv) -> Broadcast:
    """Draft, preview and confirm a broadcast, which can still be recalled."""
    await seen(env)
    await env.writes("3", ADMIN)
    return first(env)


def first(env: BotEnv) -> Broadcast:
    """The first broadcast."""
    return min(env.broadcasts.stored.values(), key=lambda broadcast: broadcast.id)


def put(env: BotEnv, broadcast: Broadcast, counts: Counts | None = None, **values: Any) -> Progress:
    """Set the state of a broadcast as the worker would."""
    changed = replace(broadcast, **values)
    env.broadcasts.stored[changed.id] = changed
    if counts:
        env.broadcasts.figures[changed.id] = counts
    return Progress(changed, counts or Counts())


async def updated_cards(env: BotEnv, *, has_news: bool = True) -> list[BotAction]:
    """Run the progress cards once; return the actions of the bot."""
    before = len(env.sender.acts)
    await env.cards.handle_events(has_events=has_news)
    return env.sender.acts[before:]


async def notices_of(env: BotEnv, progress: Progress) -> list[BotAction]:
    """Report a change of a broadcast; return the actions of the bot."""
    env.events.broadcast_changed(progress)
    return await updated_cards(env)


async def ended(env: BotEnv, state: str = "finished", unknown: int = 2, **values: Any) -> list[BotAction]:
    """End a broadcast; return the actions of the bot."""
    broadcast = await confirmed(env)
    numbers = {("sent", ""): 40, ("failed", "blocked"): 3, ("failed", "chat"): 1, ("unknown", "silence"): unknown}
    env.broadcasts.doubtful[broadcast.id] = [4711, -100500][:unknown]
    values = {"total": 50, "started_at": env.now, "ended_at": env.now + timedelta(seconds=125)} | values
    return await notices_of(env, put(env, broadcast, Counts(numbers), state=state, **values))
