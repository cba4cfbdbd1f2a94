"""Notices to the staff chat: changes of the knowledge files, and failures of the program."""

from collections.abc import Awaitable, Callable

from bot.answers.service import TranslatorIn
from bot.answers.snapshot import Snapshot
from bot.i18n.languages import Language
from bot.i18n.message import Translator
from bot.publishing.messages import format_notice, format_rejected_file
from bot.publishing.results import Notice, Published, Recovered
from bot.telegram_api.health import Health
from bot.telegram_api.sender import MessageSender


class StaffNotifier:
    """Writes to the staff chat if there is one (`chat` is not None); never fails."""

    def __init__(
        self,
        sender: MessageSender,
        *,
        chat: int | None,
        health: Health,
        snapshot: Callable[[], Snapshot],
        language: Callable[[int], Awaitable[Language]],
        translator_in: TranslatorIn,
    ) -> None:
        self._sender = sender
        self._chat = chat
        self._health = health
        self._snapshot = snapshot
        self._language = language
        self._translator_in = translator_in

    async def announce(self, notice: Notice) -> None:
        """Report a change of the knowledge file, also in the health check."""
        if isinstance(notice, Published | Recovered):
            self._health.resolve("knowledge")
        else:
            self._health.report("knowledge", format_rejected_file(notice, self._translator_in("en")))
        if self._chat is not None:
            text = format_notice(notice, self._snapshot().knowledge, await self._translator(self._chat))
            await self._sender.send(self._chat, text)

    async def alert(self, failure: str) -> None:
        """Report that the program failed on a message; `failure` is for the developer."""
        if self._chat is not None:
            translator = await self._translator(self._chat)
            text = translator.gettext(
                "I failed on a message, and the person was told so. For the developer: {what}", what=failure
            )
            await self._sender.send(self._chat, text)

    async def _translator(self, chat: int) -> Translator:
        return self._translator_in(await self._language(chat))
