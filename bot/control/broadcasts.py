"""The actions of `minsheng broadcast` and `minsheng subscribers`, as the control server offers them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from html import escape
from zoneinfo import ZoneInfo

from bot.broadcasts.content import with_attachment
from bot.broadcasts.delivery import Refused
from bot.broadcasts.model import Attachment, Broadcast, Edition
from bot.broadcasts.ports import BroadcastObserver, MessageTransport, Uploader
from bot.broadcasts.preview import cannot_write_to, preview
from bot.broadcasts.service import BroadcastService, Result
from bot.control.broadcast_content import Content, File
from bot.control.broadcast_json import broadcast_row, draft_row, progress_row
from bot.control.server import Action, Input, RejectedError, Row, require, validated
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City
from bot.people.roles import RoleService


class _Number(Input):
    number: str


class _OptionalNumber(Input):
    number: str | None = None


class _PreviewRequest(_Number):
    to: int


class _Confirmation(_Number):
    head_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastActions:
    """The operator's actions. Only the bot's own account can reach the socket, and it has all rights.

    Previews are sent only to admins. The observer informs the admins in the chat, and asks for the second approval if
    one is needed.
    """

    broadcasting: BroadcastService
    transport: MessageTransport
    uploader: Uploader
    roles: RoleService
    city: Callable[[], City]
    observer: BroadcastObserver
    now: Callable[[], datetime]

    def table(self) -> Mapping[str, Action]:
        """The actions by their names."""
        service = self.broadcasting
        return {
            "new": validated(Content, self._new),
            "preview": validated(_PreviewRequest, self._preview),
            "start": validated(_Confirmation, self._start),
            "status": validated(_OptionalNumber, self._status),
            "pause": validated(_Number, partial(self._move, service.pause)),
            "resume": validated(_Number, partial(self._move, service.resume)),
            "cancel": validated(_Number, partial(self._move, service.cancel)),
            "list": validated(Input, self._list),
            "subscribers": validated(Input, self._subscribers),
        }

    # --- A draft ---

    async def _new(self, content: Content) -> Sequence[Row]:
        """Create a draft that replaces the operator's earlier one; if anything is wrong, the earlier one stays."""
        editions = content.editions(self.city().default_language)
        planned = content.planned_at(self.now(), ZoneInfo(self.city().time_zone))
        if content.to is not None:
            await self._require_admin(content.to)
        if content.file is not None:
            editions = with_attachment(editions, await self._upload(content.file, content.to))
        draft = await self.broadcasting.begin(None)
        draft = replace(draft, editions=editions, kind=content.kind, audience=content.audience, planned_at=planned)
        draft = require(await self.broadcasting.rewrite(draft))
        if content.to is None:
            return [await self._draft_row(draft)]
        return [await self._send_preview(draft, content.to)]

    async def _preview(self, asked: _PreviewRequest) -> Sequence[Row]:
        draft = await self._find(asked.number)
        if draft.author is not None:
            raise RejectedError(lazy_gettext("An admin wrote this one; it is previewed in the chat with the bot."))
        if draft.state != "draft":
            raise RejectedError(lazy_gettext("It is no longer a draft."))
        await self._require_admin(asked.to)
        return [await self._send_preview(draft, asked.to)]

    async def _send_preview(self, draft: Broadcast, admin: int) -> Row:
        default = self.city().default_language
        await self._announce_preview(draft, admin)
        seen = await preview(draft, admin, broadcasting=self.broadcasting, transport=self.transport, default=default)
        if isinstance(seen, LazyMessage):
            raise RejectedError(seen, await self._draft_row(draft))
        return draft_row(await self._find(draft.number), seen, self.city(), self.now())

    async def _announce_preview(self, draft: Broadcast, admin: int) -> None:
        """Tell the admin that a preview follows; if that fails, the preview fails too."""
        note = escape(
            translator_in(self.city().default_language).gettext(
                "Below you see a preview of broadcast {number}, for you alone. Nothing is sent to anyone else.",
                number=draft.number,
            )
        )
        await self.transport.send(admin, Edition(note), note, silent=True)

    async def _draft_row(self, draft: Broadcast) -> Row:
        return draft_row(draft, await self.broadcasting.size(draft), self.city(), self.now())

    async def _upload(self, file: File, admin: int | None) -> Attachment:
        if admin is None:
            raise RejectedError(
                lazy_gettext(
                    "A photo or a document is uploaded with the preview: give the admin who receives it with --to."
                )
            )
        outcome = await self.uploader.upload(admin, file.kind, file.name, file.content)
        match outcome:
            case Attachment():
                return outcome
            case Refused("content"):
                raise RejectedError(lazy_gettext("Telegram does not accept this file: {file}.", file=file.name))
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
            raise RejectedError(lazy_gettext("An admin wrote this one; it is confirmed in the chat with the bot."))
        confirmed = await self.broadcasting.confirm(draft.id, draft.revision, asked.head_count, None)
        return [await self._report_result(confirmed)]

    async def _status(self, asked: _OptionalNumber) -> Sequence[Row]:
        """One broadcast by its number, or else all that are confirmed and have not ended."""
        if asked.number is not None:
            found = [await self._find(asked.number)]
        else:
            found = await self.broadcasting.under_way()
        return [progress_row(await self.broadcasting.progress(broadcast), self.city()) for broadcast in found]

    async def _move(self, act: Callable[[int, int | None], Awaitable[Result]], asked: _Number) -> Sequence[Row]:
        broadcast = await self._find(asked.number)
        return [await self._report_result(await act(broadcast.id, None))]

    async def _list(self, _: Input) -> Sequence[Row]:
        return [broadcast_row(broadcast, self.city()) for broadcast in await self.broadcasting.store.broadcasts()]

    async def _subscribers(self, _: Input) -> Sequence[Row]:
        numbers = await self.broadcasting.subscribers()
        return [{"language": language, "subscribers": numbers.get(language, 0)} for language in LANGUAGES]

    # --- Helpers ---

    async def _report_result(self, done: Result) -> Row:
        broadcast = require(done)
        progress = await self.broadcasting.progress(broadcast)
        self.observer.broadcast_changed(replace(progress, broadcast=broadcast))
        return broadcast_row(broadcast, self.city())

    async def _find(self, number: str) -> Broadcast:
        broadcast = await self.broadcasting.numbered(number)
        if broadcast is None:
            raise RejectedError(lazy_gettext("There is no broadcast with the number “{number}”.", number=number))
        return broadcast

    async def _require_admin(self, person: int) -> None:
        if await self.roles.role_of(person) != "admin":
            raise RejectedError(lazy_gettext("{number} is not an admin of this bot.", number=person))
