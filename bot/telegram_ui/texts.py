"""Texts of the bot in Telegram other than its answers."""

from collections.abc import Iterable

from telegram import User

from bot import __version__
from bot.answers.snapshot import Snapshot
from bot.i18n.language_list import any_language
from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.knowledge import KnowledgeBase
from bot.people.ports import Role
from bot.telegram_ui.context import Command

#: Telegram's limits, in characters, for a bot's name, its short description and its description.
MAX_NAME, MAX_ABOUT, MAX_DESCRIPTION = 64, 120, 512
#: The most sources that are listed.
_MAX_SOURCES = 3


def format_person(user: User) -> str:
    """A person's current name in Telegram, without invisible characters, and their number.

    Names are chosen freely and are not stored; the number identifies the person.
    """
    name = "".join(letter for letter in user.full_name if letter.isprintable()).strip()[:40]
    return f"{name} ({user.id})" if name else str(user.id)


def city_name(knowledge: KnowledgeBase, translator: Translator) -> str:
    """The city's name in this language, or in the city's own."""
    return knowledge.city.name.in_language(translator.language, knowledge.city.default_language)


def _city_genitive(knowledge: KnowledgeBase, translator: Translator) -> str:
    """The city's name in the genitive."""
    return knowledge.city.name_genitive.text_in(translator.language) or city_name(knowledge, translator)


def menu_of(commands: Iterable[Command], translator: Translator, *roles: Role | None) -> list[tuple[str, str]]:
    """Names and descriptions of the commands of these roles that are in menus, in order."""
    return [
        (command.name, command.description.render(translator))
        for command in commands
        if command.description and command.in_menu and command.role in roles
    ]


def roles_within(role: Role | None) -> tuple[Role | None, ...]:
    """The roles whose commands a person with this role may send, including everyone's."""
    return {"admin": ("staff", "admin"), "staff": ("staff",), None: ()}[role]


def only_original_messages(translator: Translator) -> str:
    return translator.gettext(
        "For this I need a message that you write to me yourself, in our private chat; not an edited or forwarded one."
    )


def only_for_staff(person: int, needed: Role, translator: Translator) -> str:
    if needed == "admin":
        return translator.gettext(
            "Only admins may do this. To get the rights, give an admin your Telegram ID: {number}", number=person
        )
    return translator.gettext(
        "Only the city's staff may do this. To get the rights, give an admin your Telegram ID: {number}",
        number=person,
    )


def greeting(knowledge: KnowledgeBase, translator: Translator) -> str:
    gettext = translator.gettext
    hello = gettext(
        "Hello! I am Minsheng. Ask me about the public projects of {city}: what is planned, how it is going, and when "
        "it should be finished. Write in your own words, in {languages}.",
        city=_city_genitive(knowledge, translator),
        languages=any_language(translator),
    )
    ways = gettext("/projects shows them all, /language changes my language, /help tells more.")
    notices = gettext("The city's notices come here too. If you want none, /stop ends them.")
    return f"{hello}\n\n{ways}\n\n{notices}"


def help_text(commands: Iterable[Command], username: str, translator: Translator, role: Role | None) -> str:
    """What the bot can do, with every command that the person may send."""
    gettext = translator.gettext
    ask = gettext(
        "Just write your question, in {languages}. Spelling does not matter.", languages=any_language(translator)
    )
    common, own = _help_lines(commands, translator, None), _help_lines(commands, translator, *roles_within(role))
    elsewhere = gettext(
        "In a group, mention me or reply to me. In any other chat, type @{username} and a word to share a project.",
        username=username,
    )
    for_staff = [gettext("For you as staff:") + "\n" + own] if own else []
    return "\n\n".join((ask, common, *for_staff, elsewhere))


def _help_lines(commands: Iterable[Command], translator: Translator, *roles: Role | None) -> str:
    return "\n".join(
        f"/{command.name}: {command.description.render(translator)}"
        for command in commands
        if command.description and command.role in roles
    )


def notices_stopped(translator: Translator) -> str:
    return translator.gettext("All right: the city's notices no longer come here. /start brings them back.")


def no_notices(translator: Translator) -> str:
    return translator.gettext("The city's notices do not come here. /start brings them.")


def group_greeting(username: str, translator: Translator) -> str:
    return translator.gettext(
        "Hello! In this group I only reply when you address me: mention @{username}, reply to one of my messages, or "
        "send /projects.",
        username=username,
    )


def about(snapshot: Snapshot, translator: Translator) -> str:
    gettext, knowledge = translator.gettext, snapshot.knowledge
    who = gettext(
        "I am Minsheng (民生, “people's livelihood”): a program, not a person. I answer questions about the "
        "public projects of {city}.",
        city=_city_genitive(knowledge, translator),
    )
    origin = gettext(
        "Everything I say about a project is in files that the city has reviewed. I make nothing up: "
        "what they do not say, I do not know."
    )
    sources = [
        gettext("Source: {publisher}, {date}.", publisher=source.publisher, date=translator.date(source.date))
        for source in knowledge.city.sources.values()
    ]
    version = gettext("Version {version}, knowledge {knowledge}.", version=__version__, knowledge=snapshot.version[:8])
    return "\n\n".join((who, origin, "\n".join((*sources[:_MAX_SOURCES], version))))


def numeric_ids(person: int | None, chat: int, translator: Translator) -> str:
    lines = [translator.gettext("Your Telegram ID: {number}", number=person)] if person is not None else []
    if person != chat:
        lines.append(translator.gettext("Number of this chat: {number}", number=chat))
    return "\n".join(lines)


def question_of_language(translator: Translator) -> str:
    return translator.gettext(
        "Which language should I use? A question is always answered in its own language; your choice is for "
        "everything else."
    )


def language_is_chosen(translator: Translator, *, own: bool) -> str:
    """Confirms a choice: the chat's `own` language, or the language of each question."""
    if own:
        # Each catalogue names its own language here instead of English.
        return translator.gettext("From now on I speak English.")
    return translator.gettext("From now on I follow the language of each question.")


def only_in_private(username: str, translator: Translator) -> str:
    return translator.gettext(
        "That is between you and me: please send it to @{username} in a private chat.", username=username
    )


def unknown_command(translator: Translator) -> str:
    return translator.gettext("I do not know this command. /help shows all that I can do.")


def text_only(translator: Translator) -> str:
    return translator.gettext("I can only read text, so I have not opened this. Please write your question in words.")


def too_fast(translator: Translator) -> str:
    return translator.gettext("You are writing faster than I can answer. Please try again in half a minute.")


def delay_text(translator: Translator) -> str:
    return translator.gettext("Sorry for the delay: I was offline for a while.")


def error_text(translator: Translator) -> str:
    return translator.gettext("Sorry, something went wrong on my side. Please ask once more in a few minutes.")


def storage_unavailable(translator: Translator) -> str:
    return translator.gettext(
        "At the moment I cannot look up, store or erase anything, so nothing has changed. Please try again in a few "
        "minutes. I can still answer your questions."
    )


def out_of_date(translator: Translator) -> str:
    """For a button that no longer works; shown as a popup."""
    return translator.gettext("This button is out of date. Send /projects to see the list as it is now.")


def ask_the_bot(translator: Translator) -> str:
    """The label of a link to the bot, under a shared card and above an empty list of cards."""
    return translator.gettext("Ask the bot")


def profile(knowledge: KnowledgeBase, translator: Translator) -> tuple[str, str, str]:
    """The bot's name, its short description and its description, within Telegram's limits."""
    gettext, city = translator.gettext, city_name(knowledge, translator)
    name = gettext("Minsheng · {city}", city=city)
    genitive = _city_genitive(knowledge, translator)
    short = gettext("Answers questions about the public projects of {city}.", city=genitive)
    description = gettext(
        "What is the city building, how is it going, when should it be finished? Ask me about the public "
        "projects of {city}, in {languages}, in your own words.\n\nI answer from the city's "
        "reviewed list and make nothing up.",
        city=genitive,
        languages=any_language(translator),
    )
    return (
        shorten(name, MAX_NAME),
        shorten(short, MAX_ABOUT),
        shorten(description, MAX_DESCRIPTION),
    )
