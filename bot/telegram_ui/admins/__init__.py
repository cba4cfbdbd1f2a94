"""Admins' functions in their private chats with the bot: broadcasts and roles."""
