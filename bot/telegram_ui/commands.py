"""The table of commands, from which the help, Telegram's menus and the table in the documentation are generated.

To add a command, add one row here and its handler. `in_menu` and `in_groups` say which of Telegram's menus offer it;
the command always works.
"""

from bot.i18n.message import lazy_gettext
from bot.telegram_ui.admins import compose, roles
from bot.telegram_ui.citizens import command_handlers as citizens
from bot.telegram_ui.context import Command
from bot.telegram_ui.staff import edit, inbox, report, stale, versions, why

COMMANDS = (
    Command("start", None, citizens.start),
    Command("projects", None, citizens.list_projects, lazy_gettext("all projects, by area")),
    Command("help", None, citizens.show_help, lazy_gettext("what I can do")),
    Command("language", None, citizens.ask_language, lazy_gettext("choose my language")),
    Command("about", None, citizens.show_about, lazy_gettext("what I am and where my answers come from")),
    Command("privacy", None, citizens.show_privacy_notice, lazy_gettext("what is kept about you"), in_groups=False),
    Command("mydata", None, citizens.show_own_data, lazy_gettext("see what is kept about you"), in_groups=False),
    Command("stop", None, citizens.stop, lazy_gettext("end the city's notices")),
    Command("forget", None, citizens.ask_forget, lazy_gettext("erase what is kept about you"), in_groups=False),
    Command("id", None, citizens.show_id, lazy_gettext("your Telegram ID, if you are asked for it"), in_menu=False),
    Command(
        "knowledge",
        "staff",
        versions.show_version,
        lazy_gettext("the knowledge file: its version, and the file to edit"),
    ),
    Command("inbox", "staff", inbox.show_inbox, lazy_gettext("questions that I could not answer, to teach me")),
    Command("edit", "staff", edit.start_edit, lazy_gettext("change a project with buttons")),
    Command("undo", "staff", versions.undo, lazy_gettext("undo the last change")),
    Command("stale", "staff", stale.list_stale, lazy_gettext("what should be confirmed again")),
    Command("why", "staff", why.explain_answer, lazy_gettext("why I answered as I did")),
    Command("report", "staff", report.send_report, lazy_gettext("what citizens asked, and what became of it")),
    Command("broadcast", "admin", compose.open_composer, lazy_gettext("write to the subscribers")),
    Command("staff", "admin", roles.list_members, lazy_gettext("who has rights")),
    Command("grant", "admin", roles.ask_grant, lazy_gettext("give a person rights")),
    Command("revoke", "admin", roles.ask_revoke, lazy_gettext("revoke a person's rights")),
    Command("audit", "admin", roles.show_audit, lazy_gettext("who changed what")),
)

#: `/start e_sixth-hospital`: a link in the staff chat that opens a project for editing.
EDIT_LINK_COMMAND = Command("start", "staff", edit.open_edit_link)
