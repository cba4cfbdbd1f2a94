"""What the page needs from the program: the bot's process, its knowledge, its explanations, and a place to store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
BotState = Literal["starting", "up", "down", "restarting"]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """What the person asked for is not done, as a sentence.

    With a code the page says it in its own language: `refused_CODE` of its catalogues, filled in with `values`. Without
    one it is a request that the page itself never makes.
    """

    def __init__(self, sentence: str, code: str = "", **values: int) -> None:
        super().__init__(sentence)
        self.code, self.values = code, values


class BotProcess(Protocol):
    """The bot's process, which is started again after it ended."""

    starts: int  #: how often it was started
    on_change: Callable[[], None]  #: called when a process started or ended

    @property
    def pid(self) -> int | None:
        """The process id; None while none runs."""

    def kill(self) -> None:
        """Send SIGKILL."""

    async def restart(self, admins: Sequence[int], staff: Sequence[int]) -> None:
        """End it, and start it with these people as its first admins and staff."""


class Knowledge(Protocol):
    """The knowledge files that the bot serves. The methods raise Refusal."""

    async def read(self, name: str) -> Json:
        """`{"files", "name", "text", "schema"}`; an empty name means the file with the statements."""

    async def check(self, name: str, text: str, *, full: bool) -> list[Json]:
        """The faults that the files would have with this text; only errors unless `full`."""

    async def save(self, name: str, text: str) -> list[Json]:
        """Replace the file if the text has no errors; the faults."""

    async def digest(self) -> str:
        """The digest of the saved files."""

    async def served_digest(self) -> str:
        """The digest of the version that the bot answers from; empty while it cannot be asked."""


class Explainer(Protocol):
    """Explains answers."""

    async def explain(self, text: str, language: str) -> Json:
        """Why the bot would answer a text as it does. Refusal while the bot is down."""


class Store(Protocol):
    """A folder of files that survives the process."""

    def names(self) -> list[str]:
        """The names of the files."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None without one."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file atomically; OSError."""

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The program around the page."""

    bot: BotProcess
    knowledge: Knowledge
    explainer: Explainer
    store: Store
    health_url: str  #: the root of the bot's web server
    languages: tuple[str, ...]
    version: str
