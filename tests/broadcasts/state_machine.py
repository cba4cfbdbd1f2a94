"""One broadcast in a real store, action by action, compared with a model in plain Python."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, TypeVar, cast

import pytest

from bot.broadcasts.delivery import RESEND_AFTER, Claim, DeliveryState, Outcome, Sent, Settled, Unknown, settle
from bot.broadcasts.model import PAUSABLE, Broadcast, BroadcastClass, resends
from bot.broadcasts.ports import Exchanged, StaleEpochError
from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.i18n.languages import Language
from bot.storage import open_store
from tests.broadcasts.disk import Disk
from tests.broadcasts.reference_model import ReferenceModel, Row
from tests.broadcasts.subscribers import CITY, confirmed, nobody
from tests.storage.databases import Place

#: On their way at a time; small, so that a few people are more than that.
WINDOW = 4
_NOBODY: dict[str, Any] = {"testers": (), "default": "zh"}
_ADMIN = 1
_Result = TypeVar("_Result")


class BroadcastMachine:
    """Actions of a worker, its crashes, admins and citizens, each applied to the store and to the model."""

    def __init__(self, place: Place) -> None:
        self._runner = asyncio.Runner()
        self._disk = Disk(place)
        self._opening = open_store(place.address)
        self.store = self._run(self._opening.__aenter__())
        self._disk.clear()
        self.now = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
        self.admins = BroadcastService(
            store=self.store,
            testers=nobody,
            city=lambda: CITY,
            policy=BroadcastPolicy(30, 1000),
            wake=lambda: None,
            live=lambda: None,
            now=lambda: self.now,
        )
        self.subscribed: dict[int, Language | None] = {}
        self.model, self.bystander = ReferenceModel(), ReferenceModel()
        self.epoch = 0
        self.is_open = False  #: claimed, perhaps by a process that crashed
        self.in_flight: set[int] = set()
        self.came_back: list[Settled] = []  #: outcomes that are not known to be kept
        self.unheard = False  #: the answer to an exchange was lost: there may be claims that the sender does not know
        self.copies: Counter[int] = Counter()  #: messages that Telegram took
        self.messages = 0
        self.uncertain = 0  #: sends whose outcome cannot be known
        self.awaited: set[int] = set()  #: subscribers since before the first were gathered

    def close(self) -> None:
        self._disk.close()
        self._run(self._opening.__aexit__(None, None, None))
        self._runner.close()

    def begin(self, kind: BroadcastClass, people: Mapping[int, Language | None]) -> None:
        """These people are subscribed; one broadcast to them is half sent, another one is confirmed."""
        self.other = self._run(confirmed(self.store, "notice", starts_at=self.now + timedelta(days=1))).id
        self.id = self._run(confirmed(self.store, kind, starts_at=self.now)).id
        self.kind, self.subscribed = kind, dict(people)
        for state, chat in zip(cycle(("pending", "unknown", "sending", "sent")), people, strict=False):
            self.bystander.rows[chat] = Row(cast("DeliveryState", state), 1, 1, self.now, self.now, None, "")
        self._disk.write(people, self.now, self.other, self.bystander.rows)

    # What citizens do.

    def start(self, chat: int, language: Language | None) -> None:
        self._run(self.store.subscribe(chat, self.now, language))
        self.subscribed[chat] = language

    def stop(self, chat: int) -> None:
        self._run(self.store.unsubscribe(chat))
        self._end_subscription(chat)

    def forget(self, chat: int) -> None:
        """Erase everything that is stored about a chat."""
        self._run(self.store.forget(chat))
        self._end_subscription(chat)
        for model in (self.model, self.bystander):
            model.forget(chat)

    def migrate(self, old: int, new: int) -> None:
        """Give a group a new id."""
        self._run(self.store.migrate(old, new))
        self._moves(old, new)

    # What admins do; what is not to be done in this state changes nothing.

    def pause(self) -> None:
        self._run(self.admins.pause(self.id, _ADMIN))

    def resume(self) -> None:
        self._run(self.admins.resume(self.id, _ADMIN))

    def cancel(self) -> None:
        self._run(self.admins.cancel(self.id, _ADMIN))

    # What the sender does.

    def take_over(self, accepted: frozenset[int] = frozenset()) -> None:
        """Start a new program after any end of the previous one; Telegram accepted these of its messages."""
        self._crash(accepted)
        if self.state not in PAUSABLE:
            self._is_refused(self.store.take_over(self.id, self.now))
            return
        if not self.epoch:
            self.awaited = set(self.subscribed)
        taken = self._run(self.store.take_over(self.id, self.now))
        assert taken.crashed == self.is_open
        self.model.die()
        self._has(taken.broadcast)

    def take_back(self) -> None:
        """With nothing in flight, take over again after the answer to a claim was lost."""
        assert not self.in_flight
        assert not self.came_back
        if self.state not in PAUSABLE:
            self._is_refused(self.store.take_over(self.id, self.now, unsent=True))
            return
        taken = self._run(self.store.take_over(self.id, self.now, unsent=True))
        assert not taken.crashed
        self.model.take_back()
        self._has(taken.broadcast)

    def gather(self) -> bool:
        """Record some recipients; return False when all are recorded."""
        before = self.model.rows
        more = self._run(self.store.gather(self.id, self.epoch, now=self.now, **_NOBODY))
        rows = self._disk.rows(self.id)
        for chat in rows.keys() - before.keys():
            assert chat in self.subscribed, "written down, and no subscriber"
            at = rows[chat].next_at
            assert self.now - timedelta(hours=1) <= at <= self.now, "it is due, in a mixed order"
            assert rows[chat] == Row("pending", 0, 0, None, at, None, "")
            self.model.rows[chat] = rows[chat]
        assert more or self.state == "cancelled" or self.awaited <= self.model.rows.keys(), "a recipient was left out"
        return more

    def comes_back(self, chat: int, outcome: Outcome, *, accepted: bool) -> None:
        """Return an outcome for a message in flight, which Telegram accepted or not."""
        self.in_flight.remove(chat)
        self.copies[chat] += accepted
        self.uncertain += isinstance(outcome, Unknown)
        self.came_back.append(settle(chat, outcome, self.now))

    def sent(self) -> Sent:
        """Telegram accepts a message."""
        self.messages += 1
        return Sent(self.messages)

    def exchange(self, wanted: int, *, lost: bool = False) -> None:
        """Store outcomes and claim; `lost`: the transaction is committed, but its answer is lost."""
        state = self.state
        exchanged = self._run(
            self.store.exchange(self.id, self.epoch, self.came_back, wanted, now=self.now, heartbeat=False)
        )
        self._keep()
        assert exchanged.state == state
        self._claimed(exchanged, wanted if state == "sending" else 0)
        if lost:
            self.unheard = True
            return
        self.came_back = []
        self.in_flight |= {claim.chat for claim in exchanged.claims}

    def requeue_unknown(self) -> None:
        """Requeue deliveries of unknown outcome, if the class allows a second copy."""
        if not resends(self.kind):
            return
        before = self.now - RESEND_AFTER
        again = self.model.doubtful(before)
        assert self._run(self.store.requeue_unknown(self.id, self.epoch, before=before, now=self.now)) == len(again)
        self.model.requeue_unknown(again, self.now)

    def leave(self) -> None:
        """The worker ends normally."""
        self._run(self.store.release(self.id, self.epoch))
        self.is_open = False

    def sweep(self) -> None:
        """Cancel what is pending in a cancelled broadcast; nothing is in flight."""
        assert not self.in_flight
        while self._run(self.store.cancel_rest(self.id)):
            pass
        if self.state == "cancelled":
            self.model.die()
            self.model.cancel()

    def finish(self) -> bool:
        """Finish the broadcast if nothing is left to do; return whether it is finished."""
        due, doubtful = self._run(self.store.next_due(self.id))
        waiting = [self.model.rows[chat].next_at for chat in self.model.chats("pending")]
        assert due == min(waiting, default=None)
        assert (doubtful is None) == (not self.model.doubtful(self.now + timedelta(seconds=1)))
        if due is not None or (doubtful is not None and resends(self.kind)) or self.in_flight or self.unheard:
            return False
        self.is_open = False
        self._run(self.store.move_broadcast(self.id, ["sending"], "finished", None, ended_at=self.now, is_open=False))
        return self.state == "finished"

    def act_in_old_epoch(self, epoch: int, settled: Sequence[Settled], wanted: int) -> None:
        """A worker of an old epoch continues as if it still had the lease."""
        store, now = self.store, self.now
        self._is_refused(store.exchange(self.id, epoch, settled, wanted, now=now, heartbeat=True))
        self._is_refused(store.gather(self.id, epoch, now=now, **_NOBODY))
        self._is_refused(store.requeue_unknown(self.id, epoch, before=now + timedelta(days=1), now=now))
        self._is_refused(store.release(self.id, epoch))

    # What must be so.

    @property
    def state(self) -> str:
        """The state of the broadcast."""
        return self._disk.look(self.id).state

    def check(self) -> None:
        """Compare the storage with the model, and check the invariants of every moment."""
        model, most = self.model, 2 if resends(self.kind) else 1
        kept = self._disk.look(self.id)
        assert self._disk.rows(self.id) == model.rows
        assert self._disk.rows(self.other) == self.bystander.rows, "another broadcast was touched"
        assert self._disk.subscribers() == self.subscribed
        assert kept.erased == model.erased
        assert (kept.epoch, kept.is_open) == (self.epoch, self.is_open)
        assert kept.total == len(model.rows) + model.erased.total()
        assert len(model.chats("sending")) <= WINDOW
        for chat, row in model.rows.items():
            assert row.attempts <= most
            assert self.copies[chat] <= most
            assert row.state != "sent" or (self.copies[chat] and row.message_id), "sent, and Telegram never had it"

    def end(self) -> None:
        """After any history, let a working program finish the broadcast."""
        self.resume()
        self.take_over(frozenset(self.in_flight))
        if self.state == "cancelled":
            self.sweep()
        elif self.state != "finished":
            self._run_to_the_end()
        self.check()
        self.check_end()

    def check_end(self) -> None:
        """Check the guarantees at the end of a broadcast."""
        rows = self.model.rows
        assert not self.model.chats("pending", "sending"), "without a final state"
        counts = self._run(self.store.counts(self.id))
        assert counts.numbers == Counter((row.state, row.reason) for row in rows.values()) + self.model.erased
        assert counts.rest == 0
        assert set(self._run(self.store.unknown_chats(self.id))) == set(self.model.chats("unknown"))
        for chat, row in rows.items():
            may_have_it = row.state in ("sent", "unknown") or row.attempts
            assert may_have_it or not self.copies[chat], "Telegram had it, and it is told as never tried"
        assert sum(number - 1 for number in self.copies.values() if number > 1) <= self.uncertain

    def _run_to_the_end(self) -> None:
        while self.gather():
            pass
        for _ in range(100):
            for chat in sorted(self.in_flight):
                self.comes_back(chat, self.sent(), accepted=True)
            self.exchange(WINDOW)
            if self.finish():
                return
            self.now += RESEND_AFTER + timedelta(seconds=1)
            if not self.model.chats("pending"):
                self.requeue_unknown()
        raise AssertionError("it does not end")

    def _run(self, act: Coroutine[Any, Any, _Result]) -> _Result:
        return self._runner.run(act)

    def _is_refused(self, act: Coroutine[Any, Any, object]) -> None:
        before = self._disk.everything()
        with pytest.raises(StaleEpochError):
            self._run(act)
        assert self._disk.everything() == before

    def _has(self, broadcast: Broadcast) -> None:
        assert broadcast.epoch == self.epoch + 1
        assert broadcast.state == ("sending" if broadcast.gathered else "gathering")
        self.epoch, self.is_open, self.unheard = broadcast.epoch, True, False

    def _crash(self, accepted: frozenset[int]) -> None:
        """Forget what was in flight, and the outcomes that were not stored."""
        self.copies.update(accepted & self.in_flight)
        self.uncertain += len(self.in_flight) + len(self.came_back)
        self.in_flight, self.came_back = set(), []

    def _keep(self) -> None:
        """Apply outcomes to deliveries and to chats."""
        self.model.settle(self.came_back, self.epoch, self.now)
        for one in self.came_back:
            if one.ends_subscription:
                self._end_subscription(one.chat)
        for one in self.came_back:
            if one.new_chat is not None:
                self._moves(one.chat, one.new_chat)

    def _claimed(self, exchanged: Exchanged, wanted: int) -> None:
        """Check claims: the next chats that still subscribe, stored as claimed; unsubscribed ones may be skipped."""
        due = self.model.due(self.now)
        first = [chat for chat in due if chat in self.subscribed][:wanted]
        wanting = self.model.together(first, self.epoch)
        attempts = [self.model.rows[chat].attempts + 1 for chat in wanting]
        expected = [
            Claim(chat, self.subscribed[chat], attempt) for chat, attempt in zip(wanting, attempts, strict=True)
        ]
        assert list(exchanged.claims) == expected
        rows = self._disk.rows(self.id)
        unwanted = [chat for chat in due if chat not in self.subscribed]
        passed_over = [chat for chat in unwanted if rows[chat].state != "pending"]
        assert exchanged.skipped == len([chat for chat in passed_over if not self.model.rows[chat].attempts])
        assert len(wanting) == wanted or len(wanting) < len(first) or passed_over == unwanted
        self.model.skip(passed_over, "unsubscribed")
        self.model.claim(wanting, self.epoch, self.now)

    def _end_subscription(self, chat: int) -> None:
        self.subscribed.pop(chat, None)
        self.awaited.discard(chat)

    def _moves(self, old: int, new: int) -> None:
        was_awaited, was_written = old in self.awaited, old in self.model.rows
        if old in self.subscribed and new not in self.subscribed:
            self.subscribed[new] = self.subscribed[old]
        else:
            was_awaited = False
        self._end_subscription(old)
        moved = self.model.move(old, new)
        if moved:
            self.copies[new] += self.copies.pop(old, 0)
        if was_awaited and (moved or not was_written):
            self.awaited.add(new)
        self.bystander.move(old, new)
