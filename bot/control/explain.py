"""The sandbox page's actions on the running bot: explain an answer, and name the version that answers.

The bot explains from its own engine, so the page shows exactly the decision that a citizen gets, and no second copy of
the model is in memory. While the bot is down there is no explanation.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import Field

from bot.answers.explain import Candidate, Explanation, explain
from bot.answers.requests import decide_message
from bot.answers.snapshot import Snapshot
from bot.control.server import Action, Input, Row, validated
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGE_INFO
from bot.i18n.message import Translator
from bot.inbox.explanation import format_explanation, signal_name, subject_title


class _ExplainRequest(Input):
    text: str = Field(min_length=1, max_length=4096)
    language: str = ""


def explanation_actions(snapshot: Callable[[], Snapshot]) -> Mapping[str, Action]:
    """The actions by their names."""

    async def explain_answer(asked: _ExplainRequest) -> Sequence[Row]:
        live = snapshot()
        decision, _ = decide_message(asked.text, live, None)
        default = live.knowledge.city.default_language
        language = next((code for code in LANGUAGE_INFO if code == asked.language), decision.language or default)
        return [explanation_row(explain(decision, live), live, translator_in(language))]

    async def name_version(_: Input) -> Sequence[Row]:
        return [{"digest": snapshot().version}]

    return {"explain": validated(_ExplainRequest, explain_answer), "version": validated(Input, name_version)}


def explanation_row(explanation: Explanation, snapshot: Snapshot, translator: Translator) -> dict[str, Any]:
    """An explanation for the page; scores and shares are between 0 and 1."""
    return {
        "query": explanation.question,
        "language": translator.language,
        "outcome": explanation.decision,
        "about": [{"id": name, "title": subject_title(name, snapshot, translator)} for name in explanation.about],
        "confidence": explanation.confidence,
        "in_scope": explanation.in_scope,
        "answers_from": explanation.answers_from,
        "asks_from": explanation.asks_from,
        "areas": [_candidate(each, snapshot, translator) for each in explanation.labels],
        "candidates": [_candidate(each, snapshot, translator) for each in explanation.entries],
        "signals": [
            {"name": signal_name(signal.name, translator), "value": signal.value, "part": signal.part}
            for signal in explanation.signals
        ],
        "features": [
            {"text": feature.text.strip(" _"), "kind": feature.kind, "part": feature.contribution}
            for feature in explanation.features
        ],
        "sentences": format_explanation(explanation, snapshot, translator).split("\n\n"),
    }


def _candidate(candidate: Candidate, snapshot: Snapshot, translator: Translator) -> dict[str, Any]:
    return {
        "id": candidate.id,
        "title": subject_title(candidate.id, snapshot, translator),
        "score": candidate.score,
        "signals": {name: getattr(candidate, name) for name in ("meaning", "words", "letters", "parts")},
        "phrasing": candidate.nearest.text if candidate.nearest else None,
        "similarity": candidate.nearest.similarity if candidate.nearest else 0.0,
    }
