"""The topics that any city is asked about and no list of projects answers; they ship with the program."""

from functools import cache
from pathlib import Path

import yaml

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.knowledge import TopicElsewhere

_PATH = Path(__file__).with_name("service_topics.yaml")
#: What their ids begin with, so that they never equal those of a city's own topics.
PREFIX = "service-"


@cache
def service_topics() -> tuple[TopicElsewhere, ...]:
    """The topics of the file, each with a sentence that refuses it by its title."""
    rows = yaml.safe_load(_PATH.read_text(encoding="utf-8"))["topics"]
    return tuple(
        TopicElsewhere.model_validate({**row, "id": PREFIX + row["id"], "sentence": _refusal(row["title"])})
        for row in rows
    )


def _refusal(title: dict[str, str]) -> dict[str, str]:
    """That this bot does not answer a topic, in every language."""
    return {
        language: translator_in(language).gettext(
            "{topic}: I have no information about that, only about the city's listed projects.", topic=title[language]
        )
        for language in LANGUAGES
        if language in title
    }
