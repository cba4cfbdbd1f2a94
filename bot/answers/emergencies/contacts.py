"""Whom to call: the city's contacts, or the country's national numbers where the city gives none."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast

import yaml

from bot.answers.emergencies.detection import load_emergencies
from bot.i18n.message import Translator
from bot.i18n.territories import country_of
from bot.knowledge import City, KnowledgeBase

Service: TypeAlias = Literal["ambulance", "fire", "police", "crisis"]
Utility: TypeAlias = Literal["gas", "water", "electricity"]

_FILE = Path(__file__).with_name("numbers.yaml")


def service_number(service: Service, city: City) -> str:
    """The number of an emergency service; empty if neither the city's nor the country's is known.

    The city's general emergency number replaces those of police, fire brigade and ambulance, but not the crisis line.
    """
    own: str = getattr(city.contacts, service) or (city.contacts.emergency if service != "crisis" else "")
    return own or _national_numbers().get(country_of(city.time_zone) or "", {}).get(service, "")


def number_of(area_id: str | None, knowledge: KnowledgeBase) -> str:
    """The contact of an area, or else the city's hotline; empty if the file gives neither."""
    area = knowledge.area_by_id.get(area_id or "")
    return (area and area.contact) or knowledge.city.contacts.hotline


def emergency_reply(kind: str, city: City, translator: Translator) -> str:
    """The numbers to call in an emergency of this kind, most important first, and one sentence of sympathy."""
    emergencies = load_emergencies()
    services = cast("tuple[Service, ...]", emergencies.numbers[kind])
    calls = _crisis_call(city, translator) if services == ("crisis",) else _calls(services, city, translator)
    fault_line = _fault_line(cast("Utility | None", emergencies.fault_lines.get(kind)), city, translator)
    return "\n\n".join(filter(None, ["\n".join(filter(None, [calls, fault_line])), _humane_sentence(kind, translator)]))


def _calls(services: Iterable[Service], city: City, translator: Translator) -> str:
    by_number: dict[str, list[str]] = {}
    for service in services:
        if number := service_number(service, city):
            by_number.setdefault(number, []).append(_service_name(service, translator))
    comma = translator.gettext(", ")
    named = [
        translator.gettext("{number} ({service})", number=number, service=comma.join(names))
        for number, names in by_number.items()
    ]
    if not named:
        return translator.gettext("Call the emergency services now.")
    return translator.gettext("Call now: {numbers}.", numbers=comma.join(named))


def _crisis_call(city: City, translator: Translator) -> str:
    """The crisis line, and the number for a life in danger, because the line may be closed or busy."""
    line = service_number("crisis", city)
    danger = service_number("ambulance", city)
    sentences = [
        translator.gettext("You can talk to someone now: {number} (crisis line).", number=line) if line else "",
        translator.gettext("If a life is in danger, call {number}.", number=danger) if danger else "",
    ]
    text = translator.space.join(filter(None, sentences))
    return text or translator.gettext("If a life is in danger, call the emergency services now.")


def _fault_line(utility: Utility | None, city: City, translator: Translator) -> str:
    """The utility's fault line, if the file gives one."""
    number: str = getattr(city.contacts, utility) if utility else ""
    if not number:
        return ""
    gettext = translator.gettext
    match utility:
        case "gas":
            return gettext("Gas fault line: {number}.", number=number)
        case "water":
            return gettext("Water and heating fault line: {number}.", number=number)
        case _:
            return gettext("Power fault line: {number}.", number=number)


def _service_name(service: Service, translator: Translator) -> str:
    gettext = translator.gettext
    names: dict[Service, str] = {
        "ambulance": gettext("ambulance"),
        "fire": gettext("fire and rescue"),
        "police": gettext("police"),
        "crisis": gettext("crisis line"),
    }
    return names[service]


def _humane_sentence(kind: str, translator: Translator) -> str:
    gettext = translator.gettext
    match kind:
        case "suicide":
            return gettext(
                "I am so sorry that it is this hard. I am only a bot, but there are people who will listen: "
                "you do not have to go through this alone."
            )
        case "medical" | "overdose" | "rescue" | "lift":
            return gettext("I am only a bot and cannot send help: please call, they will tell you what to do.")
        case "missing-child":
            return gettext("I am only a bot and cannot search: please call at once, do not wait.")
        case "violence":
            return gettext("I am only a bot and cannot send help: if you can, get to a safe place and call.")
        case "general":
            return gettext("I am only a bot and cannot send help: please call, they will.")
        case _:
            return gettext("I am only a bot and cannot send help: get everyone out of danger, then call.")


@cache
def _national_numbers() -> Mapping[str, Mapping[Service, str]]:
    numbers: Mapping[str, Mapping[Service, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return numbers
