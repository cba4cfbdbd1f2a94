"""What citizens cannot reach: projects that their own phrasings do not find, and facts that no question finds."""

from collections.abc import Callable, Iterator, Sequence

from bot.answers.answer import Found, projects_of
from bot.answers.decision import decide
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.follow_ups import Focus
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import Area, Diagnostic, Document, Fact, Project, ValuePath
from bot.knowledge.contradictions import sentences_of
from bot.knowledge.diagnostics import quoted

#: The number of phrasings of a project, and of questions of a fact, that are asked in each language.
_SAMPLE, _TRIES = 4, 4


def unreachable_facts(
    document: Document, snapshot: Snapshot, proceed: Callable[[], None] = lambda: None
) -> Iterator[Diagnostic]:
    """Projects and facts that are not found when asked for, in the way a citizen's question is answered.

    `proceed` is called before each entry; an exception that it raises stops the search.
    """
    knowledge = snapshot.knowledge
    for place, area in enumerate(knowledge.areas):
        proceed()
        yield from _lost_facts(area, ("areas", place), Focus(area.id), document, snapshot)
    for place, project in enumerate(knowledge.projects):
        proceed()
        yield from _lost_project(project, ("projects", place), document, snapshot)
        yield from _lost_title(project, ("projects", place), document, snapshot)
        yield from _lost_facts(project, ("projects", place), Focus(project.area, project.id), document, snapshot)


# --- Projects -------------------------------------------------------------------------------------------------------


def _lost_project(project: Project, path: ValuePath, document: Document, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """A warning if fewer than half of a project's phrasings find it, or if it has none."""
    asked = list(project.phrasings.sample(_SAMPLE))
    missed = _missed(asked, project, snapshot)
    if asked and 2 * len(missed) <= len(asked):
        return
    if asked:
        sentence = lazy_gettext(
            "of {asked} phrasings of {project} that were tried, {found} find it, and for instance {text} does not",
            asked=len(asked),
            project=quoted(project.id),
            found=len(asked) - len(missed),
            text=quoted(missed[0]),
        )
        hint = lazy_gettext("write more phrasings that name what only this project has")
    else:
        sentence = lazy_gettext(
            "{project} has no phrasings, so hardly any question finds it", project=quoted(project.id)
        )
        hint = lazy_gettext("write under `phrasings:` how citizens ask for it, in every language")
    yield Diagnostic(document.mark((*path, "id")), "warning", sentence, hint)


def _lost_title(project: Project, path: ValuePath, document: Document, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """A warning if a project is not found by its own title, or its summary is not, in any language."""
    titles = [(language, text) for language in LANGUAGES if (text := project.title.text_in(language))]
    begins = [sentences_of(text)[0] for language in LANGUAGES if (text := project.summary.text_in(language))]
    hint = lazy_gettext("write more phrasings that name what only this project has")
    for language, title in titles:
        if not _finds(title, project, snapshot):
            sentence = lazy_gettext(
                "{project} is not found by its own title {text}", project=quoted(project.id), text=quoted(title)
            )
            yield Diagnostic(document.mark((*path, "title", language)), "warning", sentence, hint)
            return
    if begins and not any(_finds(text, project, snapshot) for text in begins):
        sentence = lazy_gettext(
            "{project} is not found by its own summary, for instance {text}",
            project=quoted(project.id),
            text=quoted(begins[0]),
        )
        yield Diagnostic(document.key_mark((*path, "summary")), "warning", sentence, hint)


def _missed(asked: Sequence[str], project: Project, snapshot: Snapshot) -> list[str]:
    """The phrasings that do not find a project; stops trying when half of them have found it."""
    missed: list[str] = []
    for place, text in enumerate(asked):
        if 2 * (place - len(missed)) >= len(asked):
            break
        if not _finds(text, project, snapshot):
            missed.append(text)
    return missed


def _finds(text: str, project: Project, snapshot: Snapshot) -> bool:
    return project.id in projects_of(decide(text, snapshot).answer)


# --- Facts ----------------------------------------------------------------------------------------------------------


def _lost_facts(
    owner: Area | Project, path: ValuePath, focus: Focus, document: Document, snapshot: Snapshot
) -> Iterator[Diagnostic]:
    """A warning for each fact that none of its own questions finds, neither alone nor after its owner was in focus."""
    for place, fact in enumerate(owner.facts):
        questions = [text for language in LANGUAGES for text in fact.questions.texts_in(language)[:_TRIES]]
        if any(_brings(text, fact, before, snapshot) for before in (None, focus) for text in questions):
            continue
        named = {"fact": quoted(fact.id), "owner": quoted(owner.id)}
        if questions:
            sentence = lazy_gettext("none of the questions of the fact {fact} of {owner} leads to it", **named)
            hint = _reason(focus, snapshot)
        else:
            sentence = lazy_gettext("the fact {fact} of {owner} has no questions, so no question leads to it", **named)
            hint = lazy_gettext("write under `questions:` how citizens ask for it, in every language")
        yield Diagnostic(document.mark((*path, "facts", place, "id")), "warning", sentence, hint)


def _brings(text: str, fact: Fact, before: Focus | None, snapshot: Snapshot) -> bool:
    answer = decide(text, snapshot, before).answer
    return isinstance(answer, Found) and any(finding.fact == fact for finding in answer.findings)


def _reason(focus: Focus, snapshot: Snapshot) -> LazyMessage:
    if focus.project is None and len(snapshot.knowledge.projects_of(focus.area)) == 1:
        return lazy_gettext("the area has one project, and that is told instead: move the fact there")
    return lazy_gettext("make its questions more exact, or join it with the fact that is told instead")
