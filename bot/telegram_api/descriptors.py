"""How many file descriptors the process may use, and for what.

Each connection needs one. If connections could use all of them, the database and the watch of the knowledge file would
fail as well; so calls to Telegram get at most a half, and connections to LISTEN a quarter.
"""

import resource
from functools import cache

#: More than this is never needed.
_MOST = 16_384


@cache
def descriptor_limit() -> int:
    """The number that the process may use; raised to what the system allows at the first call."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def max_calls() -> int:
    """Connections to Telegram at the same time."""
    return min(4_096, descriptor_limit() // 2)


def max_visitors() -> int:
    """Connections to LISTEN at the same time; Telegram itself opens at most a hundred."""
    return min(1_024, descriptor_limit() // 4)
