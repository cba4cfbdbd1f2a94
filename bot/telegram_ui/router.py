"""Which update goes where, and who is too fast or had to wait too long."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from telegram import Bot, Message, Update

from bot.answers.service import Conversations, PhrasesIn
from bot.broadcasts.model import Progress
from bot.broadcasts.ports import MessageTransport
from bot.broadcasts.service import BroadcastService
from bot.errors import StorageError
from bot.i18n.message import Translator
from bot.people.ports import Audit, Chats, ScheduledJobs
from bot.people.roles import RoleService
from bot.publishing.ports import Versions
from bot.publishing.publisher import Publisher
from bot.telegram_ui import staff_router as reception
from bot.telegram_ui import texts as sentences
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.admins.roles import offer_menus
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.cache import Verdict
from bot.telegram_ui.callbacks import press
from bot.telegram_ui.citizens.commands import COMMANDS, obey
from bot.telegram_ui.citizens.groups import note_membership, note_migration
from bot.telegram_ui.citizens.inline import offer
from bot.telegram_ui.citizens.questions import answer, say_what_can_be_read
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.message_parser import Attachment, Command, MessageParser, ParsedMessage, TextMessage
from bot.telegram_ui.messenger import Messenger
from bot.telegram_ui.staff.context import Sheets, StaffContext
from bot.telegram_ui.staff.stale import EDIT_LINK, send_stale

#: A message that waited longer is answered with a word of regret.
LATE_AFTER = timedelta(hours=1)

log = structlog.get_logger()


class Handlers:
    """Does what an update asks for. Updates of one chat come one after the other, those of many at once.

    `cards` shows admins how far broadcasts are; `events` is where it learns what happens to them.
    """

    def __init__(
        self,
        *,
        gateway: Messenger,
        bot: Bot,
        chats: Chats,
        roster: RoleService,
        publisher: Publisher,
        versions: Versions,
        audit: Audit,
        sheets: Sheets,
        broadcasting: BroadcastService,
        transport: MessageTransport,
        events: EventQueue,
        live: Callable[[], Progress | None],
        chores: ScheduledJobs,
        subjects: Conversations,
        phrases_in: PhrasesIn,
        key: bytes,
        bot_id: int,
        username: str,
        staff_chat_id: int | None,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = HandlerContext(
            gateway=gateway,
            chats=chats,
            roster=roster,
            snapshot=lambda: publisher.live.snapshot,
            subjects=subjects,
            phrases_in=phrases_in,
            keyboards=Keyboards(key),
            bot_id=bot_id,
            username=username,
            now=now,
        )
        self._office = StaffContext(
            desk=self._desk, publisher=publisher, versions=versions, audit=audit, sheets=sheets,
            broadcasting=broadcasting, transport=transport, news=events,
        )  # fmt: skip
        self.cards = ProgressCards(self._office, live, chores)
        self._bot = bot
        self._staff_chat_id = staff_chat_id
        self._ear = MessageParser(bot_id, username, COMMANDS.keys() | reception.COMMANDS.keys())

    async def on_start(self) -> None:
        """Set the menus and the profile; never fails."""
        await set_profile(self._desk, self._bot)
        with suppress(StorageError):  # who has rights cannot be known now; their commands work without a menu
            await offer_menus(self._office)

    async def send_stale(self) -> None:
        """Send the list of stale projects to the staff's chat, if there is one."""
        if self._staff_chat_id is not None:
            await send_stale(self._office, self._staff_chat_id)

    async def handle(self, update: Update) -> None:
        """Do what an update asks for; nothing for the kinds that are not meant for this bot.

        Whoever wants something kept, shown or erased while the storage fails is told so.
        """
        try:
            await self._act_on(update)
        except StorageError as error:
            log.warning("not_kept", update=update.update_id, problem=str(error))
            await self._tell(update, sentences.nothing_kept)

    async def apologise(self, update: Update) -> None:
        """Tell whoever waits for an answer that the bot itself failed."""
        await self._tell(update, sentences.apology)

    async def _act_on(self, update: Update) -> None:
        if message := update.message or update.edited_message:
            await self._read(message)
        elif update.callback_query:
            await press(self._desk, self._office, update.callback_query)
        elif update.inline_query:
            await offer(self._desk, update.inline_query)
        elif update.my_chat_member:
            await note_membership(self._desk, update.my_chat_member)

    async def _tell(self, update: Update, sentence: Callable[[Translator], str]) -> None:
        """Say a sentence to whoever waits for an answer; the storage is not asked for their language."""
        desk, query = self._desk, update.callback_query
        if query:
            await desk.gateway.answer_callback(query.id, sentence(desk.phrases_by_telegram(query.from_user)))
        message = update.message or update.edited_message
        if message and self._ear.hear(message) is not None:
            await desk.respond(message, sentence(desk.phrases_by_telegram(message.from_user)))

    async def _read(self, message: Message) -> None:
        if await note_migration(self._desk, message, self._staff_chat_id):
            return
        heard = self._ear.hear(message)
        if heard is None or not await self._has_time_for(message):
            return
        await self._excuse_delay(message)
        await self._do(message, heard)

    async def _do(self, message: Message, heard: ParsedMessage) -> None:
        if isinstance(heard, Command):
            self._office.prompts.drop(message.chat.id)
        match heard:
            case Command(name=name) if name in reception.COMMANDS:
                await reception.obey(self._office, message, heard)
            case Command(name="start", argument=argument) if argument.startswith(EDIT_LINK):
                await reception.open_link(self._office, message, argument.removeprefix(EDIT_LINK))
            case TextMessage(text=text) if await reception.take(self._office, message, text):
                pass
            case Attachment() if await reception.take(self._office, message, ""):
                pass
            case Command():
                await obey(self._desk, message, heard)
            case TextMessage(text=""):
                await obey(self._desk, message, Command("help", ""))
            case TextMessage(text=text):
                await answer(self._desk, message, text)
            case Attachment():
                await say_what_can_be_read(self._desk, message)
            case _:
                assert_never(heard)

    async def _has_time_for(self, message: Message) -> bool:
        """Whether this person may ask once more; whoever is too fast is told so once."""
        # In a group the person is counted, not the chat, so that one cannot silence the bot for all.
        anonymous = message.sender_chat is not None or message.from_user is None
        who = message.chat.id if anonymous or message.from_user is None else message.from_user.id
        verdict = self._desk.judge(who)
        if verdict is Verdict.NOTICE:
            phrases = self._desk.phrases_by_telegram(message.from_user)
            await self._desk.gateway.send(message.chat.id, sentences.too_fast(phrases))
        return verdict is Verdict.ANSWER

    async def _excuse_delay(self, message: Message) -> None:
        """One word of regret in a chat after an outage. An edited message has its answer already."""
        desk, now = self._desk, self._desk.now()
        waited = now - message.date > LATE_AFTER and message.edit_date is None
        if waited and desk.late.is_due(message.chat.id, now):
            phrases = await desk.phrases_for(message.chat.id, message.from_user)
            await desk.gateway.send(message.chat.id, sentences.late(phrases))
