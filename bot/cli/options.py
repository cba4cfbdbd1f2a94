"""Options and settings that several commands use."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import stop
from bot.errors import EXIT_SETTINGS
from bot.i18n.languages import LANGUAGES, Language
from bot.settings import Settings, SettingsError, load

KnowledgeOption = Annotated[
    Path | None,
    typer.Option(
        "--knowledge", help="The knowledge file or folder. Default: the setting KNOWLEDGE_PATH.", show_default=False
    ),
]


def knowledge_path() -> Path:
    """The setting KNOWLEDGE_PATH; exits with 78 if a setting is invalid."""
    return read_settings().knowledge_path


def read_settings() -> Settings:
    """The settings; exits with 78 if one is invalid."""
    try:
        return load()
    except SettingsError as refusal:
        stop(str(refusal), EXIT_SETTINGS)


#: The language codes, listed for a sentence.
_LISTED = f"{', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}"


def parse_language(name: str | None) -> Language | None:
    """The language with this code, None without a code; exits with 2 for an unknown one."""
    if name is None:
        return None
    known = next((language for language in LANGUAGES if language == name), None)
    return known or stop(f"The language “{name}” is not known; use {_LISTED}.", 2)
