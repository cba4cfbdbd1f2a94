"""The table of buttons: who may press each, and its handler. The router checks the role before the handler runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, MaybeInaccessibleMessage

from bot.i18n.message import Translator
from bot.people.ports import Role
from bot.telegram_ui import broadcast_buttons, buttons, inbox_buttons
from bot.telegram_ui.admins import approve, compose, confirm, progress, roles, unassigned
from bot.telegram_ui.citizens import buttons as citizens
from bot.telegram_ui.citizens import feedback
from bot.telegram_ui.citizens import tickets as citizen_tickets
from bot.telegram_ui.context import HandlerContext, StaffContext
from bot.telegram_ui.staff import edit, facts, inbox, inbox_teach, review, tickets, versions


@dataclass(frozen=True, slots=True)
class CitizenCallback:
    """A button for everyone. Its handler answers the query, since what it shows differs."""

    handle: Callable[[HandlerContext, CallbackQuery, MaybeInaccessibleMessage, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StaffCallback:
    """A button of staff in their private chats. The router has already answered the query."""

    role: Role
    handle: Callable[[StaffContext, CallbackQuery, Any, Translator], Awaitable[None]]
    in_staff_chat: bool = False  #: whether it also works in the chat of STAFF_CHAT_ID


CALLBACKS: Mapping[type[object], CitizenCallback | StaffCallback] = {
    buttons.OpenTarget: CitizenCallback(citizens.open_target),
    buttons.ChooseLanguage: CitizenCallback(citizens.choose_language),
    buttons.Forget: CitizenCallback(citizens.answer_forget),
    buttons.RateAnswer: CitizenCallback(feedback.rate),
    buttons.NoneOfThese: CitizenCallback(feedback.none_of_these),
    buttons.AskCity: CitizenCallback(citizen_tickets.ask_city),
    buttons.TellMe: CitizenCallback(citizen_tickets.tell_me),
    buttons.WasThisIt: CitizenCallback(citizen_tickets.was_this_it),
    buttons.ChooseProject: StaffCallback("staff", tickets.choose_project, in_staff_chat=True),
    buttons.AnswerWithProject: StaffCallback("staff", tickets.answer_with_project, in_staff_chat=True),
    buttons.ListProjects: StaffCallback("staff", edit.list_projects),
    buttons.EditProject: StaffCallback("staff", edit.show_project),
    buttons.EditField: StaffCallback("staff", edit.show_field),
    buttons.SetStatus: StaffCallback("staff", edit.set_status),
    buttons.SetToday: StaffCallback("staff", edit.set_today),
    buttons.AskText: StaffCallback("staff", edit.ask_text),
    buttons.ClearField: StaffCallback("staff", edit.clear_field),
    buttons.ListFacts: StaffCallback("staff", facts.list_facts),
    buttons.EditFact: StaffCallback("staff", facts.show_fact),
    buttons.AskStatement: StaffCallback("staff", facts.ask_statement),
    buttons.UseOfferedWording: StaffCallback("staff", review.use_offered_wording),
    buttons.DecideDraft: StaffCallback("staff", review.decide),
    buttons.AcceptFile: StaffCallback("staff", review.accept),
    buttons.SendSpreadsheet: StaffCallback("staff", versions.send_spreadsheet),
    buttons.UndoLastChange: StaffCallback("staff", versions.undo_by_button),
    inbox_buttons.ShowInbox: StaffCallback("staff", inbox.show_page),
    inbox_buttons.ShowGroup: StaffCallback("staff", inbox.show_group),
    inbox_buttons.DecideGroup: StaffCallback("staff", inbox.decide_group),
    inbox_buttons.BrowseTargets: StaffCallback("staff", inbox.browse),
    inbox_buttons.AttachGroup: StaffCallback("staff", inbox_teach.attach),
    inbox_buttons.ChooseForNew: StaffCallback("staff", inbox_teach.choose_for_new),
    inbox_buttons.AskTeachingText: StaffCallback("staff", inbox_teach.ask_text),
    inbox_buttons.PublishTeaching: StaffCallback("staff", inbox_teach.publish),
    buttons.SetRole: StaffCallback("admin", roles.set_role),
    broadcast_buttons.OpenDraft: StaffCallback("admin", compose.open_draft),
    broadcast_buttons.SetClass: StaffCallback("admin", compose.set_class),
    broadcast_buttons.SetAudience: StaffCallback("admin", compose.set_audience),
    broadcast_buttons.SetImmediate: StaffCallback("admin", compose.set_immediate),
    broadcast_buttons.AskPart: StaffCallback("admin", compose.ask_part),
    broadcast_buttons.UseText: StaffCallback("admin", unassigned.use_text),
    broadcast_buttons.AnswerAsQuestion: StaffCallback("admin", unassigned.answer_as_question),
    broadcast_buttons.RemoveText: StaffCallback("admin", compose.remove_text),
    broadcast_buttons.RemoveLinks: StaffCallback("admin", compose.remove_links),
    broadcast_buttons.RemoveAttachment: StaffCallback("admin", compose.remove_attachment),
    broadcast_buttons.DeleteDraft: StaffCallback("admin", compose.delete_draft),
    broadcast_buttons.ReuseTexts: StaffCallback("admin", compose.reuse_texts),
    broadcast_buttons.ShowPreview: StaffCallback("admin", confirm.show_preview),
    broadcast_buttons.Review: StaffCallback("admin", approve.review),
    broadcast_buttons.Approve: StaffCallback("admin", approve.approve),
    broadcast_buttons.ShowCard: StaffCallback("admin", progress.show_card),
    broadcast_buttons.AskCancel: StaffCallback("admin", progress.ask_cancel),
    broadcast_buttons.ControlBroadcast: StaffCallback("admin", progress.control),
}
