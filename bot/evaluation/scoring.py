"""Scores answers: a verdict on each labelled question, and figures over them.

The verdicts on a question in scope:

    right           The reply is an answer, and the first of at most two areas is acceptable. Kind mixed: all areas that
                    were asked are answered, and at most one more. Kind ambiguous: an acceptable area is among the first
                    three, as an answer or a suggestion. Kind overview: the reply has three acceptable areas or more.
    offered         Not right, but an acceptable area is among the first three suggestions, or among two that were
                    answered.
    wrong           Any other answer.
    missed          The question was neither answered, nor was an acceptable area offered.

The verdicts on a question out of scope:

    refused         The reply has neither an answer nor a suggestion.
    hedged          The reply only has suggestions.
    invented        The reply is an answer.

The figures are the shares of these verdicts, and:

    fact            Counted over the questions in scope that ask for a fact, except ambiguous ones: the share that is
                    right and whose reply shows the fact.
    right project   Counted over the questions in scope whose label names projects, except overviews: the share that is
                    right and whose first project shown is one of them. For an ambiguous question, the first project
                    offered counts too. For a question about several areas (kind mixed), the first project shown of
                    each area must be one of them, and at least one must be shown. A reply about an area as a whole
                    shows no project, so it does not count.

tests/cases/citizens/score.py, a script that the project was given, computes all of them but the last, and a test
compares the two.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError

from bot.answers.answer import Answer, areas_of, kind_of, projects_of
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase

InScope: TypeAlias = Literal["right", "offered", "wrong", "missed"]
OutOfScope: TypeAlias = Literal["refused", "hedged", "invented"]
Verdict: TypeAlias = InScope | OutOfScope

IN_SCOPE: tuple[InScope, ...] = get_args(InScope)
OUT_OF_SCOPE: tuple[OutOfScope, ...] = get_args(OutOfScope)
#: The verdicts of failures, the worst first.
FAILURES: tuple[Verdict, ...] = ("wrong", "invented", "missed", "hedged", "offered")


# --- Labelled questions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the subjects of a right reply."""

    id: str | int
    lang: Language
    text: str
    areas: tuple[str, ...]  #: acceptable areas; for kind mixed all of them are asked; empty: out of scope
    kind: str  #: the kind of question; only mixed, ambiguous and overview are judged differently
    expect: tuple[str, ...] = ()  #: patterns that appear in the reply if it has the requested fact
    context: tuple[str, ...] = ()  #: the citizen's earlier messages, oldest first
    projects: tuple[str, ...] = ()  #: acceptable projects, if the label names any

    @property
    def digest(self) -> str:
        """A digest of the question and its label."""
        return _digest(json.dumps(asdict(self), sort_keys=True))


class CaseError(ValueError):
    """A row is not a labelled question; the message says what is wrong."""


def case_of(row: Mapping[str, Any]) -> Case:
    """Parse a labelled question from a row; unknown fields are ignored. Raises CaseError."""
    try:
        # `expect` must be in the row: without it, a question that asks for a fact would count as one that does not.
        case = _CASE.validate_python({"expect": None, **row})
    except ValidationError as refusal:
        raise CaseError(f"no usable `{refusal.errors()[0]['loc'][0]}`") from None
    if case.lang not in LANGUAGES:
        raise CaseError("no usable `lang`")
    for pattern in case.expect:
        try:
            re.compile(pattern)
        except re.error:
            raise CaseError(f"no usable `expect`: “{pattern}” is not a pattern") from None
    return case


_CASE = TypeAdapter(Case)


def digest_of(cases: Iterable[Case]) -> str:
    """A digest of a set of labelled questions; their order matters."""
    return _digest("".join(case.digest for case in cases))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


# --- Verdicts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the bot answered, in the terms of `minsheng ask --jsonl`."""

    kind: Literal["answer", "suggestions", "smalltalk", "unknown"]
    areas: tuple[str, ...]  #: answered or suggested, best first
    projects: tuple[tuple[str, str], ...] = ()  #: project id and area id, best first
    reply: str = ""


def prediction_of(answer: Answer, knowledge: KnowledgeBase, reply: str = "") -> Prediction:
    """The prediction of an answer; its text is only needed to check whether a fact is shown."""
    projects = tuple((name, match.area.id) for name, match in projects_of(answer).items())
    return Prediction(kind_of(answer), areas_of(answer, knowledge), projects, reply)


def verdict_on(case: Case, prediction: Prediction) -> Verdict:
    """The verdict on a reply."""
    if not case.areas:
        verdicts: dict[str, Verdict] = {"answer": "invented", "suggestions": "hedged"}
        return verdicts.get(prediction.kind, "refused")
    if _is_right(case, prediction):
        return "right"
    if prediction.kind == "suggestions" and set(prediction.areas[:3]) & set(case.areas):
        return "offered"
    if prediction.kind == "answer":
        return "offered" if len(prediction.areas) <= 2 and set(prediction.areas) & set(case.areas) else "wrong"
    return "missed"


def _is_right(case: Case, prediction: Prediction) -> bool:
    wanted, got = set(case.areas), prediction.areas
    replied = prediction.kind in ("answer", "suggestions")
    match case.kind:
        case "mixed" if len(case.areas) > 1:
            return prediction.kind == "answer" and wanted <= set(got) and len(got) <= len(case.areas) + 1
        case "ambiguous":
            return replied and bool(set(got[:3]) & wanted)
        case "overview":
            return replied and len(set(got) & wanted) >= 3
        case _:
            return prediction.kind == "answer" and 1 <= len(got) <= 2 and got[0] in wanted


@dataclass(frozen=True, slots=True)
class Result:
    """A labelled question, the bot's answer, and the verdict."""

    case: Case
    prediction: Prediction
    verdict: Verdict
    fact: bool | None  #: whether the fact is shown; None if none is asked for
    project: bool | None  #: whether it is the right project; None if the label names none


def judge(case: Case, prediction: Prediction) -> Result:
    """Judge the answer to a labelled question."""
    verdict = verdict_on(case, prediction)
    right = verdict == "right"
    asks_fact = bool(case.areas and case.expect) and case.kind != "ambiguous"
    names_project = bool(case.areas and case.projects) and case.kind != "overview"
    return Result(
        case,
        prediction,
        verdict,
        right and _shows_fact(case, prediction) if asks_fact else None,
        right and _is_right_project(case, prediction) if names_project else None,
    )


def _shows_fact(case: Case, prediction: Prediction, within: int | None = None) -> bool:
    """Whether a reply shows what was asked; with `within`, starting within that number of characters."""
    found = [re.search(pattern, prediction.reply, re.IGNORECASE) for pattern in case.expect]
    return all(match is not None and (within is None or match.start() < within) for match in found)


def _is_right_project(case: Case, prediction: Prediction) -> bool:
    """Whether the first project shown is in the label; for a mixed question, the first one of every area."""
    first_of_area = {area: project for project, area in reversed(prediction.projects)}
    first = first_of_area.values() if case.kind == "mixed" else [project for project, _ in prediction.projects[:1]]
    return bool(first) and set(first) <= set(case.projects)


# --- Figures --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """The verdicts of a group of questions, and the totals that they refer to."""

    counts: Mapping[str, int]  #: by verdict, plus `fact` and `project`
    wholes: Mapping[str, int]  #: `in`, `out`, `facts` and `projects`

    def share(self, name: str) -> float | None:
        """The share of a verdict, of `fact` or of `project`; None if the group has no such question."""
        whole = self.wholes[_WHOLE_OF[name]]
        return self.counts[name] / whole if whole else None


#: Text within this many characters is in the first line on a phone.
_EARLY = 80

_WHOLE_OF: dict[str, str] = {
    **dict.fromkeys(IN_SCOPE, "in"),
    **dict.fromkeys(OUT_OF_SCOPE, "out"),
    "fact": "facts",
    "project": "projects",
}


def figures_of(results: Sequence[Result]) -> Figures:
    """The figures of a group of questions, which may be empty."""
    counts = Counter[str](result.verdict for result in results)
    counts["fact"] = sum(result.fact is True for result in results)
    counts["project"] = sum(result.project is True for result in results)
    inside = sum(bool(result.case.areas) for result in results)
    wholes = {
        "in": inside,
        "out": len(results) - inside,
        "facts": sum(result.fact is not None for result in results),
        "projects": sum(result.project is not None for result in results),
    }
    return Figures(counts, wholes)


@dataclass(frozen=True, slots=True)
class Replies:
    """The lengths of the replies to a group of questions, and how early they show what was asked."""

    median: float  #: characters
    early: float | None  #: the share of shown facts that begin within the first 80 characters; None if none is shown


def replies_of(results: Sequence[Result]) -> dict[str, Replies]:
    """The figures for all questions, and for each language."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        for name in ("all", result.case.lang):
            groups.setdefault(name, []).append(result)
    return {name: _replies(group) for name, group in sorted(groups.items())}


def _replies(results: Sequence[Result]) -> Replies:
    shown = [result for result in results if result.fact]
    early = sum(_shows_fact(result.case, result.prediction, _EARLY) for result in shown)
    median_length = median(len(result.prediction.reply) for result in results)
    return Replies(median_length, early / len(shown) if shown else None)


def groups_of(results: Sequence[Result]) -> dict[str, Figures]:
    """The figures for all questions, each language and each `kind:`, sorted by name."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        for name in ("all", result.case.lang, f"kind:{result.case.kind}"):
            groups.setdefault(name, []).append(result)
    return {name: figures_of(group) for name, group in sorted(groups.items())}


def score_table(groups: Mapping[str, Figures]) -> dict[str, Any]:
    """The figures as `score.py --json` prints them, plus `projects` and `project` in every group."""
    table: dict[str, Any] = {}
    for name, figures in groups.items():
        shares = {word: _rounded(figures.share(word)) for word in _WHOLE_OF}
        table[name] = {**figures.wholes, **shares}
    languages = [table[language] for language in LANGUAGES if language in table]
    total = sum((row["right"] or 0) - (row["wrong"] or 0) - (row["invented"] or 0) for row in languages)
    return {**table, "score": _rounded(total / len(languages) if languages else None)}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def failures_of(results: Iterable[Result]) -> list[Result]:
    """The failed questions, the worst first, otherwise in order."""
    failed = [result for result in results if result.verdict in FAILURES]
    return sorted(failed, key=lambda result: FAILURES.index(result.verdict))


#: Rows and columns of the confusion table other than areas.
NOT_LISTED, ASKED_BACK, SEVERAL, NONE = "out of scope", "asked back", "several", "none"


def confusion_of(results: Iterable[Result]) -> Counter[tuple[str, str]]:
    """How often an expected area got which answer; overviews are left out.

    A question that accepts several areas counts in the row of the one that was answered, or else of its first. An
    answer counts for its first area; one about three or more areas is the list, counted as `several`.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for result in results:
        if result.case.kind != "overview":
            answered, wanted = _answered(result.prediction), result.case.areas
            row = answered if answered in wanted else next(iter(wanted), NOT_LISTED)
            counted[row, answered] += 1
    return counted


def _answered(prediction: Prediction) -> str:
    if prediction.kind == "suggestions":
        return ASKED_BACK
    if prediction.kind != "answer" or not prediction.areas:
        return NONE
    return prediction.areas[0] if len(prediction.areas) <= 2 else SEVERAL
