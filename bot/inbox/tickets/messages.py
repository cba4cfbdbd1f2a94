"""Texts for citizens and staff about tickets and wishes."""

from datetime import datetime

from bot.i18n.languages import language_name
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.inbox.tickets.model import MAX_ANSWER, MAX_OPEN, MAX_WISHES, OwedMessage, OwnInbox, Ticket
from bot.inbox.tickets.office_hours import opens_at
from bot.knowledge import City

#: Why an answer did not arrive, by the outcome of its delivery.
_UNDELIVERED: dict[str, LazyMessage] = {
    "blocked": lazy_gettext("the person has blocked the bot"),
    "chat": lazy_gettext("the chat no longer exists"),
    "closed": lazy_gettext("the chat does not let the bot write"),
    "unknown": lazy_gettext("Telegram did not confirm it; it may have arrived"),
}
_OTHER_REASON = lazy_gettext("Telegram did not accept it")


# --- To citizens ---


def format_opened(ticket: Ticket, city: City, now: datetime, translator: Translator) -> str:
    """Says that the question was passed on, with its number, and when the office opens if it is closed."""
    passed = translator.gettext(
        "Your question has number {number}. A person from the city's staff will answer it in this chat.",
        number=ticket.id,
    )
    return f"{passed}\n\n{closed}" if (closed := format_closed_office(city, now, translator)) else passed


def format_closed_office(city: City, now: datetime, translator: Translator) -> str:
    """When the office opens; empty if it is open or the city has entered no hours."""
    opening = opens_at(city, now)
    if opening is None:
        return ""
    return translator.gettext(
        "The office is closed at the moment. It opens on {date} at {time}.",
        date=translator.date(opening.date()),
        time=f"{opening:%H:%M}",
    )


def too_many_tickets(translator: Translator) -> str:
    return translator.ngettext(
        "You already have {number} open question with the city's staff. Once it is answered, you can send another one.",
        "You already have {number} open questions with the city's staff. Once one of them is answered, you can send"
        " another one.",
        MAX_OPEN,
    )


def question_unknown(translator: Translator) -> str:
    return translator.gettext("I no longer have this question. Please ask it again.")


def write_question(city: City, now: datetime, translator: Translator) -> str:
    """The reply to a citizen who wants to talk to a person."""
    text = translator.gettext(
        "I am a program, but I can pass your question on to the city's staff. Please write it in one message; a person"
        " will answer in this chat."
    )
    return f"{text}\n\n{closed}" if (closed := format_closed_office(city, now, translator)) else text


def wish_noted(translator: Translator) -> str:
    return translator.gettext(
        "As soon as the city has an answer to this question, I will write to you here. I keep this request for 90 days"
        " at most."
    )


def too_many_wishes(translator: Translator) -> str:
    return translator.ngettext(
        "You are already waiting for the answer to {number} question; no more can be added.",
        "You are already waiting for the answers to {number} questions; no more can be added.",
        MAX_WISHES,
    )


def format_answer(number: int, answer: str, translator: Translator) -> str:
    """A person's answer, labelled as such."""
    head = translator.gettext("The city's staff have answered your question {number}:", number=number)
    question = translator.gettext("Was this it?")
    return f"{head}\n\n{answer}\n\n{question}"


def format_taught(answer: str, translator: Translator) -> str:
    """Says that the city now has an answer, followed by the answer."""
    head = translator.gettext("You were waiting for an answer: the city now has one.")
    return f"{head}\n\n{answer}"


def answer_now_known(translator: Translator) -> str:
    """Replaces an answer that only makes sense within its conversation."""
    return translator.gettext("Please ask your question once more.")


def reopened(translator: Translator) -> str:
    return translator.gettext("I have told the city's staff that your question is still open.")


def only_the_asker(translator: Translator) -> str:
    return translator.gettext("Only the person who asked the question can say this.")


def format_own_inbox(own: OwnInbox, translator: Translator) -> list[str]:
    """What is stored about a chat, one item for each kind."""
    gettext = translator.gettext
    lines = [
        gettext(
            "Your question {number} to the city's staff, for 90 days at most: “{text}”",
            number=ticket.id,
            text=ticket.text,
        )
        for ticket in own.tickets
    ]
    if own.wishes:
        lines.append(gettext("Questions whose answer you wait for, for 90 days at most: {number}", number=own.wishes))
    if own.owed:
        lines.append(gettext("Messages that wait to be sent here: {number}", number=own.owed))
    return lines


# --- To staff ---


def format_for_staff(message: OwedMessage, ticket: Ticket, translator: Translator) -> str:
    """An owed message to a chat of staff."""
    gettext = translator.gettext
    quoted = gettext("“{text}”", text=ticket.text)
    how = gettext("Reply to this message in your own words: the citizen gets your reply as the city's answer.")
    match message.kind:
        case "ticket":
            language = language_name(ticket.language)
            head = gettext("Question {number} from a citizen ({language}):", number=ticket.id, language=language)
        case "reminder":
            head = gettext("Question {number} has been waiting for an answer for a day:", number=ticket.id)
        case "reopened":
            head = gettext(
                "The answer to question {number} did not help the citizen. It is open again:", number=ticket.id
            )
        case _:
            reason = _UNDELIVERED.get(message.text, _OTHER_REASON).render(translator)
            return gettext(
                "The answer to question {number} was not delivered: {reason}.", number=ticket.id, reason=reason
            )
    return f"{head}\n\n{quoted}\n\n{how}"


def format_accepted(ticket: Ticket, translator: Translator) -> str:
    return translator.gettext("Your answer to question {number} is on its way to the citizen.", number=ticket.id)


def format_not_open(ticket: Ticket, answer: str, translator: Translator) -> str:
    """Why an answer was not accepted: another was first, the ticket is closed, or this answer did not help before."""
    if ticket.state == "closed":
        return translator.gettext("Question {number} is closed; nothing was sent.", number=ticket.id)
    if ticket.state == "open":
        return translator.gettext(
            "The citizen has got this answer to question {number}, and it did not help; it was not sent again.",
            number=ticket.id,
        )
    return translator.gettext(
        "Question {number} has been answered already; your reply was not sent. The answer was: “{answer}”",
        number=ticket.id,
        answer=answer,
    )


def ticket_not_found(translator: Translator) -> str:
    return translator.gettext("This question no longer exists: the citizen has erased it, or it is older than 90 days.")


def answer_too_long(translator: Translator) -> str:
    return translator.gettext(
        "This answer is too long; at most {number:,} characters fit into one message. Nothing was sent.",
        number=MAX_ANSWER,
    )


def text_only_answer(translator: Translator) -> str:
    return translator.gettext("I can pass on text only; nothing was sent. Please reply with a text.")


def only_as_yourself(translator: Translator) -> str:
    return translator.gettext(
        "An answer must be a new message that you write under your own account; not an edited, forwarded or anonymous"
        " one. Nothing was sent."
    )


def choose_project(number: int, translator: Translator) -> str:
    return translator.gettext("Which project answers question {number}?", number=number)
