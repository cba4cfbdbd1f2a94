"""Questions that citizens pass on to staff, and the messages of the inbox that must arrive."""
