"""What admins do in their private chats with the bot: broadcasts and rights."""
