"""How the messages of `tests/cases/care` are answered: no figure may fall below its limit.

`python -m tests.evaluation_data.care --show` lists the messages that fail.
"""

from collections.abc import Mapping

import pytest

from tests.evaluation_data.care import NAMES, judged, rows

#: The least share of right replies. The README of the cases says what the sets "unseen" could still measure when
#: they were new.
BARS: Mapping[str, float] = {
    "emergencies": 0.97,
    "ordinary": 0.99,
    "unseen_1 danger": 0.97,
    "unseen_1 ordinary": 0.99,
    "unseen_2 danger": 0.97,
    "unseen_2 ordinary": 0.99,
    "unseen_3 danger": 0.96,
    "unseen_3 ordinary": 0.98,
    "unseen_4 danger": 0.98,
    "unseen_4 ordinary": 0.98,
    "unseen_5 danger": 0.93,
    "unseen_5 ordinary": 0.98,
    "unseen_6 danger": 0.93,
    "unseen_6 ordinary": 0.96,
    "unseen_7 danger": 0.97,
    "unseen_7 ordinary": 0.99,
    "unseen_8 danger": 0.97,
    "unseen_8 ordinary": 0.98,
    "unseen_9 danger": 0.96,
    "unseen_9 ordinary": 0.98,
    "unseen_10 danger": 0.94,
    "unseen_10 ordinary": 0.94,
    "unseen_11 danger": 0.92,
    "unseen_11 ordinary": 0.95,
    "unseen_12 danger": 0.97,
    "unseen_12 ordinary": 0.99,
    "unseen_13 danger": 0.97,
    "unseen_13 ordinary": 0.98,
    "unseen_14 danger": 0.87,
    "unseen_14 ordinary": 0.98,
    "foreign danger": 0.95,
    "foreign ordinary": 0.97,
    "contacts": 0.97,
    "source": 0.98,
    "yes_no": 0.97,
    "smalltalk": 0.98,
}


#: `make test` asks one set of each kind and the two newest "unseen" ones; `make soak` asks all.
_SHORT = frozenset(NAMES) - {f"unseen_{number} {part}" for number in range(1, 13) for part in ("danger", "ordinary")}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in _SHORT else [pytest.mark.soak]) for name in NAMES]
)
def test_enough_replies_are_right(name: str) -> None:
    outcomes = [right for _, _, right in judged([name])]
    assert sum(outcomes) / len(outcomes) >= BARS[name]


def test_every_message_has_a_text_and_an_identifier_of_its_own() -> None:
    identifiers = [row["id"] for name in NAMES for row in rows(name) if row["text"]]
    assert len(identifiers) == len(set(identifiers))
