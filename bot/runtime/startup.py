"""The prerequisites for serving citizens: the database, the knowledge, and a client of Telegram."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from bot.errors import FileError, OperatorError, StorageError
from bot.matching.embeddings import Embedder
from bot.matching.encoder import EncoderError
from bot.publishing.array_file import ArrayFolder, open_embedder
from bot.publishing.files.repository import FileRepository
from bot.publishing.live import LiveVersion, load_or_explain
from bot.publishing.replica_start import export_accepted
from bot.publishing.results import RejectedFile
from bot.publishing.tasks import ThreadedTasks
from bot.settings import Settings
from bot.stopping import cancel_on_stop
from bot.storage import ErasureLedger, Store, UnreachableError, open_store
from bot.telegram_api.client import Client
from bot.telegram_api.health import Health

#: Seconds between two attempts to reach the database: the first wait, doubled up to the longest.
_FIRST_WAIT, _MAX_WAIT = 0.5, 15.0

log = structlog.get_logger()


def is_open_to_others(path: Path) -> bool:
    """Whether other accounts on the machine can use a file or folder."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def warn_of_open_folder(folder: Path) -> None:
    """Log a warning if other accounts can enter DATA_DIR, which contains the database and copies of the knowledge."""
    if folder.exists() and is_open_to_others(folder):
        log.warning("data_dir_open", cure=f"chmod 700 {folder}")


async def open_when_reachable(
    stack: AsyncExitStack, settings: Settings, *, health: Health, stopping: asyncio.Event
) -> Store | None:
    """Open the store as soon as its server is reachable; None if the bot must stop before that."""
    address, erasures = settings.database.get_secret_value(), ErasureLedger(settings.data_dir)
    wait = _FIRST_WAIT
    while not stopping.is_set():
        try:
            shared = settings.webhook is not None
            store = await stack.enter_async_context(open_store(address, erasures=erasures, shared=shared))
        except UnreachableError as error:
            health.report("database", str(error))
            await cancel_on_stop(stopping, asyncio.sleep(wait))
            wait = min(wait * 2, _MAX_WAIT)
        else:
            health.resolve("database")
            return store
    return None


class KnowledgeAtStart(NamedTuple):
    """The knowledge at the start."""

    live: LiveVersion
    rejected: RejectedFile | None  #: the rejected file, if the last good copy is live in its place
    repository: FileRepository


async def load_knowledge(settings: Settings, store: Store, now: Callable[[], datetime]) -> KnowledgeAtStart:
    """Load the files, or else the last good copy; raises OperatorError if neither is usable.

    A replica first updates its files to the accepted version.
    """
    repository = FileRepository(settings.knowledge_path, settings.data_dir)
    if store.replica is not None:
        try:
            others = await store.other_replicas()
            await export_accepted(store, repository, among_others=others > 0, aside=settings.data_dir)
        except (StorageError, FileError) as error:
            log.warning("accepted_version_not_exported", reason=type(error).__name__)
    tasks = ThreadedTasks(now, _embedder(settings), ArrayFolder(settings.data_dir))
    return KnowledgeAtStart(*await load_or_explain(repository, tasks, settings.knowledge_path), repository)


@asynccontextmanager
async def open_client(settings: Settings) -> AsyncIterator[Client]:
    """The client of the Bot API, before its first call; raises OperatorError without a token."""
    token, proxy = settings.telegram_bot_token, settings.telegram_proxy
    if token is None:
        raise OperatorError("TELEGRAM_BOT_TOKEN is missing; write it into .env as @BotFather gave it.")
    proxy_url = proxy.get_secret_value() if proxy else None
    client = Client(token.get_secret_value(), settings.telegram_api_base_url, proxy_url)
    await client.open()
    try:
        yield client
    finally:
        await client.close_pools()


def _embedder(settings: Settings) -> Embedder | None:
    """The sentence encoder; None, with a warning in the log, if it is unusable."""
    try:
        return open_embedder(settings.data_dir, settings.encoder_path)
    except EncoderError as error:
        log.warning("encoder_unavailable", reason=str(error), consequence="only words and letters are compared")
        return None
