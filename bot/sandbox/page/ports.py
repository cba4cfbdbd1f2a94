"""What the page needs from the program: the bot's process, its knowledge, its explanations, and storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
BotState = Literal["starting", "up", "down", "restarting"]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The request is refused, with a sentence.

    With a code the page says it in its own language: `refused_CODE` in its catalogues, filled in with `values`.
    Requests that are refused without a code never come from the page itself.
    """

    def __init__(self, sentence: str, code: str = "", **values: int) -> None:
        super().__init__(sentence)
        self.code, self.values = code, values


class BotProcess(Protocol):
    """The bot's process, which is restarted after it ended."""

    starts: int  #: the number of starts
    on_change: Callable[[], None]  #: called when a process started or ended

    @property
    def pid(self) -> int | None:
        """The process id; None if it is not running."""

    def kill(self) -> None:
        """Send SIGKILL."""

    async def restart(self, admins: Sequence[int], staff: Sequence[int]) -> None:
        """Stop it, and start it with these people as its first admins and staff."""


class Knowledge(Protocol):
    """The knowledge files that the bot serves. The methods raise Refusal."""

    async def read(self, name: str) -> Json:
        """`{"files", "name", "text", "schema"}`; an empty name means the file with the statements."""

    async def check(self, name: str, text: str, *, full: bool) -> list[Json]:
        """The errors that the files would have with this text, plus warnings with `full`."""

    async def save(self, name: str, text: str) -> list[Json]:
        """Replace the file if the text has no errors; return the errors."""

    async def digest(self) -> str:
        """The digest of the saved files."""

    async def served_digest(self) -> str:
        """The digest of the version that the bot answers from; empty if it cannot be asked."""


class Explainer(Protocol):
    """Explains answers."""

    async def explain(self, text: str, language: str) -> Json:
        """Explain the bot's answer to a text. Raises Refusal while the bot is down."""


class Store(Protocol):
    """A folder of files that survives the process."""

    def names(self) -> list[str]:
        """The names of the files."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file atomically; raises OSError."""

    def remove(self, name: str) -> None:
        """Delete a file if it exists."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The parts of the program that the page uses."""

    bot: BotProcess
    knowledge: Knowledge
    explainer: Explainer
    store: Store
    health_url: str  #: the root of the bot's web server
    languages: tuple[str, ...]
    version: str
