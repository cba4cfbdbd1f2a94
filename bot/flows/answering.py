"""A citizen asks: from a text to the reply, with what the chat talked about a moment ago."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.answers import Answer
from bot.core.dialogue import Focus, decide, focus_of
from bot.core.replies import Reply, Target, compose, show
from bot.core.snapshot import Snapshot
from bot.core.text import Language
from bot.flows.ports import PhrasesOf

#: How long a chat's subject is remembered, and for how many chats; never on disk.
REMEMBERED_FOR = timedelta(minutes=15)
REMEMBERED_CHATS = 50_000
