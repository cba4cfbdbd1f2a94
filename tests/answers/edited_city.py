"""The shipped knowledge with changes, and what the bot replies from it."""

from datetime import UTC, datetime

from bot.answers.snapshot import build_snapshot
from bot.knowledge import SmalltalkFile
from bot.publishing.files.load import load_content
from tests.console import Ask
from tests.factories import yaml_text

#: Long after the source of 12 November 2021.
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def asking(content: str | bytes, smalltalk: SmalltalkFile) -> Ask:
    """Asks a bot that knows this file."""
    loaded = load_content(content.encode() if isinstance(content, str) else content)
    assert loaded.knowledge is not None, loaded.diagnostics
    return Ask(build_snapshot(loaded.knowledge, smalltalk, loaded.digest))


def reply(ask: Ask, *messages: str) -> str:
    return ask(*messages, now=NOW).reply.text


def changed_childcare(status: str) -> str:
    """The small city's file after staff set the status of the childcare centre."""
    fact = (
        "    facts:\n"
        "      - id: end\n        answers: [when, progress]\n"
        "        statement:\n"
        "          en: The centre is expected to be finished by the end of the year.\n"
        "          zh: 中心预计年底前建成。\n"
        "          ru: Центр должен быть готов к концу года.\n"
        "        questions: {en: [is the centre finished], zh: [中心建好了吗], ru: [центр уже готов]}\n"
    )
    return yaml_text(
        ("    status: in progress\n    as_of: 2021-11-12\n", f"    status: {status}\n    as_of: 2026-11-20\n"),
        ("    phrasings: {en: [new childcare center]", f"{fact}    phrasings: {{en: [new childcare center]"),
    )
