"""The socket for commands is reached by nobody else, and whatever comes through it, the bot goes on."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from bot.control.server import Control, RejectedError, Row
from bot.control.socket import LARGEST_LINE, NAME, listening, reachable
from bot.errors import StorageError
from bot.i18n.message import lazy_gettext

CANARY = "a-text-that-no-log-may-hold"


class Needed(BaseModel):
    number: int


@dataclass
class HandlerContext:
    """Acts that do what their names say; `wait` waits until the test lets it go on."""

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

    def acts(self) -> dict[str, Any]:
        names = ("echo", "wait", "refuse", "need", "store", "fail")
        return {name: getattr(self, name) for name in names}


@dataclass
class Open:
    """A control that takes calls."""

    path: Path
    desk: HandlerContext
    stopping: asyncio.Event
    serving: asyncio.Task[None]

    async def says(self, *lines: bytes) -> list[Any]:
        """The answers to lines, on one connection."""
        reader, writer = await asyncio.open_unix_connection(str(self.path), limit=2 * LARGEST_LINE)
        writer.writelines(lines)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return [json.loads(line) for line in answer.splitlines()]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Open]:
    """A control in a folder, which stops in order."""
    path, desk, stopping = folder / NAME, HandlerContext(), asyncio.Event()
    serving = asyncio.create_task(Control(path, desk.acts()).serve(stopping))
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
        control = Open(path, desk, stopping, serving)
        yield control
        stopping.set()
        await control.serving


def call(act: str, lang: str = "en", **given: object) -> bytes:
    return json.dumps({"act": act, "lang": lang, "with": given}).encode() + b"\n"


# --- The place ---


async def test_only_the_bots_own_account_can_call_it_and_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with opened(folder) as control:
        status = control.path.lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert [path.name for path in folder.iterdir()] == [NAME]
    assert list(folder.iterdir()) == []


def test_at_no_moment_the_socket_stands_there_with_another_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the umask would let everybody in, the folder in which it is made lets nobody."""
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
    control = asyncio.create_task(Control(tmp_path / NAME, HandlerContext().acts()).serve(stopping))
    async with asyncio.timeout(30):
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(tmp_path / NAME))
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
    writer.write(b'{"act": "need", "with": {"number": 7}}\n')
    assert json.loads(await reader.readline()) == {"row": {"number": 7}}
    writer.close()
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
        with reachable(control.path) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        writer.write(call("echo"))
        assert json.loads(await reader.readline()) == {"row": {}}
        writer.close()


async def test_where_there_can_be_no_socket_the_bot_goes_on_and_logs_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with capture_logs() as logs:
        await Control(tmp_path / "data" / NAME, {}).serve(asyncio.Event())
    assert [(line["event"], line["log_level"]) for line in logs] == [("no_control", "warning")]


# --- The talk ---


async def test_a_call_is_answered_with_rows_and_an_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        assert await control.says(call("echo", text="多少"), call("need", number=7)) == [
            {"row": {"text": "多少"}}, {"row": {"text": "多少"}}, {"end": True}, {"row": {"number": 7}}, {"end": True},
        ]  # fmt: skip


async def test_a_refusal_is_told_in_the_language_of_the_caller(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        row = {"row": {"all the": "same"}}
        assert await control.says(call("refuse", "zh")) == [row, {"error": "市里的通知：不接收"}]
        assert await control.says(call("refuse", "de")) == [row, {"error": "The city's notices: no"}]


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n", b"\n", b"[]\n", b"null\n", b'{"act": "echo", "with": 1}\n', b'{"act": "fly"}\n', b'{"act": {}}\n',
        b"{}\n", b"\xff\xfe\x00\n", b"[" * 100_000 + b"\n", b'{"act": "need"}\n', call("need", number="x"),
        b'{"act": "\\ud800"}\n',
    ],
)  # fmt: skip
async def test_a_wrong_line_is_answered_with_a_sentence_and_the_next_one_is_taken(tmp_path: Path, line: bytes) -> None:
    async with opened(tmp_path) as control:
        wrong, *others = await control.says(line, call("need", number=7))
        assert set(wrong) == {"error"}
        assert others == [{"row": {"number": 7}}, {"end": True}]


async def test_a_huge_line_is_refused_and_one_with_a_file_of_eight_megabytes_is_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        text = "A" * 10_700_000
        rows = await control.says(call("echo", text=text))
        assert rows[-1] == {"end": True}
        reader, writer = await asyncio.open_unix_connection(str(control.path))
        writer.write(b"x" * (LARGEST_LINE + 1_000_000))
        assert "longer than 12000000 bytes" in json.loads(await reader.readline())["error"]
        with suppress(ConnectionResetError):  # it was hung up on in the middle of a word
            assert await reader.read() == b""
        writer.close()
        assert len(await control.says(call("echo"))) == 3


async def test_a_failing_act_is_an_answer_and_its_words_are_in_no_log(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with opened(tmp_path) as control:
            (failed,) = await control.says(call("fail", secret=CANARY))
            (unkept,) = await control.says(call("store"))
    assert failed == {"error": "The bot failed at this. Its log says where."}
    assert unkept["error"].startswith("The database can be neither read nor written")
    assert [line["event"] for line in logs] == ["act_failed"]
    assert CANARY not in str(logs)


async def test_one_caller_does_not_wait_for_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        waiting = asyncio.create_task(control.says(call("wait")))
        await control.desk.begun.wait()
        answers = await asyncio.gather(*(control.says(call("need", number=number)) for number in range(50)))
        assert [answer[0]["row"]["number"] for answer in answers] == list(range(50))
        assert not waiting.done()
        control.desk.go_on.set()
        assert await waiting == [{"row": {"waited": True}}, {"end": True}]


async def test_what_has_begun_is_done_though_its_caller_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        _, writer = await asyncio.open_unix_connection(str(control.path))
        writer.write(call("wait"))
        await control.desk.begun.wait()
        writer.transport.abort()
        control.desk.go_on.set()
        assert len(await control.says(call("echo"))) == 3
    assert control.desk.ended == ["wait"]


async def test_what_no_text_can_hold_is_told_like_anything_else(tmp_path: Path) -> None:
    """Half a character, as it comes from a terminal with another encoding; the connection lives on."""
    async with opened(tmp_path) as control:
        answers = await control.says(call("echo", half="\udcff"), call("need", number=5))
    assert answers == [{"row": {"half": "\udcff"}}] * 2 + [{"end": True}, {"row": {"number": 5}}, {"end": True}]


# --- The end ---


async def test_at_the_end_idle_callers_are_left_and_what_has_begun_is_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        idle, idle_writer = await asyncio.open_unix_connection(str(control.path))
        waiting = asyncio.create_task(control.says(call("wait")))
        await control.desk.begun.wait()
        control.stopping.set()
        assert await idle.read() == b""
        control.desk.go_on.set()
        assert await waiting == [{"row": {"waited": True}}, {"end": True}]
        await control.serving
        assert not control.path.exists()
        idle_writer.close()


async def test_a_control_that_is_given_up_leaves_no_socket_and_no_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.control.server.LAST_SECONDS", 0.05)
    async with opened(tmp_path) as control:
        waiting = asyncio.create_task(control.says(call("wait")))
        await control.desk.begun.wait()
        control.serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await control.serving
        assert await waiting == []
        assert not control.path.exists()
        control.serving = asyncio.create_task(asyncio.sleep(0))
    assert control.desk.ended == []
