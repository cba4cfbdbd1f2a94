"""The changes of a draft in a newer version of the knowledge, where a colleague has changed something else."""

from collections.abc import Iterator

from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase, Project
from bot.knowledge.edits import EDITABLE, Edit
from bot.knowledge.fields import Translated


def edits_apart(base: KnowledgeBase, draft: KnowledgeBase, live: KnowledgeBase) -> list[Edit]:
    """The edits that buttons made from `base` to `draft`; none if a project of theirs is another one in `live`."""
    edited = [project for project in draft.projects if base.project_by_id.get(project.id) != project]
    before = [base.project_by_id.get(project.id) for project in edited]
    edits: list[Edit] = []
    for old, new in zip(before, edited, strict=True):
        if old is None or live.project_by_id.get(new.id) != old:
            return []
        edits += _edits_of(old, new)
    return edits


def _edits_of(old: Project, new: Project) -> Iterator[Edit]:
    for name, info in EDITABLE.items():
        before, after = getattr(old, name), getattr(new, name)
        if info.kind == "text":
            yield from (Edit(new.id, name, *text) for text in _texts_changed(before, after))
        elif before != after:
            yield Edit(new.id, name, None, None if after is None else str(after))
    statements = {fact.id: fact.statement for fact in old.facts}
    for fact in new.facts:
        for language, text in _texts_changed(statements.get(fact.id), fact.statement):
            yield Edit(new.id, "statement", language, text, fact.id)


def _texts_changed(old: Translated | None, new: Translated | None) -> Iterator[tuple[Language, str | None]]:
    for language in LANGUAGES:
        before, after = (text.text_in(language) if text else None for text in (old, new))
        if before != after:
            yield language, after
