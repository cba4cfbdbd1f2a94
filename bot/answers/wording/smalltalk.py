"""Replies to small talk: greetings, thanks, complaints."""

from bot.i18n.message import Translator
from bot.knowledge import Intent


def smalltalk_reply(intent: Intent, city: str, example: str, translator: Translator) -> str:
    """A friendly reply; `example` is a title to ask about."""
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
