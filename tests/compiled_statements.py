"""SQL statements that are compiled once for all databases of a process of pytest, as for the one database of a bot.

SQLAlchemy keeps what it has compiled for each engine, and each test has an engine of its own: a quarter of what a test
of the database costs was compiling the same statements again.
"""

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_compiled: LRUCache[object, object] = LRUCache(2000)


def _is_the_same_sql(one: DefaultDialect, other: object) -> bool:
    """Whether two connections speak to servers of one kind and version."""
    return isinstance(other, type(one)) and one.server_version_info == other.server_version_info


def share_compiled_statements() -> None:
    """Let all engines of this process use one cache; a statement is looked up in it by its dialect."""
    DefaultDialect.server_version_info = None  # until the first connection
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign, assignment]
    DefaultDialect.__eq__ = _is_the_same_sql  # type: ignore[method-assign, assignment]
    Engine._compiled_cache = property(lambda _: _compiled, lambda *_: None)  # type: ignore[assignment]
