"""How the bot presents itself: its name, its description, and the commands that Telegram offers."""

import structlog
from telegram import Bot, BotCommandScopeAllGroupChats, BotCommandScopeChat
from telegram.error import TelegramError

from bot.i18n.languages import LANGUAGES, Language
from bot.telegram_ui.context import HandlerContext
from bot.telegram_ui.texts import command_list, group_command_list, profile, staff_command_list

log = structlog.get_logger()


async def set_profile(desk: HandlerContext, bot: Bot) -> None:
    """Set the menus and the profile in three languages, and in the city's for all others; never fails."""
    default = desk.snapshot().knowledge.city.default_language
    tongues: list[tuple[Language, str | None]] = [(default, None), *((code, code) for code in LANGUAGES)]
    for language, code in tongues:
        phrases = desk.phrases_in(language)
        await desk.gateway.set_commands(command_list(phrases), language=code)
        await desk.gateway.set_commands(
            group_command_list(phrases), language=code, scope=BotCommandScopeAllGroupChats()
        )
    try:
        for language, code in tongues:
            await _set_profile(desk, bot, language, code)
    except TelegramError as error:
        # A bot with yesterday's name answers as well; the next start tries again.
        log.warning("profile_not_set", error=type(error).__name__)


async def offer_commands(desk: HandlerContext, chat: int, language: Language | None) -> None:
    """The menu of one private chat in the language that was chosen; None: as Telegram is set.

    Staff have commands of their own, so theirs is always set, in the city's language if they chose none.
    """
    role = desk.roster.cached_role(chat)
    phrases = desk.phrases_in(language or desk.snapshot().knowledge.city.default_language)
    commands = [*command_list(phrases), *staff_command_list(role, phrases)] if language or role else []
    await desk.gateway.set_commands(commands, scope=BotCommandScopeChat(chat))


async def _set_profile(desk: HandlerContext, bot: Bot, language: Language, code: str | None) -> None:
    """Only what has changed is set: Telegram allows few changes of a name, and a bot may start often."""
    name, short, description = profile(desk.snapshot().knowledge, desk.phrases_in(language))
    if (await bot.get_my_name(code)).name != name:
        await bot.set_my_name(name, code)
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)
    if (await bot.get_my_description(code)).description != description:
        await bot.set_my_description(description, code)
