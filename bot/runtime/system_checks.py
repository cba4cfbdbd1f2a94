"""Checks what the bot needs, for `minsheng doctor`: settings, folders, knowledge, database, network and clock.

Nothing is changed and no lock is taken, so the bot may be running.
"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from telegram.error import TelegramError

from bot.errors import OperatorError
from bot.matching.encoder import EncoderError, load_encoder
from bot.publishing.files.load import load
from bot.runtime.startup import is_open_to_others, open_client
from bot.settings import Settings
from bot.storage.offline import schema_state
from bot.telegram_api.clock import clock_offset

#: With fewer free bytes the disk is a problem.
_MIN_FREE = 500_000_000
#: The largest acceptable error of the clock, in seconds; reports, quiet hours and planned broadcasts depend on it.
_MAX_CLOCK_ERROR = 30.0


class SystemCheck(NamedTuple):
    """The result of one check; unless it is ok, the sentence contains a remedy."""

    state: Literal["ok", "warning", "error"]
    about: str
    sentence: str


async def check_system(settings: Settings) -> AsyncIterator[SystemCheck]:
    """Yield every finding as soon as it is available; network checks take up to ten seconds."""
    for finding in (*_env_file(Path(".env")), *_data_folder(settings), _disk(settings), _knowledge(settings)):
        yield finding
    yield _encoder(settings)
    yield _database(settings)
    async for finding in _telegram(settings):
        yield finding


def _env_file(path: Path) -> Iterator[SystemCheck]:
    if not path.exists():
        yield SystemCheck("ok", "settings", "There is no .env here; the settings come from the environment.")
    elif is_open_to_others(path):
        yield SystemCheck("warning", "settings", "Other accounts can read .env, which holds the token: chmod 600 .env")
    else:
        yield SystemCheck("ok", "settings", ".env is readable by its owner only.")


def _data_folder(settings: Settings) -> Iterator[SystemCheck]:
    folder = settings.data_dir
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield SystemCheck("error", "DATA_DIR", f"{folder} cannot be written by this account; change its owner.")
    elif folder.exists() and is_open_to_others(folder):
        yield SystemCheck("warning", "DATA_DIR", f"Other accounts can enter {folder}: chmod 700 {folder}")
    else:
        yield SystemCheck("ok", "DATA_DIR", f"{folder} can be written, and by this account only.")


def _disk(settings: Settings) -> SystemCheck:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE:
        return SystemCheck("error", "disk", f"Only {free // 10**6} MB are free on the disk of {folder}; make room.")
    return SystemCheck("ok", "disk", f"{free // 10**9} GB are free.")


def _knowledge(settings: Settings) -> SystemCheck:
    path, loaded = settings.knowledge_path, load(settings.knowledge_path)
    if loaded.knowledge is None:
        return SystemCheck("error", "knowledge", f"{path} has errors; `minsheng check` lists them.")
    if not os.access(path if path.is_dir() else path.parent, os.W_OK):
        return SystemCheck("warning", "knowledge", f"{path} cannot be written, so staff cannot publish in Telegram.")
    return SystemCheck("ok", "knowledge", f"{len(loaded.knowledge.projects)} projects of {path}.")


def _encoder(settings: Settings) -> SystemCheck:
    try:
        encoder = load_encoder(settings.encoder_path)
    except EncoderError as error:
        return SystemCheck("warning", "encoder", f"{error}; only words and letters are compared.")
    return SystemCheck("ok", "encoder", f"Meanings are compared with {encoder.version}.")


def _database(settings: Settings) -> SystemCheck:
    if settings.database_url is None and not (settings.data_dir / "minsheng.db").exists():
        return SystemCheck("ok", "database", "The first start creates it.")
    try:
        return SystemCheck("ok", "database", f"It can be read; {schema_state(settings.database.get_secret_value())}.")
    except OperatorError as error:
        return SystemCheck("error", "database", str(error))


async def _telegram(settings: Settings) -> AsyncIterator[SystemCheck]:
    try:
        async with open_client(settings) as client:
            await client.identify()
            yield SystemCheck("ok", "Telegram", f"The token belongs to @{client.username}.")
    except OperatorError as error:
        yield SystemCheck("error", "Telegram", str(error))
    except TelegramError as error:
        cure = "check the network, TELEGRAM_PROXY and TELEGRAM_API_BASE_URL"
        yield SystemCheck("error", "Telegram", f"{error.message}; {cure}.")
        return
    proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
    offset = await clock_offset(settings.telegram_api_base_url, proxy)
    if offset is None:
        yield SystemCheck("warning", "clock", "Telegram's time is not known, so the clock could not be compared.")
    elif abs(offset) > _MAX_CLOCK_ERROR:
        wrong = "ahead" if offset > 0 else "slow"
        yield SystemCheck("error", "clock", f"The clock is {abs(offset):.0f} seconds {wrong}; turn on NTP.")
    else:
        yield SystemCheck("ok", "clock", "The clock agrees with Telegram's.")
