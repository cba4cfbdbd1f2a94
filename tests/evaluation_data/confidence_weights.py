"""Fit the weights of `bot/answers/learning/confidence.py` to questions asked of many small knowledge files.

    python -m tests.evaluation_data.confidence_weights [--files 40] [--seed 7]

Each file is a part of the shipped one: four to six areas, one or all languages, few or many ways of asking an entry,
with or without everyday words, topics elsewhere and questions of facts. It is asked a sample of the questions of
`citizens` and `city`, and some keyboard mashing. A question about an area that was left out is out of scope, but counts
`_LEFT_OUT` of another: no city is asked so often about what nearly stands in its list. Another town of the same size,
`third_city`, counts as `_THIRD_CITY` such files, with every second of its questions. Within a file, questions in scope
count `_IN_SCOPE` together, and the others the rest. Left out are `held`, `general`, the second city and the other half
of the third one, so that they still measure something.
"""

import json
import random
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import typer

from bot.answers.learning.confidence import Signals
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.interpretation import interpret
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import Area, KnowledgeBase, Phrasings, Project
from bot.matching.calibration import Calibration, calibrate
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from tests.console import CASES, KNOWLEDGE, shipped_embedder

_SETS = ("citizens/dev.jsonl", "city/questions.jsonl")
_IN_SCOPE, _LEFT_OUT, _THIRD_CITY = 0.8, 0.3, 6
_SAMPLE = 330
_WAYS = (0, 1, 2, 3, 3, 5, 5, 10, 10, 30, 60, 100, 200, 999)
_KEYS: dict[Language, str] = {"en": "asdfghjklqwertyuiopzxcvbnm", "ru": "фывапролджэйцукенгшщзхъячсмитьбю"}

#: Signals, whether an area of the file was meant, whether the best one was right, and what the question counts.
Observation = tuple[Signals, bool, bool, float]


def main(files: Annotated[int, typer.Option()] = 40, seed: Annotated[int, typer.Option()] = 7) -> None:
    """Print the weights of both calibrations."""
    knowledge, third = load(KNOWLEDGE).knowledge, load(CASES / "third_city" / "projects.yaml").knowledge
    assert knowledge is not None
    assert third is not None
    rng = random.Random(seed)
    questions = [*_questions(*_SETS), *_mashing(rng)]
    observed = [one for _ in range(files) for one in _observe_part(knowledge, rng.sample(questions, _SAMPLE), rng)]
    town = prepare(third, "third", embedder=shipped_embedder())
    tuned = list(_questions("third_city/questions.jsonl"))[::2]
    observed += _observe(town, tuned, LANGUAGES) * _THIRD_CITY
    importance = np.array([weight for *_, weight in observed])
    meant = np.array([inside for _, inside, _, _ in observed])
    right = np.array([right for _, _, right, _ in observed], np.float64)
    in_scope = np.array([signals.in_scope() for signals, *_ in observed])
    right_area = np.array([signals.right_area() for signals, *_ in observed])
    _print("in_scope", calibrate(in_scope, meant.astype(np.float64), importance))
    _print("right_area", calibrate(right_area[meant], right[meant], importance[meant]))


def _print(name: str, fitted: Calibration) -> None:
    weights = fitted.weights / np.append(fitted.spread, 1)
    typer.echo(f"{name} {np.round(weights, 2).tolist()} {np.round(fitted.middle, 3).tolist()}")


def _questions(*names: str) -> Iterator[dict[str, Any]]:
    for name in names:
        rows = map(json.loads, (CASES / name).read_text(encoding="utf-8").splitlines())
        yield from (row for row in rows if row["kind"] != "overview" and not row.get("context"))


def _mashing(rng: random.Random) -> Iterator[dict[str, Any]]:
    for language, keys in _KEYS.items():
        for _ in range(20):
            yield {"lang": language, "text": "".join(rng.choices(keys, k=rng.randint(3, 12))), "areas": []}


def _observe_part(knowledge: KnowledgeBase, questions: list[dict[str, Any]], rng: random.Random) -> list[Observation]:
    areas = set(rng.sample(sorted(knowledge.area_by_id), rng.choice((4, 5, 5, 6, 6, 6))))
    languages = rng.choice([*((language,) for language in LANGUAGES), LANGUAGES, LANGUAGES])
    part = _part_of(knowledge, areas, languages, rng)
    return _observe(prepare(part, "part", embedder=shipped_embedder()), questions, languages)


def _observe(snapshot: Snapshot, questions: list[dict[str, Any]], languages: tuple[Language, ...]) -> list[Observation]:
    areas = set(snapshot.knowledge.area_by_id)
    rows: list[tuple[Signals, bool, bool, float]] = []
    for question in questions:
        if question["lang"] in languages:
            interpretation, _ = interpret(question["text"], snapshot)
            wanted = areas.intersection(question["areas"])
            counts = _LEFT_OUT if question["areas"] and not wanted else 1.0
            rows.append((interpretation.signals, bool(wanted), interpretation.areas[0][0] in wanted, counts))
    wholes = {meant: sum(counts for _, here, _, counts in rows if here is meant) or 1.0 for meant in (True, False)}
    share = {True: _IN_SCOPE, False: 1 - _IN_SCOPE}
    return [(signals, meant, right, counts * share[meant] / wholes[meant]) for signals, meant, right, counts in rows]


def _part_of(
    knowledge: KnowledgeBase, areas: set[str], languages: tuple[Language, ...], rng: random.Random
) -> KnowledgeBase:
    ways = rng.choice(_WAYS)
    words, of_facts = (999 if rng.random() < 0.3 else 0), (ways if rng.random() < 0.7 else 0)

    def few(phrasings: Phrasings, most: int) -> Phrasings:
        texts = {language: list(getattr(phrasings, language)) for language in LANGUAGES}
        kept = {name: rng.sample(own, min(most, len(own))) if name in languages else [] for name, own in texts.items()}
        return Phrasings.model_validate(kept)

    def smaller(entry: Any) -> Any:
        facts = tuple(fact.model_copy(update={"questions": few(fact.questions, of_facts)}) for fact in entry.facts)
        kept = {"phrasings": few(entry.phrasings, ways), "words": few(entry.words, words), "facts": facts}
        return entry.model_copy(update=kept)

    kept_areas: tuple[Area, ...] = tuple(smaller(area) for area in knowledge.areas if area.id in areas)
    projects: tuple[Project, ...] = tuple(smaller(each) for each in knowledge.projects if each.area in areas)
    own_topics = rng.random() < (0.75 if ways >= 30 else 0.15)
    topics = tuple(
        topic.model_copy(update={"phrasings": few(topic.phrasings, ways)})
        for topic in (knowledge.topics_elsewhere if own_topics else ())
    )
    return knowledge.model_copy(update={"areas": kept_areas, "projects": projects, "topics_elsewhere": topics})


if __name__ == "__main__":
    typer.run(main)
