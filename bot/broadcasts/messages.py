"""Texts about a broadcast before it is sent, and names of classes, audiences, states and pause reasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasts.content import MAX_LINKS, attachment_of, fallback_languages, unused_languages
from bot.broadcasts.model import (
    ACTIVE,
    Audience,
    Broadcast,
    BroadcastClass,
    BroadcastState,
    PauseReason,
)
from bot.broadcasts.quiet_hours import quiet_until
from bot.broadcasts.service import Estimate
from bot.i18n.languages import LANGUAGES, Language, language_name
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import City

#: Why a broadcast is paused: in a few words for lists, and in sentences on what to consider before resuming it.
_PAUSE_REASONS: Mapping[PauseReason, tuple[LazyMessage, LazyMessage]] = {
    "admin": (lazy_gettext("paused by an admin"), lazy_gettext("An admin paused it.")),
    "content": (
        lazy_gettext("Telegram refuses its text"),
        lazy_gettext(
            "Telegram refused it many times, one after the other, because of its content. Resume it only if you know "
            "why; it is safer to cancel it and write a new one."
        ),
    ),
    "crashes": (
        lazy_gettext("the bot crashed repeatedly while sending it"),
        lazy_gettext(
            "The program crashed repeatedly while sending it. Tell the operator of the bot before you resume it."
        ),
    ),
    "absence": (
        lazy_gettext("the bot was not running for a while"),
        lazy_gettext(
            "The program was not running for a while during the broadcast. If the text is still valid, resume it; "
            "those who got it do not get it again."
        ),
    ),
    "restore": (
        lazy_gettext("the database is an older copy"),
        lazy_gettext(
            "The database was replaced by an older copy. If you resume it, recipients who got it after that copy was "
            "made get it again. A broadcast of the class “only once” is not sent to anyone else: the rest is reported "
            "as unknown."
        ),
    ),
    "late": (
        lazy_gettext("its time passed while the bot was not running"),
        lazy_gettext(
            "The time of its start passed while the program was not running. If the text is still valid, resume it."
        ),
    ),
}


def pause_reason_text(reason: PauseReason, translator: Translator) -> str:
    """Why a broadcast is paused, and what to consider before it is resumed."""
    return _PAUSE_REASONS[reason][1].render(translator)


def short_pause_reason(reason: PauseReason, translator: Translator) -> str:
    """Why a broadcast is paused, in a few words."""
    return _PAUSE_REASONS[reason][0].render(translator)


def class_name(kind: BroadcastClass, translator: Translator) -> str:
    names = {
        "alert": translator.gettext("alert"),
        "notice": translator.gettext("notice"),
        "once": translator.gettext("only once"),
    }
    return names[kind]


def class_rule(kind: BroadcastClass, translator: Translator) -> str:
    """The rules of a class, in two sentences."""
    gettext = translator.gettext
    rules = {
        "alert": gettext(
            "Alert: it is sent at any hour, also at night. Where it is not certain that it arrived, it is sent once "
            "more, so a few people may get it twice."
        ),
        "notice": gettext(
            "Notice: it keeps the quiet hours. Where it is not certain that it arrived, it is sent once more without "
            "a sound, so a few people may get it twice."
        ),
        "once": gettext(
            "Only once: it keeps the quiet hours and is never sent again. Where it is not certain that it arrived, "
            "the report says so; no one gets it twice."
        ),
    }
    return rules[kind]


def audience_name(audience: Audience, translator: Translator) -> str:
    if audience == "everybody":
        return translator.gettext("everybody")
    if audience == "test":
        return translator.gettext("test group (all who have rights here)")
    return translator.gettext("those who read {language}", language=language_name(audience))


def state_name(state: BroadcastState, translator: Translator) -> str:
    gettext = translator.gettext
    words: dict[BroadcastState, str] = {
        "draft": gettext("a draft"),
        "unapproved": gettext("waits for approval"),
        "queued": gettext("confirmed"),
        "gathering": gettext("is starting"),
        "sending": gettext("is being sent"),
        "paused": gettext("paused"),
        "finished": gettext("finished"),
        "cancelled": gettext("cancelled"),
    }
    return words[state]


def _format_people(number: int, translator: Translator) -> str:
    return translator.ngettext("{number} person", "{number} people", number)


def format_duration(duration: timedelta, translator: Translator) -> str:
    """A duration in minutes, rounded up; from two hours on in hours and minutes."""
    if duration < timedelta(minutes=1):
        return translator.gettext("less than a minute")
    minutes = -(-int(duration.total_seconds()) // 60)
    if minutes < 120:
        return translator.ngettext("{number} minute", "{number} minutes", minutes)
    return translator.gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def format_moment(at: datetime, city: City, translator: Translator) -> str:
    """Day and time in the city's time zone."""
    local = at.astimezone(ZoneInfo(city.time_zone))
    return translator.gettext("{day}, {time}", day=translator.date(local.date()), time=f"{local:%H:%M}")


def format_draft(draft: Broadcast, size: Estimate, city: City, translator: Translator) -> str:
    """A draft: its values and warnings."""
    gettext = translator.gettext
    lines = [
        gettext("Broadcast {number}: a draft. Nothing is sent yet.", number=draft.number),
        "",
        gettext("Class: {name}", name=class_name(draft.kind, translator)),
        gettext("To: {name}", name=_reach(draft, size, translator)),
        gettext("When: {moment}", moment=_planned(draft, size, city, translator)),
        gettext("Texts: {names}", names=_texts(draft, translator)),
        gettext("Attachment: {name}", name=_attachment(draft, translator)),
        gettext("Buttons: {names}", names=_links(draft, translator)),
        gettext("Sending takes: {duration}", duration=format_duration(size.takes, translator)),
    ]
    return "\n".join([*lines, *format_warnings(draft, size, city, translator)])


def format_warnings(draft: Broadcast, size: Estimate, city: City, translator: Translator) -> list[str]:
    """Warnings: languages without a text, texts without readers, a second approval."""
    default = city.default_language
    lines = format_language_warnings(
        fallback_languages(draft.editions, draft.audience, default),
        unused_languages(draft.editions, draft.audience, default),
        translator,
    )
    if size.needs_approval:
        lines.append(translator.gettext("⚠ It reaches so many people that a second admin must approve it."))
    return lines


def format_language_warnings(
    fallbacks: Mapping[Language, Language], unused: Sequence[Language], translator: Translator
) -> list[str]:
    """Warnings about readers who get the text of another language, and unused texts."""
    gettext = translator.gettext
    lines = [
        gettext(
            "⚠ Readers of {language} get the text in {other}.",
            language=language_name(code),
            other=language_name(source),
        )
        for code, source in fallbacks.items()
    ]
    lines += [gettext("⚠ No recipient gets the text in {language}.", language=language_name(code)) for code in unused]
    return lines


def format_quiet_hours(moment: str, translator: Translator) -> str:
    """Says that a broadcast is planned for the quiet hours; `moment` is their end."""
    return translator.gettext("That is in the quiet hours: it waits until {moment}.", moment=moment)


def quiet_until_start(broadcast: Broadcast, size: Estimate, city: City, now: datetime) -> datetime | None:
    """The end of the quiet hours in which a broadcast is planned to start, or None."""
    return quiet_until(broadcast.kind, city, max(broadcast.planned_at or now, now + size.recall))


def format_active_broadcasts(draft: Broadcast, others: Sequence[Broadcast], city: City, translator: Translator) -> str:
    """The active broadcasts and how they affect this draft; empty without any."""
    if not others:
        return ""
    gettext = translator.gettext
    lines = [gettext("Under way:"), *(f"• {format_line(other, city, translator)}" for other in others)]
    sending = next((other for other in others if other.state in ACTIVE), None)
    if sending and draft.kind == "alert":
        lines.append(
            gettext(
                "An alert has to wait for {number} as well. Pause {number}, and the alert goes first.",
                number=sending.number,
            )
        )
    elif sending:
        lines.append(gettext("One is sent at a time: the next one waits for its turn."))
    return "\n".join(lines)


def format_line(broadcast: Broadcast, city: City, translator: Translator) -> str:
    """A broadcast in one line: number, class, state."""
    gettext = translator.gettext
    state = state_name(broadcast.state, translator)
    if broadcast.state == "queued" and broadcast.starts_at:
        start = quiet_until(broadcast.kind, city, broadcast.starts_at) or broadcast.starts_at
        state = gettext("starts at {moment}", moment=format_moment(start, city, translator))
    return gettext(
        "{number}, {name}: {state}", number=broadcast.number, name=class_name(broadcast.kind, translator), state=state
    )


def format_confirmation(draft: Broadcast, size: Estimate, city: City, now: datetime, translator: Translator) -> str:
    """The last question before sending: the plan, warnings, and the number to type."""
    lines = [
        translator.gettext("Above you see broadcast {number} as people will see it.", number=draft.number),
        "",
        *_format_plan(draft, size, city, now, translator),
        *format_warnings(draft, size, city, translator),
        "",
        format_head_count_request(size.head_count, translator),
    ]
    return "\n".join(lines)


def format_head_count_request(number: int, translator: Translator) -> str:
    """Asks for the head count, which confirms the broadcast."""
    return translator.gettext("Type the number {number} to send it. Anything else sends nothing.", number=number)


def _format_plan(broadcast: Broadcast, size: Estimate, city: City, now: datetime, translator: Translator) -> list[str]:
    """Audience, rules of the class, time, quiet hours and duration."""
    gettext = translator.gettext
    lines = [
        gettext("To: {name}", name=_reach(broadcast, size, translator)),
        class_rule(broadcast.kind, translator),
        gettext("When: {moment}", moment=_planned(broadcast, size, city, translator)),
    ]
    if until := quiet_until_start(broadcast, size, city, now):
        lines.append(format_quiet_hours(format_moment(until, city, translator), translator))
    lines.append(gettext("Sending takes: {duration}", duration=format_duration(size.takes, translator)))
    return lines


def format_approval_request(
    broadcast: Broadcast, size: Estimate, city: City, now: datetime, translator: Translator, *, author: str
) -> str:
    """The question to the second admin, below the preview; an empty author means the operator."""
    gettext = translator.gettext
    lines = [
        gettext("Above you see broadcast {number} as people will see it.", number=broadcast.number),
        gettext("It was confirmed by {person}, and needs your approval.", person=author or gettext("the operator")),
        "",
        *_format_plan(broadcast, size, city, now, translator),
        *format_warnings(broadcast, Estimate(size.head_count, size.takes, needs_approval=False), city, translator),
        "",
        gettext(
            "It starts {seconds} seconds after your approval at the earliest; until then it can be recalled.",
            seconds=_seconds(size),
        ),
    ]
    return "\n".join(lines)


def format_links_prompt(language: Language, translator: Translator) -> str:
    """Asks for link buttons."""
    return translator.gettext(
        "Send me the buttons for {language}, one per line: the words, a space, and the address. At most {most}.\nFor "
        "example: Schedule https://www.example.org/schedule",
        language=language_name(language),
        most=MAX_LINKS,
    )


def format_text_prompt(language: Language, translator: Translator) -> str:
    """Asks for a text."""
    return translator.gettext(
        "Send me the text in {language}, with its formatting; or a photo or a file with the text below it.\nTo change "
        "it later, press the button again: editing your message in Telegram changes nothing.",
        language=language_name(language),
    )


def _reach(broadcast: Broadcast, size: Estimate, translator: Translator) -> str:
    return translator.gettext(
        "{name}, {people}",
        name=audience_name(broadcast.audience, translator),
        people=_format_people(size.head_count, translator),
    )


def _planned(broadcast: Broadcast, size: Estimate, city: City, translator: Translator) -> str:
    if broadcast.planned_at is None:
        return translator.gettext("{seconds} seconds after it is confirmed", seconds=_seconds(size))
    return format_moment(broadcast.planned_at, city, translator)


def _seconds(size: Estimate) -> int:
    return int(size.recall.total_seconds())


def _texts(draft: Broadcast, translator: Translator) -> str:
    marks = [f"✓ {language_name(code)}" if code in draft.editions else f"– {language_name(code)}" for code in LANGUAGES]
    return translator.gettext(", ").join(marks)


def _attachment(draft: Broadcast, translator: Translator) -> str:
    found = attachment_of(draft.editions)
    if found is None:
        return translator.gettext("none")
    return translator.gettext("a photo") if found.kind == "photo" else translator.gettext("a file")


def _links(draft: Broadcast, translator: Translator) -> str:
    numbers = [
        f"{language_name(code)} {len(edition.links)}"
        for code in LANGUAGES
        if (edition := draft.editions.get(code)) and edition.links
    ]
    return translator.gettext(", ").join(numbers) or translator.gettext("none")
