"""The transport: updates in, messages out. Nothing here knows what the bot says."""
