"""The number of the newest message that Telegram mentioned; `older_copy` explains its use."""

from typing import Any

#: A larger number is an error of Telegram's answer.
MAX_MESSAGE_ID = 2**52


class MessageNumbers:
    """Stores the highest message number in private chats and groups, which share one sequence."""

    def __init__(self) -> None:
        self.newest = 0

    def note(self, message: Any) -> None:
        """Note a message as Telegram describes it; other values are ignored."""
        match message:
            case {"message_id": int(number), "chat": {"type": "private" | "group"}} if number < MAX_MESSAGE_ID:
                self.newest = max(self.newest, number)
