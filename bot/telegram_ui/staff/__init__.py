"""What staff and admins do in their private chats with the bot."""
