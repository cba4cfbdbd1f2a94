"""The language in which the staff chat is written to."""

from collections import Counter

from bot.errors import StorageError
from bot.i18n.languages import Language
from bot.people.ports import Chats
from bot.people.roles import RoleService


async def staff_language(chat: int, chats: Chats, roles: RoleService, default: Language) -> Language:
    """The language of the staff chat: the one it chose, else the most frequent one of its staff, else the default.

    It never fails: a storage that cannot be read counts as no choice.
    """
    try:
        if chosen := (await chats.read(chat)).language:
            return chosen
        records = [await chats.read(person) for person in await roles.member_ids()]
    except StorageError:
        return default
    spoken = Counter(language for each in records if (language := each.language or each.telegram_language))
    return max(spoken, key=lambda language: (spoken[language], language == default), default=default)
