"""What people say to a bot whatever the city."""

from typing import Literal, get_args

from bot.knowledge.fields import Aspect, Model, Phrasings, Status

Intent = Literal[
    "greeting",
    "thanks",
    "goodbye",
    "who-are-you",
    "human",
    "how-are-you",
    "praise",
    "insult",
    "agreement",
    "overview",
]
INTENTS: tuple[Intent, ...] = get_args(Intent)


class Talk(Model):
    """What people say to a bot whatever the city: small talk, and the words that ask for an aspect."""

    intents: dict[Intent, Phrasings]
    overview_by_status: dict[Status, Phrasings]
    aspects: dict[Aspect, Phrasings]
    follow_up: Phrasings
    """Words that only make sense with what was said before."""

    function_words: Phrasings
    """Words that say nothing about the subject."""
