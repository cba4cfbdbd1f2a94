"""Emergencies and distress: recognised before anything else is tried.

`emergencies.yaml` lists the signs for each kind and language; see `bot/answers/signs.py` for how they are looked for.

A miss costs more than a false alarm: the reply to a false alarm is a telephone number and one sentence. The figures
are held by `tests/answers/test_emergencies.py`: at least 97 % of the emergencies are recognised, and at most 1 % of
ordinary questions are taken for one.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.answers.signs import Recognised, SignReader, read_signs

_FILE = Path(__file__).with_name("emergencies.yaml")


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Recognises emergencies in every language of the bot."""

    signs: SignReader
    numbers: Mapping[str, tuple[str, ...]]  #: kind -> the services to call, most important first
    fault_lines: Mapping[str, str]  #: kind -> the utility whose fault line is named too

    def recognise(self, text: str, known: AbstractSet[str] = frozenset()) -> Recognised | None:
        """The emergency that a message tells of; None when it tells of none."""
        return self.signs.recognise(text, known)


@cache
def load_emergencies() -> Emergencies:
    """Read the signs that come with the program."""
    data = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Emergencies(
        signs=read_signs(data),
        numbers={kind: tuple(entry["numbers"]) for kind, entry in data["kinds"].items()},
        fault_lines={kind: entry["fault_line"] for kind, entry in data["kinds"].items() if "fault_line" in entry},
    )
