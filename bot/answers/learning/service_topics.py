"""The topics that any city is asked about and no list of projects answers; they ship with the program."""

from functools import cache
from pathlib import Path

import yaml

from bot.knowledge import TopicElsewhere

_PATH = Path(__file__).with_name("service_topics.yaml")
#: What their ids begin with, so that they never equal those of a city's own topics.
PREFIX = "service-"


@cache
def service_topics() -> tuple[TopicElsewhere, ...]:
    """The topics of the file; replies refuse them by their title."""
    rows = yaml.load(_PATH.read_text(encoding="utf-8"), yaml.CSafeLoader)["topics"]
    return tuple(TopicElsewhere.model_validate({**row, "id": PREFIX + row["id"]}) for row in rows)
