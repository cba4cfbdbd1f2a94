"""The content of a message, parsed from a call's parameters."""

import struct
from typing import Any

from bot.sandbox.entities.formatted import read_text
from bot.sandbox.errors import bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.state import File, Json, SandboxState

MAX_TEXT = 4096
MAX_CAPTION = 1024


def read_message_text(parameters: Parameters) -> Json:
    """text and entities of a text message."""
    text = parameters.text("text")
    if not text:
        raise bad_request("Message text is empty")
    content = text_content(text, parameters.text("parse_mode"), _entities(parameters, "entities"))
    preview = parameters.tree("link_preview_options", "Can't parse link preview options JSON object")
    return content | {"link_preview_options": preview} if preview else content


def text_content(text: str, parse_mode: str, entities: Any) -> Json:
    """text and entities of a text that is not a parameter of its own, such as that of an inline result."""
    plain, spans = read_text(text, parse_mode, entities)
    if not plain:
        raise bad_request("Text must be non-empty")
    if len(plain) > MAX_TEXT:
        raise bad_request("Message is too long")
    return {"text": plain, "entities": spans} if spans else {"text": plain}


def read_caption(parameters: Parameters) -> Json:
    """caption and caption_entities; empty if there is no caption."""
    entities = _entities(parameters, "caption_entities")
    plain, spans = read_text(parameters.text("caption"), parameters.text("parse_mode"), entities)
    if len(plain) > MAX_CAPTION:
        raise bad_request("Message caption is too long")
    caption: Json = {"caption": plain} if plain else {}
    return caption | {"caption_entities": spans} if spans else caption


def read_photo(state: SandboxState, parameters: Parameters) -> Json:
    """A photo, uploaded or known to Telegram."""
    file = _read_file(state, parameters, "photo", "photos")
    size = _image_size(file.content)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    return {"photo": [file.as_json() | {"width": width, "height": height}]}


def read_document(state: SandboxState, parameters: Parameters) -> Json:
    """A file of any kind, under its uploaded name."""
    file = _read_file(state, parameters, "document", "documents")
    return {"document": file.as_json() | {"file_name": file.name}}


def _entities(parameters: Parameters, name: str) -> Any:
    return parameters.tree(name, "Can't parse entities JSON object")


def _read_file(state: SandboxState, parameters: Parameters, field: str, folder: str) -> File:
    named = parameters.text(field)
    upload = parameters.uploads.get(named.removeprefix("attach://") if named else field)
    if upload is not None:
        return state.keep_file(upload.content, upload.name, folder)
    if not named:
        raise bad_request(f"There is no {field} in the request")
    if named.startswith(("http://", "https://")):
        raise bad_request("Failed to get HTTP URL content")
    if named not in state.files:
        raise bad_request("Wrong file identifier/HTTP URL specified")
    return state.files[named]


def _image_size(content: bytes) -> tuple[int, int] | None:
    """The exact size of a PNG, a nominal one for other images, None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    known = content.startswith((b"\xff\xd8\xff", b"GIF8", b"BM")) or content[8:12] == b"WEBP"
    return (640, 480) if known else None
