"""Several details in one message: two facts of a project, or two projects of an area.

“When is the pool finished, and how much does it cost?” names the pool once. A part without a subject belongs to the
project that another part names. Parts about different areas are answered in `decision`.
"""

from collections.abc import Sequence

from bot.answers.answer import Finding
from bot.answers.findings import finding_in
from bot.answers.follow_ups import STANDS_ALONE, Focus
from bot.answers.interpretation import LONG_STORY, Interpretation, each_part
from bot.answers.snapshot import Snapshot
from bot.answers.vocabulary import QueryAnalysis, analyze_query

#: More details than this are a form to fill in.
_MOST_DETAILS = 3


def each_detail(whole: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> tuple[Finding, ...]:
    """What each part asks for, where all parts ask for projects of one area; none where there is one question."""
    if whole.by_meaning or len(whole.query.tokens) > LONG_STORY or whole.confidence < STANDS_ALONE:
        return ()
    parts = each_part(whole, snapshot)
    if not 1 < len(parts) <= _MOST_DETAILS:
        return ()
    area = whole.areas[0][0]
    analyses = [analyze_query(part.query, snapshot.vocabulary) for part in parts]
    named = _named(area, parts, analyses, snapshot)
    if not any(named):
        return ()
    findings = [_detail(area, part, named[place], named, snapshot) for place, part in enumerate(parts)]
    told = _without_repetition([each for each in findings if each])
    return told if len(told) > 1 and (meant.aspects or _projects(told) > 1) else ()


def _named(
    area: str, parts: Sequence[Interpretation], analyses: Sequence[QueryAnalysis], snapshot: Snapshot
) -> list[Finding | None]:
    """What the parts with a subject are about; None for one without, or about no project of the area."""
    found = [
        finding_in(area, part, meant, snapshot) if meant.content and part.areas[0][0] == area else None
        for part, meant in zip(parts, analyses, strict=True)
    ]
    return [finding if finding and finding.match.project else None for finding in found]


def _detail(
    area: str, part: Interpretation, own: Finding | None, named: Sequence[Finding | None], snapshot: Snapshot
) -> Finding | None:
    """What a part asks for: of the project that it names, or else of the one that another part names."""
    if own:
        return own
    meant = analyze_query(part.query, snapshot.vocabulary)
    project = next(finding.match.project for finding in named if finding)
    if not meant.aspects or project is None:
        return None
    finding = finding_in(area, part, meant, snapshot, Focus(area, project.id))
    same = finding.match.project is not None and finding.match.project.id == project.id
    return finding if same else None


def _without_repetition(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings without a second one of the same project that tells nothing else."""
    told: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        detail = finding.fact.id if finding.fact else finding.left_open or ""
        told.setdefault((finding.match.id, detail), finding)
    return tuple(told.values())


def _projects(findings: Sequence[Finding]) -> int:
    return len({finding.match.id for finding in findings})
