"""The composition root: builds every component, and runs the bot until it is told to stop."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

import structlog

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.context import WorkerContext
from bot.broadcasts.model import PAUSABLE, resends
from bot.broadcasts.scheduler import BroadcastScheduler
from bot.broadcasts.service import BroadcastService
from bot.control.actions import BroadcastActions
from bot.control.explain import explanation_actions
from bot.control.inbox import InboxActions
from bot.control.report import report_actions
from bot.control.server import ControlServer
from bot.control.socket import NAME
from bot.errors import StorageError
from bot.gauges import sample
from bot.i18n.catalog import translator_in
from bot.inbox.collecting import Collector
from bot.inbox.delivery_worker import DeliveryWorker
from bot.inbox.report_service import ReportService
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.inbox.tickets_service import StaffChats, TicketService
from bot.knowledge import City
from bot.log_config import configure_logging
from bot.people.roles import RoleService
from bot.process import BackgroundTasks, every_hour, log_failure, run_until_signal, run_while, tune_interpreter
from bot.publishing.publisher import Publisher
from bot.publishing.reminders import WeeklyReminder
from bot.publishing.tasks import Spreadsheets, ThreadedTasks
from bot.publishing.watcher import FileWatcher
from bot.replication import Followers, SenderRole, replica_works
from bot.settings import Settings
from bot.startup import LoadedKnowledge, load_knowledge, open_client, open_when_reachable, warn_of_open_folder
from bot.storage import Store
from bot.telegram_api.attachment_uploader import AttachmentUploader
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.chat_queue import OTHERS_PER_SECOND, ChatQueue
from bot.telegram_api.client import Client
from bot.telegram_api.error_guard import ErrorGuard
from bot.telegram_api.health import Health
from bot.telegram_api.older_copy import count_missing
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.receiving import poll_updates, receive_calls
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.sender import MessageSender
from bot.telegram_api.startup import WebhookConfig, connect_bot
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_api.web_server import WebServer
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import BotIdentity, StaffContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.owed_transport import OwedMessageTransport
from bot.telegram_ui.router import Router
from bot.telegram_ui.staff.notifications import StaffNotifier
from bot.telegram_ui.staff.stale import send_stale

#: Seconds in which updates that are being handled may still be finished, of the ten that a supervisor waits.
LAST_SECONDS = 6.0

log = structlog.get_logger()


class App:
    """A bot that is built and not yet running. The store, the client and the web server are open."""

    def __init__(
        self, settings: Settings, client: Client, store: Store, knowledge: LoadedKnowledge, *, health: Health,
        web: WebServer,
    ) -> None:  # fmt: skip
        self.settings, self.client, self.store = settings, client, store
        live, self._rejected, repository = knowledge
        self.webhook = WebhookConfig(*settings.webhook) if settings.webhook else None
        self.health, self.web = health, web
        if store.failure is not None:
            self.health.report("database", store.failure)
        self.token_gate = TokenGate(self.health)
        if store.replica is not None:
            client.check_before_calls(store.replica.confirm)
        self.chat_queue = ChatQueue(others_per_second=max(OTHERS_PER_SECOND, 2 * settings.messages_per_second))
        self.rate_limiter = RateLimiter(settings.messages_per_second, has_backlog=self.chat_queue.has_backlog)
        self.sender = MessageSender(
            client, token_gate=self.token_gate, rate_limiter=self.rate_limiter, on_blocked=store.suspend,
            on_migrated=store.migrate,
        )  # fmt: skip
        self.notifier = StaffNotifier(
            self.sender, chat=settings.staff_chat_id, health=self.health, translator_in=translator_in,
            snapshot=lambda: self.publisher.live.snapshot,
        )  # fmt: skip
        self.publisher = Publisher(
            live, repository=repository, tasks=ThreadedTasks(_now), drafts=store, versions=store,
            announce=self.notifier.announce, now=_now, is_shared=store.replica is not None,
        )  # fmt: skip
        self.watcher = FileWatcher(
            settings.knowledge_path, self.publisher, reported=self._rejected.digest if self._rejected else live.digest,
            clock=time.monotonic,
        )  # fmt: skip
        self.roles = RoleService(store, admins=settings.admin_ids, staff=settings.staff_ids)
        self.events = EventQueue()
        self._missing_messages: int | None = None
        self.cards: ProgressCards | None = None
        self.scheduler = BroadcastScheduler(WorkerContext(
            outbox=store, broadcasts=store, transport=TelegramTransport(client, self.rate_limiter),
            rate_limit=self.rate_limiter, checkpoint=CheckpointFile(settings.data_dir / "broadcasts.json"), jobs=store,
            city=self._city, testers=self.roles.member_ids, observer=self.events,
            missing_messages=lambda: self._missing_messages, now=_now,
            may_send=lambda: store.replica is None or store.replica.may_send,
            succeeds=lambda: store.replica is not None and store.replica.has_seen_others,
        ))  # fmt: skip
        self.sender_role = SenderRole(store.replica, self._wake)
        self.broadcasts = BroadcastService(
            store, testers=self.roles.member_ids, city=self._city, per_second=settings.messages_per_second,
            two_admins_above=settings.two_admins_above, wake=self.sender_role.wake,
            live=lambda: self.scheduler.progress, now=_now,
        )  # fmt: skip
        collector = Collector(store, live.snapshot.understanding.embedder, _now)
        self.inbox = InboxService(store, collector, _now)
        staff_chats = StaffChats(self.roles, settings.staff_chat_id)
        self.deliveries = DeliveryWorker(store, staff=staff_chats, on_unreachable=store.suspend, now=_now)
        self.tickets = TicketService(store, store, staff=staff_chats, wake=self.sender_role.wake, now=_now)
        self.inbox.on_taught.append(self.tickets.on_taught)
        self.teaching = TeachingService(self.inbox, self.publisher, _now)
        self.previews = TelegramTransport(client, self.rate_limiter, as_answers=True)
        actions = BroadcastActions(
            self.broadcasts, transport=self.previews, uploader=AttachmentUploader(client, self.rate_limiter),
            roles=self.roles, city=self._city, observer=self.events, now=_now,
        )  # fmt: skip
        self.reports = ReportService(store, self._city, _now)
        reports = report_actions(self.reports, lambda: self.publisher.live.snapshot.knowledge)
        inbox_actions = InboxActions(self.inbox, self.teaching, lambda: self.publisher.live.snapshot.knowledge)
        explanations = explanation_actions(lambda: self.publisher.live.snapshot)
        self.control = ControlServer(
            settings.data_dir / NAME, {**actions.table(), **reports, **inbox_actions.table(), **explanations}
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve citizens until it is time to stop; OperatorError when the settings are wrong."""
        await connect_bot(self.client, self.webhook, health=self.health, stopping=stopping)
        if stopping.is_set():
            return
        async with self.store.joined():
            await self._serve(stopping)
        log.info("stopped")

    async def _serve(self, stopping: asyncio.Event) -> None:
        context = self._context()
        router = Router(context)
        guard = ErrorGuard(router, alert=self.notifier.alert, now=_now)
        queue = UpdateQueue(
            guard, store=self.store, chat_queue=self.chat_queue, health=self.health, numbers=self.client.numbers,
            now=_now,
        )  # fmt: skip
        self._missing_messages = await self._count_missing()
        await queue.restore()
        tasks = BackgroundTasks()
        sending = self._start_background(tasks, context, queue, stopping)
        self.web.set_serving(
            lambda: sample(
                self.publisher.live, queue, rate_limiter=self.rate_limiter, progress=self.scheduler.progress,
                collector=self.inbox.collector, replica=self.store.replica, now=_now(),
            )
        )  # fmt: skip
        log.info("serving", bot=self.client.username, knowledge=self.publisher.live.digest[:12])
        try:
            if self.webhook is not None:
                await receive_calls(self.webhook, self.web, queue, stopping, grace=LAST_SECONDS)
            else:
                await poll_updates(
                    self.client, queue, stopping, health=self.health, token_gate=self.token_gate, grace=LAST_SECONDS
                )
        finally:
            stopping.set()
            await asyncio.wait(sending, timeout=LAST_SECONDS)
            await tasks.stop()
            with suppress(StorageError):
                await self.store.note_newest_message(self.client.numbers.newest)

    def _start_background(
        self, tasks: BackgroundTasks, context: StaffContext, queue: UpdateQueue, stopping: asyncio.Event
    ) -> list[asyncio.Task[None]]:
        """Start everything that runs beside the answers; the tasks of it that send messages."""
        reminder = WeeklyReminder(
            self.store, lambda: send_stale(context), city_zone=lambda: self._city().time_zone, now=_now
        )
        self.cards = ProgressCards(
            context, lambda: self.scheduler.progress, self.store, lambda: self.sender_role.is_held
        )
        tasks.start(
            queue.record_handled(),
            self.inbox.collector.run(),
            self.inbox.start(),
            set_profile(context, self.client),
            self._follow_knowledge_file(),
            self.control.serve(stopping),
            self.cards.run(),
        )
        if self.store.replica is not None:
            followers = Followers(
                updates=queue, publisher=self.publisher, scheduler=self.scheduler, role=self.sender_role,
                rate_limiter=self.rate_limiter, collector=self.inbox.collector,
            )  # fmt: skip
            tasks.start(*replica_works(self.store.replica, followers))
        sending = tasks.start(
            self.sender_role.when_held(lambda: self.scheduler.run(stopping), stopping),
            self.sender_role.when_held(lambda: self.deliveries.run(OwedMessageTransport(context), stopping), stopping),
        )
        tasks.start(
            self.sender_role.when_held(lambda: every_hour("expire", lambda: self.store.expire(_now())), stopping),
            self.sender_role.when_held(reminder.run, stopping),
            self.sender_role.when_held(lambda: every_hour("remind", self.tickets.remind), stopping),
        )
        return sending

    async def _count_missing(self) -> int | None:
        """Messages that the database has forgotten; looked for only if a broadcast could be sent again.

        While other replicas run, the database is no copy.
        """
        if self.store.replica is not None and self.store.replica.has_seen_others:
            return None
        with suppress(StorageError):
            for broadcast in await self.store.broadcasts(*PAUSABLE, "paused", "unapproved", "draft"):
                if broadcast.state != "draft" or not resends(broadcast.kind):
                    admins = [number for number in (broadcast.author, *self.settings.admin_ids) if number]
                    return await count_missing(self.client, self.store, text=broadcast.number, chats=admins)
        return None

    def _context(self) -> StaffContext:
        keyboards = Keyboards(CallbackCodec.for_token(self.client.token))
        return StaffContext(
            sender=self.sender, chats=self.store, roles=self.roles, snapshot=lambda: self.publisher.live.snapshot,
            translator_in=translator_in, keyboards=keyboards, commands=COMMANDS, inbox=self.inbox,
            tickets=self.tickets, reports=self.reports,
            teaching=self.teaching,
            bot=BotIdentity(self.client.id, self.client.username), now=_now, publisher=self.publisher,
            versions=self.store, audit=self.store, spreadsheets=Spreadsheets(), broadcasts=self.broadcasts,
            transport=self.previews, events=self.events, staff_chat_id=self.settings.staff_chat_id,
        )  # fmt: skip

    async def _follow_knowledge_file(self) -> None:
        """Report what was rejected at the start, then watch the file."""
        await log_failure(self.publisher.start(self._rejected))
        await self.watcher.run()

    def _wake(self) -> None:
        """Look for what is to be sent."""
        self.scheduler.wake()
        self.deliveries.wake()
        if self.cards is not None:
            self.cards.look_again()

    def _city(self) -> City:
        return self.publisher.live.snapshot.knowledge.city


def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit code."""
    configure_logging(settings.log_level)

    async def serve(stopping: asyncio.Event) -> None:
        health = Health()
        web = WebServer(health)
        async with AsyncExitStack() as stack:
            if settings.address is not None:
                await stack.enter_async_context(web.listening(*settings.address))
            client = await stack.enter_async_context(open_client(settings))
            store = await open_when_reachable(stack, settings, health=health, stopping=stopping)
            if store is not None:
                warn_of_open_folder(settings.data_dir)
                knowledge = await load_knowledge(settings, store, _now)
                app = App(settings, client, store, knowledge, health=health, web=web)
                tune_interpreter()
                await run_while(store.watch_lock(), app.run(stopping), stopping)

    return run_until_signal(serve)


def _now() -> datetime:
    return datetime.now(UTC)
