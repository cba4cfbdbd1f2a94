"""What goes wrong in a way that somebody must be told."""

from bot.i18n.message import LazyMessage

#: The exit code of a program whose settings must be mended before it is started again (`EX_CONFIG`).
EXIT_SETTINGS = 78


class OperatorError(Exception):
    """The bot cannot run like this; its text is one sentence for the operator, without a secret in it."""


class StorageError(Exception):
    """What is kept can be neither read nor written at the moment; nothing was changed."""


class FileError(Exception):
    """A file cannot be read, or was not written and is as it was; carries the sentence that tells people why."""

    def __init__(self, why: LazyMessage) -> None:
        super().__init__(str(why))
        self.why = why
