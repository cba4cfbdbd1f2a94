"""Faults that destroy the answer to a call after the connection was made, and the outcome of the message."""

from bot.broadcasts.delivery import Outcome, Unknown

#: A fault of the sandbox -> the outcome of a message that it affects.
UNCERTAIN_OUTCOMES: dict[str, Outcome] = {
    "reset": Unknown("broken"),
    "cut": Unknown("broken"),
    "error": Unknown("server"),
    "html": Unknown("server"),
    "garbage": Unknown("garbage"),
    "truncated": Unknown("garbage"),
    "empty": Unknown("garbage"),
}
