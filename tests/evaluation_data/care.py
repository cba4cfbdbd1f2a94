"""How the messages of `tests/cases/care` are answered: `python -m tests.evaluation_data.care [--show]`.

emergencies, ordinary   the share whose reply shows one of the national emergency numbers, or shows none; the shipped
                        file gives no contacts, so no other reply shows one
unseen, foreign         the same of `unseen_1` to `unseen_14`, and of messages in languages that the bot does not speak;
                        from `unseen_2` on only what decides it: whether the message is recognised as an emergency
contacts                the share whose reply shows the hotline that is put into the file here
source, yes_no          the share whose reply shows every pattern of `shows` and none of `hides`
smalltalk               the same, and the reply tells of no project; after "simpler please" it is shorter than the
                        answer before
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated, Any, TypeAlias

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bot.answers.answer import kind_of
from bot.answers.service import Answered, answer_alone, is_emergency
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.publishing.prepare import prepare
from tests.console import CASES, shipped_embedder, shipped_snapshot

Row: TypeAlias = dict[str, Any]
Asks: TypeAlias = Callable[[list[str], str], Answered]

HOTLINE = "12345"
#: Those of the shipped file's country: police, fire, ambulance, and the line for people in distress.
_NATIONAL_NUMBER = re.compile(r"(?<!\d)(110|119|120|12356)(?!\d)")


#: The parts of the files in which messages of danger and ordinary ones stand together.
MIXED = tuple(
    f"{name} {part}"
    for name in (*(f"unseen_{number}" for number in range(1, 15)), "foreign")
    for part in ("danger", "ordinary")
)
_DANGER_OR_NOT = ("emergencies", "ordinary", *MIXED)
#: Those whose replies are read; recognising alone takes a tenth of the time.
_REPLIED = frozenset(name for name in _DANGER_OR_NOT if not name.startswith("unseen") or name.startswith("unseen_1 "))
NAMES = (*_DANGER_OR_NOT, "contacts", "source", "yes_no", "smalltalk")


def rows(name: str) -> list[Row]:
    """The messages of one file, or of its part "danger" or "ordinary"."""
    file, _, part = name.partition(" ")
    lines = (CASES / "care" / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if not part or row["danger"] == (part == "danger")]


def is_told_from_ordinary(name: str, row: Row, asks: Asks, snapshot: Snapshot) -> bool:
    """Whether a message counts as an emergency exactly if it is one, and its reply shows a number exactly then."""
    is_danger = name.endswith(("emergencies", "danger"))
    if is_emergency(row["text"], snapshot) != is_danger:
        return False
    return name not in _REPLIED or bool(_NATIONAL_NUMBER.search(_answered(row, asks).reply.text)) == is_danger


def is_right(name: str, row: Row, asks: Asks) -> bool:
    """Whether the reply to any other message is as it should be."""
    context = row.get("context", [])
    answered = _answered(row, asks)
    text = answered.reply.text
    if not fits(text, row):
        return False
    match name:
        case "contacts":
            return HOTLINE in text
        case "smalltalk" if row["kind"] == "simpler":
            return len(text) < len(asks(context, row["lang"]).reply.text)
        case "smalltalk":
            return kind_of(answered.decision.answer) not in ("answer", "suggestions")
        case _:
            return True


def _answered(row: Row, asks: Asks) -> Answered:
    return asks([*row.get("context", []), row["text"]], row["lang"] if row["lang"] in LANGUAGES else "en")


def fits(text: str, row: Row) -> bool:
    """Whether a reply shows every pattern of `shows` and none of `hides`."""
    shown = all(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in row["shows"])
    return shown and not any(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in row["hides"])


def _asks_of(snapshot: Snapshot) -> Asks:
    def ask(messages: list[str], language: str) -> Answered:
        *context, text = messages
        now = datetime.now(UTC)
        return answer_alone(text, context, now=now, snapshot=snapshot, translator_in=translator_in, preferred=language)

    return ask


@cache
def _with_hotline() -> Snapshot:
    snapshot = shipped_snapshot()
    knowledge = snapshot.knowledge
    contacts = knowledge.city.contacts.model_copy(update={"hotline": HOTLINE})
    city = knowledge.city.model_copy(update={"contacts": contacts})
    return prepare(knowledge.model_copy(update={"city": city}), HOTLINE, snapshot, embedder=shipped_embedder())


def judged(names: Iterable[str] = NAMES) -> Iterator[tuple[str, Row, bool]]:
    """Each message of some files, and whether its reply is right."""
    shipped = shipped_snapshot()
    plain = _asks_of(shipped)
    for name in names:
        judge = partial(is_right, name, asks=_asks_of(_with_hotline()) if name == "contacts" else plain)
        if name in _DANGER_OR_NOT:
            judge = partial(is_told_from_ordinary, name, asks=plain, snapshot=shipped)
        for row in rows(name):
            yield name, row, judge(row)


def main(*, show: Annotated[bool, typer.Option("--show", help="List the messages that fail.")] = False) -> None:
    """Print the share of right replies of each file and language."""
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, row, good in judged():
        right[name][row["lang"]].append(good)
        right[name]["all"].append(good)
        if show and not good:
            console.print(f"{row['id']:26}{row.get('kind', row.get('near', '')):14}{row['text']}")
    table = Table("messages", "asked", "all", *LANGUAGES, box=box.SIMPLE_HEAD)
    for name, by_language in right.items():
        shares = (_share(by_language[of]) for of in ("all", *LANGUAGES))
        table.add_row(name, str(len(by_language["all"])), *shares)
    console.print(table)


def _share(right: Sequence[bool]) -> str:
    """The share that is right; a dash where nothing was asked."""
    return f"{sum(right) / len(right):.1%}" if right else "–"


if __name__ == "__main__":
    typer.run(main)
