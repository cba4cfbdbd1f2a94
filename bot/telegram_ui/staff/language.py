"""The language of the staff chat."""

from collections import Counter

from bot.errors import StorageError
from bot.i18n.languages import Language
from bot.people.ports import Chats
from bot.people.roles import RoleService


async def staff_language(chat: int, chats: Chats, roles: RoleService, default: Language) -> Language:
    """The language that the staff chat chose, or else the most frequent one of its staff, or else the default.

    Never fails: if the storage cannot be read, there is no choice.
    """
    try:
        if chosen := (await chats.read(chat)).language:
            return chosen
        records = [await chats.read(person) for person in await roles.member_ids()]
    except StorageError:
        return default
    counts = Counter(language for each in records if (language := each.language or each.telegram_language))
    return max(counts, key=lambda language: (counts[language], language == default), default=default)
