"""The front door: joins the rooms to a bot, and runs it."""

import asyncio
import gc
import hashlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.context import WorkerContext
from bot.broadcasts.scheduler import BroadcastScheduler
from bot.broadcasts.service import BroadcastService
from bot.control.actions import BroadcastActions
from bot.control.server import ControlServer
from bot.control.socket import NAME
from bot.errors import EXIT_SETTINGS, FileError, OperatorError
from bot.i18n.catalog import phrases
from bot.i18n.message import Translator
from bot.knowledge import City
from bot.log_config import configure_logging, error_location, quiet_loop
from bot.people.roles import RoleService
from bot.publishing.live import LiveVersion, UnusableError, load_live
from bot.publishing.messages import format_notice, format_rejected_file
from bot.publishing.publisher import Publisher
from bot.publishing.reminders import WeeklyReminder
from bot.publishing.repository import FileRepository
from bot.publishing.results import Notice, Published, Recovered, RejectedFile
from bot.publishing.tasks import Spreadsheets, ThreadedTasks
from bot.publishing.watcher import FileWatcher
from bot.settings import Settings
from bot.storage import Store, open_store
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.client import Client
from bot.telegram_api.error_guard import ErrorGuard
from bot.telegram_api.health import Health
from bot.telegram_api.polling import UpdatePoller
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.sender import MessageSender
from bot.telegram_api.startup import WebhookConfig, connect_bot
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_api.uploads import Uploads
from bot.telegram_api.webhook import Webhook
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import BotIdentity, StaffContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.router import Router
from bot.telegram_ui.staff.stale import send_stale

#: Seconds in which updates that are being handled may still be finished, of the ten that a supervisor waits.
LAST_SECONDS = 6.0
_EXPIRY_PAUSE = 3600.0

log = structlog.get_logger()


class App:
    """A bot that is joined and not yet running."""

    def __init__(
        self,
        settings: Settings,
        *,
        client: Client,
        store: Store,
        live: LiveVersion,
        held: RejectedFile | None,
        shelf: FileRepository,
    ) -> None:
        self.settings = settings
        self.client = client
        self.store = store
        self.health = Health()
        if store.failure is not None:
            self.health.report("database", store.failure)
        self.token_gate = TokenGate(self.health)
        self.budget = RateLimiter(settings.messages_per_second)
        self.gateway = MessageSender(
            client,
            token_gate=self.token_gate,
            rate_limiter=self.budget,
            on_blocked=store.unsubscribe,
            on_migrated=store.migrate,
        )
        self.publisher = Publisher(
            live, repository=shelf, tasks=ThreadedTasks(_now), drafts=store,
            versions=store, announce=self._announce, now=_now,
        )  # fmt: skip
        self.roster = RoleService(store, admins=settings.admin_ids, staff=settings.staff_ids)
        self.previews = TelegramTransport(client, self.budget, as_answers=True)
        self.events = EventQueue()
        self.sender = self._sender()
        self.broadcasting = self._broadcasting()
        self._control = ControlServer(settings.data_dir / NAME, self._acts_of_operator().table())
        self._webhook = _webhook_of(settings)
        self._held = held
        self._watch = FileWatcher(
            settings.knowledge_path, self.publisher, reported=held.digest if held else live.digest,
            clock=time.monotonic,
        )  # fmt: skip

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve citizens until it is time to stop; OperatorError when the settings are wrong."""
        await connect_bot(self.client, self._webhook, health=self.health, stopping=stopping)
        if stopping.is_set():
            return
        context = self._context()
        cards = ProgressCards(context, lambda: self.sender.progress, self.store)
        update_queue = self._update_queue(Router(context, staff_chat_id=self.settings.staff_chat_id))
        await update_queue.restore()
        errands = [asyncio.create_task(_run_errand(errand)) for errand in (
            update_queue.record_handled(), self._expire(), set_profile(context, self.client), self._keep_knowledge(),
            self._reminder(context).run(), self._control.serve(stopping), cards.run(),
        )]  # fmt: skip
        sending = asyncio.create_task(_run_errand(self.sender.run(stopping)))
        log.info("serving", bot=self.client.username, knowledge=self.publisher.live.digest[:12])
        try:
            await self._receive(update_queue, stopping)
        finally:
            stopping.set()
            await asyncio.wait((sending,), timeout=LAST_SECONDS)
            await _give_up(sending, *errands)
        log.info("stopped")

    async def _receive(self, update_queue: UpdateQueue, stopping: asyncio.Event) -> None:
        """Take updates until it is time to stop, finish what is in flight, and confirm."""
        if self._webhook is None:
            poller = UpdatePoller(
                self.client, update_queue=update_queue, health=self.health, token_gate=self.token_gate
            )
            await poller.run(stopping)
            await update_queue.finish(LAST_SECONDS)
            await poller.confirm()
            return
        webhook = Webhook(
            path=urlsplit(self._webhook.url).path,
            secret=self._webhook.secret,
            update_queue=update_queue,
            health=self.health,
        )
        await webhook.serve(*self.settings.address, stopping)
        await update_queue.finish(1.0)  # its calls had their time; what is left was parked

    def _sender(self) -> BroadcastScheduler:
        checkpoint = CheckpointFile(self.settings.data_dir / "broadcasts.json")
        return BroadcastScheduler(
            WorkerContext(
                outbox=self.store, broadcasts=self.store, transport=TelegramTransport(self.client, self.budget),
                rate_limit=self.budget, checkpoint=checkpoint, city=self._city, testers=self._testers,
                observer=self.events, now=_now,
            )
        )  # fmt: skip

    def _broadcasting(self) -> BroadcastService:
        return BroadcastService(
            self.store,
            testers=self._testers,
            city=self._city,
            per_second=self.settings.messages_per_second,
            two_admins_above=self.settings.two_admins_above,
            wake=self.sender.wake,
            live=lambda: self.sender.progress,
            now=_now,
        )

    def _acts_of_operator(self) -> BroadcastActions:
        return BroadcastActions(
            self.broadcasting,
            transport=self.previews,
            uploader=Uploads(self.client, self.budget),
            roster=self.roster,
            city=self._city,
            observer=self.events,
            now=_now,
        )

    def _context(self) -> StaffContext:
        token = self.settings.telegram_bot_token
        # Buttons stay valid over a restart, and nobody without the token can make one.
        key = hashlib.sha256(f"buttons {token.get_secret_value() if token else ''}".encode()).digest()
        return StaffContext(
            sender=self.gateway,
            chats=self.store,
            roles=self.roster,
            snapshot=lambda: self.publisher.live.snapshot,
            translator_in=phrases,
            keyboards=Keyboards(CallbackCodec(key)),
            bot=BotIdentity(self.client.id, self.client.username),
            now=_now,
            commands=COMMANDS,
            publisher=self.publisher,
            versions=self.store,
            audit=self.store,
            spreadsheets=Spreadsheets(),
            broadcasts=self.broadcasting,
            transport=self.previews,
            events=self.events,
        )

    def _update_queue(self, router: Router) -> UpdateQueue:
        error_guard = ErrorGuard(router.handle, apologise=router.apologize, alert=self._alert, now=_now)
        return UpdateQueue(error_guard.handle, inbox=self.store, chat_queue=ChatQueue(), health=self.health, now=_now)

    async def _alert(self, what: str) -> None:
        """Tell the staff's chat, if there is one, that the program failed."""
        if self.settings.staff_chat_id is not None:
            gettext = self._phrases_of_city().gettext
            sentence = gettext(
                "I failed on a message, and the person was told so. For the developer: {what}", what=what
            )
            await self.gateway.send(self.settings.staff_chat_id, sentence)

    async def _announce(self, notice: Notice) -> None:
        """Tell the staff's chat what became of the knowledge file, and whoever watches the bot; never fails."""
        if isinstance(notice, Published | Recovered):
            self.health.resolve("knowledge")
        else:
            self.health.report("knowledge", format_rejected_file(notice, phrases("en")))
        if self.settings.staff_chat_id is not None:
            told = format_notice(notice, self.publisher.live.snapshot.knowledge, self._phrases_of_city())
            await self.gateway.send(self.settings.staff_chat_id, told)

    def _phrases_of_city(self) -> Translator:
        return phrases(self._city().default_language)

    def _city(self) -> City:
        return self.publisher.live.snapshot.knowledge.city

    async def _testers(self) -> frozenset[int]:
        """Everybody with rights; StorageError."""
        return frozenset(member.person for member in await self.roster.members())

    async def _keep_knowledge(self) -> None:
        """Say what was held back at the start, then follow the file."""
        await _run_errand(self.publisher.start(self._held))
        await self._watch.run()

    def _reminder(self, context: StaffContext) -> WeeklyReminder:
        async def send() -> None:
            if self.settings.staff_chat_id is not None:
                await send_stale(context, self.settings.staff_chat_id)

        return WeeklyReminder(self.store, send, city_zone=lambda: self._city().time_zone, now=_now)

    async def _expire(self) -> None:
        """Keep update ids no longer than promised."""
        while True:
            try:
                await self.store.expire(_now())
            except Exception as error:  # noqa: BLE001 - any fault of the database means: in an hour
                log.warning("not_expired", error=type(error).__name__)
            await asyncio.sleep(_EXPIRY_PAUSE)


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[App]:
    """The bot of these settings, with its store open; OperatorError with a sentence when it cannot be."""
    token, proxy = settings.telegram_bot_token, settings.telegram_proxy
    if token is None:
        raise OperatorError("TELEGRAM_BOT_TOKEN is missing; write it into .env as @BotFather gave it.")
    client = Client(
        token.get_secret_value(),
        settings.telegram_api_base_url,
        proxy.get_secret_value() if proxy else None,
    )
    async with open_store(settings.database.get_secret_value()) as store:
        shelf = FileRepository(settings.knowledge_path, settings.data_dir)
        live, held = await first_knowledge(shelf)
        # What is there now stays: the collector need not look through the knowledge again and again. Answers leave
        # hardly any rings behind, so it may come more seldom as well; together a tenth of the processor.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
        # Another version is learned in a thread beside the answers. At Python's own 5 ms, an answer, which gives the
        # turn away a dozen times, would wait a tenth of a second for it.
        sys.setswitchinterval(0.0005)
        await client.open()
        try:
            yield App(settings, client=client, store=store, live=live, held=held, shelf=shelf)
        finally:
            await client.close_pools()


async def first_knowledge(shelf: FileRepository) -> tuple[LiveVersion, RejectedFile | None]:
    """What the bot starts with; OperatorError when neither the file nor a last good copy can be used."""
    try:
        return await load_live(shelf, ThreadedTasks(_now))
    except UnusableError as error:
        first = next(remark for remark in error.diagnostics if remark.severity == "error")
        sentence = f"{first.line_for(shelf.path)}\nThe knowledge file has errors; `minsheng check` lists them all."
    except FileError as error:
        sentence = f"{shelf.path}: {error.why}"
    raise OperatorError(sentence)


def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit code."""
    configure_logging(settings.log_level)
    return asyncio.run(_guarded(lambda stopping: _run(settings, stopping)))


async def _run(settings: Settings, stopping: asyncio.Event) -> None:
    async with build(settings) as app:
        await app.run(stopping)


async def _guarded(work: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """The exit code of the work; what goes wrong becomes a sentence, never a traceback."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(quiet_loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await work(stopping)
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    except Exception as error:  # noqa: BLE001 - a traceback may quote the token, or a citizen
        log.critical("died", error=type(error).__name__, place=error_location(error))
        return 1
    return 0


async def _run_errand(errand: Coroutine[Any, Any, None]) -> None:
    """Do something beside the answers; if it fails, they go on, and the end of the program is none of its business."""
    try:
        await errand
    except Exception as error:  # noqa: BLE001 - a traceback may quote the token, or a citizen
        log.warning("errand_failed", error=type(error).__name__, place=error_location(error))


async def _give_up(*errands: asyncio.Task[None]) -> None:
    for errand in errands:
        errand.cancel()
        with suppress(asyncio.CancelledError):
            await errand


def _webhook_of(settings: Settings) -> WebhookConfig | None:
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    return WebhookConfig(settings.webhook_url, settings.webhook_secret.get_secret_value())


def _now() -> datetime:
    return datetime.now(UTC)
