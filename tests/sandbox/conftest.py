"""A sandbox for each test, a person in it, python-telegram-bot's Bot, and a bare HTTP client."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sandbox import Sandbox


@dataclass(slots=True)
class Raw:
    """Calls a method over plain HTTP; answers with the status and the JSON body."""

    session: aiohttp.ClientSession
    sandbox: Sandbox

    async def __call__(self, method: str, **values: Any) -> tuple[int, Any]:
        async with self.session.post(self.address(method), json=values) as response:
            return response.status, await response.json()

    def address(self, method: str) -> str:
        return f"{self.sandbox.url}/bot{self.sandbox.token}/{method}"

    async def refused(self, method: str, **values: Any) -> str:
        """Make a call that must be refused; return the description of the error."""
        status, body = await self(method, **values)
        assert status == body["error_code"]
        assert body["ok"] is False
        return str(body["description"])


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def raw(sandbox: Sandbox) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(session, sandbox)


@pytest.fixture
async def ptb(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it RetryAfter warns, and warnings are errors
    request = HTTPXRequest(connection_pool_size=16, read_timeout=3)
    polling = HTTPXRequest(connection_pool_size=4, read_timeout=3)
    root = sandbox.url
    bot = Bot(
        sandbox.token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=polling,
    )
    async with bot:
        yield bot


@pytest.fixture
def ann(sandbox: Sandbox) -> int:
    """A person whom the bot may write to."""
    person = sandbox.person("Ann")
    sandbox.start(person)
    sandbox.state.updates.clear()
    return person
