"""What the bot says in Telegram beside its answers: the commands, and the small notes."""

from bot import __version__
from bot.answers.snapshot import Snapshot
from bot.i18n.message import Translator
from bot.knowledge import KnowledgeBase
from bot.people.ports import Role

#: Telegram's bounds for a bot's name, its short description and its description.
LONGEST_NAME, LONGEST_ABOUT, LONGEST_DESCRIPTION = 64, 120, 512
#: More sources than these would fill the screen.
_MOST_SOURCES = 3


def city_name(knowledge: KnowledgeBase, phrases: Translator) -> str:
    """The city in this language, or as the city itself calls it."""
    return knowledge.city.name.spoken(phrases.language, knowledge.city.default_language)[0]


def command_list(phrases: Translator) -> list[tuple[str, str]]:
    """The commands that a person needs, with what each does, in the order in which they are offered."""
    gettext = phrases.gettext
    return [
        ("projects", gettext("all projects, by area")),
        ("help", gettext("what I can do")),
        ("language", gettext("choose my language")),
        ("about", gettext("what I am and where my answers come from")),
        ("privacy", gettext("what is kept about you")),
        ("mydata", gettext("see what is kept about you")),
        ("stop", gettext("end the city's notices")),
        ("forget", gettext("erase what is kept about you")),
    ]


def staff_command_list(role: Role | None, phrases: Translator) -> list[tuple[str, str]]:
    """The commands that come with a role; none without one."""
    gettext = phrases.gettext
    staff = [
        ("knowledge", gettext("the knowledge file: its version, and the file to edit")),
        ("edit", gettext("change a project with buttons")),
        ("undo", gettext("take the last change back")),
        ("stale", gettext("what should be confirmed again")),
    ]
    admin = [
        ("broadcast", gettext("write to the subscribers")),
        ("staff", gettext("who has rights")),
        ("grant", gettext("give somebody rights")),
        ("revoke", gettext("take somebody's rights away")),
        ("audit", gettext("who changed what")),
    ]
    return [*(staff if role else []), *(admin if role == "admin" else [])]


def only_your_own_words(phrases: Translator) -> str:
    """Why a command of staff was not obeyed in a group, forwarded or edited."""
    return phrases.gettext(
        "For this I need a message that you write to me yourself, in our private chat; not an edited or forwarded one."
    )


def only_for_staff(person: int, needed: Role, phrases: Translator) -> str:
    """That somebody lacks the rights for something, and how to get them."""
    if needed == "admin":
        return phrases.gettext(
            "Only admins may do this. If one is to give you the rights, this is your number: {number}", number=person
        )
    return phrases.gettext(
        "Only the city's staff may do this. If an admin is to give you the rights, this is your number: {number}",
        number=person,
    )


def group_command_list(phrases: Translator) -> list[tuple[str, str]]:
    """Those of them that make sense where others read along."""
    alone = ("privacy", "mydata", "forget")
    return [(name, description) for name, description in command_list(phrases) if name not in alone]


def welcome(knowledge: KnowledgeBase, phrases: Translator) -> str:
    """What somebody reads who pressed start."""
    gettext = phrases.gettext
    hello = gettext(
        "Hello! I am Minsheng. Ask me about the livelihood projects of {city}: what is planned, how far it "
        "is, and when it will be ready. Write as you would to a neighbour, in English, Chinese or Russian.",
        city=city_name(knowledge, phrases),
    )
    ways = gettext("/projects shows them all, /language changes my language, /help tells more.")
    notices = gettext("The city's notices come here too. If you want none, /stop ends them.")
    return f"{hello}\n\n{ways}\n\n{notices}"


def help_text(username: str, phrases: Translator, role: Role | None) -> str:
    """What the bot can do, with every command that the person may use."""
    gettext = phrases.gettext
    ask = gettext("Just write your question, in English, Chinese or Russian. Spelling does not matter.")
    also = ("id", gettext("your number in Telegram, if somebody asks for it"))
    commands = [f"/{name}: {description}" for name, description in (*command_list(phrases), also)]
    own = [f"/{name}: {description}" for name, description in staff_command_list(role, phrases)]
    elsewhere = gettext(
        "In a group, mention me or reply to me. In any other chat, type @{username} and a word to share a project.",
        username=username,
    )
    for_staff = [gettext("For you as staff:") + "\n" + "\n".join(own)] if own else []
    return "\n\n".join((ask, "\n".join(commands), *for_staff, elsewhere))


def notices_stopped(phrases: Translator) -> str:
    """That the city's notices end, and how to get them again."""
    return phrases.gettext("All right: the city's notices no longer come here. /start brings them back.")


def no_notices(phrases: Translator) -> str:
    """That there was nothing to stop."""
    return phrases.gettext("The city's notices do not come here. /start brings them.")


def group_greeting(username: str, phrases: Translator) -> str:
    """How to talk to the bot in a group."""
    return phrases.gettext(
        "Hello! Here I answer only when I am meant: mention @{username}, reply to one of my messages, or "
        "send /projects.",
        username=username,
    )


def about(snapshot: Snapshot, phrases: Translator) -> str:
    """What the bot is, and where its answers come from."""
    gettext, knowledge = phrases.gettext, snapshot.knowledge
    who = gettext(
        "I am Minsheng (民生, “people's livelihood”): a program, not a person. I answer questions about the "
        "livelihood projects of {city}.",
        city=city_name(knowledge, phrases),
    )
    origin = gettext(
        "All that I say about a project stands in one file that the city has reviewed. I make nothing up: "
        "what the file does not say, I do not know."
    )
    sources = [
        gettext("Source: {publisher}, {date}.", publisher=source.publisher, date=phrases.date(source.date))
        for source in knowledge.city.sources.values()
    ]
    version = gettext("Version {version}, knowledge {knowledge}.", version=__version__, knowledge=snapshot.version[:8])
    return "\n\n".join((who, origin, "\n".join((*sources[:_MOST_SOURCES], version))))


def numbers(person: int | None, chat: int, phrases: Translator) -> str:
    """The ids that an operator asks for."""
    lines = [phrases.gettext("Your number: {number}", number=person)] if person is not None else []
    if person != chat:
        lines.append(phrases.gettext("Number of this chat: {number}", number=chat))
    return "\n".join(lines)


def question_of_language(phrases: Translator) -> str:
    """What stands above the languages to choose from."""
    return phrases.gettext(
        "Which language shall I speak? A question is always answered in its own language; your choice is for "
        "everything else."
    )


def language_is_chosen(phrases: Translator, *, own: bool) -> str:
    """That the choice holds from now on: its `own` language, or that of each question."""
    if own:
        # Each catalogue names its own language here, not English.
        return phrases.gettext("From now on I speak English.")
    return phrases.gettext("From now on I follow the language of each question.")


def only_in_private(username: str, phrases: Translator) -> str:
    """That something is nobody else's business."""
    return phrases.gettext(
        "That is between you and me: please send it to @{username} in a private chat.", username=username
    )


def unknown_command(phrases: Translator) -> str:
    """The help line."""
    return phrases.gettext("I do not know this command. /help shows all that I can do.")


def only_text(phrases: Translator) -> str:
    """Instead of looking at a picture."""
    return phrases.gettext("I can only read text, so I have not opened this. Please write your question in words.")


def too_fast(phrases: Translator) -> str:
    """The one notice for somebody who floods the bot."""
    return phrases.gettext(
        "That is more than I can answer at once, so I am taking a short break. Please ask again in half a minute."
    )


def late(phrases: Translator) -> str:
    """Before the first answer after an outage."""
    return phrases.gettext("Sorry that you had to wait: I was out of service and can answer only now.")


def apology(phrases: Translator) -> str:
    """When the bot itself failed."""
    return phrases.gettext("Sorry, something went wrong on my side. Please ask once more in a few minutes.")


def nothing_kept(phrases: Translator) -> str:
    """When something should have been kept, shown or erased, and the database cannot be used."""
    return phrases.gettext(
        "At the moment I cannot look up, store or erase anything, so nothing has changed. Please try again in a few "
        "minutes. I can still answer your questions."
    )


def out_of_date(phrases: Translator) -> str:
    """For a button that does nothing any more; shown for a moment over the chat."""
    return phrases.gettext("This button is out of date. Send /projects to see the list as it is now.")


def ask_the_bot(phrases: Translator) -> str:
    """A link to the bot, under a shared card and above an empty list of cards."""
    return phrases.gettext("Ask the bot")


def profile(knowledge: KnowledgeBase, phrases: Translator) -> tuple[str, str, str]:
    """The bot's name, its short description and its description, within Telegram's bounds."""
    gettext, city = phrases.gettext, city_name(knowledge, phrases)
    name = gettext("Minsheng · {city}", city=city)
    short = gettext("Answers questions about the livelihood projects of {city}.", city=city)
    description = gettext(
        "What is the city building, how far is it, when will it be ready? Ask me about the livelihood "
        "projects of {city}, in English, Chinese or Russian, in your own words.\n\nI answer from the city's "
        "reviewed list and make nothing up.",
        city=city,
    )
    return (
        _within(name, LONGEST_NAME),
        _within(short, LONGEST_ABOUT),
        _within(description, LONGEST_DESCRIPTION),
    )


def _within(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
