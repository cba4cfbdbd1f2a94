"""Fit the weights of `bot/answers/understanding/extra_fact.py` to the questions of all cities but `_UNSEEN`.

    python -m tests.evaluation_data.fact_weights

Observed is what is answered rightly with a card alone: which of the facts that the card does not tell the question asks
for, if any. A fact is asked for when its statement has all that the label expects; of the clerk's questions the label
names it. Each file counts as at most `_MAX_QUESTIONS`. Printed is also what each file would be told by weights that
were fitted without it, and without those of the same city: how often a fact, and how often the one that was asked for.
"""

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any, cast

import numpy as np
import typer
from scipy.optimize import minimize

from bot.answers.answer import Found
from bot.answers.reply import unsaid_sentences
from bot.answers.service import answer_alone
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import candidates_of
from bot.answers.understanding.extra_fact import WORTH_TELLING, possible_extra_facts, probabilities_of
from bot.evaluation.scoring import Case, case_of, judge, prediction_of
from bot.i18n.catalog import translator_in
from bot.knowledge import Fact, KnowledgeBase
from bot.matching.arrays import Floats
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from tests.cases.clerk import score
from tests.console import CASES, KNOWLEDGE, shipped_embedder
from tests.evaluation_data.figures import CITIES, SETS
from tests.evaluation_data.prune import Kind, prune

#: Questions of a file that count, and how strongly the weights are held small.
_MAX_QUESTIONS, _PENALTY = 60, 1.0
#: What is about one city: it is left out together.
_CITY_OF = {"three": "shipped", "night-bus": "second_city", "ice-rink": "seventh_city"}
#: Nothing is fitted to these, so that they still measure something.
_UNSEEN = ("eleventh_city", "twelfth_city", "allotments", "library-bus")


@dataclass(frozen=True)
class _Observation:
    file: str
    signals: Floats  #: a row for each fact
    asked: Floats  #: 1 for a fact that is asked for


def main() -> None:
    """Print the weights, and what they tell in a city that they were not fitted to."""
    observed = [one for name, knowledge in _files() for one in _observe(name, knowledge)]
    by_city: dict[str, list[_Observation]] = defaultdict(list)
    for one in observed:
        by_city[_city_of(one.file)].append(one)
    for city, own in by_city.items():
        weights = _fitted([one for other, group in by_city.items() if other != city for one in group])
        told = [(one, probabilities_of(one.signals, weights)) for one in own]
        for file in dict.fromkeys(one.file for one in own):
            rows = [(one.asked[p.argmax()], p.max()) for one, p in told if one.file == file]
            shown = [asked for asked, probability in rows if probability >= WORTH_TELLING]
            typer.echo(f"{file}: a fact beside {len(shown)} of {len(rows)} cards, {int(sum(shown))} of them asked for")
    typer.echo(np.round(_fitted(observed), 2).tolist())


def _city_of(file: str) -> str:
    return _CITY_OF.get(file, "clerk" if file in score.ADDITIONS else file)


def _files() -> Iterator[tuple[str, KnowledgeBase]]:
    shipped = _loaded(KNOWLEDGE)
    yield "shipped", shipped
    yield "three", prune(shipped, Kind.THREE)
    for name in _to_fit(CITIES):
        yield name, _loaded(CASES / name / "projects.yaml")
    for name in _to_fit(score.ADDITIONS):
        with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
            file.write(score.added(name))
            file.flush()
            yield name, _loaded(Path(file.name))


def _to_fit(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in _UNSEEN]


def _loaded(path: Path) -> KnowledgeBase:
    knowledge = load(path).knowledge
    assert knowledge is not None, path
    return knowledge


def _questions(name: str) -> Iterator[dict[str, Any]]:
    if name in score.ADDITIONS:
        paths = [score.FOLDER / f"{name}.jsonl"]
    else:
        paths = [CASES / name / "questions.jsonl"] if name in CITIES else list(SETS.values())
    for path in paths:
        yield from map(loads, path.read_text(encoding="utf-8").splitlines())


def _observe(name: str, knowledge: KnowledgeBase) -> Iterator[_Observation]:
    snapshot = prepare(knowledge, name, embedder=shipped_embedder())
    for row in _questions(name):
        fact = row.pop("fact", None)
        if name in score.ADDITIONS:
            project = knowledge.project_by_id[row.pop("project")]
            row |= {"areas": [project.area], "projects": [project.id], "kind": "direct", "expect": []}
            row.pop("may_tell", None)
        case = case_of(row)
        if case.areas and case.kind not in ("ambiguous", "overview", "mixed"):
            yield from _observed(name, case, fact, snapshot)


def _observed(name: str, case: Case, named: str | None, snapshot: Snapshot) -> Iterator[_Observation]:
    answered = answer_alone(
        case.text,
        case.context,
        now=datetime.now(UTC),
        snapshot=snapshot,
        translator_in=translator_in,
        preferred=case.lang,
    )
    answer, reply = answered.decision.answer, answered.reply.text
    result = judge(case, prediction_of(answer, snapshot.knowledge, reply))
    if (
        not isinstance(answer, Found)
        or len(answer.findings) > 1
        or result.verdict != "right"
        or result.project is False
    ):
        return
    (finding,) = answer.findings
    if finding.fact or finding.left_open:
        return
    decision = answered.decision
    match, scores, meant = finding.match, decision.interpretation.scores, decision.analysis
    found = possible_extra_facts(match, list(candidates_of(match, scores, meant, snapshot)), scores, meant, snapshot)
    card = _without(finding.extra.fact if finding.extra else None, reply, case)
    new = [each for each in found if unsaid_sentences(_statement(each.candidate.fact, case), card, len(reply) * 9)]
    if new:
        asked = [float(_is_asked(each.candidate.fact, case, named)) for each in new]
        yield _Observation(name, np.array([each.signals for each in new]), np.array(asked))


def _without(fact: Fact | None, reply: str, case: Case) -> str:
    return reply.replace(_statement(fact, case), "") if fact else reply


def _statement(fact: Fact, case: Case) -> str:
    return fact.statement.text_in(case.lang) or fact.statement.texts[0]


def _is_asked(fact: Fact, case: Case, named: str | None) -> bool:
    if named is not None:
        return fact.id == named
    texts = fact.statement.texts
    return bool(case.expect) and any(
        all(re.search(each, text, re.IGNORECASE) for each in case.expect) for text in texts
    )


def _fitted(observed: Sequence[_Observation]) -> Floats:
    """The weights of a conditional logit over the card, whose signals are all 0, and the facts."""
    counts = Counter(one.file for one in observed)
    importance = np.array([min(1.0, _MAX_QUESTIONS / counts[one.file]) for one in observed])
    rows, asked = np.concatenate([one.signals for one in observed]), np.concatenate([one.asked for one in observed])
    question = np.repeat(np.arange(len(observed)), [len(one.asked) for one in observed])
    middle, spread = rows.mean(0), rows.std(0)
    middle[0] = 0.0  # the bias is not a signal
    spread[spread == 0] = 1.0  # nor is what is the same everywhere
    scaled = (rows - middle) / spread
    asks = np.bincount(question, asked) > 0

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = np.exp(np.clip(scaled @ weights, -30, 30))
        every = np.bincount(question, odds) + 1
        right = np.where(asks, np.bincount(question, odds * asked), 1.0)
        gradient = odds / every[question] - odds * asked / right[question]
        held = np.append(0.0, weights[1:])
        value = float(importance @ (np.log(every) - np.log(right))) + _PENALTY * float(held @ held) / 2
        return value, scaled.T @ (importance[question] * gradient) + _PENALTY * held

    found = cast(Floats, minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x)
    weights: Floats = found / spread
    weights[0] -= float(weights[1:] @ middle[1:])
    return weights


if __name__ == "__main__":
    typer.run(main)
