"""Runs the bot until it is stopped: what opens first, what runs in the background, and what ends last."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

import structlog

from bot.errors import StorageError
from bot.log_config import configure_logging
from bot.runtime.components import Components, now
from bot.runtime.gauges import set_gauges
from bot.runtime.process import BackgroundTasks, every_hour, log_failure, run_until_signal, run_while, tune_interpreter
from bot.runtime.replication import replica_works
from bot.runtime.startup import load_knowledge, open_client, open_when_reachable, warn_of_open_folder
from bot.settings import Settings
from bot.stopping import cancel_on_stop
from bot.telegram_api.health import Health
from bot.telegram_api.receiving import poll_updates, receive_calls
from bot.telegram_api.startup import connect_bot
from bot.telegram_api.web_server import WebServer
from bot.telegram_api.webhook_watch import watch_webhook
from bot.telegram_ui.bot_profile import set_profile
from bot.telegram_ui.owed_transport import OwedMessageTransport

#: Seconds to finish updates that are being handled, out of the ten that a supervisor waits.
SHUTDOWN_SECONDS = 6.0
#: Seconds for the last write: a database that hangs must not use up the rest of the ten.
_LAST_WRITE_SECONDS = 1.0

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit code."""
    configure_logging(settings.log_level)

    async def open_and_serve(stopping: asyncio.Event) -> None:
        health = Health()
        web = WebServer(health)
        async with AsyncExitStack() as stack:
            if settings.address is not None:
                await stack.enter_async_context(web.listening(*settings.address))
            client = await stack.enter_async_context(open_client(settings))
            store = await open_when_reachable(stack, settings, health=health, stopping=stopping)
            if store is not None:
                warn_of_open_folder(settings.data_dir)
                # The loaded knowledge gets no name here, so that a publication frees it.
                components = Components(settings, client, store, await load_knowledge(settings, store, now), health)
                tune_interpreter()
                await run_while(store.watch_lock(), _connect_and_serve(components, web, stopping), stopping)

    return run_until_signal(open_and_serve)


async def _connect_and_serve(components: Components, web: WebServer, stopping: asyncio.Event) -> None:
    """Serve citizens until it is time to stop; raises OperatorError if the settings are wrong."""
    client, store, health = components.client, components.store, components.health
    if store.failure is not None:
        health.report("database", store.failure)
    if store.replica is not None:
        client.check_before_calls(store.replica.confirm)
    await connect_bot(client, components.webhook, health=health, stopping=stopping)
    if stopping.is_set():
        return
    async with store.joined():
        await _serve(components, web, stopping)
    log.info("stopped")


async def _serve(components: Components, web: WebServer, stopping: asyncio.Event) -> None:
    client, store = components.client, components.store
    await components.scheduler.prepare()
    await components.update_queue.restore()
    tasks = BackgroundTasks()
    sending = _start_background(tasks, components, stopping)
    web.set_serving(partial(set_gauges, components))
    log.info("serving", bot=client.username, knowledge=components.publisher.live.digest[:12])
    try:
        await _receive(components, web, stopping)
    finally:
        stopping.set()
        await asyncio.wait(sending, timeout=SHUTDOWN_SECONDS)
        await tasks.stop()
        with suppress(StorageError, TimeoutError):
            async with asyncio.timeout(_LAST_WRITE_SECONDS):
                await store.note_newest_message(client.numbers.newest)


async def _receive(components: Components, web: WebServer, stopping: asyncio.Event) -> None:
    """Receive updates by polling or by webhook until it is time to stop."""
    queue, webhook = components.update_queue, components.webhook
    if webhook is not None:
        await receive_calls(webhook, web, queue, stopping, grace=SHUTDOWN_SECONDS)
    else:
        gate, health = components.token_gate, components.health
        await poll_updates(components.client, queue, stopping, health=health, token_gate=gate, grace=SHUTDOWN_SECONDS)


def _start_background(
    tasks: BackgroundTasks, components: Components, stopping: asyncio.Event
) -> list[asyncio.Task[None]]:
    """Start all background tasks; return those that send messages."""
    store, role, collector = components.store, components.sender_role, components.inbox.collector
    tasks.start(
        components.update_queue.run_recorder(),
        collector.run(),
        components.inbox.start(),
        set_profile(components.context, components.client),
        _follow_knowledge_file(components),
        components.control.serve(stopping),
        components.cards.run(),
    )
    if components.webhook is not None:
        tasks.start(watch_webhook(components.client, components.webhook, components.health))
    if store.replica is not None:
        tasks.start(*replica_works(store.replica, components.followers()))
    owed = OwedMessageTransport(components.context)
    sending = tasks.start(
        role.while_held(components.scheduler.run, stopping),
        role.while_held(partial(components.deliveries.run, owed), stopping),
    )
    for recurring in (
        lambda: every_hour("expire", lambda: store.expire(now())),
        components.reminder.run,
        lambda: every_hour("remind", components.tickets.remind),
    ):
        tasks.start(role.while_held(partial(_until_stopped, recurring), stopping))
    return sending


async def _until_stopped(work: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
    await cancel_on_stop(stopping, work())


async def _follow_knowledge_file(components: Components) -> None:
    """Report a file that the start rejected, then watch the file."""
    await log_failure(components.publisher.start(components.rejected_at_start))
    await components.watcher.run()
