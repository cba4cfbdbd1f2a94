"""Questions that depend on what the chat talked about: "and when?", "the second one", "what about Daoli?"."""

from dataclasses import dataclass, replace

from bot.answers.learning.vocabulary import QueryAnalysis, analyze_query
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import PLAIN_ASPECTS, most_told_by_a_fact
from bot.answers.understanding.interpretation import Interpretation
from bot.answers.understanding.patterns import PATTERNS
from bot.answers.understanding.stated import asks_how_it_goes
from bot.knowledge import Project
from bot.matching.features import numbered_terms, stem
from bot.matching.normalize import Query, to_query


@dataclass(frozen=True, slots=True)
class Focus:
    """What a chat talked about last, as ids, because the knowledge may change in between."""

    area: str
    project: str | None = None


_REJECTS = PATTERNS.any_of("rejects")
_OMITS_THE_NOUN = PATTERNS.any_of("omits_the_noun")
#: A question with at least this confidence is complete without the focus.
STANDS_ALONE = 0.6
#: The same for a short question about a detail ("how many places") that fits the focus.
_SURELY_STANDS_ALONE = 0.95
#: A question with at most this many content words is short.
_FEW_WORDS = 2
#: A message with at most this many content words may continue the conversation,
FEW_SUBJECTS = 3
#: if its confidence is lower than this.
_SURE_OF_NOTHING = STANDS_ALONE
#: A message that neither refers back nor asks for a detail continues only if it is about the list with at least this
#: probability.
_PERHAPS_IN_SCOPE = 0.1
#: A message without a subject is about a topic elsewhere from this score on.
_CLEARLY_TOPIC = 0.5
#: A question fits the focus if this share of its words is used for it.
_MOSTLY_KNOWN = 0.5
#: A message whose best area is that of the focus continues the conversation from this score of the area on.
_SAME_AREA = 0.2
#: The focus is as likely as the best area if it has this share of its score.
_NEARLY = 0.5
#: From this score on a question is about a topic elsewhere instead of the focus.
TOPIC_WINS_FROM = 0.3


def depends_on_context(interpretation: Interpretation, meant: QueryAnalysis, focus: Focus, snapshot: Snapshot) -> bool:
    """Whether a question only makes sense together with the focus."""
    if focus.area not in snapshot.knowledge.area_by_id or _REJECTS.match(interpretation.query.text):
        return False
    points_back = meant.points_back or _OMITS_THE_NOUN.match(interpretation.query.text) is not None
    if not meant.content:
        return bool(meant.aspects) or points_back or interpretation.topic[1] < _CLEARLY_TOPIC
    if focus.project and asks_how_it_goes(meant) and interpretation.topic[1] < _CLEARLY_TOPIC:
        return True
    best, score = interpretation.areas[0]
    fits = _share_known(meant, focus, snapshot) >= _MOSTLY_KNOWN
    nearly = dict(interpretation.areas)[focus.area] >= _NEARLY * score
    one_word = len(meant.content) == 1 and points_back  # "and the pipes?"
    asks_detail = (
        len(meant.content) <= _FEW_WORDS and fits and (bool(meant.aspects) or one_word or (points_back and nearly))
    )
    if best != focus.area and interpretation.confidence >= (_SURELY_STANDS_ALONE if asks_detail else STANDS_ALONE):
        return False
    if interpretation.topic[1] >= max(TOPIC_WINS_FROM, score):
        # "Opening when?" is about the focus, although opening hours are a general topic of every city.
        is_general = interpretation.topic[0] != interpretation.own_topic[0]
        short = len(meant.content) < _FEW_WORDS and meant.asks_aspect(PLAIN_ASPECTS)
        if focus.project is None:  # "and when will they open?" after several of them
            return is_general and short and points_back
        return is_general and (short or _fits_project(focus.project, meant, snapshot))
    if fits or (best == focus.area and score > _SAME_AREA):
        return True
    # "What colour is my bicycle" names a subject, which is not in the list.
    has_no_subject = points_back or bool(meant.aspects) or len(meant.content) < _FEW_WORDS
    goes_on = has_no_subject or interpretation.in_scope >= _PERHAPS_IN_SCOPE
    sure_of_nothing = len(meant.content) <= FEW_SUBJECTS and interpretation.confidence < _SURE_OF_NOTHING
    return goes_on and sure_of_nothing and interpretation.topic[1] < TOPIC_WINS_FROM


_SEVERAL = PATTERNS.any_of("several")


def asks_for_several(query: Query) -> bool:
    """Whether a message asks which things of a kind there are, as opposed to one of them."""
    return _SEVERAL.search(query.text) is not None


def _fits_project(project: str, meant: QueryAnalysis, snapshot: Snapshot) -> bool:
    """Whether one fact of a project says most of the content words, or all of them, if few, are used for the project.

    "How deep is the water?" after a pool with a fact about its depth; "will it be heated?".
    """
    known = snapshot.knowledge.project_by_id.get(project)
    if known and most_told_by_a_fact(known, meant, snapshot) > _MOSTLY_KNOWN:
        return True
    words = snapshot.engine.learned.words_of_entry.get(project, frozenset())
    return len(meant.content) <= _FEW_WORDS and all(word in words or stem(word) in words for word in meant.content)


def _share_known(meant: QueryAnalysis, focus: Focus, snapshot: Snapshot) -> float:
    """The share of the content words that is used for the area of the focus."""
    words = snapshot.engine.learned.words_of_area.get(focus.area, frozenset())
    return sum(word in words or stem(word) in words for word in meant.content) / len(meant.content)


_REST, _OTHERS = PATTERNS.any_of("rest"), PATTERNS.any_of("others")
#: "The other one" is asked for in a message of at most this many words.
_FEW_TOKENS = 7


def picked(query: Query, focus: Focus, snapshot: Snapshot) -> Focus | None:
    """What a message picks from the focus, or None.

    A number or "the other one" picks a project, "what else?" after a project its area.
    """
    if focus.area not in snapshot.knowledge.area_by_id:
        return None
    if project := _other_project(query, focus, snapshot) or counted_project(query, focus, snapshot):
        return Focus(focus.area, project.id)
    return Focus(focus.area) if focus.project and _REST.fullmatch(query.text.rstrip("?？.!。 ")) else None


def _other_project(query: Query, focus: Focus, snapshot: Snapshot) -> Project | None:
    """The only other project of the area, or of a fact about two projects, one of which was shown."""
    if not _OTHERS.search(query.text) or len(query.tokens) > _FEW_TOKENS:
        return None
    projects = snapshot.knowledge.projects_of(focus.area)
    pairs = [fact.concerns for fact in snapshot.knowledge.area_by_id[focus.area].facts]
    pairs.append(tuple(project.id for project in projects))
    others = {other for pair in pairs if len(pair) == 2 and focus.project in pair for other in pair}
    others.discard(focus.project or "")
    return snapshot.knowledge.project_by_id.get(others.pop()) if len(others) == 1 else None


def counted_project(query: Query, focus: Focus, snapshot: Snapshot) -> Project | None:
    """The project of the focused area that a message selects by a bare number, or None.

    "The second one" is the project with that number in its title or, if no title has a number, the second project on
    the card of the area.
    """
    number, *more = [token for token in query.tokens if token.isdecimal()] or [""]
    words = tuple(token for token in query.tokens if token != number)
    if not number or more or analyze_query(replace(query, tokens=words), snapshot.vocabulary).content:
        return None
    projects = snapshot.knowledge.projects_of(focus.area)
    numbers = {project.id: _numbers_in_title(project) for project in projects}
    if not any(numbers.values()):
        place = int(number)
        return projects[place - 1] if 1 <= place <= len(projects) else None
    named = [project for project in projects if number in numbers[project.id]]
    return named[0] if len(named) == 1 else None


def _numbers_in_title(project: Project) -> set[str]:
    """The numbers next to a word of a title: "2" of "Second Municipal Hospital"."""
    texts = project.title.texts
    return {term.rpartition(" ")[2] for text in texts for term in numbered_terms(to_query(text))}
