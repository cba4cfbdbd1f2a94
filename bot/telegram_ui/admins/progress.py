"""How far a broadcast is: the card that is kept up to date, the buttons that steer it, and the news for admins."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from cachetools import LRUCache
from telegram import CallbackQuery, InlineKeyboardMarkup

from bot.broadcasts.model import FINAL, PAUSABLE, Broadcast, Progress
from bot.broadcasts.report import format_auto_pause, format_progress, queued_before
from bot.errors import StorageError
from bot.i18n.message import LazyMessage, Translator
from bot.people.ports import ScheduledJobs
from bot.telegram_ui.admins.approve import ask_seconds
from bot.telegram_ui.admins.report import admins, send_report
from bot.telegram_ui.buttons import AskCancel, ControlBroadcast, ReuseTexts, Review, ShowCard
from bot.telegram_ui.cache import REMEMBERED_CHATS
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button

#: Seconds between two changes of a card while nothing happens but sending.
EVERY = 3.0
#: What is noted with the end of the last broadcast that was reported.
_CHORE = "broadcast reports"

log = structlog.get_logger()


async def place_card(context: StaffContext, broadcast: Broadcast, chat: int, translator: Translator) -> None:
    """Show how far it is in a new message, which is kept up to date from now on."""
    progress = await context.broadcasts.progress(broadcast)
    text, keyboard = await _card(context, progress, chat, translator, live=True)
    message = await context.sender.send(chat, text, keyboard=keyboard)
    if message is not None:
        await context.broadcasts.place_card(broadcast, chat, message)


async def show_card(context: StaffContext, query: CallbackQuery, data: ShowCard, translator: Translator) -> None:
    """Show how far it is at this moment; only the author's card is kept up to date by itself."""
    broadcast = await context.broadcasts.find(data.broadcast)
    if broadcast is None:
        await context.show(query, translator.gettext("There is no such broadcast."), new_message=True)
        return
    await _show(context, query, await context.broadcasts.progress(broadcast), translator, new_message=data.new_message)


async def ask_cancel(context: StaffContext, query: CallbackQuery, data: AskCancel, translator: Translator) -> None:
    """Ask once more before a broadcast is ended, in a message of its own: the card goes on changing."""
    broadcast = await context.broadcasts.find(data.broadcast)
    if broadcast is None:
        await context.show(query, translator.gettext("There is no such broadcast."), new_message=True)
        return
    question = translator.gettext(
        "Shall broadcast {number} be ended for good? What was sent stays sent; the rest will not be sent any more.",
        number=broadcast.number,
    )
    buttons: list[Button] = [
        (translator.gettext("Yes, end it"), ControlBroadcast(broadcast.id, "cancel")),
        (translator.gettext("No, leave it"), ShowCard(broadcast.id, new_message=False)),
    ]
    keyboard = context.keyboards.pairs(buttons, query.from_user.id)
    await context.show(query, question, keyboard, new_message=True)


async def control(context: StaffContext, query: CallbackQuery, data: ControlBroadcast, translator: Translator) -> None:
    """Pause it, let it go on, or end it, and show how far it is then.

    One that stopped by itself goes on only after a question: what it would do then may not be what was meant.
    """
    flow, person = context.broadcasts, query.from_user.id
    if data.action == "resume" and await _ask_resume(context, query, data, translator):
        return
    acts = {"pause": flow.pause, "resume": flow.resume, "go_on": flow.resume, "cancel": flow.cancel}
    done = await acts[data.action](data.broadcast, person)
    if isinstance(done, LazyMessage):
        await context.show(query, done.render(translator), new_message=True)
        return
    progress = replace(await flow.progress(done), broadcast=done)
    context.events.broadcast_changed(progress)
    await _show(context, query, progress, translator, new_message=False)
    if done.author not in (None, person):
        await _tell_author(context, done, data, person)


async def _ask_resume(
    context: StaffContext, query: CallbackQuery, data: ControlBroadcast, translator: Translator
) -> bool:
    """Ask whether it shall go on although it stopped by itself; False when it did not."""
    broadcast = await context.broadcasts.find(data.broadcast)
    if broadcast is None or broadcast.state != "paused" or broadcast.paused_for in (None, "admin"):
        return False
    buttons: list[Button] = [
        (translator.gettext("Yes, go on"), ControlBroadcast(broadcast.id, "go_on")),
        (translator.gettext("No, leave it"), ShowCard(broadcast.id, new_message=False)),
    ]
    question = f"{format_auto_pause(broadcast, translator)}\n\n" + translator.gettext("Shall it go on?")
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id), new_message=True)
    return True


class ProgressCards:
    """Keeps the cards up to date and tells what happens to broadcasts; nobody waits for it, and it never fails."""

    def __init__(self, context: StaffContext, live: Callable[[], Progress | None], chores: ScheduledJobs) -> None:
        self._context = context
        self._live = live
        self._chores = chores
        self._shown: tuple[int, str] | None = None
        self._later: dict[int, Progress] = {}
        #: broadcast -> where its card is now, if it had to move
        self._moved: LRUCache[int, tuple[int, int]] = LRUCache(REMEMBERED_CHATS)
        #: broadcasts whose cards cannot be shown any more, and those whose end was told
        self._unseen: LRUCache[int, bool] = LRUCache(REMEMBERED_CHATS)
        self._reported: LRUCache[int, bool] = LRUCache(REMEMBERED_CHATS)

    async def run(self) -> None:
        """Follow what happens, for as long as the program runs."""
        caught_up = await self._has_caught_up(again=False)
        while True:
            has_news = await self._context.events.wait(EVERY)
            # Before any news: the end of a broadcast that is told counts as the last one of which anything is to tell.
            caught_up = caught_up or await self._has_caught_up(again=True)
            await self.look(has_news=has_news)

    async def _has_caught_up(self, *, again: bool) -> bool:
        """Catch up; False when the storage failed, and it is to be tried again. Only the first failure is logged."""
        try:
            await self.catch_up()
        except StorageError as error:
            if not again:
                log.warning("broadcast_not_told", problem=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next news must be told
            log.warning("broadcast_not_told", error=type(error).__name__)
        return True

    async def catch_up(self) -> None:
        """Tell what the program did not tell before it went away: ends without a report, cards that say too little.

        A report may come twice if the program went away while it was sent; StorageError.
        """
        context, last = self._context, await self._chores.last_done(_CHORE)
        if last is None:
            await self._chores.done(_CHORE, context.now())
            return
        for broadcast in await context.broadcasts.ended_since(last):
            context.events.broadcast_changed(await context.broadcasts.progress(broadcast))
        for broadcast in await context.broadcasts.under_way():
            await self._guard(self._keep_card, await context.broadcasts.progress(broadcast))

    async def look(self, *, has_news: bool) -> None:
        """Tell what happened; without news, show how far that broadcast is which is being sent."""
        untold = {**self._later, **{progress.broadcast.id: progress for progress in self._context.events.take()}}
        self._later = {}
        for progress in untold.values():
            await self._guard(self._tell, progress)
        live = self._live()
        if live is not None and not has_news:
            await self._guard(self._keep_card, live)

    async def _guard(self, act: Callable[[Progress], Awaitable[None]], progress: Progress) -> None:
        try:
            await act(progress)
        except StorageError as error:
            log.warning("broadcast_not_told", problem=str(error))
            self._later.setdefault(progress.broadcast.id, progress)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next news must be told
            log.warning("broadcast_not_told", error=type(error).__name__)

    async def _tell(self, progress: Progress) -> None:
        broadcast = progress.broadcast
        if broadcast.state in FINAL:
            await self._tell_end(progress)
            return
        await self._keep_card(progress)
        if broadcast.state == "unapproved" and broadcast.author is None:  # an author in the chat has asked them already
            reached = await ask_seconds(self._context, broadcast)
            log.info("second_admins_asked", number=broadcast.number, reached=reached)
        if broadcast.state == "paused" and broadcast.paused_for != "admin":
            for person in await admins(self._context):
                await _tell_halt(self._context, broadcast, person)

    async def _tell_end(self, progress: Progress) -> None:
        """The last state of the card and the report, once, and not before all that was on its way came back."""
        context, identifier, live = self._context, progress.broadcast.id, self._live()
        if self._reported.get(identifier):
            return
        if live is not None and live.broadcast.id == identifier:
            self._later[identifier] = progress
            return
        ended = await context.broadcasts.find(identifier)
        if ended is None:
            return
        end = await context.broadcasts.progress(ended)
        await self._keep_card(end)
        await send_report(context, end)
        self._reported[identifier] = True
        last = await self._chores.last_done(_CHORE)
        if ended.ended_at is not None and (last is None or ended.ended_at > last):
            await self._chores.done(_CHORE, ended.ended_at)

    async def _keep_card(self, progress: Progress) -> None:
        """Change the card, if it says something else now and its reader still is an admin; move it if it is gone."""
        context, broadcast = self._context, progress.broadcast
        card = self._moved.get(broadcast.id) or broadcast.card
        if card is None or self._unseen.get(broadcast.id):
            return
        chat, message = card
        if await context.roles.role_of(chat) != "admin":
            return
        text, keyboard = await _card(context, progress, chat, await context.translator_for(chat, None), live=True)
        if self._shown != (broadcast.id, text):
            if not await context.sender.edit(chat, message, text, keyboard=keyboard):
                await self._move_card(broadcast, chat, text, keyboard)
            self._shown = (broadcast.id, text)

    async def _move_card(
        self, broadcast: Broadcast, chat: int, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        message = await self._context.sender.send(chat, text, keyboard=keyboard)
        if message is None:
            self._unseen[broadcast.id] = True
            return
        self._moved[broadcast.id] = (chat, message)
        await self._context.broadcasts.place_card(broadcast, chat, message)


async def _show(
    context: StaffContext, query: CallbackQuery, progress: Progress, translator: Translator, *, new_message: bool
) -> None:
    message, person = query.message, query.from_user.id
    live = not new_message and message is not None and progress.broadcast.card == (person, message.message_id)
    text, keyboard = await _card(context, progress, person, translator, live=live)
    await context.show(query, text, keyboard, new_message=new_message)


async def _card(
    context: StaffContext, progress: Progress, chat: int, translator: Translator, *, live: bool
) -> tuple[str, InlineKeyboardMarkup | None]:
    broadcast = progress.broadcast
    ahead = queued_before(broadcast, await context.broadcasts.under_way() if broadcast.state == "queued" else [])
    text = format_progress(progress, ahead, context.city, context.now(), translator)
    buttons = _steering(broadcast, chat, translator)
    if not live and broadcast.state not in FINAL:
        text = f"{text}\n\n" + translator.gettext(
            "As of {moment}.", moment=context.format_moment(context.now(), translator)
        )
        buttons.append((translator.gettext("Refresh"), ShowCard(broadcast.id, new_message=False)))
    return text, context.keyboards.pairs(buttons, chat) if buttons else None


def _steering(broadcast: Broadcast, person: int, translator: Translator) -> list[Button]:
    """What can be done with it as it stands.

    To call back what has not begun needs no second question: while it is asked, it would begin.
    """
    gettext, identifier = translator.gettext, broadcast.id
    call_back: Button = (gettext("Call it back"), ControlBroadcast(identifier, "cancel"))
    end: Button = (gettext("End it"), AskCancel(identifier))
    if broadcast.state == "unapproved":
        return [call_back] if broadcast.author == person else [(gettext("Show it to me"), Review(identifier)), end]
    if broadcast.state == "queued" and not broadcast.total:
        return [call_back]
    if broadcast.state == "paused":
        return [(gettext("Resume"), ControlBroadcast(identifier, "resume")), end]
    if broadcast.state in PAUSABLE:
        return [(gettext("Pause"), ControlBroadcast(identifier, "pause")), end]
    return [(gettext("Use its texts again"), ReuseTexts(identifier))] if broadcast.state in FINAL else []


async def _tell_halt(context: StaffContext, broadcast: Broadcast, person: int) -> None:
    """Tell an admin that a broadcast stopped by itself, why, and what can be done."""
    translator = await context.translator_for(person, None)
    card: Button = (
        translator.gettext("Look at {number}", number=broadcast.number),
        ShowCard(broadcast.id, new_message=True),
    )
    await context.notify(
        person, format_auto_pause(broadcast, translator), *_steering(broadcast, person, translator), card
    )


async def _tell_author(context: StaffContext, broadcast: Broadcast, data: ControlBroadcast, by: int) -> None:
    """Tell the author what another admin did."""
    if broadcast.author is None:
        return
    translator = await context.translator_for(broadcast.author, None)
    gettext, values = translator.gettext, {"person": by, "number": broadcast.number}
    goes_on = gettext("{person} lets your broadcast {number} go on.", **values)
    sentences = {
        "pause": gettext("{person} has paused your broadcast {number}.", **values),
        "resume": goes_on,
        "go_on": goes_on,
        "cancel": gettext("{person} has ended your broadcast {number}.", **values),
    }
    card: Button = (gettext("Look at {number}", number=broadcast.number), ShowCard(broadcast.id, new_message=True))
    await context.notify(broadcast.author, sentences[data.action], card)
