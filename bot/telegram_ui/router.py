"""Which handler gets an update, and what happens before and after it.

An update passes these steps:

1. `UpdateQueue` (bot.telegram_api) calls `Router.handle`. Updates of one chat come one after the other, those of
   different chats at the same time. The update is confirmed to Telegram when `handle` returns, or when it was parked.
2. The kind of the update selects a branch: message, callback query, inline query, or a change of the bot's membership.
   All other kinds are ignored.
3. A message is parsed (`MessageParser`). Messages for others in a group and service messages are ignored. Then the rate
   limit of the person counts it: ALLOW continues, NOTIFY says once that there were too many, DROP is silent. An
   emergency always continues. A message that waited for an hour gets one apology.
4. The handler is looked up in a table, and the role in its row is checked:
   - a command in `commands.COMMANDS`; an unknown one gets the help line,
   - a reply to a message that shows a ticket, in the staff chat or in private; its handler checks the role,
   - a text or attachment that staff were asked for, or a file from them, in `inputs.INPUTS`,
   - anything else is a citizen's question (also from staff),
   - a pressed button in `callbacks.CALLBACKS`, after `CallbackCodec` has checked its signature.
5. The handler acts; it need not check again who the person is.

Permissions: a row with the role None is for everyone and everywhere. Commands, inputs and buttons of staff need three
things: the role at the moment of the action (`RoleService.role_of` reads the storage; the cached role only decides
which buttons are shown), the person's own private chat, and a message that is not edited, forwarded or sent in another
name. A person without the role is told so, with their number to give to an admin, and nothing else happens.

What happens on an exception:

- StorageError: the person reads that nothing was looked up, stored or erased. Answers to questions need no storage, so
  they still work.
- FileError: staff read in private why the knowledge files cannot be read or written.
- Sending never fails because of a chat (blocked, deleted, too old): `MessageSender` returns None or False.
- Any other exception leaves `handle`. `ErrorGuard` logs its type and location without the text, calls
  `Router.apologize`, and tells the staff chat. The update counts as handled, so one bad update cannot block a chat.

Invariants: every callback query is answered once, by the router or by its handler; a command cancels an earlier request
for input (`Pending.inputs`); a citizen's text reaches no handler of staff.

Tests: tests/telegram_ui/test_staff.py checks the roles for every row of the tables, test_callback_data.py ten thousand
forged buttons, test_questions.py the limits.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog
from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, Update

from bot.answers.service import is_emergency
from bot.errors import FileError, StorageError
from bot.i18n.message import Translator
from bot.people.ports import Role
from bot.people.roles import has_role
from bot.telegram_ui import texts
from bot.telegram_ui.buttons import CallbackData
from bot.telegram_ui.callbacks import CALLBACKS, CitizenCallback, StaffCallback
from bot.telegram_ui.citizens.buttons import say_out_of_date
from bot.telegram_ui.citizens.command_handlers import show_help
from bot.telegram_ui.citizens.groups import migrate_chat, update_membership
from bot.telegram_ui.citizens.inline import offer
from bot.telegram_ui.citizens.questions import answer, say_text_only
from bot.telegram_ui.commands import EDIT_LINK_COMMAND
from bot.telegram_ui.context import Command, StaffContext
from bot.telegram_ui.expected_input import is_original_private_message, is_own_private_chat
from bot.telegram_ui.inputs import INPUTS, StaffInput, input_of
from bot.telegram_ui.message_parser import Attachment, CommandMessage, MessageParser, TextMessage
from bot.telegram_ui.rate_limit import RateDecision
from bot.telegram_ui.staff.stale import EDIT_LINK
from bot.telegram_ui.staff.tickets import receive_reply, ticket_replied_to
from bot.telegram_ui.typing_indicator import typing_if_slow

#: A message that waited longer is answered with an apology.
DELAY_TO_APOLOGIZE_FOR = timedelta(hours=1)

log = structlog.get_logger()


class Router:
    """Passes each update to its handler."""

    def __init__(self, context: StaffContext) -> None:
        self._context = context
        self._commands: Mapping[str, Command] = {command.name: command for command in context.commands}
        self._parser = MessageParser(context.bot.id, context.bot.username, self._commands)

    async def handle(self, update: Update) -> None:
        """Handle an update; if the storage fails, tell a person whose action needed it."""
        try:
            await self._route(update)
        except StorageError as error:
            log.warning("storage_unavailable", update=update.update_id, problem=str(error))
            await self._tell_sender(update, texts.storage_unavailable)
        except FileError as error:
            await self._tell_staff(update, error)

    async def apologize(self, update: Update) -> None:
        """Tell the person who waits for an answer that the bot failed."""
        await self._tell_sender(update, texts.error_text)

    async def reject(self, update: Update) -> None:
        """Tell a chat that messages were dropped because there were too many, unless it was told already."""
        message = update.message or update.edited_message
        if message is None or self._context.limits.messages.mute(_counted_person(message), self._context.now()):
            await self._tell_sender(update, texts.too_fast)

    async def _route(self, update: Update) -> None:
        if message := update.message or update.edited_message:
            await self._handle_message(message)
        elif update.callback_query:
            await self._handle_callback(update.callback_query)
        elif update.inline_query:
            await offer(self._context, update.inline_query)
        elif update.my_chat_member:
            await update_membership(self._context, update.my_chat_member)

    async def _tell_sender(self, update: Update, sentence: Callable[[Translator], str]) -> None:
        """Say a sentence to the person who waits, without reading their language from the storage."""
        context, query = self._context, update.callback_query
        if query:
            await context.sender.answer_callback(query.id, sentence(context.translator_by_telegram(query.from_user)))
        message = update.message or update.edited_message
        if message and self._parser.parse(message) is not None:
            await context.respond(message, sentence(context.translator_by_telegram(message.from_user)))

    async def _tell_staff(self, update: Update, error: FileError) -> None:
        """Tell staff in private why the knowledge files cannot be read or written."""
        context, person = self._context, update.effective_user
        if person is None:
            return
        context.pending.inputs.pop(person.id, None)
        await context.send(person.id, error.why.render(await context.translator_for(person.id, person)))

    # --- Messages ---

    async def _handle_message(self, message: Message) -> None:
        if await migrate_chat(self._context, message, self._context.staff_chat_id):
            return
        parsed = self._parser.parse(message)
        if parsed is None or not await self._is_within_rate(message):
            return
        await self._apologize_for_delay(message)
        if isinstance(parsed, CommandMessage):
            await self._handle_command(message, parsed)
        elif (ticket := await ticket_replied_to(self._context, message)) is not None:
            await receive_reply(self._context, message, parsed, ticket)
        elif (staff_input := input_of(self._context, message, parsed)) is not None:
            await self._handle_input(message, staff_input)
        else:
            await self._handle_question(message, parsed)

    async def _handle_command(self, message: Message, parsed: CommandMessage) -> None:
        context = self._context
        context.pending.inputs.pop(message.chat.id, None)
        translator = await context.translator_for(message.chat.id, message.from_user)
        command, argument = self._commands.get(parsed.name), parsed.argument
        if parsed.name == "start" and argument.startswith(EDIT_LINK):
            command, argument = EDIT_LINK_COMMAND, argument.removeprefix(EDIT_LINK)
        if command is None:
            await context.respond(message, texts.unknown_command(translator))
        elif command.role is None or await self._may_send(message, command.role, translator):
            await command.handle(context, message, argument, translator)

    async def _handle_input(self, message: Message, staff_input: StaffInput) -> None:
        context, row = self._context, INPUTS[type(staff_input)]
        translator = await context.translator_for(message.chat.id, message.from_user)
        if not await self._may_send(message, row.role, translator):
            context.pending.inputs.pop(message.chat.id, None)  # the next text is an ordinary question
            return
        async with typing_if_slow(context.sender, message.chat.id):
            await row.handle(context, message, staff_input, translator)

    async def _handle_question(self, message: Message, parsed: TextMessage | Attachment) -> None:
        match parsed:
            case TextMessage(text=""):
                translator = await self._context.translator_for(message.chat.id, message.from_user)
                await show_help(self._context, message, "", translator)
            case TextMessage(text=text):
                await answer(self._context, message, text)
            case Attachment():
                await say_text_only(self._context, message)

    async def _may_send(self, message: Message, role: Role, translator: Translator) -> bool:
        """Whether this is an original message of a person with the role; otherwise they are told why not."""
        context, person = self._context, message.from_user
        if person is None or not is_original_private_message(message):
            await context.respond(message, texts.only_original_messages(translator))
            return False
        if not has_role(await context.roles.role_of(person.id), role):
            log.info("role_refused", action="message")
            await context.send(message.chat.id, texts.only_for_staff(person.id, role, translator))
            return False
        return True

    async def _is_within_rate(self, message: Message) -> bool:
        """Count the message; a person who is too fast is told so once."""
        decision = self._context.check_rate(_counted_person(message))
        if decision is not RateDecision.ALLOW and is_emergency(message.text or "", self._context.snapshot()):
            return True
        if decision is RateDecision.NOTIFY:
            translator = self._context.translator_by_telegram(message.from_user)
            await self._context.send_below(message, texts.too_fast(translator))
        return decision is RateDecision.ALLOW

    async def _apologize_for_delay(self, message: Message) -> None:
        """Apologize once per chat after an outage. An edited message already has its answer."""
        context, now = self._context, self._context.now()
        delayed = now - message.date > DELAY_TO_APOLOGIZE_FOR and message.edit_date is None
        if delayed and context.limits.delay_notice.is_due(message.chat.id, now):
            translator = await context.translator_for(message.chat.id, message.from_user)
            await context.send_below(message, texts.delay_text(translator))

    # --- Buttons ---

    async def _handle_callback(self, query: CallbackQuery) -> None:
        context, message = self._context, query.message
        data = context.keyboards.codec.unpack(query.data, message.chat.id) if message and query.data else None
        if message is None or data is None:
            # A forged button cannot be told from an old one, so both get the same message.
            log.info("button_refused")
            await say_out_of_date(context, query)
            return
        decision = context.check_rate(query.from_user.id)
        if decision is not RateDecision.ALLOW:
            notice = texts.too_fast(context.translator_by_telegram(query.from_user))
            await context.sender.answer_callback(query.id, notice if decision is RateDecision.NOTIFY else None)
            return
        match CALLBACKS[type(data)]:
            case CitizenCallback(handle):
                await handle(context, query, message, data)
            case StaffCallback() as row:
                await self._handle_staff_callback(row, query, message, data)

    async def _handle_staff_callback(
        self, row: StaffCallback, query: CallbackQuery, message: MaybeInaccessibleMessage, data: CallbackData
    ) -> None:
        context, person = self._context, query.from_user
        translator = await context.translator_for(person.id, person)
        in_staff_chat = row.in_staff_chat and message.chat.id == context.staff_chat_id
        own = in_staff_chat or is_own_private_chat(message, person.id)
        if not own or not has_role(await context.roles.role_of(person.id), row.role):
            log.info("role_refused", action=type(data).__name__)
            await context.sender.answer_callback(query.id, texts.only_for_staff(person.id, row.role, translator))
            return
        await context.sender.answer_callback(query.id)
        context.pending.inputs.pop(person.id, None)
        async with typing_if_slow(context.sender, person.id):
            try:
                await row.handle(context, query, data, translator)
            except StorageError as error:
                # The query is already answered, so a popup would not be shown.
                log.warning("storage_unavailable", action=type(data).__name__, problem=str(error))
                await context.send(person.id, texts.storage_unavailable(translator))


def _counted_person(message: Message) -> int:
    """Whose messages are counted: in a group the person's, so that one person cannot silence the bot for all."""
    anonymous = message.sender_chat is not None or message.from_user is None
    return message.chat.id if anonymous or message.from_user is None else message.from_user.id
