"""Chats and their subscriptions, roles, and personal data."""
