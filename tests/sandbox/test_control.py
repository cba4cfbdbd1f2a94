"""The people's side over HTTP, and the sandbox as a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import TOKEN, Sandbox
from bot.sandbox.control import ACTS

ROOT = Path(__file__).parents[2]
PROGRAM = f"""
import asyncio
from bot.sandbox import serve
asyncio.run(serve("127.0.0.1", 0, {TOKEN!r}, ready=lambda sandbox: print(sandbox.url, flush=True)))
"""


async def act(session: aiohttp.ClientSession, url: str, name: str, **arguments: Any) -> Any:
    async with session.post(f"{url}/sandbox/{name}", json=arguments) as response:
        body = await response.json()
        assert response.status == 200, body
        return body["result"]


@pytest.fixture
async def process() -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip(), process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_another_process_plays_the_person(raw: Any) -> None:
    url, session = raw.sandbox.url, raw.session
    ann = await act(session, url, "person", first_name="Ann", language="zh")
    await act(session, url, "start", person=ann)
    waiting = asyncio.create_task(act(session, url, "wait_for_replies", chat=ann))
    await raw("sendMessage", chat_id=ann, text="你好")

    assert [reply["text"] for reply in await waiting] == ["你好"]
    calls = await act(session, url, "calls", method="sendMessage")
    assert [(call["method"], call["status"], call["payload"]["text"]) for call in calls] == [
        ("sendMessage", 200, "你好")
    ]


async def test_faults_and_limits_are_set_from_outside(raw: Any, ann: int) -> None:
    url, session = raw.sandbox.url, raw.session
    fault = await act(session, url, "fault", kind="error", method="getMe", times=1)
    await act(session, url, "set_limits", limits={"chat_burst": 1})
    await act(session, url, "set_latency", low=0.001)

    assert fault["kind"] == "error"
    assert (await raw("getMe"))[0] == 500
    assert [(await raw("sendMessage", chat_id=ann, text="x"))[0] for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("name", "arguments", "status", "sentence"),
    [
        ("write", {"person": 5, "text": "x"}, 400, "there is no chat 5"),
        ("write", {}, 400, "missing 2 required positional arguments"),
        ("fault", {"kind": "plague"}, 400, "is not a valid Kind"),
        ("wait_for_replies", {"chat": 0, "within": 0.01}, 400, "still waiting for 1 replies"),
        ("_say", {}, 404, "there is no act"),
        ("close", {}, 404, "there is no act"),
    ],
)
async def test_mistakes_are_reported_in_a_sentence(
    raw: Any, name: str, arguments: Any, status: int, sentence: str
) -> None:
    async with raw.session.post(f"{raw.sandbox.url}/sandbox/{name}", json=arguments) as response:
        body = await response.json()

    assert response.status == status
    assert sentence in body["error"]


async def test_a_page_from_elsewhere_cannot_act(raw: Any) -> None:
    async with raw.session.post(f"{raw.sandbox.url}/sandbox/person", data="{}") as response:
        assert response.status == 415


async def test_the_acts_are_listed_with_their_promises(raw: Any) -> None:
    async with raw.session.get(f"{raw.sandbox.url}/sandbox") as response:
        listed = await response.json()

    assert set(listed) == set(ACTS)
    assert all(promise for _, promise in listed.values())


async def test_a_process_serves_until_it_is_stopped(
    process: tuple[str, asyncio.subprocess.Process],
) -> None:
    url, child = process
    async with aiohttp.ClientSession() as session:
        ann = await act(session, url, "person")
        await act(session, url, "start", person=ann)
        polling = asyncio.create_task(session.get(f"{url}/bot{TOKEN}/getUpdates?timeout=50&offset=100000009"))
        await asyncio.sleep(0.2)
        child.terminate()
        output, errors = await asyncio.wait_for(child.communicate(), 150)
        with pytest.raises(aiohttp.ClientError):
            await polling

    assert (child.returncode, output, errors) == (0, b"", b"")


async def test_nothing_is_written_to_disk_or_output(sandbox: Sandbox, ann: int, capfd: Any, tmp_path: Path) -> None:
    sandbox.write(ann, "secret of a citizen")
    captured = capfd.readouterr()

    assert (captured.out, captured.err) == ("", "")


async def test_a_hundred_thousand_messages_and_their_record_fit(sandbox: Sandbox, ann: int) -> None:
    for number in range(100_000):
        sandbox.write(ann, str(number))

    assert len(sandbox.messages(ann)) == 100_001
    assert len(sandbox.pending()) == 100_000
