"""Errors whose message is meant for people."""

from bot.i18n.message import LazyMessage

#: The exit code when the operator must fix the settings before the program can start (`EX_CONFIG`).
EXIT_SETTINGS = 78
#: The exit code of a bot that had to end and should be restarted by its supervisor (`EX_TEMPFAIL`).
EXIT_RESTART = 75


class OperatorError(Exception):
    """The bot cannot start or run; the message is one sentence for the operator and contains no secret."""

    exit_code = EXIT_SETTINGS


class RestartError(OperatorError):
    """The bot cannot continue, but can start again at once."""

    exit_code = EXIT_RESTART


class ReplacedError(RestartError):
    """This replica was silent for so long that another one took over its work."""

    def __init__(self) -> None:
        super().__init__(
            "This replica was frozen or cut off from the database, and another one has taken its work over; it ends, so"
            " that its supervisor starts it again."
        )


class StorageError(Exception):
    """The storage can be neither read nor written at present; nothing was changed."""


class FileError(Exception):
    """A file cannot be read, or was not written and is unchanged; `why` is the message for people."""

    def __init__(self, why: LazyMessage) -> None:
        super().__init__(str(why))
        self.why = why
