"""Audit entries of published versions, in the reader's language."""

import json
from collections.abc import Sequence

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge.diff import Change, format_change
from bot.people.ports import AuditEntry
from bot.publishing.ports import Version


def audit_entry(version: Version, changes: Sequence[Change], default: Language) -> AuditEntry:
    """What was published, in full and in every language, because it is read long after the file has changed again."""
    written = {
        language: [format_change(change, translator_in(language), default) for change in changes]
        for language in LANGUAGES
    }
    return AuditEntry(
        version.at,
        version.person,
        "undo" if version.origin == "undo" else "publish",
        version.digest[:12],
        "",
        json.dumps(written, ensure_ascii=False) if changes else "",
    )


def recorded_changes(entry: AuditEntry, language: Language) -> list[str]:
    """The changes in an entry, in a language; empty for an entry of an older program, which is in English."""
    if entry.act not in ("publish", "undo") or not entry.after.startswith("{"):
        return []
    changes: list[str] = json.loads(entry.after).get(language, [])
    return changes
