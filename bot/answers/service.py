"""Answers a citizen's question: from a text and the focus of the chat to the reply."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from cachetools import LRUCache

from bot.answers.answer import Answer, Found, Unsure
from bot.answers.decision import Decision
from bot.answers.render import compose, show
from bot.answers.reply import Reply, Target
from bot.answers.requests import decide_message
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.corrections import as_meant
from bot.answers.understanding.follow_ups import Focus
from bot.i18n.languages import SOURCE_LANGUAGE, Language, has_own_script, share_script
from bot.i18n.message import Translator
from bot.matching.normalize import language_of
from bot.matching.other_languages import is_other_language

#: How long the focus of a chat is remembered; in memory only, never on disk.
REMEMBERED_FOR = timedelta(minutes=15)
#: The most chats of which anything is remembered, here and in `bot/telegram_ui/`.
REMEMBERED_CHATS = 50_000

#: Returns the translator of a language.
TranslatorIn = Callable[[Language], Translator]


class Conversations:
    """The focus of each chat. When there are too many, the chat that was silent longest is forgotten."""

    def __init__(self, limit: int = REMEMBERED_CHATS) -> None:
        self._by_chat: LRUCache[int, tuple[datetime, Focus]] = LRUCache(limit)

    def of(self, chat: int, now: datetime) -> Focus | None:
        """The focus of the chat, if it was set in the last 15 minutes."""
        at, focus = self._by_chat.get(chat, (now, None))
        return focus if now - at <= REMEMBERED_FOR else None

    def remember(self, chat: int, focus: Focus, now: datetime) -> None:
        """Set the focus of the chat."""
        self._by_chat[chat] = (now, focus)

    def forget(self, chat: int) -> None:
        """Remove the focus of the chat."""
        self._by_chat.pop(chat, None)


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, the decision behind it, and its language."""

    reply: Reply
    decision: Decision
    language: Language


@dataclass(frozen=True, slots=True)
class Question:
    """A text with everything else that its answer depends on, except the snapshot."""

    text: str
    focus: Focus | None
    preferred: Language | None
    day: date
    translator_in: TranslatorIn


#: Held while the cache of recent answers is read or changed.
_RECENT_LOCK = Lock()


def answer_question(
    text: str,
    *,
    chat: int,
    now: datetime,
    snapshot: Snapshot,
    conversations: Conversations,
    translator_in: TranslatorIn,
    preferred: Language | None = None,
) -> Answered:
    """Answer a question in its own language, or in `preferred` if the text shows none."""
    day = snapshot.knowledge.city.day_at(now)
    answered = _answered(Question(text, conversations.of(chat, now), preferred, day, translator_in), snapshot)
    if focus := focus_of(answered.decision.answer):
        conversations.remember(chat, focus, now)
    return answered


def _answered(question: Question, snapshot: Snapshot) -> Answered:
    """The answer, cached for questions that many people ask."""
    with _RECENT_LOCK:
        known: Answered | None = snapshot.recent_answers.get(question)
    if known is None:
        known = _new_answer(question, snapshot)
        with _RECENT_LOCK:
            snapshot.recent_answers[question] = known
    return known


def _new_answer(question: Question, snapshot: Snapshot) -> Answered:
    decision, opening = decide_message(question.text, snapshot, question.focus)
    language = _reply_language(question, decision.language) or _fallback_language(question.text, snapshot)
    focus = decision.used_focus
    seen = (focus.project or focus.area) if focus else None
    translator = question.translator_in(language)
    reply = compose(decision.answer, snapshot.knowledge, translator, question.day, seen=seen, opening=opening)
    return Answered(reply, decision, language)


def _reply_language(question: Question, detected: Language | None) -> Language | None:
    """The language of a text; the chat's own if the text shows none, or only letters that both languages have."""
    preferred = question.preferred
    if preferred and detected and share_script(preferred, detected):
        return preferred if language_of(question.text, preferred) == preferred else detected
    return detected or preferred


def _fallback_language(text: str, snapshot: Snapshot) -> Language:
    """The city's default language, or English for a language that the bot does not speak, if the city has English."""
    city = snapshot.knowledge.city
    has_source_language = SOURCE_LANGUAGE in city.offered_languages
    return SOURCE_LANGUAGE if has_source_language and is_other_language(text) else city.default_language


def depends_on_chat(text: str) -> bool:
    """Whether the language of the reply may depend on that of the chat (`preferred`)."""
    detected = language_of(text)
    return detected is None or not has_own_script(detected) or is_other_language(text)


def answer_alone(
    text: str,
    context: Iterable[str],
    *,
    now: datetime,
    snapshot: Snapshot,
    translator_in: TranslatorIn,
    preferred: Language | None = None,
) -> Answered:
    """Answer a question outside of any real chat, after the messages of `context`."""
    conversations = Conversations()
    for message in (*context, text):
        answered = answer_question(
            message,
            chat=0,
            now=now,
            snapshot=snapshot,
            conversations=conversations,
            translator_in=translator_in,
            preferred=preferred,
        )
    return answered


def is_emergency(text: str, snapshot: Snapshot) -> bool:
    """Whether a message reports an emergency; those are answered without a rate limit."""
    return snapshot.emergency_in(as_meant(text, snapshot, follows=False)) is not None


def focus_of(answer: Answer) -> Focus | None:
    """The focus of the chat after this answer; None if it stays the same."""
    if isinstance(answer, Unsure) and len(answer.matches) == 1:
        (match,) = answer.matches  # a person who writes on without tapping means this one
    elif isinstance(answer, Found):
        match = answer.findings[0].match
    else:
        return None
    return Focus(match.area.id, match.project.id if match.project else None)


def open_option(
    target: Target,
    *,
    chat: int,
    now: datetime,
    snapshot: Snapshot,
    conversations: Conversations,
    translator: Translator,
) -> Reply | None:
    """The reply to a chosen option; None if the knowledge no longer contains it."""
    if target.kind == "project" and (project := snapshot.knowledge.project_by_id.get(target.id)):
        conversations.remember(chat, Focus(project.area, project.id), now)
    elif target.kind == "area" and target.id in snapshot.knowledge.area_by_id:
        conversations.remember(chat, Focus(target.id), now)
    return show(target, snapshot.knowledge, translator, snapshot.knowledge.city.day_at(now))
