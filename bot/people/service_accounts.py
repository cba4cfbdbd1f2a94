"""Whom a number in Telegram stands for, as far as the number itself tells."""

from bot.i18n.message import LazyMessage, lazy_gettext

#: Accounts of Telegram itself that speak for many: rights for one of them are rights for anybody.
SERVICE_ACCOUNTS = {
    777000: "Telegram's own account",
    1087968824: "every anonymous group admin",
    136817688: "every channel",
}


def account_problem(number: int) -> LazyMessage | None:
    """Why a number cannot be given rights; None when it can be a person's."""
    if number in SERVICE_ACCOUNTS:
        return lazy_gettext("{number} is an account of Telegram itself, behind which anybody may be.", number=number)
    if number <= 0:
        return lazy_gettext("{number} is a group or a channel; rights are for persons only.", number=number)
    return None
