"""The handlers behind the real sender, poller and store, over HTTP, with people in the sandbox."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.inbox.collecting import Collector
from bot.inbox.report.service import ReportService
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.inbox.tickets.service import StaffChats, TicketService
from bot.people.roles import RoleService
from bot.publishing.files.repository import FileRepository
from bot.publishing.publisher import Publisher
from bot.publishing.results import Notice
from bot.publishing.tasks import Spreadsheets, ThreadedTasks
from bot.sandbox import Sandbox
from bot.storage import Store, open_store
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.polling import UpdatePoller
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.sender import MessageSender
from bot.telegram_api.update_queue import UpdateQueue
from bot.telegram_ui.admins.event_queue import EventQueue
from bot.telegram_ui.admins.progress import ProgressCards
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.callback_data import CallbackCodec
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.context import BotIdentity, StaffContext
from bot.telegram_ui.keyboards import Keyboards
from bot.telegram_ui.router import Router
from tests.storage.databases import file_place
from tests.telegram_ui.bot_env import KEY, small_city, tagged


@dataclass(frozen=True)
class SandboxEnv:
    """A sandbox with a bot in it."""

    sandbox: Sandbox
    client: Client
    store: Store
    context: StaffContext
    cards: ProgressCards
    events: EventQueue
    transport: TelegramTransport
    rate_limiter: RateLimiter
    update_queue: UpdateQueue

    async def wait_until_handled(self) -> None:
        """An update may be confirmed before it is handled; the queue knows."""
        await self.sandbox.wait_until_confirmed()
        async with asyncio.timeout(150):
            while self.update_queue.in_flight:  # noqa: ASYNC110 - the queue has no event for tests
                await asyncio.sleep(0.01)

    async def start(self) -> None:
        """What the bot does about its menus and its profile when it starts."""
        await set_profile(self.context, self.client)

    async def asks(self, person: int, text: str, **how: Any) -> dict[str, Any]:
        """What the bot replies to a text, as Telegram shows it."""
        chat = how.get("chat", person)
        before = len(self.sandbox.replies(chat))
        self.sandbox.write(person, text, **how)
        return (await self.sandbox.wait_for_replies(chat, before + 1))[-1]

    async def presses(self, person: int, message: dict[str, Any], label: str) -> dict[str, Any]:
        """What the bot answers to a tap, once all that it does about it is done."""
        query = self.sandbox.press(person, message["message_id"], label)
        answer = await self.sandbox.wait_for_answer(query)
        await self.wait_until_handled()
        return answer


async def _ignore(_: Notice) -> None:
    """No one changes the knowledge here."""


@asynccontextmanager
async def open_env(folder: Path, *, admins: frozenset[int] = frozenset()) -> AsyncIterator[SandboxEnv]:
    """A bot that polls the sandbox."""
    async with Sandbox() as sandbox, open_store(file_place(folder / "minsheng.db").address) as store:
        client, health, rate_limiter = Client(sandbox.token, sandbox.url), Health(), RateLimiter(30)
        await client.open()
        await client.identify()
        sender = MessageSender(
            client,
            token_gate=TokenGate(health),
            rate_limiter=rate_limiter,
            on_blocked=store.suspend,
            on_migrated=store.migrate,
        )
        publisher = Publisher(
            small_city(),
            repository=FileRepository(folder / "projects.yaml", folder),
            tasks=ThreadedTasks(_now),
            store=store,
            announce=_ignore,
            now=_now,
        )
        transport, roles = TelegramTransport(client, rate_limiter), RoleService(store, admins=admins, staff=frozenset())
        broadcasting = BroadcastService(
            store=store,
            testers=lambda: _people(roles),
            city=lambda: publisher.live.snapshot.knowledge.city,
            policy=BroadcastPolicy(30, 100),
            wake=lambda: None,
            live=lambda: None,
            now=_now,
        )
        events = EventQueue()
        inbox = InboxService(store, Collector(store, None, _now), _now)
        context = StaffContext(
            sender=sender,
            chats=store,
            roles=roles,
            snapshot=lambda: publisher.live.snapshot,
            translator_in=tagged,
            keyboards=Keyboards(CallbackCodec(KEY)),
            bot=BotIdentity(client.id, client.username),
            now=_now,
            commands=COMMANDS,
            inbox=inbox,
            teaching=TeachingService(inbox, publisher, _now),
            reports=ReportService(store, lambda: publisher.live.snapshot.knowledge.city, _now),
            tickets=TicketService(store, store, staff=StaffChats(roles, None), wake=lambda: None, now=_now),
            publisher=publisher,
            versions=store,
            audit=store,
            spreadsheets=Spreadsheets(),
            broadcasts=broadcasting,
            transport=TelegramTransport(client, rate_limiter, as_answers=True),
            events=events,
            staff_chat_id=None,
        )
        router = Router(context)
        update_queue = UpdateQueue(
            router, store=store, chat_queue=ChatQueue(), health=health, numbers=client.numbers, now=_now
        )
        stopping = asyncio.Event()
        receipts = asyncio.create_task(update_queue.run_recorder())
        polling = asyncio.create_task(
            UpdatePoller(client, update_queue=update_queue, health=health, token_gate=TokenGate(health)).run(stopping)
        )
        try:
            cards = ProgressCards(context, lambda: None, store)
            yield SandboxEnv(sandbox, client, store, context, cards, events, transport, rate_limiter, update_queue)
        finally:
            stopping.set()
            await polling
            await update_queue.drain(1.0)
            receipts.cancel()
            await client.close_pools()


async def _people(roles: RoleService) -> list[int]:
    return [member.person for member in await roles.members()]


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[SandboxEnv]:
    """A bot that has not said anything yet."""
    async with open_env(tmp_path) as opened:
        yield opened


async def test_a_question_in_each_language(env: SandboxEnv) -> None:
    """Three people, three answers with buttons."""
    for code, question, title in (
        ("en", "how many beds for old people?", "Beds in elderly care"),
        ("zh-hans", "新增养老床位", "养老床位"),
        ("ru", "новые койки для стариков", "Койки для пожилых"),
    ):
        reply = await env.asks(env.sandbox.person(language=code), question)

        assert title in reply["text"]
        assert reply["reply_markup"]["inline_keyboard"]


async def test_an_edit_a_tap_and_a_stale_tap(env: SandboxEnv) -> None:
    """The answer changes, the related project comes below, the forged tap says what to do."""
    ann = env.sandbox.person()
    reply = await env.asks(ann, "sixth hospital")
    question = env.sandbox.messages(ann)[0]["message_id"]
    env.sandbox.edit(ann, question, "beds for old people")
    await env.sandbox.wait_for_calls("editMessageText")
    await env.wait_until_handled()
    [changed] = env.sandbox.replies(ann)
    await env.presses(ann, changed, "Homecare stations")
    forged = env.sandbox.press(ann, changed["message_id"], data="1AAAAAAAAAAAAAAf")
    refusal = await env.sandbox.wait_for_answer(forged)

    assert changed["message_id"] == reply["message_id"]
    assert "nursing beds" in changed["text"]
    assert "Homecare stations are set up" in env.sandbox.texts(ann)[-1]
    assert refusal["text"].startswith("en: This button is out of date")


async def test_leafing_through_the_list_leaves_one_message(env: SandboxEnv) -> None:
    """Forth and back."""
    ann = env.sandbox.person()
    listed = await env.asks(ann, "/projects")
    for label in (
        "Elderly care",
        "Homecare stations",
        "en: All projects: Elderly care",
        "en: All areas",
    ):
        await env.presses(ann, env.sandbox.replies(ann)[-1], label)

    [one] = env.sandbox.replies(ann)
    assert (one["message_id"], one["text"]) == (listed["message_id"], listed["text"])


async def test_start_language_and_forget_reach_the_disk(env: SandboxEnv) -> None:
    """And /forget takes all of it away, the menu of the chat as well."""
    ann = env.sandbox.person(language="zh-hans")
    await env.asks(ann, "/start a_hospitals")
    asked = await env.asks(ann, "/language")
    await env.presses(ann, asked, "Русский")
    kept = await env.store.read(ann)
    menu = env.sandbox.menu(ann)
    asked = await env.asks(ann, "/forget")
    await env.presses(ann, asked, "ru: Yes, erase it")

    assert (kept.language, kept.subscribed_since is not None) == ("ru", True)
    assert menu[0]["description"].startswith("ru: ")
    assert "ru: Done" in env.sandbox.texts(ann)[-1]
    assert await env.store.read(ann) == type(kept)(ann, None, None)
    assert env.sandbox.menu(ann) == []


async def test_blocking_and_coming_back(env: SandboxEnv) -> None:
    """C13: the subscription follows."""
    ann = env.sandbox.person()
    await env.asks(ann, "/start")
    env.sandbox.block(ann)
    await env.wait_until_handled()
    blocked = await env.store.read(ann)
    env.sandbox.unblock(ann)
    await env.wait_until_handled()

    assert blocked.subscribed_since is None
    assert (await env.store.read(ann)).subscribed_since is not None


async def test_a_group_that_moves_is_still_served(env: SandboxEnv) -> None:
    """C12: silent among people, there when it is meant, one row before and after."""
    ann = env.sandbox.person()
    group = env.sandbox.group("Neighbours", [ann])
    await env.sandbox.wait_for_replies(group, 1)
    env.sandbox.write(ann, "sixth hospital", chat=group)
    answered = await env.asks(ann, "@sandbox_bot sixth hospital", chat=group)
    await env.asks(ann, "/start", chat=group)
    moved = env.sandbox.migrate(group)
    await env.wait_until_handled()
    again = await env.asks(ann, "/projects@sandbox_bot", chat=moved)

    assert "Sixth Municipal" in answered["text"]
    assert answered["reply_to_message"]["text"] == "@sandbox_bot sixth hospital"
    assert "reply_to_message" in again
    assert (await env.store.read(group)).subscribed_since is None
    assert (await env.store.read(moved)).subscribed_since is not None


async def test_a_card_is_shared_where_the_bot_is_not(env: SandboxEnv) -> None:
    """With a link that opens the project in the bot."""
    ann = env.sandbox.person()
    query = env.sandbox.ask_inline(ann, "childcare")
    offered = await env.sandbox.wait_for_answer(query)
    env.sandbox.choose(ann, query, offered["results"][0]["id"])
    shared = env.sandbox.messages(0)[-1]
    link = shared["reply_markup"]["inline_keyboard"][0][0]["url"]
    opened = await env.asks(ann, f"/start {link.partition('start=')[2]}")

    assert "childcare centre is being built" in shared["text"].lower()
    assert opened["text"] == shared["text"]


async def test_every_kind_of_update_passes_and_the_next_question_is_answered(env: SandboxEnv) -> None:
    """Those that the bot did not ask for as well, and one that there is not."""
    ann, ben = env.sandbox.person(), env.sandbox.person()
    for kind in Update.ALL_TYPES:
        if kind != "managed_bot":
            env.sandbox.sample(kind, ann)
    env.sandbox.raw({"an_invented_kind": {"from": env.sandbox.state.person(ann).user}})
    reply = await env.asks(ben, "sixth hospital")
    await env.wait_until_handled()

    assert "Sixth Municipal" in reply["text"]
    assert len(env.sandbox.replies(ann)) <= 2  # the new message and the edited one


async def test_forged_taps_are_all_answered_over_http(env: SandboxEnv) -> None:
    """C6: a few of the ten thousand, with Telegram's own strictness."""
    ann = env.sandbox.person()
    reply = await env.asks(ann, "/forget")
    before = await env.store.read(ann)
    chance = random.Random(6)
    queries = [env.sandbox.press(ann, reply["message_id"], data=chance.randbytes(24).hex()) for _ in range(300)]
    answers = [await env.sandbox.wait_for_answer(query) for query in queries]

    assert {answer["text"] for answer in answers} == {
        "en: This button is out of date. Send /projects to see the list as it is now."
    }
    assert await env.store.read(ann) == before
    assert len(env.sandbox.replies(ann)) == 1


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "poll", "location", "contact", "document"])
async def test_what_is_no_text_gets_a_line_and_is_never_downloaded(env: SandboxEnv, kind: str) -> None:
    """C11: a picture in an album of three as well."""
    ann = env.sandbox.person()
    for _ in range(3):
        env.sandbox.attach(ann, kind)
    await env.sandbox.wait_for_replies(ann, 1)
    await env.wait_until_handled()

    [line] = env.sandbox.texts(ann)
    assert line.startswith("en: I can only read text")
    assert env.sandbox.calls(method="getFile") == []


async def test_a_flood_and_a_late_question(env: SandboxEnv) -> None:
    """One notice and silence for one; a word of regret and the answer for the other."""
    ann, ben = env.sandbox.person(), env.sandbox.person()
    for _ in range(60):
        env.sandbox.write(ann, "sixth hospital")
    env.sandbox.write(ben, "sixth hospital", date=int(time.time()) - 7200)
    await env.sandbox.wait_for_replies(ben, 2)
    await env.wait_until_handled()
    await env.sandbox.wait_until_quiet()

    notices = [text for text in env.sandbox.texts(ann) if text.startswith("en: You are writing faster")]
    assert (len(notices), len(env.sandbox.texts(ann))) == (1, 21)
    assert env.sandbox.texts(ben)[0].startswith("en: Sorry for the delay")
    assert "Sixth Municipal" in env.sandbox.texts(ben)[1]


async def test_the_bot_presents_itself_in_each_language_and_only_once(env: SandboxEnv) -> None:
    """A second start changes no name: Telegram allows few such changes."""
    await env.start()
    profile = env.sandbox.state.profile
    changes = len(env.sandbox.calls(method="setMyName"))
    await env.start()

    assert profile.names["zh"] == "zh: Minsheng · 哈尔滨"
    assert profile.descriptions["ru"].startswith("ru: What is the city building")
    assert env.sandbox.menu(env.sandbox.person(language="ru"))[0]["description"].startswith("ru: ")
    assert len(env.sandbox.calls(method="setMyName")) == changes
    assert all(call.accepted for call in env.sandbox.calls())
