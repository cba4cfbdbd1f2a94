"""The parameters of a call: query string, form, JSON or multipart, all parsed alike."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.errors import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file."""

    name: str
    content: bytes


@dataclass(slots=True)
class Parameters:
    """The named values of one call; getters convert to the type that a method needs."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; empty if it is missing."""
        value = self.values.get(name)
        match value:
            case None:
                return ""
            case str():
                return value
            case _:
                return json.dumps(value)

    def flag(self, name: str) -> bool:
        """Whether the value means yes."""
        return self.text(name).lower() in ("true", "yes", "1")

    def number(self, name: str, default: int = 0, lowest: int | None = None, highest: int | None = None) -> int:
        """The value as a whole number within the bounds; the default if it is not a number."""
        found = re.match(r"-?[0-9]{1,18}", self.text(name).strip())
        value = int(found[0]) if found else default
        value = value if lowest is None else max(lowest, value)
        return value if highest is None else min(highest, value)

    def tree(self, name: str, message: str) -> Any:
        """The value as JSON, possibly parsed from text; None if it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except (ValueError, RecursionError):
            raise bad_request(message) from None

    def chat_id(self) -> int | None:
        """The id of the chat, if it is given as a number."""
        found = re.fullmatch(r"-?[0-9]{1,18}", self.text("chat_id").strip())
        return int(found[0]) if found else None


def read_parameters(query: str, content_type: str, body: bytes) -> Parameters:
    """All parameters of a request; the body overrides the query string."""
    kind = content_type.partition(";")[0].strip().lower()
    parameters = Parameters(dict(parse_qsl(query, keep_blank_values=True)))
    if kind == "application/json" and body:
        parameters.values |= _read_json(body)
    elif kind == "application/x-www-form-urlencoded":
        parameters.values |= _read_form(body)
    elif kind == "multipart/form-data":
        _read_multipart(parameters, content_type, body)
    return parameters


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("Can't parse request body as JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("Can't parse request body as JSON object")
    return values


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None


def _read_multipart(parameters: Parameters, content_type: str, body: bytes) -> None:
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise bad_request("Boundary is missing in the content type")
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        _read_part(parameters, head.decode(errors="replace"), content)


def _read_part(parameters: Parameters, head: str, content: bytes) -> None:
    name = re.search(r'\bname="?([^";\r\n]+)"?', head)
    file = re.search(r'\bfilename="?([^";\r\n]*)"?', head)
    if name and file:
        parameters.uploads[name[1]] = Upload(file[1], content)
    elif name:
        parameters.values[name[1]] = content.decode(errors="replace")
