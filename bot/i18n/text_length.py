"""The length of texts as Telegram counts it, and texts cut to a length."""

#: Telegram's limits for a text and for the caption of a file, in UTF-16 units.
MAX_TEXT, MAX_CAPTION = 4096, 1024


def utf16_length(text: str) -> int:
    """The number of UTF-16 units, as Telegram counts: an emoji has two, a lone surrogate one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, most: int) -> str:
    """A text of at most `most` characters; a longer one ends in “…”."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
