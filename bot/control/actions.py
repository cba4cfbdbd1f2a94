"""The actions of `minsheng broadcast` and `minsheng subscribers`, as the control server offers them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from bot.broadcasts.content import (
    Content,
    ContentError,
    File,
    build_editions,
    requested_time,
    require,
    with_attachment,
)
from bot.broadcasts.delivery import Refused
from bot.broadcasts.model import Attachment, Broadcast, Edition
from bot.broadcasts.ports import BroadcastObserver, MessageTransport, Uploader
from bot.broadcasts.preview import cannot_write_to, preview
from bot.broadcasts.service import BroadcastService, Result
from bot.control.rows import broadcast_row, draft_row, progress_row
from bot.control.server import Action, RejectedError, Row
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City
from bot.people.roles import RoleService


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _NoInput(_Input):
    """An action without input."""


class _OptionalNumber(_Input):
    number: str | None = None


class _Number(_Input):
    number: str


class _PreviewRequest(_Number):
    to: int


class _Confirmation(_Number):
    head_count: int


_Asked = TypeVar("_Asked", bound=BaseModel)


class BroadcastActions:
    """The operator's actions. The socket is reachable with the bot's own account only, which has all rights.

    A preview is sent to admins only. The observer informs the admins in the chat, and asks for the second approval
    where one is needed.
    """

    def __init__(
        self,
        broadcasting: BroadcastService,
        *,
        transport: MessageTransport,
        uploader: Uploader,
        roles: RoleService,
        city: Callable[[], City],
        observer: BroadcastObserver,
        now: Callable[[], datetime],
    ) -> None:
        self._broadcasting = broadcasting
        self._transport = transport
        self._uploader = uploader
        self._roles = roles
        self._city = city
        self._observer = observer
        self._now = now

    def table(self) -> Mapping[str, Action]:
        """The actions by their names."""
        return {
            "new": _validated(Content, self._new),
            "preview": _validated(_PreviewRequest, self._preview),
            "start": _validated(_Confirmation, self._start),
            "status": _validated(_OptionalNumber, self._status),
            "pause": _validated(_Number, self._pause),
            "resume": _validated(_Number, self._resume),
            "cancel": _validated(_Number, self._cancel),
            "list": _validated(_NoInput, self._list),
            "subscribers": _validated(_NoInput, self._subscribers),
        }

    # --- A draft ---

    async def _new(self, content: Content) -> Sequence[Row]:
        """Create a draft; it replaces the operator's earlier one, which stays if anything is wrong with the new one."""
        editions = build_editions(content, self._city().default_language)
        planned = requested_time(content, self._now(), self._zone)
        if content.to is not None:
            await self._require_admin(content.to)
        if content.file is not None:
            editions = with_attachment(editions, await self._upload(content.file, content.to))
        draft = await self._broadcasting.begin(None)
        draft = require(
            await self._broadcasting.rewrite(
                draft, editions=editions, kind=content.kind, audience=content.audience, planned_at=planned
            )
        )
        if content.to is None:
            return [await self._draft_row(draft)]
        return [await self._send_preview(draft, content.to)]

    async def _preview(self, asked: _PreviewRequest) -> Sequence[Row]:
        draft = await self._find(asked.number)
        if draft.author is not None:
            raise RejectedError(lazy_gettext("An admin wrote this one, and looks at it in the chat with the bot."))
        if draft.state != "draft":
            raise RejectedError(lazy_gettext("It is no draft any more."))
        await self._require_admin(asked.to)
        return [await self._send_preview(draft, asked.to)]

    async def _send_preview(self, draft: Broadcast, admin: int) -> Row:
        default = self._city().default_language
        await self._announce_preview(draft, admin)
        seen = await preview(draft, admin, broadcasting=self._broadcasting, transport=self._transport, default=default)
        if isinstance(seen, LazyMessage):
            raise RejectedError(seen, await self._draft_row(draft))
        return draft_row(await self._find(draft.number), seen, self._city(), self._now())

    async def _announce_preview(self, draft: Broadcast, admin: int) -> None:
        """Tell the admin that what follows is a preview; if that fails, so does the preview."""
        note = escape(
            translator_in(self._city().default_language).gettext(
                "Below you see a preview of broadcast {number}, for you alone. Nothing is sent to anybody else.",
                number=draft.number,
            )
        )
        await self._transport.send(admin, Edition(note), note, silent=True)

    async def _draft_row(self, draft: Broadcast) -> Row:
        return draft_row(draft, await self._broadcasting.size(draft), self._city(), self._now())

    async def _upload(self, file: File, admin: int | None) -> Attachment:
        if admin is None:
            raise RejectedError(
                lazy_gettext(
                    "A photo or a document reaches Telegram with the preview: name with --to the admin who sees it."
                )
            )
        outcome = await self._uploader.upload(admin, file.kind, file.name, file.content)
        match outcome:
            case Attachment():
                return outcome
            case Refused("content"):
                raise RejectedError(lazy_gettext("Telegram does not take this file: {file}.", file=file.name))
            case Refused():
                raise RejectedError(cannot_write_to(admin))
            case _:
                raise RejectedError(
                    lazy_gettext("{file} did not arrive at Telegram. Try it once more.", file=file.name)
                )

    # --- Confirming and controlling ---

    async def _start(self, asked: _Confirmation) -> Sequence[Row]:
        draft = await self._find(asked.number)
        if draft.state == "draft" and draft.author is not None:
            raise RejectedError(lazy_gettext("An admin wrote this one, and confirms it in the chat with the bot."))
        confirmed = await self._broadcasting.confirm(draft.id, draft.revision, asked.head_count, None)
        return [await self._report_result(confirmed)]

    async def _status(self, asked: _OptionalNumber) -> Sequence[Row]:
        """One broadcast by its number, else all that are confirmed and have not ended."""
        if asked.number is not None:
            found = [await self._find(asked.number)]
        else:
            found = await self._broadcasting.under_way()
        return [progress_row(await self._broadcasting.progress(broadcast), self._city()) for broadcast in found]

    async def _pause(self, asked: _Number) -> Sequence[Row]:
        return await self._control(asked, self._broadcasting.pause)

    async def _resume(self, asked: _Number) -> Sequence[Row]:
        return await self._control(asked, self._broadcasting.resume)

    async def _cancel(self, asked: _Number) -> Sequence[Row]:
        return await self._control(asked, self._broadcasting.cancel)

    async def _list(self, _: _NoInput) -> Sequence[Row]:
        return [broadcast_row(broadcast, self._city()) for broadcast in await self._broadcasting.latest()]

    async def _subscribers(self, _: _NoInput) -> Sequence[Row]:
        numbers = await self._broadcasting.subscribers()
        return [{"language": language, "subscribers": numbers.get(language, 0)} for language in LANGUAGES]

    # --- Helpers ---

    async def _control(self, asked: _Number, act: Callable[[int, int | None], Awaitable[Result]]) -> Sequence[Row]:
        broadcast = await self._find(asked.number)
        return [await self._report_result(await act(broadcast.id, None))]

    async def _report_result(self, done: Result) -> Row:
        broadcast = require(done)
        progress = await self._broadcasting.progress(broadcast)
        self._observer.broadcast_changed(replace(progress, broadcast=broadcast))
        return broadcast_row(broadcast, self._city())

    async def _find(self, number: str) -> Broadcast:
        broadcast = await self._broadcasting.numbered(number)
        if broadcast is None:
            raise RejectedError(lazy_gettext("There is no broadcast with the number “{number}”.", number=number))
        return broadcast

    async def _require_admin(self, person: int) -> None:
        if await self._roles.role_of(person) != "admin":
            raise RejectedError(lazy_gettext("{number} is no admin of this bot.", number=person))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._city().time_zone)


def _validated(model: type[_Asked], act: Callable[[_Asked], Awaitable[Sequence[Row]]]) -> Action:
    """An action that validates its input with a model first."""

    async def validate_and_act(given: Mapping[str, Any]) -> Sequence[Row]:
        try:
            return await act(model.model_validate(given))
        except ContentError as error:
            raise RejectedError(error.reason) from None

    return validate_and_act
