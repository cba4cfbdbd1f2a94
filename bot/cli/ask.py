"""`minsheng ask` and `minsheng chat`: questions without Telegram."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.answers.answer import areas_of, kind_of, projects_of
from bot.answers.explain import Explanation
from bot.answers.explain import explain as why
from bot.answers.reply import Reply, Target
from bot.answers.service import Answered, Conversations, answer_alone, answer_question, open_option
from bot.answers.snapshot import Snapshot
from bot.cli.json_lines import print_json, rows
from bot.cli.loading import load_snapshot
from bot.cli.options import KnowledgeOption, parse_language
from bot.cli.terminal import stop
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import City, KnowledgeBase

#: The id of the only chat.
_HERE = 0

LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        help="The reply language (en, zh or ru) if that of the question cannot be detected.",
        show_default=False,
    ),
]


def ask(
    text: Annotated[str | None, typer.Argument(help="The question. Not with --jsonl.", show_default=False)] = None,
    *,
    lang: LanguageOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why the bot answers this.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --explain: print the explanation only, as one JSON object.")
    ] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read questions as JSON lines and write replies as JSON lines.")
    ] = False,
    knowledge: KnowledgeOption = None,
) -> None:
    """Answer one question, or many with --jsonl."""
    preferred = parse_language(lang)
    if jsonl == (text is not None):
        stop('Give either a question or --jsonl, for example: minsheng ask "new childcare center?"', 2)
    if as_json and (jsonl or not explain):
        stop('--json goes only with --explain, for example: minsheng ask "new childcare center?" --explain --json', 2)
    snapshot = load_snapshot(knowledge)
    if jsonl:
        for line in _answers(sys.stdin, snapshot, preferred):
            print_json(line, flush=True)
        return
    answered = _answer(text or "", snapshot, Conversations(), preferred)
    if not as_json:
        _print_reply(answered.reply)
    if explain:
        explanation = why(answered.decision, snapshot)
        if as_json:
            print_json(asdict(explanation))
        else:
            _print_explanation(explanation)


def chat(lang: LanguageOption = None, knowledge: KnowledgeOption = None) -> None:
    """Chat in the terminal. A number chooses an option, an empty line ends the chat."""
    preferred, snapshot, conversations = parse_language(lang), load_snapshot(knowledge), Conversations()
    language = preferred or snapshot.knowledge.city.default_language
    _print_introduction(snapshot.knowledge.city, language)
    numbered: dict[str, Target] = {}
    while text := _typed():
        if text in numbered:
            reply = open_option(
                numbered[text],
                chat=_HERE,
                now=datetime.now(UTC),
                snapshot=snapshot,
                conversations=conversations,
                translator=translator_in(language),
            )
        else:
            answered = _answer(text, snapshot, conversations, preferred or language)
            reply, language = answered.reply, answered.language
        if reply:
            _print_reply(reply)
            numbered = {str(number): option.target for number, option in enumerate(reply.options, 1)}


def _print_introduction(city: City, language: Language) -> None:
    sentence = translator_in(language).gettext(
        "Ask about the public projects of {city}. A number chooses an option, an empty line ends.",
        city=city.name_genitive.text_in(language) or city.name.in_language(language, city.default_language),
    )
    print(sentence)


# --- Answering ------------------------------------------------------------------------------------------------------


def _answer(text: str, snapshot: Snapshot, conversations: Conversations, preferred: Language | None) -> Answered:
    return answer_question(
        text,
        chat=_HERE,
        now=datetime.now(UTC),
        snapshot=snapshot,
        conversations=conversations,
        translator_in=translator_in,
        preferred=preferred,
    )


def _answers(lines: Iterable[str], snapshot: Snapshot, preferred: Language | None) -> Iterator[dict[str, Any]]:
    """One answer per line; the messages in its `context` are asked first in the same chat."""
    for _, row in rows(lines):
        answered = answer_alone(
            row["text"],
            row.get("context", []),
            now=datetime.now(UTC),
            snapshot=snapshot,
            translator_in=translator_in,
            preferred=next((known for known in LANGUAGES if known == row.get("lang")), preferred),
        )
        yield _as_json(row["id"], answered, snapshot.knowledge)


def _as_json(identity: str | int, answered: Answered, knowledge: KnowledgeBase) -> dict[str, Any]:
    answer = answered.decision.answer
    return {
        "id": identity,
        "kind": kind_of(answer),
        "areas": list(areas_of(answer, knowledge)),
        "projects": [
            {"id": name, "area": match.area.id, "confidence": match.confidence}
            for name, match in projects_of(answer).items()
        ],
        "reply": answered.reply.text,
    }


# --- Showing --------------------------------------------------------------------------------------------------------


def _typed() -> str:
    try:
        return input("> ").strip()
    except (EOFError, KeyboardInterrupt):
        print()
        return ""


def _print_reply(reply: Reply) -> None:
    print(reply.text)
    for number, option in enumerate(reply.options, 1):
        print(f"  [{number}] {option.label}")
    print()


def _print_explanation(explanation: Explanation) -> None:
    """Print the query, candidates, features of the best area, signals, confidence and decision."""
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(f"normalised question  {explanation.question}")
    console.print(f"content words        {' '.join(explanation.content) or '-'}")
    console.print(f"requested aspects    {', '.join(explanation.aspects) or '-'}")
    console.print(f"known words          {explanation.known:.0%}")
    console.print(_table_of_candidates(explanation))
    console.print(_table_of_features(explanation))
    console.print(_table_of_signals(explanation))
    certain, in_scope = f"{explanation.confidence:.0%}", f"{explanation.in_scope:.0%}"
    console.print(f"confidence           {explanation.area}: {certain}; about the list: {in_scope}")
    console.print(f"decision             {explanation.decision} {', '.join(explanation.about)}")
    if focus := explanation.leaned_on:
        console.print(f"used focus           {focus.project or focus.area}")


def _table_of_candidates(explanation: Explanation) -> Table:
    table = Table("candidate", "score", "nearest phrasing")
    for candidates in (explanation.labels, explanation.entries):
        for candidate in candidates:
            nearest = candidate.nearest
            phrasing = f"{nearest.similarity:.2f} {nearest.text}" if nearest else "-"
            table.add_row(candidate.id, f"{candidate.score:.2f}", phrasing)
        table.add_section()
    return table


def _table_of_features(explanation: Explanation) -> Table:
    table = Table(f"evidence for {explanation.area}", "kind", "contribution")
    for feature in explanation.features:
        table.add_row(feature.text, feature.kind, f"{feature.contribution:.3f}")
    return table


def _table_of_signals(explanation: Explanation) -> Table:
    table = Table("signal", "value", "contribution to log-odds")
    for signal in explanation.signals:
        table.add_row(signal.name, f"{signal.value:.2f}", f"{signal.part:+.2f}")
    return table
