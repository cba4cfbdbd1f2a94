"""Errors whose message is meant for people."""

from bot.i18n.message import LazyMessage

#: The exit code when the operator must fix the settings before the program can start (`EX_CONFIG`).
EXIT_SETTINGS = 78
#: The exit code of a replica that was replaced; a supervisor starts it again (`EX_TEMPFAIL`).
EXIT_REPLACED = 75


class OperatorError(Exception):
    """The bot cannot start or run; the text is one sentence for the operator and holds no secret."""

    exit_code = EXIT_SETTINGS


class ReplacedError(OperatorError):
    """This replica gave no sign of life for so long that another one took its work over."""

    exit_code = EXIT_REPLACED

    def __init__(self) -> None:
        super().__init__(
            "This replica was frozen or cut off from the database, and another one has taken its work over; it ends, so"
            " that its supervisor starts it again."
        )


class StorageError(Exception):
    """The storage can be neither read nor written at the moment; nothing was changed."""


class FileError(Exception):
    """A file cannot be read, or was not written and is unchanged; `why` is the sentence for people."""

    def __init__(self, why: LazyMessage) -> None:
        super().__init__(str(why))
        self.why = why
