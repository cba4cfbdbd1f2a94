"""The command line in this process."""

from typer.testing import CliRunner, Result

from bot.cli import app


def minsheng(*words: str, typed: str | bytes = "") -> Result:
    """Run a command with these words in this process."""
    return CliRunner().invoke(app, words, input=typed)
