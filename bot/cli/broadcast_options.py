"""What is given to `minsheng broadcast`: texts, files, and what somebody types when asked."""

import base64
import sys
from pathlib import Path

from bot.cli.control_client import Row, translator
from bot.cli.options import stop

#: Bytes of a file that is sent along; in base64 it must fit into one line to the bot.
LARGEST_FILE = 8_000_000


def text_given(given: str) -> str:
    """A text as it was typed, or the content of the file that stands behind an @."""
    if not given.startswith("@"):
        return given
    try:
        return _content(Path(given[1:])).decode("utf-8-sig")
    except UnicodeDecodeError:
        stop(translator().gettext("{file} is not in UTF-8; save it in that encoding.", file=given[1:]), 2)


def file_given(photo: Path | None, document: Path | None) -> Row | None:
    """The file to send along, as the bot takes it; None: none. Ends the process when it cannot be sent."""
    if photo and document:
        stop(translator().gettext("Name a photo or a document, not both."), 2)
    path = photo or document
    if path is None:
        return None
    content = _content(path)
    if len(content) > LARGEST_FILE:
        stop(
            translator().gettext("{file} is larger than 8 MB; send a larger file in the chat with the bot.", file=path),
            2,
        )
    return {
        "kind": "photo" if photo else "document", "name": path.name, "content": base64.b64encode(content).decode(),
    }  # fmt: skip


def _content(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except (OSError, RuntimeError):
        stop(translator().gettext("{file} cannot be read.", file=path), 2)


def typed(question: str, otherwise: str) -> str:
    """What is typed in reply; where there is no terminal, the process ends with what to do otherwise."""
    if not sys.stdin.isatty():
        stop(otherwise, 1)
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
