"""Imported by the fork server of `preloaded`, so that each program finds these in memory.

They are the modules of the bot and of its commands, also those that a start in service loads only when they are
needed, the sentence encoder, and the small city's knowledge, ready for questions.
"""

import gc

import alembic.command
import alembic.config  # noqa: F401
import scipy.sparse.linalg  # noqa: F401

import bot.app
import bot.cli
import bot.storage.postgresql  # noqa: F401
from bot.publishing import array_file, tasks
from bot.publishing.files import isolated_reader
from tests import forked_reader
from tests.console import cached_encoder, prepare_once, small_snapshot

array_file.load_encoder = cached_encoder  # type: ignore[attr-defined] # replaced in place
tasks.prepare = prepare_once  # type: ignore[attr-defined] # the same
isolated_reader._run_child = forked_reader.run_child

forked_reader.start()  # one for all forks
small_snapshot()
gc.freeze()  # looking for garbage would touch, and so copy, this memory in each child
