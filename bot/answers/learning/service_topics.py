"""Topics that every city is asked about although no project list covers them; they ship with the program."""

from functools import cache
from pathlib import Path

import yaml

from bot.knowledge import TopicElsewhere

_PATH = Path(__file__).with_name("service_topics.yaml")
#: The prefix of their ids, which keeps them apart from a city's own topics.
PREFIX = "service-"


@cache
def service_topics(*, everyday: bool = True) -> tuple[TopicElsewhere, ...]:
    """Load the topics of the file; with `everyday=False`, without those that are marked `everyday` there.

    They have no `sentence`, so a reply that refuses one names its title.
    """
    rows = yaml.load(_PATH.read_text(encoding="utf-8"), yaml.CSafeLoader)["topics"]
    return tuple(
        TopicElsewhere.model_validate({**row, "id": PREFIX + row["id"]})
        for row in rows
        if not row.pop("everyday", False) or everyday
    )
