"""Several details in one message: two facts of a project, or two projects of an area.

“When is the pool finished, and how much does it cost?” names the pool once. A part without a subject belongs to the
project that another part names. Parts about different areas are answered in `decision`.
"""

from collections.abc import Sequence

from bot.answers.answer import Finding
from bot.answers.learning.vocabulary import QueryAnalysis, analyze_query
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.findings import finding_in
from bot.answers.understanding.follow_ups import STANDS_ALONE, Focus
from bot.answers.understanding.interpretation import LONG_MESSAGE, Interpretation, Parts
from bot.knowledge import Project

#: A message with more details is a form to fill in.
_MAX_DETAILS = 3


def each_detail(whole: Interpretation, parts: Parts, snapshot: Snapshot) -> tuple[Finding, ...]:
    """One finding per part, if all parts ask about projects of one area; empty if there is only one question."""
    if whole.by_meaning or len(whole.query.tokens) > LONG_MESSAGE or whole.confidence < STANDS_ALONE:
        return ()
    area = whole.areas[0][0]
    if not 1 < len(parts.queries) <= _MAX_DETAILS or area not in parts.areas:
        return ()
    analyses = [analyze_query(query, snapshot.vocabulary) for query in parts.queries]
    asking = sum(bool(analysis.aspects) for analysis in analyses)
    if asking < 2 and parts.areas.count(area) < 2:  # at most one part has a detail or a project of its own
        return ()
    named = _named(area, parts.interpretations, analyses, snapshot)
    if not any(named):
        return ()
    subject = next(finding.match.project for finding in named if finding)
    findings = [
        own or _detail(part, meant, subject, snapshot)
        for part, meant, own in zip(parts.interpretations, analyses, named, strict=True)
    ]
    details = _without_repetition(
        [(found, meant) for found, meant in zip(findings, analyses, strict=True) if found is not None]
    )
    return details if len(details) > 1 and (asking > 1 or _projects(details) > 1) else ()


def _named(
    area: str, parts: Sequence[Interpretation], analyses: Sequence[QueryAnalysis], snapshot: Snapshot
) -> list[Finding | None]:
    """For each part, the project that it is about; None if it has no subject or no project of the area."""
    found = [
        finding_in(area, part, meant, snapshot)
        if meant.content and part.areas[0][0] == area and part.confidence >= STANDS_ALONE
        else None
        for part, meant in zip(parts, analyses, strict=True)
    ]
    return [finding if finding and finding.match.project else None for finding in found]


def _detail(part: Interpretation, meant: QueryAnalysis, subject: Project | None, snapshot: Snapshot) -> Finding | None:
    """The detail of `subject` that a part without a subject asks for; None if it asks for no detail."""
    if not meant.aspects or subject is None:
        return None
    finding = finding_in(subject.area, part, meant, snapshot, Focus(subject.area, subject.id))
    same = finding.match.project is not None and finding.match.project.id == subject.id
    return finding if same else None


def _without_repetition(findings: Sequence[tuple[Finding, QueryAnalysis]]) -> tuple[Finding, ...]:
    """The findings without those that say nothing new about the same project."""
    details: dict[tuple[str, str], Finding] = {}
    for finding, meant in findings:
        details.setdefault((finding.match.id, _detail_of(finding, meant)), finding)
    with_details = {project for project, detail in details if detail}
    return tuple(each for (project, detail), each in details.items() if detail or project not in with_details)


def _detail_of(finding: Finding, meant: QueryAnalysis) -> str:
    """What a finding says beyond its card; for a completion date, which the card shows, that it was asked for."""
    if finding.fact:
        return finding.fact.id
    dated = meant.asks_aspect(("when",)) and finding.match.project and finding.match.project.expected_completion
    return finding.left_open or ("when" if dated else "")


def _projects(findings: Sequence[Finding]) -> int:
    return len({finding.match.id for finding in findings})
