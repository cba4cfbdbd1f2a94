"""Nobody else can reach the socket for commands, and whatever arrives through it, the bot continues."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from bot.control.server import ControlServer, RejectedError, Row
from bot.control.socket import MAX_BODY, NAME, listening, short_path
from bot.errors import StorageError
from bot.i18n.message import lazy_gettext
from tests.control.client import post, request

CANARY = "a-text-that-no-log-may-hold"


class Needed(BaseModel):
    number: int


@dataclass
class Actions:
    """Actions that do what their names say; `wait` waits until the test lets it go on."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list)

    async def echo(self, given: Mapping[str, Any]) -> Sequence[Row]:
        return [given, given]

    async def wait(self, given: Mapping[str, Any]) -> Sequence[Row]:
        self.begun.set()
        await self.go_on.wait()
        self.ended.append("wait")
        return [{"waited": True}]

    async def refuse(self, given: Mapping[str, Any]) -> Sequence[Row]:
        raise RejectedError(lazy_gettext("The city's notices: no"), {"all the": "same"})

    async def need(self, given: Mapping[str, Any]) -> Sequence[Row]:
        return [{"number": Needed.model_validate(given).number}]

    async def store(self, given: Mapping[str, Any]) -> Sequence[Row]:
        raise StorageError

    async def fail(self, given: Mapping[str, Any]) -> Sequence[Row]:
        raise KeyError(CANARY)

    def table(self) -> dict[str, Any]:
        names = ("echo", "wait", "refuse", "need", "store", "fail")
        return {name: getattr(self, name) for name in names}


@dataclass
class Open:
    """A server that takes calls."""

    path: Path
    actions: Actions
    stopping: asyncio.Event
    serving: asyncio.Task[None]

    async def calls(self, action: str, lang: str = "en", **given: object) -> tuple[int, Any]:
        """Call an action; return the status and the body of the response, None if it is not JSON."""
        return await self.posts(f"/{action}?lang={lang}", json.dumps(given).encode())

    async def posts(self, target: str, body: bytes) -> tuple[int, Any]:
        """Send a raw body; return the same as `calls`."""
        return await post(str(self.path), target, body)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Open]:
    """Serve in a folder while the body runs."""
    path, actions, stopping = folder / NAME, Actions(), asyncio.Event()
    serving = asyncio.create_task(ControlServer(path, actions.table()).serve(stopping))
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
        control = Open(path, actions, stopping, serving)
        yield control
        stopping.set()
        await control.serving


# --- The place ---


async def test_only_the_account_of_the_bot_can_call_it_and_no_file_remains(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with opened(folder) as control:
        status = control.path.lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert [path.name for path in folder.iterdir()] == [NAME]
    assert list(folder.iterdir()) == []


def test_at_no_moment_the_socket_has_another_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the umask would let everybody in, the folder in which it is made lets no one."""
    seen: list[int] = []

    def replace(draft: Path, place: Path) -> Path:
        seen.append(stat.S_IMODE(draft.lstat().st_mode))
        seen.append(stat.S_IMODE(draft.parent.stat().st_mode))
        return draft.rename(place)

    monkeypatch.setattr(Path, "replace", replace)
    with listening(tmp_path / NAME):
        assert seen == [0o600, 0o700]


@pytest.mark.parametrize("left", ["socket", "file"])
async def test_what_a_dead_bot_left_there_is_replaced(tmp_path: Path, left: str) -> None:
    if left == "socket":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / NAME))
    else:
        (tmp_path / NAME).write_text("nothing that listens")
    stopping = asyncio.Event()
    control = asyncio.create_task(ControlServer(tmp_path / NAME, Actions().table()).serve(stopping))
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await post(str(tmp_path / NAME), "/need", b'{"number": 7}')
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
    assert answer == (200, {"rows": [{"number": 7}]})
    stopping.set()
    await control


async def test_a_bot_that_leaves_does_not_take_the_socket_of_another_with_it(tmp_path: Path) -> None:
    with ExitStack() as other:
        async with opened(tmp_path):
            other.enter_context(listening(tmp_path / NAME))
        assert (tmp_path / NAME).is_socket()
    assert not (tmp_path / NAME).exists()


async def test_a_folder_with_a_long_path_does_as_well(tmp_path: Path) -> None:
    """A socket's path has 107 bytes at most; that of a folder has thousands."""
    folder = tmp_path / ("f" * 120)
    folder.mkdir()
    async with opened(folder) as control:
        with short_path(control.path) as address:
            assert await post(address, "/echo", b"{}") == (200, {"rows": [{}, {}]})


async def test_where_there_can_be_no_socket_the_bot_goes_on_and_logs_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with capture_logs() as logs:
        await ControlServer(tmp_path / "data" / NAME, {}).serve(asyncio.Event())
    assert [(line["event"], line["log_level"]) for line in logs] == [("no_control", "warning")]


# --- The talk ---


async def test_a_call_is_answered_with_rows(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        assert await control.calls("echo", text="多少") == (200, {"rows": [{"text": "多少"}, {"text": "多少"}]})
        assert await control.calls("need", number=7) == (200, {"rows": [{"number": 7}]})


async def test_a_refusal_follows_the_rows_in_the_language_of_the_caller(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        rows = [{"all the": "same"}]
        assert await control.calls("refuse", "zh") == (409, {"rows": rows, "error": "市里的通知：不接收"})
        assert await control.calls("refuse", "de") == (409, {"rows": rows, "error": "The city's notices: no"})


@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        ("/echo", b"hello", 400),
        ("/echo", b"", 400),
        ("/echo", b"[]", 400),
        ("/echo", b"null", 400),
        ("/echo", b"1", 400),
        ("/echo", b"\xff\xfe\x00", 400),
        ("/echo", b"[" * 100_000, 400),
        ("/fly", b"{}", 404),
        ("/", b"{}", 404),
        ("/a/b", b"{}", 404),
        ("/%ED%A0%80", b"{}", 404),
        ("/need", b"{}", 422),
        ("/need", b'{"number": "x"}', 422),
    ],
)
async def test_a_wrong_call_is_answered_with_a_sentence_and_the_next_one_is_taken(
    tmp_path: Path, target: str, body: bytes, status: int
) -> None:
    async with opened(tmp_path) as control:
        answered, content = await control.posts(target, body)
        assert (answered, set(content)) == (status, {"rows", "error"})
        assert await control.calls("need", number=7) == (200, {"rows": [{"number": 7}]})


@pytest.mark.parametrize("noise", [b"hello\n\n", b"\x16\x03\x01\x00", b"GET /echo HTTP/1.1\r\nHost: bot\r\n\r\n"])
async def test_malformed_calls_do_no_harm(tmp_path: Path, noise: bytes) -> None:
    async with opened(tmp_path) as control:
        _, writer = await asyncio.open_unix_connection(str(control.path))
        writer.write(noise)
        assert await control.calls("need", number=7) == (200, {"rows": [{"number": 7}]})
        writer.close()


async def test_a_huge_body_is_refused_and_one_with_a_file_of_eight_megabytes_is_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        status, _ = await control.calls("echo", text="A" * 10_700_000)
        assert status == 200
        status, content = await control.posts("/echo", b"x" * (MAX_BODY + 1_000_000))
        assert (status, content["rows"]) == (413, [])
        assert "longer than 12000000 bytes" in content["error"]
        assert (await control.calls("echo"))[0] == 200


async def test_a_failing_action_is_an_answer_and_its_words_are_in_no_log(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with opened(tmp_path) as control:
            failed = await control.calls("fail", secret=CANARY)
            status, unkept = await control.calls("store")
    assert failed == (500, {"rows": [], "error": "The bot failed at this. Its log says where."})
    assert status == 503
    assert unkept["error"].startswith("The database can be neither read nor written")
    assert [line["event"] for line in logs] == ["action_failed"]
    assert CANARY not in str(logs)


async def test_one_caller_does_not_wait_for_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        waiting = asyncio.create_task(control.calls("wait"))
        await control.actions.begun.wait()
        answers = await asyncio.gather(*(control.calls("need", number=number) for number in range(50)))
        assert [content["rows"][0]["number"] for _, content in answers] == list(range(50))
        assert not waiting.done()
        control.actions.go_on.set()
        assert await waiting == (200, {"rows": [{"waited": True}]})


async def test_what_has_begun_is_done_though_its_caller_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        _, writer = await asyncio.open_unix_connection(str(control.path))
        writer.write(request("/wait", b"{}"))
        await control.actions.begun.wait()
        writer.transport.abort()
        control.actions.go_on.set()
        assert (await control.calls("echo"))[0] == 200
    assert control.actions.ended == ["wait"]


async def test_characters_that_json_cannot_hold_are_transported(tmp_path: Path) -> None:
    """Half a character, as it comes from a terminal with another encoding."""
    async with opened(tmp_path) as control:
        assert await control.calls("echo", half="\udcff") == (200, {"rows": [{"half": "\udcff"}] * 2})


# --- The end ---


async def test_at_the_end_idle_callers_are_left_and_what_has_begun_is_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        idle, idle_writer = await asyncio.open_unix_connection(str(control.path))
        waiting = asyncio.create_task(control.calls("wait"))
        await control.actions.begun.wait()
        control.stopping.set()
        assert await idle.read() == b""
        control.actions.go_on.set()
        assert await waiting == (200, {"rows": [{"waited": True}]})
        await control.serving
        assert not control.path.exists()
        idle_writer.close()


async def test_a_control_that_is_given_up_leaves_no_socket_and_no_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.control.server.SHUTDOWN_SECONDS", 0.05)
    async with opened(tmp_path) as control:
        waiting = asyncio.create_task(control.calls("wait"))
        await control.actions.begun.wait()
        control.serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await control.serving
        assert (await waiting)[1] is None
        assert not control.path.exists()
        control.serving = asyncio.create_task(asyncio.sleep(0))
    assert control.actions.ended == []


async def test_given_up_it_still_answers_what_has_begun(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        waiting = asyncio.create_task(control.calls("wait"))
        await control.actions.begun.wait()
        control.serving.cancel()
        await asyncio.sleep(0)
        control.actions.go_on.set()
        assert await waiting == (200, {"rows": [{"waited": True}]})
        with pytest.raises(asyncio.CancelledError):
            await control.serving
        control.serving = asyncio.create_task(asyncio.sleep(0))
    assert control.actions.ended == ["wait"]
