"""The transport: updates in, messages out. It does not know what the bot says."""
