"""The addresses that a link may have, and how Telegram treats them."""

import re
from typing import Any

_HOST = re.compile(r"[^\s/?#@:]+(?:\.[^\s/?#@:]+)+")
_USER = re.compile(r"tg:(?://)?user/?\?(?:[^#]*&)?id=(\d+)(?:[&#].*)?$", re.IGNORECASE)


def link_extra(url: str) -> tuple[str, dict[str, Any]] | None:
    """The type and field of a link's span; None if Telegram silently drops the link."""
    user = _USER.match(url)
    if user:
        return "text_mention", {"user": {"id": int(user[1]), "is_bot": False, "first_name": ""}}
    checked = checked_url(url)
    return ("text_link", {"url": checked}) if checked else None


def checked_url(url: str) -> str | None:
    """The address completed with scheme and path; None if it is not an address."""
    url = url.strip()
    if re.match(r"(?:tg|ton|tonsite)://[\w-]", url, re.IGNORECASE):
        return url
    scheme, rest = "http", url
    if found := re.match(r"(https?)://", url, re.IGNORECASE):
        scheme, rest = found[1].lower(), url[found.end() :]
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    name, _, port = host.rpartition("@")[2].partition(":")
    if not _HOST.fullmatch(name) or (port and not port.isdigit()):
        return None
    tail = rest[len(host) :]
    return f"{scheme}://{host}{tail if tail.startswith('/') else '/' + tail}"
