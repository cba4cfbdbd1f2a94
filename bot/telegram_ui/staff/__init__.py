"""Staff's functions in their private chats with the bot."""
