"""Tickets: questions that citizens pass on to staff, and the inbox's messages that must arrive."""
