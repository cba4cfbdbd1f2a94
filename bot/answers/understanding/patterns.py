"""The words of each language by which a message or a statement is read."""

from pathlib import Path

from bot.i18n.word_patterns import read_word_patterns

PATTERNS = read_word_patterns(Path(__file__).with_name("patterns.yaml"))
