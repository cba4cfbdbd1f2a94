"""The possible targets of a group, with short stable references for buttons."""

import hashlib
from collections.abc import Iterator

from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.inbox.model import TeachingTarget
from bot.knowledge import INTENTS, Area, Aspect, Intent, KnowledgeBase, Project

ASPECT_NAMES: dict[Aspect, LazyMessage] = {
    "when": lazy_gettext("When?"),
    "where": lazy_gettext("Where?"),
    "how-many": lazy_gettext("How many?"),
    "which": lazy_gettext("Which?"),
    "who": lazy_gettext("Who?"),
    "for-whom": lazy_gettext("For whom?"),
    "cost": lazy_gettext("How much does it cost?"),
    "why": lazy_gettext("Why?"),
    "how": lazy_gettext("How?"),
    "progress": lazy_gettext("What is the status now?"),
}
INTENT_NAMES: dict[Intent, LazyMessage] = {
    "greeting": lazy_gettext("A greeting"),
    "thanks": lazy_gettext("Thanks"),
    "goodbye": lazy_gettext("A farewell"),
    "who-are-you": lazy_gettext("Who are you?"),
    "human": lazy_gettext("A request to talk to a person"),
    "how-are-you": lazy_gettext("How are you?"),
    "praise": lazy_gettext("Praise"),
    "insult": lazy_gettext("An insult"),
    "agreement": lazy_gettext("Agreement"),
    "overview": lazy_gettext("A request for the list of projects"),
}


def all_targets(knowledge: KnowledgeBase) -> Iterator[TeachingTarget]:
    """Every possible target of a group."""
    entries: tuple[Area | Project, ...] = (*knowledge.areas, *knowledge.projects)
    for entry in entries:
        yield TeachingTarget("area" if isinstance(entry, Area) else "project", entry.id)
        yield from (TeachingTarget("fact", f"{entry.id}/{fact.id}") for fact in entry.facts)
    yield from (TeachingTarget("topic", topic.id) for topic in knowledge.topics_elsewhere)
    yield from (TeachingTarget("smalltalk", intent) for intent in INTENTS)


def reference_of(target: TeachingTarget) -> str:
    """Eight characters that identify a target in a button."""
    return hashlib.blake2b(f"{target.kind}:{target.id}".encode(), digest_size=4).hexdigest()


def target_by_reference(reference: str, knowledge: KnowledgeBase) -> TeachingTarget | None:
    """The target, or None if the knowledge no longer contains it."""
    return next((each for each in all_targets(knowledge) if reference_of(each) == reference), None)


def title_of(target: TeachingTarget, knowledge: KnowledgeBase, translator: Translator) -> str:
    """The title of a target for staff; its id if the knowledge no longer contains it."""
    if target.kind == "smalltalk":
        return next((name.render(translator) for key, name in INTENT_NAMES.items() if key == target.id), target.id)
    owner, _, fact_id = target.id.partition("/")
    entry = knowledge.project_by_id.get(owner) or knowledge.area_by_id.get(owner) or knowledge.topic_by_id.get(owner)
    if entry is None:
        return target.id
    default = knowledge.city.default_language
    title = entry.title.in_language(translator.language, default)
    facts = () if target.kind != "fact" or not isinstance(entry, Area | Project) else entry.facts
    fact = next((each for each in facts if each.id == fact_id), None)
    return f"{title}: {fact.statement.in_language(translator.language, default)}" if fact else title
