"""The bot's own words: what the source leaves open, and courtesy."""

from bot.i18n.message import Translator
from bot.knowledge import Aspect, Intent


def left_open(aspect: Aspect, translator: Translator) -> str:
    """That the source does not say what was asked."""
    gettext = translator.gettext
    sentences: dict[Aspect, str] = {
        "when": gettext("The source does not say when."),
        "where": gettext("The source does not say where."),
        "how-many": gettext("The source gives no number for this."),
        "which": gettext("The source does not say which."),
        "who": gettext("The source does not say who."),
        "for-whom": gettext("The source does not say for whom."),
        "cost": gettext("The source gives no costs or prices."),
        "why": gettext("The source gives no reason."),
        "how": gettext("The source does not say how."),
        "progress": gettext("The source does not say how far the work has progressed."),
    }
    return sentences[aspect]


def smalltalk_reply(intent: Intent, city: str, example: str, translator: Translator) -> str:
    """A friendly word in return; `example` is a title to ask about."""
    gettext = translator.gettext
    match intent:
        case "greeting":
            return gettext("Hello! Ask me about the public projects of {city}, in your own words.", city=city)
        case "thanks":
            return gettext("You are welcome!")
        case "goodbye":
            return gettext("Goodbye! Write again whenever you have a question.")
        case "who-are-you":
            return gettext(
                "I'm Minsheng, an automated assistant. I answer from the reviewed list of public projects of "
                "{city}; if something isn't in it, I say so.",
                city=city,
            )
        case "human":
            return gettext("I'm an automated assistant, not a person, and I cannot put you through to one.")
        case "how-are-you":
            return gettext(
                "I'm fine, thank you! What would you like to know about the public projects of {city}?",
                city=city,
            )
        case "praise":
            return gettext("Thank you, that is kind. Is there anything else you would like to know?")
        case "insult":
            return gettext(
                "I'm sorry that I could not help. Please try other words, for example “{title}”.", title=example
            )
        case _:
            return gettext("All right. If you have another question, just write it.")
