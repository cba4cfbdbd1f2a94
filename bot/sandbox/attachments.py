"""Content other than text that people send."""

from collections.abc import Callable

from bot.sandbox.state import Json, SandboxState

#: the smallest possible picture: one transparent pixel
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0300"
    "08fc02fea79aa0a00000000049454e44ae426082"
)
_VIDEO = {"width": 320, "height": 240, "duration": 3}
_PLACE = {"latitude": 45.8038, "longitude": 126.5349}
_STICKER = {
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "🙂",
}
_POLL = {
    "question": "When?",
    "options": [
        {"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate(("Now", "Later"))
    ],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": True,
    "members_only": False,
}
#: kind -> (folder, file name, further fields); these have a file and may have a caption
_FILES: dict[str, tuple[str, str, Json]] = {
    "voice": ("voice", "voice.oga", {"duration": 2, "mime_type": "audio/ogg"}),
    "audio": ("music", "song.mp3", {"duration": 60, "file_name": "song.mp3"}),
    "document": ("documents", "paper.pdf", {"file_name": "paper.pdf", "mime_type": "application/pdf"}),
    "video": ("videos", "film.mp4", _VIDEO),
    "animation": ("animations", "loop.mp4", _VIDEO),
    "video_note": ("video_notes", "note.mp4", {"length": 240, "duration": 3}),
    "sticker": ("stickers", "sticker.webp", _STICKER),
}
_PLAIN: dict[str, Callable[[SandboxState], Json]] = {
    "location": lambda _: {"location": _PLACE},
    "venue": lambda _: {
        "location": _PLACE,
        "venue": {"location": _PLACE, "title": "Square", "address": "1 Street"},
    },
    "contact": lambda _: {"contact": {"phone_number": "+10000000000", "first_name": "Ben"}},
    "dice": lambda _: {"dice": {"emoji": "🎲", "value": 4}},
    "poll": lambda state: {"poll": _POLL | {"id": str(state.next_id())}},
    "story": lambda state: {"story": {"chat": state.sender | {"type": "private"}, "id": state.next_id()}},
    "game": lambda _: {"game": {"title": "Game", "description": "A game", "photo": []}},
}
KINDS = ("photo", *_FILES, *_PLAIN)


def attachment(state: SandboxState, kind: str, content: bytes, caption: str, name: str = "") -> Json:
    """The part of a message with the attachment, whose file has this `name`; raises KeyError with the known kinds."""
    captioned: Json = {"caption": caption} if caption else {}
    if kind == "photo":
        file = state.keep_file(content or PIXEL, "photo.png", "photos")
        return {"photo": [file.as_json() | {"width": 1, "height": 1}]} | captioned
    if kind in _FILES:
        folder, usual_name, fields = _FILES[kind]
        file = state.keep_file(content or b"sandbox", name or usual_name, folder)
        named = {"file_name": name} if name else {}
        return {kind: file.as_json() | fields | named} | captioned
    if kind in _PLAIN:
        return _PLAIN[kind](state)
    raise KeyError(f"unknown kind {kind!r}; known are {', '.join(KINDS)}")
