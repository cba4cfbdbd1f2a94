"""Smaller knowledge files made from a large one, to measure how much the answers owe to its phrasings.

    python -m tests.evaluation_data.prune SOURCE --kind three|areas OUT

three   every statement stays; every project, area and fact keeps at most 3 ways of asking a language; no everyday
        words, no topics elsewhere
areas   only the areas: title, overview, the statements of their facts, 10 of their phrasings a language. Because a file
        needs projects, each area has one, with the area's own title and overview and with no ways of asking.

The choice is by hash of the text, so the same file always gives the same choice.
"""

import hashlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import yaml

from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, Fact, KnowledgeBase, Phrasings, Project, Summary, Translated
from bot.publishing.files.load import load

Entry = TypeVar("Entry", Area, Project)


class Kind(StrEnum):
    """What stays."""

    THREE = "three"
    AREAS = "areas"


def prune(knowledge: KnowledgeBase, kind: Kind) -> KnowledgeBase:
    """The same city with fewer ways of asking, and without topics elsewhere."""
    return _with_three(knowledge) if kind is Kind.THREE else _areas_only(knowledge)


def with_at_most(knowledge: KnowledgeBase, phrasings: int) -> tuple[KnowledgeBase, int]:
    """The same city with at most this many ways of asking in all, and how many an entry keeps in a language at most.

    Everyday words go; topics elsewhere stay, with as many ways of asking as the entries.
    """
    most = 1
    while phrasings_in(_with_few(knowledge, most + 1)) <= phrasings:
        most += 1
    return _with_few(knowledge, most), most


def phrasings_in(knowledge: KnowledgeBase) -> int:
    """All ways of asking of a file, with those of facts and of topics elsewhere, without everyday words."""
    entries: list[Area | Project] = [*knowledge.areas, *knowledge.projects]
    asked = [entry.phrasings for entry in entries] + [topic.phrasings for topic in knowledge.topics_elsewhere]
    asked += [fact.questions for entry in entries for fact in entry.facts]
    return sum(len(list(phrasings.by_language())) for phrasings in asked)


def _with_few(knowledge: KnowledgeBase, most: int) -> KnowledgeBase:
    topics = tuple(
        topic.model_copy(update={"phrasings": _few(most, topic.phrasings)}) for topic in knowledge.topics_elsewhere
    )
    return knowledge.model_copy(
        update={
            "areas": tuple(_with_few_ways(area, most) for area in knowledge.areas),
            "projects": tuple(_with_few_ways(project, most) for project in knowledge.projects),
            "topics_elsewhere": topics,
        }
    )


def _with_three(knowledge: KnowledgeBase) -> KnowledgeBase:
    return _with_few(knowledge, 3).model_copy(update={"topics_elsewhere": ()})


def _with_few_ways(entry: Entry, most: int) -> Entry:
    facts = tuple(fact.model_copy(update={"questions": _few(most, fact.questions)}) for fact in entry.facts)
    kept = {"words": Phrasings(), "phrasings": _few(most, entry.phrasings), "facts": facts}
    return entry.model_copy(update=kept)


def _areas_only(knowledge: KnowledgeBase) -> KnowledgeBase:
    areas = tuple(_bare(area) for area in knowledge.areas)
    projects = tuple(_only_project(area, knowledge.projects_of(area.id)[0]) for area in knowledge.areas)
    return knowledge.model_copy(update={"areas": areas, "projects": projects, "topics_elsewhere": ()})


def _bare(area: Area) -> Area:
    facts = tuple(Fact(id=fact.id, answers=fact.answers, statement=fact.statement) for fact in area.facts)
    return Area(id=area.id, title=area.title, overview=area.overview, phrasings=_few(10, area.phrasings), facts=facts)


def _only_project(area: Area, first: Project) -> Project:
    return Project(
        id=f"{area.id}-all"[:40],
        area=area.id,
        title=area.title,
        status=first.status,
        as_of=first.as_of,
        summary=_shortened(area.overview),
        source=first.source,
    )


def _shortened(text: Translated) -> Summary:
    """As many of the first characters as a summary may have, up to the end of a word."""
    shorter = {}
    for language in LANGUAGES:
        written = text.text_in(language) or ""
        kept = written[: Summary.limit - 1]
        shorter[language] = written if len(written) <= Summary.limit else f"{kept.rpartition(' ')[0] or kept}…"
    return Summary(**shorter)


def _few(number: int, asked: Phrasings) -> Phrasings:
    """At most `number` ways of asking in each language."""
    return Phrasings(
        **{language: tuple(sorted(asked.texts_in(language), key=_digest)[:number]) for language in LANGUAGES}
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def to_yaml(knowledge: KnowledgeBase) -> str:
    """The text of a knowledge file."""
    values: dict[str, Any] = json.loads(knowledge.model_dump_json(exclude_none=True, exclude_defaults=True))
    hours = knowledge.city.quiet_hours
    values["city"]["quiet_hours"] = {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"}
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000)


def main(
    source: Annotated[Path, typer.Argument(help="The knowledge to start from.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    kind: Annotated[Kind, typer.Option(help="What stays.")],
) -> None:
    """Write a smaller knowledge file."""
    knowledge = load(source).knowledge
    if knowledge is None:
        raise typer.BadParameter(f"{source} is not usable knowledge; run `minsheng check`")
    out.write_text(to_yaml(prune(knowledge, kind)), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
