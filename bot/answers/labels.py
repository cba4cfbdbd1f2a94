"""The bot's own words: how far a project is, what the source leaves open, and courtesy."""

from typing import assert_never

from bot.i18n.phrases import Phrases
from bot.knowledge import Aspect, Intent, Status


def status_word(status: Status, phrases: Phrases) -> str:
    """The status as people read it."""
    match status:
        case Status.ANNOUNCED:
            return phrases.say("announced")
        case Status.PLANNED:
            return phrases.say("planned")
        case Status.IN_PROGRESS:
            return phrases.say("in progress")
        case Status.COMPLETED:
            return phrases.say("completed")
        case Status.DELAYED:
            return phrases.say("delayed")
        case Status.CANCELLED:
            return phrases.say("cancelled")
        case _:
            assert_never(status)


def left_open(aspect: Aspect, phrases: Phrases) -> str:
    """That the source does not say what was asked."""
    say = phrases.say
    sentences: dict[Aspect, str] = {
        "when": say("The source does not say when."),
        "where": say("The source does not say where."),
        "how-many": say("The source gives no number for this."),
        "which": say("The source does not say which."),
        "who": say("The source does not say who."),
        "for-whom": say("The source does not say for whom."),
        "cost": say("The source does not say what it costs or who pays."),
        "why": say("The source gives no reason."),
        "how": say("The source does not say how."),
        "progress": say("The source does not say how far it is."),
    }
    return sentences[aspect]


def courtesy(intent: Intent, city: str, phrases: Phrases) -> str:
    """A friendly word in return."""
    say = phrases.say
    match intent:
        case "greeting":
            return say("Hello! Ask me about the livelihood projects of {city}, in your own words.", city=city)
        case "thanks":
            return say("You are welcome!")
        case "goodbye":
            return say("Goodbye! Write again whenever you have a question.")
        case "who-are-you":
            return say(
                "I am Minsheng, a program and no person. I tell what the city's list of livelihood projects in {city} "
                "says: what is planned, how far it is, and where that is written. What I do not know I do not make up.",
                city=city,
            )
        case "human":
            return say(
                "There is no person behind this chat: I am a program that knows the livelihood projects of {city}.",
                city=city,
            )
        case "how-are-you":
            return say(
                "All is well here, thank you! What would you like to know about the projects of {city}?",
                city=city,
            )
        case "praise":
            return say("Thank you, that is kind. Is there anything else you would like to know?")
        case "insult":
            return say(
                "I am sorry that I was no help. Perhaps it works with other words, "
                "for example “Sixth Hospital” or “heating”."
            )
        case _:
            return say("All right. If you have another question, just write it.")
