"""Chats and their subscriptions, roles, and what is kept of a person."""
