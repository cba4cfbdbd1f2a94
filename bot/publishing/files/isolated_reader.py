"""Runs a reader of broken or hostile input in a child process that has no access to the token."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bot
from bot.i18n.message import LazyMessage, lazy_gettext

#: A reader is abandoned after this many seconds, for example on a network drive that does not respond.
TIMEOUT = 15.0

#: Without `site` a process starts faster and imports only packages whose folders it is given.
_ISOLATED = ("-I", "-S", "-X", "utf8", "-c")
_START = "import sys; sys.path += sys.argv[1].split(chr(10)); from {module} import main; main()"

#: Anything that looks like a path on this machine; the message may be shown in Telegram.
_PATH = re.compile(r"[^\s'\"(]*/[^\s'\")]*")


class ReaderError(Exception):
    """The reader died, hung or was never started; the message says why."""

    def __init__(self, why: LazyMessage) -> None:
        super().__init__(str(why))
        self.why = why


def run_reader(module: str, *, packages: Sequence[str], content: bytes) -> dict[str, Any]:
    """Run the `main` of a module with `content` on standard input, and return the JSON object that it prints.

    It can import the standard library, `bot` and the given packages; its environment is empty. It must limit its own
    memory and time. Raises ReaderError if there is no answer.
    """
    try:
        child = _run_child(module, packages, content)
    except subprocess.TimeoutExpired:
        seconds = f"{TIMEOUT:g}"
        raise ReaderError(lazy_gettext("reading takes more than {seconds} seconds", seconds=seconds)) from None
    except (OSError, ValueError) as error:
        raise ReaderError(lazy_gettext("the reader cannot be started: {why}", why=_why(error))) from None
    if child.returncode:
        why = _PATH.sub("…", child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])[:120]
        code = f"{child.returncode}{': ' + why if why else ''}"
        raise ReaderError(lazy_gettext("the reader died (exit {code})", code=code))
    answer: dict[str, Any] = json.loads(child.stdout.decode("utf-8", "surrogatepass"))
    return answer


def _run_child(module: str, packages: Sequence[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, *_ISOLATED, _START.format(module=module), "\n".join(places_of(packages))]
    return subprocess.run(  # noqa: S603 - every word of the command is ours
        command, input=content, capture_output=True, timeout=TIMEOUT, env={}, check=False
    )


def places_of(packages: Sequence[str]) -> list[str]:
    """The folders from which the bot and these packages are imported."""
    origins = [bot.__file__, *(getattr(importlib.util.find_spec(name), "origin", None) for name in packages)]
    return list(dict.fromkeys(str(Path(origin).absolute().parents[1]) for origin in origins if origin))


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
