"""How many file descriptors the process may use, and for what.

Each connection needs one. If connections used all of them, the database and the file watcher would fail too. So calls
to Telegram get at most half of them, and connections to LISTEN a quarter.
"""

import resource
from functools import cache

#: More are never needed.
_MAX_DESCRIPTORS = 16_384


@cache
def descriptor_limit() -> int:
    """The number that the process may use; the first call raises it to what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def max_calls() -> int:
    """The most simultaneous connections to Telegram."""
    return min(4_096, descriptor_limit() // 2)


def max_visitors() -> int:
    """The most simultaneous connections to LISTEN; Telegram itself opens at most a hundred."""
    return min(1_024, descriptor_limit() // 4)
