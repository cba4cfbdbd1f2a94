"""Explains an answer to staff; from the same `Explanation` as `minsheng ask --explain`."""

from collections.abc import Mapping, Sequence

from bot.answers.explain import Candidate, Explanation, Feature
from bot.answers.learning.phrasings import AREA, OVERVIEW, SMALLTALK
from bot.answers.snapshot import Snapshot
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Status

#: The number of listed labels and entries, and of features.
_LISTED, _MAX_FEATURES = 3, 6

#: The signals of `bot.answers.learning.confidence` in words; a signal without a row keeps its English name.
_SIGNALS: Mapping[str, LazyMessage] = {
    "score of the best area": lazy_gettext("how well the best area fits"),
    "score of the best topic elsewhere": lazy_gettext("how well a topic elsewhere fits"),
    "score of the best small talk": lazy_gettext("how well small talk fits"),
    "nearest phrasing of the best area": lazy_gettext("similarity of the nearest phrasing of the best area"),
    "its lead over the nearest of what is no area": lazy_gettext(
        "its lead over the nearest phrasing that belongs to no area"
    ),
    "share of known words": lazy_gettext("share of known words"),
    "wealth of phrasings": lazy_gettext("how many phrasings the files have"),
    "nearest meaning of the best area": lazy_gettext("similarity of meaning to the best area"),
    "score of the second area": lazy_gettext("how well the second area fits"),
    "length": lazy_gettext("length of the question"),
    "scarcity of phrasings": lazy_gettext("how few phrasings the files have"),
    "lead over the second area": lazy_gettext("lead over the second area"),
    "lead of the nearest phrasing over those of other areas": lazy_gettext(
        "lead of the nearest phrasing over those of other areas"
    ),
    "the same by meaning alone": lazy_gettext("lead of the nearest meaning over those of other areas"),
}
#: The decision, by the kind of answer; `{subject}` names its subject.
_DECISIONS: Mapping[str, LazyMessage] = {
    "Found": lazy_gettext("I answered about {subject}."),
    "Overview": lazy_gettext("I showed the list of projects."),
    "Several": lazy_gettext("I asked back, because more than one fits: {subject}."),
    "Unsure": lazy_gettext("I was not certain enough to answer, so I offered {subject}."),
    "NotFound": lazy_gettext("I said that I cannot answer, because nothing fits well enough."),
    "Smalltalk": lazy_gettext("I took it for small talk, not for a question about a project."),
    "Emergency": lazy_gettext("I took it for an emergency and named whom to call."),
    "About": lazy_gettext("I took it for a question about me or my source."),
}


def format_explanation(explanation: Explanation, snapshot: Snapshot, translator: Translator) -> str:
    """The query, the decision, its confidence, the candidates with their nearest phrasings, and the signals."""
    gettext = translator.gettext
    blocks = [
        "\n".join(
            [gettext("Read as: “{text}”", text=explanation.question), *_used_focus(explanation, snapshot, translator)]
        ),
        "\n".join([_decision(explanation, snapshot, translator), *_certainty(explanation, snapshot, translator)]),
        _candidates(gettext("Subjects that may be meant:"), explanation.labels, snapshot, translator),
        _candidates(gettext("Projects that may be meant:"), explanation.entries, snapshot, translator),
        _features(explanation.features, translator),
        _signals(explanation, translator),
    ]
    return "\n\n".join(block for block in blocks if block)


def _used_focus(explanation: Explanation, snapshot: Snapshot, translator: Translator) -> list[str]:
    focus = explanation.leaned_on
    if focus is None:
        return []
    name = subject_title(focus.project or AREA + focus.area, snapshot, translator)
    return [translator.gettext("Understood together with what was said before: {subject}", subject=name)]


def _decision(explanation: Explanation, snapshot: Snapshot, translator: Translator) -> str:
    names = [subject_title(name, snapshot, translator) for name in explanation.about]
    if explanation.decision == "NotFound" and names:
        return translator.gettext("I said that I have no information on this topic: {subject}.", subject=names[0])
    decided = _DECISIONS[explanation.decision]
    return decided.filled(subject=translator.gettext("; ").join(names)).render(translator)


def _certainty(explanation: Explanation, snapshot: Snapshot, translator: Translator) -> list[str]:
    if explanation.decision in ("Emergency", "About"):
        return []
    return [
        translator.gettext(
            "Confidence that “{area}” is meant: {share}; that any area is meant: {any}.",
            share=f"{explanation.confidence:.0%}",
            any=f"{explanation.in_scope:.0%}",
            area=subject_title(AREA + explanation.area, snapshot, translator),
        )
    ]


def _candidates(head: str, candidates: Sequence[Candidate], snapshot: Snapshot, translator: Translator) -> str:
    lines = [_candidate(candidate, snapshot, translator) for candidate in candidates[:_LISTED]]
    return "\n".join([head, *(f"{number}. {line}" for number, line in enumerate(lines, 1))]) if lines else ""


def _candidate(candidate: Candidate, snapshot: Snapshot, translator: Translator) -> str:
    title, score = subject_title(candidate.id, snapshot, translator), f"{candidate.score:.2f}"
    if candidate.nearest is None:
        return translator.gettext("{title}: {score}; no phrasing is like the question", title=title, score=score)
    return translator.gettext(
        "{title}: {score}; nearest phrasing “{phrasing}” ({share})",
        title=title,
        score=score,
        phrasing=candidate.nearest.text,
        share=f"{candidate.nearest.similarity:.0%}",
    )


def _features(features: Sequence[Feature], translator: Translator) -> str:
    """Words and the meaning; parts of words only if there is nothing else."""
    telling = [feature for feature in features if feature.kind != "letters"] or features
    names = [
        translator.gettext("the meaning of the whole question")
        if feature.kind == "meaning"
        else translator.gettext("“{text}”", text=feature.text.strip(" _"))
        for feature in telling[:_MAX_FEATURES]
    ]
    separator = translator.gettext("; ")
    return (
        translator.gettext("What speaks for the best area: {features}", features=separator.join(names)) if names else ""
    )


def _signals(explanation: Explanation, translator: Translator) -> str:
    head = translator.gettext("What the confidence is made of (value, and what it adds or takes away):")
    lines = [
        translator.gettext(
            "{name}: {text}",
            name=signal_name(signal.name, translator),
            text=f"{signal.value:.2f} ({signal.part:+.1f})",
        )
        for signal in explanation.signals
    ]
    return "\n".join([head, *(f"• {line}" for line in lines)])


def signal_name(name: str, translator: Translator) -> str:
    """A signal in words."""
    return _SIGNALS[name].render(translator) if name in _SIGNALS else name


def subject_title(name: str, snapshot: Snapshot, translator: Translator) -> str:
    """The title of a label or an entry, or else its name."""
    knowledge, (kind, _, identifier) = snapshot.knowledge, name.rpartition(":")
    if kind + ":" == OVERVIEW:
        status = f" ({Status(identifier).info.label.render(translator)})" if identifier else ""
        return translator.gettext("the list of projects") + status
    if kind + ":" == SMALLTALK:
        return translator.gettext("small talk ({kind})", kind=identifier)
    titled = (
        knowledge.area_by_id.get(identifier)
        or knowledge.project_by_id.get(identifier)
        or snapshot.topic_by_id.get(identifier)
    )
    return titled.title.in_language(translator.language, knowledge.city.default_language) if titled else identifier
