"""Texts about personal data: what is stored, a person's own data, and the erasure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.answers.understanding.follow_ups import Focus
from bot.i18n.languages import Language, language_name
from bot.i18n.message import Translator
from bot.knowledge import KnowledgeBase
from bot.people.ports import ChatRecord, Role
from bot.people.privacy import OwnData


def privacy_notice(translator: Translator, *, staff: bool) -> str:
    """What is stored, for how long, and how to erase it; `staff` also read what is stored about their work."""
    gettext = translator.gettext
    stored = gettext(
        "I keep the number of this chat, the language that you chose, the language that your Telegram was set to when "
        "you pressed start, since when you get the city's notices, and for 90 days which of them were sent here. No "
        "name, no telephone number, and only questions that wait for an answer of the city."
    )
    passing = gettext(
        "What you write is answered and not stored; if I am interrupted, it waits on my disk until you have "
        "your answer. For 15 minutes I remember what we spoke about, and for two days the numbers of the "
        "messages that I have seen."
    )
    telegram = gettext("Telegram keeps this chat under its own rules, so please send me no identity or card numbers.")
    ways = gettext("/mydata shows what is kept about you, /forget erases it.")
    return "\n\n".join((stored, passing, *([_stored_of_staff(translator)] if staff else []), telegram, ways))


def format_own_data(own: OwnData, knowledge: KnowledgeBase, translator: Translator, more: Sequence[str] = ()) -> str:
    """What is stored about a chat, as a list for the person; `more` are items from other parts of the bot."""
    record, gettext = own.record, translator.gettext
    if record == ChatRecord(record.chat, None, None) and not own.deliveries and own.role is None and not more:
        lines = [gettext("Nothing is kept about this chat.")]
    else:
        items = [
            gettext("Its number: {number}", number=record.chat),
            gettext("Language: {language}", language=_chosen_language(record.language, translator)),
            *_telegram_language(record.telegram_language, translator),
            _notices(record, knowledge.city.time_zone, translator),
            gettext("Notices of the last 90 days, with what became of them here: {number}", number=own.deliveries),
            *([gettext("Your rights here: {role}", role=role_name(own.role, translator))] if own.role else []),
            *more,
        ]
        lines = [gettext("This is kept about this chat:"), *(f"• {item}" for item in items)]
    if subject := _subject(own.subject, knowledge, translator):
        lines.append("• " + gettext("For 15 minutes, in memory only: we spoke about “{subject}”", subject=subject))
    return "\n".join(lines)


def role_name(role: Role, translator: Translator) -> str:
    return translator.gettext("admin") if role == "admin" else translator.gettext("staff")


def erase_question(translator: Translator, *, staff: bool) -> str:
    """The question before anything is erased; `staff` read what is not erased."""
    question = translator.gettext(
        "Erase everything that is kept about this chat? The city's notices will stop as well. This cannot be undone."
    )
    return f"{_stored_of_staff(translator)}\n\n{question}" if staff else question


def erased_text(translator: Translator) -> str:
    return translator.gettext(
        "Done: everything about you is erased, and no more notices will come. You "
        "can still ask me anything; /start brings the notices back."
    )


def not_erased_text(translator: Translator) -> str:
    return translator.gettext("All right, everything stays as it was.")


def _stored_of_staff(translator: Translator) -> str:
    return translator.gettext(
        "As you are staff, your rights and what you publish are on record with your Telegram ID. That belongs to the "
        "city: /forget does not erase it."
    )


def _chosen_language(language: Language | None, translator: Translator) -> str:
    return language_name(language) if language else translator.gettext("that of each question")


def _telegram_language(language: Language | None, translator: Translator) -> list[str]:
    if language is None:
        return []
    name = language_name(language)
    return [translator.gettext("Language of your Telegram when you pressed start: {language}", language=name)]


def _notices(record: ChatRecord, time_zone: str, translator: Translator) -> str:
    if record.is_suspended:
        return translator.gettext("The city's notices: paused while the bot is blocked here")
    if record.subscribed_since is None:
        return translator.gettext("The city's notices: no")
    day = record.subscribed_since.astimezone(ZoneInfo(time_zone)).date()
    return translator.gettext("The city's notices: since {date}", date=translator.date(day))


def _subject(focus: Focus | None, knowledge: KnowledgeBase, translator: Translator) -> str:
    """The title of the subject; empty if there is none or the knowledge no longer contains it."""
    if focus is None:
        return ""
    entry = knowledge.project_by_id.get(focus.project or "") or knowledge.area_by_id.get(focus.area)
    return entry.title.in_language(translator.language, knowledge.city.default_language) if entry else ""
