"""Compares this machine's clock with Telegram's."""

import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp


async def clock_offset(root: str, proxy: str | None) -> float | None:
    """Seconds by which this clock is ahead of the server's `Date`; None if unknown.

    `Date` has whole seconds, and the answer takes a moment, so less than two seconds mean nothing. A SOCKS proxy is not
    used here.
    """
    through = proxy if proxy and urlsplit(proxy).scheme == "http" else None
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.head(root, proxy=through, allow_redirects=False) as response,
        ):
            return time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError, OSError):
        return None
