"""Conversion between `Broadcast` and its row; editions and the progress card need extra steps."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.model import ACTIVE, Attachment, Broadcast, Edition, Link
from bot.i18n.languages import Language
from bot.storage.schema import broadcasts
from bot.storage.transactions import AnyRow

#: Columns that are not fields of `Broadcast`.
_OTHER_COLUMNS = ("year", "running", "card_chat", "card_message", "cursor")


def another_is_active(identifier: int) -> ColumnElement[bool]:
    """Condition: another broadcast is active."""
    others = broadcasts.alias("others")
    return select(others.c.id).where(others.c.id != identifier, others.c.state.in_(ACTIVE)).exists()


async def read_broadcast(connection: AsyncConnection, identifier: int) -> Broadcast | None:
    row = (await connection.execute(select(broadcasts).where(broadcasts.c.id == identifier))).first()
    return None if row is None else broadcast_from(row)


def broadcast_from(row: AnyRow) -> Broadcast:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to the columns by name
    card = (row.card_chat, row.card_message) if row.card_chat is not None else None
    number = f"{row.year}-{row.running:03}"  # `running` counts the broadcasts of a year
    editions = {code: _edition_from(edition) for code, edition in json.loads(row.editions).items()}
    crashes = tuple(map(datetime.fromisoformat, json.loads(row.crashes)))
    for name in _OTHER_COLUMNS:
        del fields[name]
    return Broadcast(**fields | {"number": number, "editions": editions, "crashes": crashes, "card": card})


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Column values for these fields of `Broadcast`."""
    columns = dict(values)
    if "editions" in columns:
        columns["editions"] = _editions_json(columns["editions"])
    if "crashes" in columns:
        columns["crashes"] = json.dumps([at.isoformat() for at in columns["crashes"]])
    if "card" in columns:
        columns["card_chat"], columns["card_message"] = columns.pop("card") or (None, None)
    return columns


def _editions_json(editions: Mapping[Language, Edition]) -> str:
    return json.dumps({code: asdict(edition) for code, edition in editions.items()}, ensure_ascii=False)


def _edition_from(stored: Mapping[str, Any]) -> Edition:
    attachment = Attachment(**stored["attachment"]) if stored["attachment"] else None
    return Edition(stored["html"], attachment, tuple(Link(**link) for link in stored["links"]))
