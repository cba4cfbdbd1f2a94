"""What staff do in their private chats with the bot."""
