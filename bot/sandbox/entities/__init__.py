"""Message texts as Telegram parses them: plain text plus spans of formatting."""
