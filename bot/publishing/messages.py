"""Messages to staff about the knowledge file."""

from collections.abc import Iterable, Iterator, Sequence

from bot.i18n.languages import Language, language_name
from bot.i18n.message import Translator
from bot.knowledge import City, Diagnostic, KnowledgeBase
from bot.knowledge.diff import IncompleteEdit, format_changes
from bot.publishing.contradictions import Contradiction
from bot.publishing.effects import Effects
from bot.publishing.ports import Origin, Version
from bot.publishing.project_list import expected_time
from bot.publishing.results import (
    Notice,
    Preview,
    Published,
    Recovered,
    RejectedFile,
    TooManyRemoved,
    Unreadable,
    Unusable,
)
from bot.publishing.staleness import StaleArea, StaleProject

#: The most diagnostics in a message; `minsheng check` lists all of them.
_MAX_DIAGNOSTICS = 5
#: The most contradictions, and the most lost questions, in a preview.
_MAX_LINES = 9


def format_notice(notice: Notice, knowledge: KnowledgeBase, translator: Translator) -> str:
    """A notice for staff; `knowledge` is the one in use."""
    gettext, default = translator.gettext, knowledge.city.default_language
    match notice:
        case Published():
            head = gettext("The knowledge file has a new version, and I answer from it now.")
            changes = format_changes(notice.changes, translator, default)
            return _paragraphs(
                head, changes or gettext("What I say stays the same."), format_warnings(notice.warnings, translator)
            )
        case Recovered():
            return gettext("The knowledge file is in order again.")
        case _:
            ways = gettext(
                "I go on answering from the last good version. Nothing is lost: correct the file and save it again."
            )
            return _paragraphs(format_rejected_file(notice, translator), ways)


def format_rejected_file(rejected: RejectedFile, translator: Translator) -> str:
    """Why a saved file is not used, and what to do."""
    gettext = translator.gettext
    match rejected:
        case Unusable():
            head = gettext("The knowledge file was saved with errors, so I do not use it.")
            return _paragraphs(head, format_diagnostics(rejected.diagnostics, translator, "error"))
        case TooManyRemoved():
            head = gettext(
                "The knowledge file was saved with {number} of {of} projects missing. That may be a mistake, so I do "
                "not use it without a confirmation: send me /knowledge in a private chat.",
                number=len(rejected.lost),
                of=rejected.of,
            )
            return _paragraphs(head, "\n".join(f"• {project.id}" for project in rejected.lost[:20]))
        case Unreadable():
            return rejected.why.render(translator)


def format_version(version: Version, moment: str, translator: Translator) -> str:
    """When a version was published, by whom, and how."""
    gettext = translator.gettext
    teacher = version.person or gettext("the operator")
    ways: dict[Origin, str] = {
        "saved": gettext("{moment}, saved on the server", moment=moment),
        "sent": gettext("{moment}, a file sent by {person}", moment=moment, person=version.person),
        "spreadsheet": gettext("{moment}, a spreadsheet sent by {person}", moment=moment, person=version.person),
        "buttons": gettext("{moment}, changed with buttons by {person}", moment=moment, person=version.person),
        "inbox": gettext("{moment}, taught from the inbox by {person}", moment=moment, person=teacher),
        "undo": gettext("{moment}, a change undone by {person}", moment=moment, person=version.person),
    }
    return ways[version.origin]


def format_diagnostics(
    diagnostics: Sequence[Diagnostic], translator: Translator, severity: str, *, lines: bool = True
) -> str:
    """The first diagnostics of a severity with their suggestions; `lines` adds line numbers."""
    matching = [diagnostic for diagnostic in diagnostics if diagnostic.severity == severity]
    shown = [_format_diagnostic(diagnostic, translator, line=lines) for diagnostic in matching]
    return _first_lines(shown, _MAX_DIAGNOSTICS, translator)


def format_warnings(warnings: Sequence[Diagnostic], translator: Translator, *, lines: bool = True) -> str:
    """Warnings under a heading; empty if there are none."""
    head = translator.gettext("I can use it, but please check:")
    text = format_diagnostics(warnings, translator, "warning", lines=lines)
    return f"{head}\n{text}" if text else ""


def format_preview(preview: Preview, knowledge: KnowledgeBase, translator: Translator) -> str:
    """What a draft would change, with warnings, for its author."""
    gettext, default = translator.gettext, knowledge.city.default_language
    changes = format_changes(preview.changes, translator, default)
    warnings = []
    if preview.lost:
        warnings.append(
            gettext(
                "Careful: {number} of {of} projects would be missing!",
                number=len(preview.lost),
                of=len(knowledge.projects),
            )
        )
    if preview.replaces_rejected:
        warnings.append(
            gettext("The file on the server is missing or held back; publishing puts this one in its place.")
        )
    return _paragraphs(
        gettext("This would change:")
        if changes
        else gettext("What I say stays the same; only the way the file is written changes."),
        changes,
        *warnings,
        "\n".join(
            _format_incomplete_edit(edit, default, translator) for edit in preview.incomplete_edits[:_MAX_DIAGNOSTICS]
        ),
        *_format_effects(preview.effects, default, translator),
        format_warnings(preview.warnings, translator, lines=preview.draft.origin == "sent"),
    )


def _format_effects(effects: Effects, default: Language, translator: Translator) -> Iterator[str]:
    """Contradictions with suggested texts, new projects as citizens will see them, and lost questions."""
    gettext = translator.gettext
    if effects.contradictions:
        head = gettext("⚠ These texts contradict the status or a date. Until you change them, I say instead:")
        lines = [_format_contradiction(each, default, translator) for each in effects.contradictions]
        yield f"{head}\n{_first_lines(lines, _MAX_LINES, translator)}"
    for new in effects.new_projects.get(translator.language, ()):
        tried = [f"{'✓' if each.is_about_it else '✗'} {each.question} → {each.reply}" for each in new.tried]
        yield "\n\n".join([gettext("Citizens would read:"), new.card])
        yield "\n".join([gettext("Questions about it, and how my replies would begin:"), *tried])
    if effects.lost_questions:
        head = gettext("⚠ These questions are answered now and no longer would be:")
        lines = [f"• {each.question} ({each.before})" for each in effects.lost_questions]
        yield f"{head}\n{_first_lines(lines, _MAX_LINES, translator)}"


def _format_contradiction(found: Contradiction, default: Language, translator: Translator) -> str:
    gettext = translator.gettext
    place = gettext(
        "{title}, {field} ({language})",
        title=found.project.title.in_language(translator.language, default),
        field=found.field.render(translator),
        language=language_name(found.language),
    )
    instead = found.offered or gettext("nothing; please remove it")
    sentence = gettext("“{text}”", text=found.sentence)
    return "• " + gettext("{field}: {before} → {after}", field=place, before=sentence, after=instead)


def _first_lines(lines: Sequence[str], most: int, translator: Translator) -> str:
    """The first lines, then the number of the remaining ones."""
    more = [translator.gettext("Further remarks: {number}", number=len(lines) - most)] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])


def _format_incomplete_edit(edit: IncompleteEdit, default: Language, translator: Translator) -> str:
    gettext, title = translator.gettext, edit.project.title.in_language(translator.language, default)
    field, comma = edit.field.render(translator), gettext(", ")
    left = comma.join(map(language_name, edit.left))
    if not edit.changed:
        return gettext("⚠ {title}: the status changes, and its note stays as it was. Does it still fit?", title=title)
    changed = comma.join(map(language_name, edit.changed))
    return gettext(
        "⚠ {title}: {field} changes in {changed} only; people still read the old words in {left}.",
        title=title,
        field=field,
        changed=changed,
        left=left,
    )


def _format_diagnostic(diagnostic: Diagnostic, translator: Translator, *, line: bool) -> str:
    gettext, sentence = translator.gettext, diagnostic.sentence.render(translator)
    if diagnostic.suggestion:
        sentence = gettext("{sentence} ({hint})", sentence=sentence, hint=diagnostic.suggestion.render(translator))
    if not line:
        return f"• {sentence}"
    mark = diagnostic.mark
    if mark.file:
        return "• " + gettext("{file}, line {line}: {sentence}", file=mark.file, line=mark.line, sentence=sentence)
    return "• " + gettext("Line {line}: {sentence}", line=mark.line, sentence=sentence)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


# --- Stale projects ---------------------------------------------------------------------------------------------------


def format_stale(areas: Iterable[StaleArea], city: City, translator: Translator) -> str:
    """The whole list as one text, or a friendly sentence if it is empty."""
    areas = tuple(areas)
    blocks = [format_stale_head(areas, city, translator)]
    for found in areas:
        title = found.area.title.in_language(translator.language, city.default_language)
        blocks.append(
            "\n".join([title, *(f"• {format_stale_line(each, city, translator)}" for each in found.projects)])
        )
    return "\n\n".join(blocks)


def format_stale_head(areas: Iterable[StaleArea], city: City, translator: Translator) -> str:
    """The heading of the list: the number of projects, and why."""
    count = sum(len(found.projects) for found in areas)
    if not count:
        return translator.gettext("Everything is up to date: no project needs re-confirming.")
    return translator.ngettext(
        "{number} project needs re-confirming: confirmed more than {limit} days ago, or expected to be ready by now.",
        "{number} projects need re-confirming: confirmed more than {limit} days ago, or expected to be ready by now.",
        count,
        limit=city.stale_after_days,
    )


def format_stale_line(stale: StaleProject, city: City, translator: Translator) -> str:
    """One project of the list: its title and status, and each reason with its number of days."""
    project = stale.project
    title = project.title.in_language(translator.language, city.default_language)
    return translator.gettext(
        "{title} ({status}): {reasons}",
        title=title,
        status=project.status.info.label.render(translator),
        reasons=translator.gettext("; ").join(_stale_reasons(stale, city, translator)),
    )


def _stale_reasons(stale: StaleProject, city: City, translator: Translator) -> Iterator[str]:
    if stale.unconfirmed is not None:
        yield translator.ngettext(
            "confirmed {number} day ago, on {day}",
            "confirmed {number} days ago, on {day}",
            stale.unconfirmed,
            day=translator.date(stale.project.as_of),
        )
    if stale.overdue is not None:
        yield translator.ngettext(
            "expected “{time}”, which was over {number} day ago",
            "expected “{time}”, which was over {number} days ago",
            stale.overdue,
            time=expected_time(stale.project, city, translator),
        )
