"""Progress of broadcasts: the progress card, the buttons that control a broadcast, and notices to admins.

Events come from the scheduler, the command line and the buttons through `EventQueue`; every `CARD_INTERVAL` seconds the
scheduler's live progress is read too. `ProgressCards` turns them into:

- an edit of the author's card, if its text changed; a deleted card is sent again,
- a notice to all admins, with reason and buttons, if a broadcast was paused automatically,
- the request for approval of a broadcast from the command line, whose author is not in the chat,
- one report after the end, when every delivery in flight has returned.

Invariants: sending never waits for a card. If the storage fails, the event is kept for the next round. After a restart
missing reports are sent for the broadcasts that ended since the last report; a report may be sent twice, but is never
lost. Tests: tests/telegram_ui/test_broadcast.py.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from cachetools import LRUCache
from telegram import CallbackQuery, InlineKeyboardMarkup

from bot.answers.service import REMEMBERED_CHATS
from bot.broadcasts.model import FINAL, PAUSABLE, Broadcast, Progress
from bot.broadcasts.report import format_auto_pause, format_progress, queued_before
from bot.errors import StorageError
from bot.i18n.message import LazyMessage, Translator
from bot.people.ports import ScheduledJobs
from bot.telegram_ui.admins.approve import card_button, request_approvals
from bot.telegram_ui.admins.report import send_report
from bot.telegram_ui.broadcast_buttons import AskCancel, ControlBroadcast, ReuseTexts, Review, ShowCard
from bot.telegram_ui.context import StaffContext
from bot.telegram_ui.keyboards import Button
from bot.telegram_ui.texts import format_person

#: Seconds between two edits of a card while a broadcast is being sent.
CARD_INTERVAL = 3.0
#: The scheduled job whose last run is the end of the last broadcast that was reported.
_JOB = "broadcast reports"

log = structlog.get_logger()


async def send_card(context: StaffContext, broadcast: Broadcast, chat: int, translator: Translator) -> None:
    """Send the card that will be updated from now on."""
    progress = await context.broadcasts.progress(broadcast)
    text, keyboard = await _card(context, progress, chat, translator, live=True)
    message = await context.sender.send(chat, text, keyboard=keyboard)
    if message is not None:
        await context.broadcasts.store.place_card(broadcast.id, (chat, message))


async def show_card(context: StaffContext, query: CallbackQuery, data: ShowCard, translator: Translator) -> None:
    """Show the current progress; only the author's card is updated automatically."""
    broadcast = await context.broadcasts.store.broadcast(data.broadcast)
    if broadcast is None:
        await context.show(query, translator.gettext("There is no such broadcast."), new_message=True)
        return
    await _show(context, query, await context.broadcasts.progress(broadcast), translator, new_message=data.new_message)


async def ask_cancel(context: StaffContext, query: CallbackQuery, data: AskCancel, translator: Translator) -> None:
    """Ask for confirmation in a new message, because the card keeps changing."""
    broadcast = await context.broadcasts.store.broadcast(data.broadcast)
    if broadcast is None:
        await context.show(query, translator.gettext("There is no such broadcast."), new_message=True)
        return
    question = translator.gettext(
        "End broadcast {number} for good? What was sent stays sent; the rest will not be sent.",
        number=broadcast.number,
    )
    buttons: list[Button] = [
        (translator.gettext("Yes, end it"), ControlBroadcast(broadcast.id, "cancel")),
        (translator.gettext("No, leave it"), ShowCard(broadcast.id, new_message=False)),
    ]
    keyboard = context.keyboards.pairs(buttons, query.from_user.id)
    await context.show(query, question, keyboard, new_message=True)


async def control(context: StaffContext, query: CallbackQuery, data: ControlBroadcast, translator: Translator) -> None:
    """Pause, resume or cancel a broadcast, and show its progress.

    Resuming an automatically paused broadcast needs a confirmation that states the reason.
    """
    service, person = context.broadcasts, query.from_user.id
    if data.action == "resume" and await _ask_resume(context, query, data, translator):
        return
    actions = {"pause": service.pause, "resume": service.resume, "go_on": service.resume, "cancel": service.cancel}
    done = await actions[data.action](data.broadcast, person)
    if isinstance(done, LazyMessage):
        await context.show(query, done.render(translator), new_message=True)
        return
    progress = replace(await service.progress(done), broadcast=done)
    context.events.broadcast_changed(progress)
    await _show(context, query, progress, translator, new_message=False)
    for concerned in {one for one in (done.author, done.approved_by) if one is not None and one != person}:
        await _notify_of_act(context, done, data, concerned, format_person(query.from_user))


async def _ask_resume(
    context: StaffContext, query: CallbackQuery, data: ControlBroadcast, translator: Translator
) -> bool:
    """Ask whether to resume an automatically paused broadcast; False if it was not paused automatically."""
    broadcast = await context.broadcasts.store.broadcast(data.broadcast)
    if broadcast is None or broadcast.state != "paused" or broadcast.paused_for in (None, "admin"):
        return False
    buttons: list[Button] = [
        (translator.gettext("Yes, resume"), ControlBroadcast(broadcast.id, "go_on")),
        (translator.gettext("No, leave it"), ShowCard(broadcast.id, new_message=False)),
    ]
    question = f"{format_auto_pause(broadcast, translator)}\n\n" + translator.gettext("Resume it?")
    await context.show(query, question, context.keyboards.pairs(buttons, query.from_user.id), new_message=True)
    return True


class ProgressCards:
    """Updates the cards and notifies admins; see the top of this module."""

    def __init__(
        self,
        context: StaffContext,
        live: Callable[[], Progress | None],
        jobs: ScheduledJobs,
        reports: Callable[[], bool] = lambda: True,
    ) -> None:
        self._context = context
        self._live = live
        self._jobs = jobs
        self._reports = reports  #: whether this process sends the reports; one of the replicas does
        self._has_to_catch_up = True
        self._shown: tuple[int, str] | None = None
        self._postponed: dict[int, Progress] = {}
        #: broadcast -> the current place of its card, if it had to be sent again
        self._moved: LRUCache[int, tuple[int, int]] = LRUCache(REMEMBERED_CHATS)
        #: broadcasts whose cards cannot be sent, and broadcasts whose report was sent
        self._undeliverable: LRUCache[int, bool] = LRUCache(REMEMBERED_CHATS)
        self._reported: LRUCache[int, bool] = LRUCache(REMEMBERED_CHATS)

    async def run(self) -> None:
        """Handle events until cancelled."""
        await self._catch_up_if_needed(is_retry=False)
        while True:
            has_events = await self._context.events.wait(CARD_INTERVAL)
            # Before any event: sending a report marks all broadcasts that ended earlier as reported.
            await self._catch_up_if_needed(is_retry=True)
            await self.handle_events(has_events=has_events)

    def request_catch_up(self) -> None:
        """Catch up in the next round, since another replica may have changed broadcasts."""
        self._has_to_catch_up = True

    async def _catch_up_if_needed(self, *, is_retry: bool) -> None:
        if not self._reports():
            self._has_to_catch_up = True
        elif self._has_to_catch_up:
            self._has_to_catch_up = False
            self._has_to_catch_up = not await self._has_caught_up(is_retry=is_retry)

    async def _has_caught_up(self, *, is_retry: bool) -> bool:
        """Catch up; return False if the storage failed. Only the first failure is logged."""
        try:
            await self.catch_up()
        except StorageError as error:
            if not is_retry:
                log.warning("broadcast_event_failed", problem=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next event must be handled
            log.warning("broadcast_event_failed", error=type(error).__name__)
        return True

    async def catch_up(self) -> None:
        """Queue ends that were not reported before a restart, and update all cards; raises StorageError.

        A report is sent twice if the program stopped while sending it.
        """
        context, last = self._context, await self._jobs.last_done(_JOB)
        if last is None:
            await self._jobs.done(_JOB, context.now())
            return
        for broadcast in await context.broadcasts.ended_since(last):
            context.events.broadcast_changed(await context.broadcasts.progress(broadcast))
        for broadcast in await context.broadcasts.under_way():
            await self._guard(self._keep_card, await context.broadcasts.progress(broadcast))

    async def handle_events(self, *, has_events: bool) -> None:
        """Handle all events; if there are none, update the card of the active broadcast."""
        events = {**self._postponed, **{progress.broadcast.id: progress for progress in self._context.events.take()}}
        self._postponed = {}
        for progress in events.values():
            await self._guard(self._handle_event, progress)
        live = self._live()
        if live is not None and not has_events:
            await self._guard(self._keep_card, live)

    async def _guard(self, handle: Callable[[Progress], Awaitable[None]], progress: Progress) -> None:
        try:
            await handle(progress)
        except StorageError as error:
            log.warning("broadcast_event_failed", problem=str(error))
            self._postponed.setdefault(progress.broadcast.id, progress)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next event must be handled
            log.warning("broadcast_event_failed", error=type(error).__name__)

    async def _handle_event(self, progress: Progress) -> None:
        broadcast = progress.broadcast
        if broadcast.state in FINAL and self._reports():
            await self._report_end(progress)
            return
        await self._keep_card(progress)
        if broadcast.state == "unapproved" and broadcast.author is None:  # an author in the chat has already asked them
            reached = await request_approvals(self._context, broadcast)
            log.info("second_admins_asked", number=broadcast.number, reached=reached)
        if broadcast.state == "paused" and broadcast.paused_for != "admin":
            for person in await self._context.roles.admin_ids():
                await _notify_of_pause(self._context, broadcast, person)

    async def _report_end(self, progress: Progress) -> None:
        """Update the card for the last time and send the report once, after every delivery in flight has returned."""
        context, identifier, live = self._context, progress.broadcast.id, self._live()
        if self._reported.get(identifier):
            return
        if live is not None and live.broadcast.id == identifier:
            self._postponed[identifier] = progress
            return
        ended = await context.broadcasts.store.broadcast(identifier)
        if ended is None:
            return
        end = await context.broadcasts.progress(ended)
        await self._keep_card(end)
        await send_report(context, end)
        self._reported[identifier] = True
        last = await self._jobs.last_done(_JOB)
        if ended.ended_at is not None and (last is None or ended.ended_at > last):
            await self._jobs.done(_JOB, ended.ended_at)

    async def _keep_card(self, progress: Progress) -> None:
        """Edit the card if its text changed and its reader is still an admin; send it again if it was deleted."""
        context, broadcast = self._context, progress.broadcast
        card = self._moved.get(broadcast.id) or broadcast.card
        if card is None or self._undeliverable.get(broadcast.id):
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
            self._undeliverable[broadcast.id] = True
            return
        self._moved[broadcast.id] = (chat, message)
        await self._context.broadcasts.store.place_card(broadcast.id, (chat, message))


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
    buttons = _control_buttons(broadcast, chat, translator)
    if not live and broadcast.state not in FINAL:
        text = f"{text}\n\n" + translator.gettext(
            "As of {moment}.", moment=context.format_moment(context.now(), translator)
        )
        buttons.append((translator.gettext("Refresh"), ShowCard(broadcast.id, new_message=False)))
    return text, context.keyboards.pairs(buttons, chat) if buttons else None


def _control_buttons(broadcast: Broadcast, person: int, translator: Translator) -> list[Button]:
    """The buttons that control a broadcast in its present state.

    Cancelling a broadcast before its start needs no confirmation: it could start while the question is shown.
    """
    gettext, identifier = translator.gettext, broadcast.id
    call_back: Button = (gettext("Recall it"), ControlBroadcast(identifier, "cancel"))
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


async def _notify_of_pause(context: StaffContext, broadcast: Broadcast, person: int) -> None:
    """Tell an admin that a broadcast was paused automatically, why, and what can be done."""
    translator = await context.translator_for(person, None)
    card = card_button(broadcast, translator)
    await context.notify(
        person, format_auto_pause(broadcast, translator), *_control_buttons(broadcast, person, translator), card
    )


async def _notify_of_act(
    context: StaffContext, broadcast: Broadcast, data: ControlBroadcast, person: int, by: str
) -> None:
    """Tell the author, or the admin who approved it, what another admin did."""
    translator = await context.translator_for(person, None)
    gettext, values = translator.gettext, {"person": by, "number": broadcast.number}
    if person == broadcast.author:
        resumed = gettext("{person} has resumed your broadcast {number}.", **values)
        paused = gettext("{person} has paused your broadcast {number}.", **values)
        ended = gettext("{person} has ended your broadcast {number}.", **values)
    else:
        resumed = gettext("{person} has resumed broadcast {number}, which you approved.", **values)
        paused = gettext("{person} has paused broadcast {number}, which you approved.", **values)
        ended = gettext("{person} has ended broadcast {number}, which you approved.", **values)
    sentence_by_action = {"pause": paused, "resume": resumed, "go_on": resumed, "cancel": ended}
    await context.notify(person, sentence_by_action[data.action], card_button(broadcast, translator))
