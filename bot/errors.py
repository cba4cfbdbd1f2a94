"""Errors whose message is meant for people."""

from bot.i18n.message import LazyMessage

#: The exit code when the operator must fix the settings before the program can start (`EX_CONFIG`).
EXIT_SETTINGS = 78


class OperatorError(Exception):
    """The bot cannot start or run; the text is one sentence for the operator and holds no secret."""


class StorageError(Exception):
    """The storage can be neither read nor written at the moment; nothing was changed."""


class FileError(Exception):
    """A file cannot be read, or was not written and is unchanged; `why` is the sentence for people."""

    def __init__(self, why: LazyMessage) -> None:
        super().__init__(str(why))
        self.why = why
