"""The bot's profile in Telegram: its name, its descriptions, and the menus of commands."""

from contextlib import suppress

import structlog
from telegram import Bot, BotCommandScopeAllGroupChats, BotCommandScopeChat

from bot.errors import StorageError
from bot.i18n.languages import LANGUAGES, Language
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.texts import menu_of, profile, roles_within

log = structlog.get_logger()


async def set_profile(context: HandlerContext, bot: Bot) -> None:
    """Set the profile and the menus in each language, in the city's for all others, and for staff. Never fails."""
    default = context.snapshot().knowledge.city.default_language
    languages: list[tuple[Language, str | None]] = [(default, None), *((code, code) for code in LANGUAGES)]
    for language, code in languages:
        await _set_menus(context, language, code)
    try:
        for language, code in languages:
            await _set_texts(context, bot, language, code)
    except Exception as error:  # noqa: BLE001 - Telegram may answer with a value that is not a text
        # The bot works with its earlier name too; the next start tries again.
        log.warning("profile_not_set", error=type(error).__name__)
    with suppress(StorageError):  # without the storage the roles are unknown; the commands of staff work without a menu
        for member in await context.roles.members():
            await offer_menu(context, member.person)


async def offer_menu(context: HandlerContext, person: int) -> None:
    """Set the menu of a person in the language that they chose; raises StorageError."""
    await offer_commands(context, person, (await context.chats.read(person)).language)


async def offer_commands(context: HandlerContext, chat: int, language: Language | None) -> None:
    """Set the menu of one private chat in the chosen language; None: as in Telegram's settings.

    The menu of staff is always set, in the city's language without a choice, because they have their own commands.
    """
    role = context.roles.cached_role(chat)
    translator = context.translator_in(language or context.snapshot().knowledge.city.default_language)
    menu = menu_of(context.commands, translator, None) + menu_of(context.commands, translator, *roles_within(role))
    await context.sender.set_commands(menu if language or role else [], scope=BotCommandScopeChat(chat))


async def _set_menus(context: HandlerContext, language: Language, code: str | None) -> None:
    translator = context.translator_in(language)
    in_groups = [command for command in context.commands if command.in_groups]
    await context.sender.set_commands(menu_of(context.commands, translator, None), language=code)
    await context.sender.set_commands(
        menu_of(in_groups, translator, None), language=code, scope=BotCommandScopeAllGroupChats()
    )


async def _set_texts(context: HandlerContext, bot: Bot, language: Language, code: str | None) -> None:
    """Set only what has changed: Telegram allows few changes of a name, and a bot may start often."""
    name, short, description = profile(context.snapshot().knowledge, context.translator_in(language))
    if (await bot.get_my_name(code)).name != name:
        await bot.set_my_name(name, code)
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)
    if (await bot.get_my_description(code)).description != description:
        await bot.set_my_description(description, code)
