"""Every button of staff, and what staff read."""

from bot.knowledge import Status
from tests.telegram_ui.bot_env import BotEnv


def status(env: BotEnv, project: str = "sixth-hospital") -> Status:
    return env.publisher.live.snapshot.knowledge.project_by_id[project].status
