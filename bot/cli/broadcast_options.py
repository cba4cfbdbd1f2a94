"""Input of `minsheng broadcast`: texts, files, and typed replies."""

import base64
import sys
from pathlib import Path

from bot.cli.control_client import Row, terminal_translator
from bot.cli.options import stop

#: Bytes of a file that is sent along; in base64 it must fit into one line to the bot.
LARGEST_FILE = 8_000_000


def text_given(given: str) -> str:
    """The text, or the content of the file after an @."""
    if not given.startswith("@"):
        return given
    try:
        return _content(Path(given[1:])).decode("utf-8-sig")
    except UnicodeDecodeError:
        stop(terminal_translator().gettext("{file} is not in UTF-8; save it in that encoding.", file=given[1:]), 2)


def file_given(photo: Path | None, document: Path | None) -> Row | None:
    """The attachment as the bot takes it, or None. Ends the process when it cannot be sent."""
    if photo and document:
        stop(terminal_translator().gettext("Name a photo or a document, not both."), 2)
    path = photo or document
    if path is None:
        return None
    content = _content(path)
    if len(content) > LARGEST_FILE:
        stop(
            terminal_translator().gettext(
                "{file} is larger than 8 MB; send a larger file in the chat with the bot.", file=path
            ),
            2,
        )
    return {
        "kind": "photo" if photo else "document",
        "name": path.name,
        "content": base64.b64encode(content).decode(),
    }


def _content(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except (OSError, RuntimeError):
        stop(terminal_translator().gettext("{file} cannot be read.", file=path), 2)


def typed(question: str, otherwise: str) -> str:
    """The typed reply; without a terminal the process ends with `otherwise`."""
    if not sys.stdin.isatty():
        stop(otherwise, 1)
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
