"""Message texts as Telegram reads them: plain text plus spans of formatting."""
