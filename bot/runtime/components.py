"""The components of the bot, each built when another one first asks for it.

A component gets what it needs as keyword arguments and does not know this class. `bot.app` asks for those that run.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.context import BroadcastContext
from bot.broadcasts.model import Broadcast
from bot.broadcasts.scheduler import BroadcastScheduler
from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.control.broadcasts import BroadcastActions
from bot.control.explain import explanation_actions
from bot.control.inbox import InboxActions
from bot.control.report import report_actions
from bot.control.server import ControlServer
from bot.control.socket import NAME
from bot.i18n.catalog import translator_in
from bot.inbox.collecting import Collector
from bot.inbox.report.service import ReportService
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.inbox.tickets.delivery_worker import DeliveryWorker
from bot.inbox.tickets.service import StaffChats, TicketService
from bot.knowledge import City
from bot.people.roles import RoleService
from bot.publishing.array_file import ArrayFolder
from bot.publishing.files.watcher import FileWatcher
from bot.publishing.publisher import Publisher
from bot.publishing.reminders import WeeklyReminder
from bot.publishing.tasks import Spreadsheets, ThreadedTasks
from bot.runtime.replication import Followers, SenderRole
from bot.runtime.startup import KnowledgeAtStart
from bot.settings import Settings
from bot.storage import Store
from bot.telegram_api.attachment_uploader import AttachmentUploader
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.chat_queue import OTHERS_PER_SECOND, ChatQueue
from bot.telegram_api.client import Client
from bot.telegram_api.error_guard import ErrorGuard
from bot.telegram_api.health import Health
from bot.telegram_api.older_copy import count_missing
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.sender import MessageSender
from bot.telegram_api.startup import WebhookConfig
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import BotIdentity, StaffContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.router import Router
from bot.telegram_ui.staff.language import staff_language
from bot.telegram_ui.staff.notifications import StaffNotifier
from bot.telegram_ui.staff.stale import send_stale


def now() -> datetime:
    """The clock of the program."""
    return datetime.now(UTC)


class Components:
    """Builds every component from the settings and from what is open: the client, the store, the knowledge."""

    def __init__(
        self, settings: Settings, client: Client, store: Store, knowledge: KnowledgeAtStart, health: Health
    ) -> None:
        self.settings, self.client, self.store, self.health = settings, client, store, health
        self.rejected_at_start = knowledge.rejected
        self._reported_at_start = (knowledge.rejected or knowledge.live).digest
        # Only the publisher refers to the first snapshot, a hundred megabytes, so the first publication frees it.
        self.publisher = self._publisher_of(knowledge)

    # --- Telegram ---

    @cached_property
    def webhook(self) -> WebhookConfig | None:
        """None: updates are polled."""
        return WebhookConfig(*self.settings.webhook) if self.settings.webhook else None

    @cached_property
    def token_gate(self) -> TokenGate:
        return TokenGate(self.health)

    @cached_property
    def chat_queue(self) -> ChatQueue:
        return ChatQueue(others_per_second=max(OTHERS_PER_SECOND, 2 * self.settings.messages_per_second))

    @cached_property
    def rate_limiter(self) -> RateLimiter:
        return RateLimiter(self.settings.messages_per_second, has_backlog=self.chat_queue.has_backlog)

    @cached_property
    def sender(self) -> MessageSender:
        return MessageSender(
            self.client,
            token_gate=self.token_gate,
            rate_limiter=self.rate_limiter,
            on_blocked=self.store.suspend,
            on_migrated=self.store.migrate,
        )

    @cached_property
    def update_queue(self) -> UpdateQueue:
        """Hands updates to the handlers; needs the bot's name."""
        return UpdateQueue(
            ErrorGuard(Router(self.context), alert=self.notifier.alert, now=now),
            store=self.store,
            chat_queue=self.chat_queue,
            health=self.health,
            numbers=self.client.numbers,
            now=now,
        )

    @cached_property
    def context(self) -> StaffContext:
        """The context of all handlers; needs the bot's name."""
        return StaffContext(
            sender=self.sender,
            chats=self.store,
            roles=self.roles,
            snapshot=lambda: self.publisher.live.snapshot,
            translator_in=translator_in,
            keyboards=Keyboards(CallbackCodec.for_token(self.client.token)),
            commands=COMMANDS,
            inbox=self.inbox,
            tickets=self.tickets,
            reports=self.reports,
            teaching=self.teaching,
            bot=BotIdentity(self.client.id, self.client.username),
            now=now,
            publisher=self.publisher,
            versions=self.store,
            audit=self.store,
            spreadsheets=Spreadsheets(),
            broadcasts=self.broadcasts,
            transport=self.previews,
            events=self.events,
            staff_chat_id=self.settings.staff_chat_id,
        )

    # --- People and knowledge ---

    @cached_property
    def roles(self) -> RoleService:
        return RoleService(self.store, admins=self.settings.admin_ids, staff=self.settings.staff_ids)

    @cached_property
    def notifier(self) -> StaffNotifier:
        return StaffNotifier(
            self.sender,
            chat=self.settings.staff_chat_id,
            health=self.health,
            translator_in=translator_in,
            snapshot=lambda: self.publisher.live.snapshot,
            language=lambda chat: staff_language(chat, self.store, self.roles, self.city().default_language),
        )

    def _publisher_of(self, knowledge: KnowledgeAtStart) -> Publisher:
        return Publisher(
            knowledge.live,
            repository=knowledge.repository,
            tasks=ThreadedTasks(now, store=ArrayFolder(self.settings.data_dir)),
            store=self.store,
            announce=self.notifier.announce,
            now=now,
            is_shared=self.store.replica is not None,
        )

    @cached_property
    def watcher(self) -> FileWatcher:
        path = self.settings.knowledge_path
        return FileWatcher(path, self.publisher, reported=self._reported_at_start, clock=time.monotonic)

    @cached_property
    def reminder(self) -> WeeklyReminder:
        return WeeklyReminder(
            self.store, lambda: send_stale(self.context), city_zone=lambda: self.city().time_zone, now=now
        )

    def city(self) -> City:
        """The city of the live version."""
        return self.publisher.live.snapshot.knowledge.city

    # --- The inbox ---

    @cached_property
    def inbox(self) -> InboxService:
        collector = Collector(self.store, self.publisher.live.snapshot.engine.embedder, now)
        inbox = InboxService(self.store, collector, now)
        inbox.on_taught.append(self.tickets.on_taught)
        return inbox

    @cached_property
    def teaching(self) -> TeachingService:
        return TeachingService(self.inbox, self.publisher, now)

    @cached_property
    def staff_chats(self) -> StaffChats:
        return StaffChats(self.roles, self.settings.staff_chat_id)

    @cached_property
    def tickets(self) -> TicketService:
        return TicketService(self.store, self.store, staff=self.staff_chats, wake=self.sender_role.wake, now=now)

    @cached_property
    def deliveries(self) -> DeliveryWorker:
        return DeliveryWorker(self.store, staff=self.staff_chats, on_unreachable=self.store.suspend, now=now)

    @cached_property
    def reports(self) -> ReportService:
        return ReportService(self.store, self.city, now)

    # --- Broadcasts ---

    @cached_property
    def events(self) -> EventQueue:
        return EventQueue()

    @cached_property
    def scheduler(self) -> BroadcastScheduler:
        replica = self.store.replica
        context = BroadcastContext(
            deliveries=self.store,
            broadcasts=self.store,
            transport=TelegramTransport(self.client, self.rate_limiter),
            rate_limit=self.rate_limiter,
            checkpoint=CheckpointFile(self.settings.data_dir / "broadcasts.json"),
            jobs=self.store,
            city=self.city,
            testers=self.roles.member_ids,
            observer=self.events,
            now=now,
            count_missing=self._count_missing,
            may_send=lambda: replica is None or (replica.is_sender and replica.may_send),
            has_predecessor=lambda: replica is not None and replica.has_seen_others,
        )
        return BroadcastScheduler(context)

    async def _count_missing(self, broadcast: Broadcast) -> int | None:
        people: Iterable[int | None] = (broadcast.author, *self.settings.admin_ids)
        return await count_missing(self.client, self.store, text=broadcast.number, chats=filter(None, people))

    @cached_property
    def broadcasts(self) -> BroadcastService:
        return BroadcastService(
            store=self.store,
            testers=self.roles.member_ids,
            city=self.city,
            policy=BroadcastPolicy(
                self.settings.messages_per_second,
                self.settings.two_admins_above,
                timedelta(seconds=self.settings.recall_seconds),
            ),
            wake=self.sender_role.wake,
            live=lambda: self.scheduler.progress,
            now=now,
        )

    @cached_property
    def previews(self) -> TelegramTransport:
        """Sends previews of broadcasts."""
        return TelegramTransport(self.client, self.rate_limiter, as_answers=True)

    @cached_property
    def cards(self) -> ProgressCards:
        """The progress cards; needs the bot's name."""
        return ProgressCards(
            self.context, lambda: self.scheduler.progress, self.store, lambda: self.sender_role.is_held
        )

    # --- Replicas, and the command line ---

    @cached_property
    def sender_role(self) -> SenderRole:
        return SenderRole(self.store.replica, self._wake)

    def _wake(self) -> None:
        """Check for work to send."""
        self.scheduler.wake()
        self.deliveries.wake()
        self.cards.request_catch_up()

    def followers(self) -> Followers:
        return Followers(
            updates=self.update_queue,
            publisher=self.publisher,
            scheduler=self.scheduler,
            role=self.sender_role,
            rate_limiter=self.rate_limiter,
            collector=self.inbox.collector,
        )

    @cached_property
    def control(self) -> ControlServer:
        broadcasts = BroadcastActions(
            broadcasting=self.broadcasts,
            transport=self.previews,
            uploader=AttachmentUploader(self.client, self.rate_limiter),
            roles=self.roles,
            city=self.city,
            observer=self.events,
            now=now,
        )
        inbox = InboxActions(self.inbox, self.teaching, lambda: self.publisher.live.snapshot.knowledge)
        actions = {
            **broadcasts.table(),
            **inbox.table(),
            **report_actions(self.reports, lambda: self.publisher.live.snapshot.knowledge),
            **explanation_actions(lambda: self.publisher.live.snapshot),
        }
        return ControlServer(self.settings.data_dir / NAME, actions)
