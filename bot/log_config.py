"""Logging: structured events, without tokens and citizens' texts."""

import asyncio
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog

from bot.log_output import STANDARD_ERROR

_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")


def configure_logging(level: str) -> None:
    """Write events of this severity and above to standard error, as JSON lines or, in a terminal, readable.

    Libraries log whole messages, URLs and tracebacks. Only their warnings are kept, and only the format string of each.
    """
    terminal = sys.stderr is not None and sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: structlog.WriteLogger(STANDARD_ERROR),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(logging.WARNING)
    # A library may have set a lower level for its own events.
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(logging.NOTSET)


def quiet_loop(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log errors of tasks that were never awaited: the class, not the text."""
    error = context.get("exception")
    structlog.get_logger().error("unawaited_task_failed", error=type(error).__name__)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace everything in an event that looks like a token."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _TOKEN.sub("***", value)
    return event


def error_location(error: BaseException) -> str:
    """File name and line where the error was raised; its text is left out, because it may quote a citizen."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


class _Libraries(logging.Handler):
    """Logs that a library warned, without the values in its message."""

    def emit(self, record: logging.LogRecord) -> None:
        words = str(record.msg).partition("\n")[0] if record.args else "(see the library)"
        log = structlog.get_logger()
        log.warning("library", library=record.name, severity=record.levelname, words=words)
