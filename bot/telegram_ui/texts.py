"""What the bot says in Telegram beside its answers: the commands, and the small notes."""

from bot import __version__
from bot.answers.snapshot import Snapshot
from bot.i18n.phrases import Phrases
from bot.knowledge import KnowledgeBase
from bot.people.ports import Role

#: Telegram's bounds for a bot's name, its short description and its description.
LONGEST_NAME, LONGEST_ABOUT, LONGEST_DESCRIPTION = 64, 120, 512
#: More sources than these would fill the screen.
_MOST_SOURCES = 3


def city_name(knowledge: KnowledgeBase, phrases: Phrases) -> str:
    """The city in this language, or as the city itself calls it."""
    return knowledge.city.name.spoken(phrases.language, knowledge.city.default_language)[0]


def command_list(phrases: Phrases) -> list[tuple[str, str]]:
    """The commands that a person needs, with what each does, in the order in which they are offered."""
    say = phrases.say
    return [
        ("projects", say("all projects, by area")),
        ("help", say("what I can do")),
        ("language", say("choose my language")),
        ("about", say("what I am and where my answers come from")),
        ("privacy", say("what is kept about you")),
        ("mydata", say("see what is kept about you")),
        ("stop", say("end the city's notices")),
        ("forget", say("erase what is kept about you")),
    ]


def staff_command_list(role: Role | None, phrases: Phrases) -> list[tuple[str, str]]:
    """The commands that come with a role; none without one."""
    say = phrases.say
    staff = [
        ("knowledge", say("the knowledge file: its version, and the file to edit")),
        ("edit", say("change a project with buttons")),
        ("undo", say("take the last change back")),
        ("stale", say("what should be confirmed again")),
    ]
    admin = [
        ("broadcast", say("write to the subscribers")),
        ("staff", say("who has rights")),
        ("grant", say("give somebody rights")),
        ("revoke", say("take somebody's rights away")),
        ("audit", say("who changed what")),
    ]
    return [*(staff if role else []), *(admin if role == "admin" else [])]


def only_your_own_words(phrases: Phrases) -> str:
    """Why a command of staff was not obeyed in a group, forwarded or edited."""
    return phrases.say(
        "For this I need a message that you write to me yourself, in our private chat; not an edited or forwarded one."
    )


def only_for_staff(person: int, needed: Role, phrases: Phrases) -> str:
    """That somebody lacks the rights for something, and how to get them."""
    if needed == "admin":
        return phrases.say(
            "Only admins may do this. If one is to give you the rights, this is your number: {number}", number=person
        )
    return phrases.say(
        "Only the city's staff may do this. If an admin is to give you the rights, this is your number: {number}",
        number=person,
    )


def group_command_list(phrases: Phrases) -> list[tuple[str, str]]:
    """Those of them that make sense where others read along."""
    alone = ("privacy", "mydata", "forget")
    return [(name, description) for name, description in command_list(phrases) if name not in alone]


def welcome(knowledge: KnowledgeBase, phrases: Phrases) -> str:
    """What somebody reads who pressed start."""
    say = phrases.say
    hello = say(
        "Hello! I am Minsheng. Ask me about the livelihood projects of {city}: what is planned, how far it "
        "is, and when it will be ready. Write as you would to a neighbour, in English, Chinese or Russian.",
        city=city_name(knowledge, phrases),
    )
    ways = say("/projects shows them all, /language changes my language, /help tells more.")
    notices = say("The city's notices come here too. If you want none, /stop ends them.")
    return f"{hello}\n\n{ways}\n\n{notices}"


def help_text(username: str, phrases: Phrases, role: Role | None) -> str:
    """What the bot can do, with every command that the person may use."""
    say = phrases.say
    ask = say("Just write your question, in English, Chinese or Russian. Spelling does not matter.")
    also = ("id", say("your number in Telegram, if somebody asks for it"))
    commands = [f"/{name}: {description}" for name, description in (*command_list(phrases), also)]
    own = [f"/{name}: {description}" for name, description in staff_command_list(role, phrases)]
    elsewhere = say(
        "In a group, mention me or reply to me. In any other chat, type @{username} and a word to share a project.",
        username=username,
    )
    for_staff = [say("For you as staff:") + "\n" + "\n".join(own)] if own else []
    return "\n\n".join((ask, "\n".join(commands), *for_staff, elsewhere))


def notices_stopped(phrases: Phrases) -> str:
    """That the city's notices end, and how to get them again."""
    return phrases.say("All right: the city's notices no longer come here. /start brings them back.")


def no_notices(phrases: Phrases) -> str:
    """That there was nothing to stop."""
    return phrases.say("The city's notices do not come here. /start brings them.")


def group_greeting(username: str, phrases: Phrases) -> str:
    """How to talk to the bot in a group."""
    return phrases.say(
        "Hello! Here I answer only when I am meant: mention @{username}, reply to one of my messages, or "
        "send /projects.",
        username=username,
    )


def about(snapshot: Snapshot, phrases: Phrases) -> str:
    """What the bot is, and where its answers come from."""
    say, knowledge = phrases.say, snapshot.knowledge
    who = say(
        "I am Minsheng (民生, “people's livelihood”): a program, not a person. I answer questions about the "
        "livelihood projects of {city}.",
        city=city_name(knowledge, phrases),
    )
    origin = say(
        "All that I say about a project stands in one file that the city has reviewed. I make nothing up: "
        "what the file does not say, I do not know."
    )
    sources = [
        say("Source: {publisher}, {date}.", publisher=source.publisher, date=phrases.date(source.date))
        for source in knowledge.city.sources.values()
    ]
    version = say("Version {version}, knowledge {knowledge}.", version=__version__, knowledge=snapshot.version[:8])
    return "\n\n".join((who, origin, "\n".join((*sources[:_MOST_SOURCES], version))))


def numbers(person: int | None, chat: int, phrases: Phrases) -> str:
    """The ids that an operator asks for."""
    lines = [phrases.say("Your number: {number}", number=person)] if person is not None else []
    if person != chat:
        lines.append(phrases.say("Number of this chat: {number}", number=chat))
    return "\n".join(lines)


def question_of_language(phrases: Phrases) -> str:
    """What stands above the languages to choose from."""
    return phrases.say(
        "Which language shall I speak? A question is always answered in its own language; your choice is for "
        "everything else."
    )


def language_is_chosen(phrases: Phrases, *, own: bool) -> str:
    """That the choice holds from now on: its `own` language, or that of each question."""
    if own:
        # Each catalogue names its own language here, not English.
        return phrases.say("From now on I speak English.")
    return phrases.say("From now on I follow the language of each question.")


def only_in_private(username: str, phrases: Phrases) -> str:
    """That something is nobody else's business."""
    return phrases.say(
        "That is between you and me: please send it to @{username} in a private chat.", username=username
    )


def unknown_command(phrases: Phrases) -> str:
    """The help line."""
    return phrases.say("I do not know this command. /help shows all that I can do.")


def only_text(phrases: Phrases) -> str:
    """Instead of looking at a picture."""
    return phrases.say("I can only read text, so I have not opened this. Please write your question in words.")


def too_fast(phrases: Phrases) -> str:
    """The one notice for somebody who floods the bot."""
    return phrases.say(
        "That is more than I can answer at once, so I am taking a short break. Please ask again in half a minute."
    )


def late(phrases: Phrases) -> str:
    """Before the first answer after an outage."""
    return phrases.say("Sorry that you had to wait: I was out of service and can answer only now.")


def apology(phrases: Phrases) -> str:
    """When the bot itself failed."""
    return phrases.say("Sorry, something went wrong on my side. Please ask once more in a few minutes.")


def nothing_kept(phrases: Phrases) -> str:
    """When something should have been kept, shown or erased, and the database cannot be used."""
    return phrases.say(
        "At the moment I cannot look up, store or erase anything, so nothing has changed. Please try again in a few "
        "minutes. I can still answer your questions."
    )


def out_of_date(phrases: Phrases) -> str:
    """For a button that does nothing any more; shown for a moment over the chat."""
    return phrases.say("This button is out of date. Send /projects to see the list as it is now.")


def ask_the_bot(phrases: Phrases) -> str:
    """A link to the bot, under a shared card and above an empty list of cards."""
    return phrases.say("Ask the bot")


def profile(knowledge: KnowledgeBase, phrases: Phrases) -> tuple[str, str, str]:
    """The bot's name, its short description and its description, within Telegram's bounds."""
    say, city = phrases.say, city_name(knowledge, phrases)
    name = say("Minsheng · {city}", city=city)
    short = say("Answers questions about the livelihood projects of {city}.", city=city)
    description = say(
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
