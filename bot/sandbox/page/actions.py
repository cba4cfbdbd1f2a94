"""The page's actions by name, and those that affect the sandbox instead of a chat."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from bot.sandbox.page import chat_actions, inputs
from bot.sandbox.page.page import Page
from bot.sandbox.page.ports import Json, Refusal
from bot.sandbox.page.views import show_profiles

Action: TypeAlias = tuple[type[inputs.Input], Callable[[Page, Any], Awaitable[Json]]]


async def act(page: Page, name: str, given: Mapping[str, Any]) -> Json:
    """Execute an action; raises Refusal with a sentence if that is impossible."""
    if name not in ACTIONS:
        raise Refusal(f"There is no action “{name[:40]}”.")
    form, action = ACTIONS[name]
    try:
        read = form.model_validate(given)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        raise Refusal(f"“{name}” cannot be done with what is given as “{place}”.") from None
    try:
        return await action(page, read)
    finally:
        page.actions += 1


async def _add_person(page: Page, given: inputs.AddPerson) -> Json:
    if given.language not in ("", *page.ports.languages):
        raise Refusal(f"The bot speaks {', '.join(page.ports.languages)}.")
    person = page.people.add(given.name, given.language, given.role)
    # Before the first message in the new chats, which open pages do not know yet.
    page.feed.publish("snapshot", **page.snapshot())
    if given.role != "citizen":
        page.sandbox.start(person)
        await page.ports.bot.restart(page.people.with_role("admin"), page.people.with_role("staff"))
        await page.bot.until_up()
    return {"id": person}


async def _set_language(page: Page, given: inputs.SetLanguage) -> Json:
    person = page.sandbox.state.person(page.people.check(given.person))
    person.user["language_code"] = given.language
    page.publish_people()
    page.feed.publish("profiles", profiles=show_profiles(page.sandbox, page.people))
    return {}


async def _set_faults(page: Page, given: inputs.SetFaults) -> Json:
    page.network.set(given.kind, given.seconds)
    page.feed.publish("faults", **page.network.faults)
    return page.network.faults


async def _kill_bot(page: Page, _: inputs.Nothing) -> Json:
    if page.ports.bot.pid is None:
        raise Refusal("The bot is not running at the moment.", "bot_down")
    page.ports.bot.kill()
    return {}


async def _add_subscribers(page: Page, given: inputs.Count) -> Json:
    page.subscribers.check(given.count)
    page.start(page.subscribers.add(given.count))
    return page.subscribers.counts()


async def _list_calls(page: Page, given: inputs.Since) -> Json:
    return {"calls": page.calls.since(given.since)}


async def _explain(page: Page, given: inputs.Why) -> Json:
    person = page.sandbox.state.people.get(given.person or 0)
    language = str(person.user.get("language_code", "")) if person else ""
    return await page.ports.explainer.explain(given.text, language)


async def _read_health(page: Page, _: inputs.Nothing) -> Json:
    return {"health": await page.bot.look()}


async def _read_knowledge(page: Page, given: inputs.KnowledgeFile) -> Json:
    return await page.ports.knowledge.read(given.name)


async def _check_knowledge(page: Page, given: inputs.KnowledgeText) -> Json:
    return {"faults": await page.ports.knowledge.check(given.name, given.text, full=given.full)}


async def _save_knowledge(page: Page, given: inputs.KnowledgeText) -> Json:
    faults = await page.ports.knowledge.save(given.name, given.text)
    return {"ok": all(fault["severity"] != "error" for fault in faults), "faults": faults}


async def _reset(page: Page, _: inputs.Nothing) -> Json:
    page.reset.set()
    return {}


async def _set_tour(page: Page, given: inputs.Tour) -> Json:
    page.tour = {"step": given.step}
    return page.tour


ACTIONS: Mapping[str, Action] = {
    "write": (inputs.Write, chat_actions.write),
    "edit": (inputs.Edit, chat_actions.edit),
    "press": (inputs.Press, chat_actions.press),
    "start": (inputs.Start, chat_actions.start),
    "attach": (inputs.Attach, chat_actions.attach),
    "inline": (inputs.Inline, chat_actions.inline),
    "choose": (inputs.Choose, chat_actions.choose),
    "block": (inputs.Block, chat_actions.block),
    "add_person": (inputs.AddPerson, _add_person),
    "set_language": (inputs.SetLanguage, _set_language),
    "faults": (inputs.SetFaults, _set_faults),
    "kill_bot": (inputs.Nothing, _kill_bot),
    "subscribers": (inputs.Count, _add_subscribers),
    "calls": (inputs.Since, _list_calls),
    "why": (inputs.Why, _explain),
    "health": (inputs.Nothing, _read_health),
    "knowledge_read": (inputs.KnowledgeFile, _read_knowledge),
    "knowledge_check": (inputs.KnowledgeText, _check_knowledge),
    "knowledge_save": (inputs.KnowledgeText, _save_knowledge),
    "reset": (inputs.Nothing, _reset),
    "tour": (inputs.Tour, _set_tour),
}
