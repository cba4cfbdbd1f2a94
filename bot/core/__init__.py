"""What the bot knows and decides: pure values and functions, no clock, no file, no network."""
