"""Input of `minsheng broadcast`: options for each language, texts, files, and typed replies."""

import base64
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from babel import Locale

from bot.broadcasts.model import AUDIENCES
from bot.cli.control_client import Row, terminal_translator
from bot.cli.terminal import stop
from bot.i18n.languages import LANGUAGES

#: The most bytes of an attached file; in base64 it must fit into one request to the bot.
MAX_FILE = 8_000_000


def _parse_audience(text: str) -> str:
    if text not in AUDIENCES:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, AUDIENCES))}.")
    return text


AudienceOption = Annotated[
    str,
    typer.Option(
        parser=_parse_audience,
        metavar=f"[{'|'.join(AUDIENCES)}]",
        help="Everybody, one language, or those with rights in the bot.",
    ),
]


def with_language_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with options for each language, such as `--text-en` and `--link-en`.

    They replace its parameters `texts` and `links`, which get the values by language.
    """

    @wraps(command)
    def with_options(**values: Any) -> None:
        given = {
            name: {language: value for language in LANGUAGES if (value := values.pop(f"{option}_{language}"))}
            for name, option in (("texts", "text"), ("links", "link"))
        }
        command(**given, **values)

    own = signature(command, eval_str=True)
    others = [each for name, each in own.parameters.items() if name not in ("texts", "links")]
    with_options.__signature__ = own.replace(  # type: ignore[attr-defined] # the attribute that `inspect` reads first
        parameters=[*_language_options(), *others]
    )
    return with_options


def _language_options() -> Iterator[Parameter]:
    for language in LANGUAGES:
        name = Locale(language).english_name
        text = typer.Option(
            help=f"The {name} text, with Telegram's HTML; @FILE: that file's content.", show_default=False
        )
        link = typer.Option(help=f"A button below the {name} text; may be repeated.", show_default=False)
        for option, type_, declared in (("text", str | None, text), ("link", list[str] | None, link)):
            annotation = Annotated[type_, declared]  # type: ignore[valid-type]
            yield Parameter(f"{option}_{language}", Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def read_text_option(given: str) -> str:
    """The text, or the content of the file after an @."""
    if not given.startswith("@"):
        return given
    try:
        return _content(Path(given[1:])).decode("utf-8-sig")
    except UnicodeDecodeError:
        stop(terminal_translator().gettext("{file} is not in UTF-8; save it in that encoding.", file=given[1:]), 2)


def read_attachment(photo: Path | None, document: Path | None) -> Row | None:
    """The attachment as the bot expects it, or None. Ends the process if it cannot be sent."""
    if photo and document:
        stop(terminal_translator().gettext("Give a photo or a document, not both."), 2)
    path = photo or document
    if path is None:
        return None
    content = _content(path)
    if len(content) > MAX_FILE:
        stop(
            terminal_translator().gettext(
                "{file} is larger than 8 MB; send a larger file in the chat with the bot.", file=path
            ),
            2,
        )
    return {
        "kind": "photo" if photo else "document",
        "name": path.name,
        "content": base64.b64encode(content).decode(),
    }


def _content(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except (OSError, RuntimeError):
        stop(terminal_translator().gettext("{file} cannot be read.", file=path), 2)


def prompt(question: str, error_without_terminal: str) -> str:
    """Ask in the terminal and return the typed reply; without a terminal, end the process with the error."""
    if not sys.stdin.isatty():
        stop(error_without_terminal, 1)
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
