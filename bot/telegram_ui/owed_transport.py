"""Sends owed messages of the inbox, once each, with their texts and buttons."""

from telegram import InlineKeyboardMarkup

from bot.answers.answer import Found, Overview
from bot.answers.render import compose, show
from bot.answers.reply import Target
from bot.answers.requests import decide_message
from bot.broadcasts.delivery import Outcome, Refused
from bot.i18n.message import Translator
from bot.inbox.tickets import messages as texts
from bot.inbox.tickets.model import OwedMessage, Ticket, project_of
from bot.metrics import INBOX_MESSAGES
from bot.telegram_api.errors import result_of
from bot.telegram_ui.buttons import ChooseProject, WasThisIt
from bot.telegram_ui.context import StaffContext


class OwedMessageTransport:
    """Sends owed messages with the rate limit of answers; a message without its ticket is never sent."""

    def __init__(self, context: StaffContext) -> None:
        self._context = context

    async def send(self, message: OwedMessage) -> Outcome:
        outcome = await self._send(message)
        INBOX_MESSAGES.labels(message.kind, result_of(outcome)).inc()
        return outcome

    async def _send(self, message: OwedMessage) -> Outcome:
        context = self._context
        translator = await self._translator(message)
        if message.kind == "taught":
            text, keyboard = texts.format_taught(self._answer_now(message.text, translator), translator), None
        elif message.ticket is None:
            return Refused("content")
        elif message.kind == "answer":
            text, keyboard = self._answer(message, message.ticket, translator)
        else:
            text = texts.format_for_staff(message, message.ticket, translator)
            keyboard = self._staff_keyboard(message, message.ticket, translator)
        return await context.sender.send_once(message.chat, text, keyboard=keyboard, reply_to=message.reply_to)

    async def _translator(self, message: OwedMessage) -> Translator:
        context = self._context
        if message.language is not None:
            return context.translator_in(message.language)
        if message.chat == context.staff_chat_id:
            return await context.translator_for_staff_chat()
        return await context.translator_for(message.chat, None)

    def _answer(
        self, message: OwedMessage, ticket: Ticket, translator: Translator
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        context, knowledge = self._context, self._context.knowledge
        answer, project = message.text, project_of(message.text)
        if project is not None:
            reply = show(Target("project", project), knowledge, translator, context.today())
            answer = reply.text if reply else texts.answer_now_known(translator)
        keyboard = context.keyboards.rows(
            [
                (translator.gettext("Yes"), WasThisIt(ticket.id, helped=True)),
                (translator.gettext("No"), WasThisIt(ticket.id, helped=False)),
            ],
            message.chat,
        )
        return texts.format_answer(ticket.id, answer, translator), keyboard

    def _answer_now(self, question: str, translator: Translator) -> str:
        """The bot's current answer to a question of the group, in the asker's language."""
        context, snapshot = self._context, self._context.snapshot()
        decision, opening = decide_message(question, snapshot)
        if not question or not isinstance(decision.answer, Found | Overview):
            return texts.answer_now_known(translator)
        reply = compose(decision.answer, snapshot.knowledge, translator, context.today(), opening=opening)
        return reply.text

    def _staff_keyboard(
        self, message: OwedMessage, ticket: Ticket, translator: Translator
    ) -> InlineKeyboardMarkup | None:
        if message.kind == "undelivered":
            return None
        label = translator.gettext("Answer with a project")
        return self._context.keyboards.rows([(label, ChooseProject(ticket.id))], message.chat)
