"""The number of the newest message that Telegram told of; `older_copy` says what it is for."""

from typing import Any

_MAX_MESSAGE_ID = 2**52


class MessageNumbers:
    """Remembers the highest number of a message in private chats and groups, which share one count."""

    def __init__(self) -> None:
        self.newest = 0

    def note(self, message: Any) -> None:
        """Look at a message as Telegram describes it; any other value is ignored."""
        match message:
            case {"message_id": int(number), "chat": {"type": "private" | "group"}} if number < _MAX_MESSAGE_ID:
                self.newest = max(self.newest, number)
