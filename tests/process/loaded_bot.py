"""Imported by the fork server of `preloaded`, so that each program finds these in memory.

They are the modules of the bot, the sentence encoder, and the small city's knowledge, ready for questions.
"""

import bot.app  # noqa: F401
from bot.publishing import embedding_file, tasks
from bot.publishing.source import load_content
from tests.console import cached_encoder, prepare_once, shipped_embedder
from tests.factories import YAML_TEXT

embedding_file.load_encoder = cached_encoder  # type: ignore[attr-defined] # replaced in place
tasks.prepare = prepare_once  # type: ignore[attr-defined] # the same

_loaded = load_content(YAML_TEXT.encode())
assert _loaded.knowledge is not None, _loaded.diagnostics
prepare_once(_loaded.knowledge, _loaded.digest, embedder=shipped_embedder())
