"""Asks labelled questions, each in a separate chat, and judges the replies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from bot.answers.decision import decide
from bot.answers.learning.engine import Engine, Scores
from bot.answers.service import TranslatorIn, answer_alone, focus_of
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from bot.evaluation.scoring import Case, Result, judge, prediction_of
from bot.knowledge import Costs
from bot.matching.normalize import Query


def evaluate(
    cases: Iterable[Case], *, now: datetime, snapshot: Snapshot, translator_in: TranslatorIn
) -> Iterator[Result]:
    """Ask each question as `minsheng ask --jsonl` does, and judge the reply."""
    for case in cases:
        answered = answer_alone(
            case.text, case.context, now=now, snapshot=snapshot, translator_in=translator_in, preferred=case.lang
        )
        yield judge(case, prediction_of(answered.decision.answer, snapshot.knowledge, answered.reply.text))


@dataclass(frozen=True)
class _CachingEngine(Engine):
    """Scores each query only once, since the scores do not depend on the costs."""

    cached: dict[Query, Scores] = field(default_factory=dict)

    def score(self, query: Query) -> Scores:
        """How well each label and entry fits a query."""
        if query not in self.cached:
            self.cached[query] = super().score(query)
        return self.cached[query]


def with_cached_scores(snapshot: Snapshot) -> Snapshot:
    """The same snapshot, faster when the same questions are decided repeatedly; caches the scores of every question."""
    engine = snapshot.engine
    parts = {part.name: getattr(engine, part.name) for part in fields(engine)}
    return replace(snapshot, engine=_CachingEngine(**parts))


def evaluate_with(costs: Costs, cases: Sequence[Case], snapshot: Snapshot) -> tuple[Result, ...]:
    """Judge the decisions with other costs; there are no replies, so facts are not judged."""
    city = snapshot.knowledge.city.model_copy(update={"costs": costs})
    other = replace(snapshot, knowledge=snapshot.knowledge.model_copy(update={"city": city}))
    return tuple(_decided(case, other) for case in cases)


def _decided(case: Case, snapshot: Snapshot) -> Result:
    focus: Focus | None = None
    for message in (*case.context, case.text):
        answer = decide(message, snapshot, focus).answer
        focus = focus_of(answer) or focus
    return judge(case, prediction_of(answer, snapshot.knowledge))
