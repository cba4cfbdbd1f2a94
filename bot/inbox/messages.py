"""Texts for staff about the inbox, all in plain text: what citizens wrote is shown but not interpreted."""

from collections.abc import Iterator, Sequence

from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.inbox.model import QuestionGroup, TeachingTarget, UnansweredOutcome, UnansweredQuestion
from bot.inbox.regression import BrokenAnswer
from bot.inbox.service import InboxPage
from bot.inbox.targets import title_of
from bot.inbox.teaching import Proposal, place_of
from bot.knowledge import KnowledgeBase
from bot.knowledge.diff import format_changes

#: The most characters of a question, and of today's reply; the most broken answers that are listed.
_SHOWN, _REPLY, _MAX_LINES = 160, 400, 5


def format_page(page: InboxPage, translator: Translator) -> str:
    """The groups of a page, by number, and the effect of teaching."""
    gettext, ngettext = translator.gettext, translator.ngettext
    if not page.total:
        head = gettext("The inbox is empty.")
    else:
        head = ngettext(
            "{number} group of unanswered questions waits.", "{number} groups of unanswered questions wait.", page.total
        )
    gained = ngettext(
        "{number} citizen got an answer this week that you taught.",
        "{number} citizens got an answer this week that you taught.",
        page.gained,
    )
    lines = [
        f"#{group.id} · {_times(group.count, translator)}\n{_quoted(examples)}"
        for group, examples in zip(page.groups, page.examples, strict=True)
    ]
    return "\n\n".join([head, *([gained] if page.gained else []), *lines])


def _times(number: int, translator: Translator) -> str:
    return translator.ngettext("asked {number} time", "asked {number} times", number)


def _quoted(examples: Sequence[UnansweredQuestion]) -> str:
    return "\n".join(f"  • {shorten(question.text, _SHOWN)}" for question in examples)


def format_group(
    group: QuestionGroup,
    examples: Sequence[UnansweredQuestion],
    marked: Sequence[bool],
    reply: str,
    translator: Translator,
) -> str:
    """A group: how often it was asked, its examples, and the bot's current reply."""
    gettext = translator.gettext
    lines = [
        f"{'☑' if mark else '☐'} {place}. {_with_outcome(question, translator)}"
        for place, (question, mark) in enumerate(zip(examples, marked, strict=True), 1)
    ]
    return "\n\n".join(
        [
            f"#{group.id} · {_times(group.count, translator)}",
            "\n".join(lines),
            gettext("To the first example I would say today:") + f"\n{shorten(reply, _REPLY)}",
            gettext("What are the marked examples about?"),
        ]
    )


def _with_outcome(question: UnansweredQuestion, translator: Translator) -> str:
    return translator.gettext(
        "{sentence} ({hint})", sentence=shorten(question.text, _SHOWN), hint=_outcome(question.outcome, translator)
    )


def _outcome(outcome: UnansweredOutcome, translator: Translator) -> str:
    gettext = translator.gettext
    words: dict[UnansweredOutcome, str] = {
        "not_found": gettext("no answer"),
        "unsure": gettext("unsure"),
        "none_of_these": gettext("none of these"),
        "repeated": gettext("asked again"),
        "not_helpful": gettext("not helpful"),
    }
    return words[outcome]


def format_proposal(proposal: Proposal, knowledge: KnowledgeBase, translator: Translator) -> str:
    """What publishing would change."""
    gettext, default = translator.gettext, knowledge.city.default_language
    after = proposal.preview.knowledge
    title = title_of(proposal.target, after, translator)
    tried = [f"{'✓' if each.is_right else '✗'} {shorten(each.text, _SHOWN)}" for each in proposal.tried]
    asked = gettext(
        "Asked again: {labelled} labelled questions and {digests} questions answered in the last 30 days. No answer is "
        "lost.",
        labelled=proposal.labelled,
        digests=proposal.digests,
    )
    return "\n\n".join(
        [
            gettext("This would change:"),
            format_changes(proposal.preview.changes, translator, default),
            *_new_texts(proposal, knowledge, translator),
            gettext("Then I answer these with “{title}” (✗: still not):", title=title) + "\n" + "\n".join(tried),
            asked,
        ]
    )


def _new_texts(proposal: Proposal, knowledge: KnowledgeBase, translator: Translator) -> Iterator[str]:
    """What citizens would read of a new project or fact, whose source its author did not give."""
    gettext = translator.gettext
    projects = proposal.preview.effects.new_projects.get(translator.language, ())
    shown = [new.card for new in projects]
    if proposal.target.kind == "fact" and place_of(proposal.target, knowledge) is None:
        shown.append(proposal.replies[translator.language])
    for text in shown:
        yield gettext("Citizens would read:") + f"\n\n{text}"
    if shown:
        yield gettext("If it comes from another source than the one shown, write it into the knowledge file instead.")


def format_broken(answers: Sequence[BrokenAnswer], knowledge: KnowledgeBase, translator: Translator) -> str:
    """Why a proposal was refused: which phrasing would break which answers."""
    gettext = translator.gettext
    head = gettext("I cannot teach this: it would break other answers, so nothing was changed.")
    lines = list(_broken_lines(answers, knowledge, translator))
    return "\n".join([head, *lines[:_MAX_LINES]])


def _broken_lines(answers: Sequence[BrokenAnswer], knowledge: KnowledgeBase, translator: Translator) -> Iterator[str]:
    gettext = translator.gettext
    for each in answers:
        owner = each.before.removeprefix("topic:")
        lost = title_of(TeachingTarget("project", owner), knowledge, translator)
        asked = shorten(each.question, _SHOWN)
        question = gettext("“{text}”", text=asked) if asked else gettext("a question that citizens asked")
        if each.phrasing:
            yield gettext(
                "• With “{phrasing}”, {question} would no longer lead to “{lost}”.",
                phrasing=shorten(each.phrasing, _SHOWN),
                question=question,
                lost=lost,
            )
        else:
            yield gettext("• {question} would no longer lead to “{lost}”.", question=question, lost=lost)
