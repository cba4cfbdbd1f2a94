"""Whatever happens in whatever order, each delivery goes the ways that are promised and no other (Hypothesis)."""

from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown, settle
from bot.broadcasts.model import CLASSES, BroadcastClass
from bot.i18n.languages import LANGUAGES, Language
from tests.broadcasts.state_machine import WINDOW, Mailing
from tests.storage.databases import Place

GROUPS = (-2, -1)
SUPERGROUPS = (-1002, -1001)
CHATS = (*SUPERGROUPS, *GROUPS, *range(1, 8))
chats = st.sampled_from(CHATS)
languages = st.sampled_from((None, *LANGUAGES))
#: Whatever may come of a send, but that Telegram took it and that the group has another number.
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Refused("blocked"), Refused("chat"), Refused("content"),
        NotSent("network"), NotSent("token"), NotSent("flood", 7.0), NotSent("migrated"),
        Unknown("broken"), Unknown("silence"), Unknown("server"), Unknown("garbage"),
    ]
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("_small_chunks")


class Machine(RuleBasedStateMachine):
    """Draws what happens next."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.mailing = Mailing(self.place)
        self.is_sound = False  #: the last step was done and checked, so it can be run to its end

    @initialize(
        kind=st.sampled_from(CLASSES),
        people=st.dictionaries(chats, languages, min_size=4),
        chunks=st.sampled_from([9, 9, 9, 2, 1, 0]),
        wanted=st.integers(0, WINDOW),
    )
    def begin(self, kind: BroadcastClass, people: dict[int, Language | None], chunks: int, wanted: int) -> None:
        """A broadcast is confirmed, and a first program has begun with it."""
        self.mailing.begin(kind, people)
        self.mailing.take_over()
        while chunks and self.mailing.gather():
            chunks -= 1
        self.mailing.exchange(wanted)

    @rule(
        acts=st.lists(st.tuples(st.sampled_from(["start", "stop", "forget", "migrate"]), chats, languages), min_size=1)
    )
    def citizens(self, acts: list[tuple[str, int, Language | None]]) -> None:
        """They press start, stop the notices, are forgotten; groups have another number."""
        mailing = self._step()
        for act, chat, language in acts:
            match act:
                case "start":
                    mailing.start(chat, language)
                case "migrate" if chat in GROUPS:
                    mailing.migrate(chat, chat - 1000)
                case "forget":
                    mailing.forget(chat)
                case _:
                    mailing.stop(chat)

    @rule(act=st.sampled_from(["pause", "resume", "resume", "cancel"]), sweep=st.booleans())
    def admin(self, act: str, *, sweep: bool) -> None:
        """An admin says something; what was cancelled may be swept at once."""
        mailing = self._step()
        getattr(mailing, act)()
        if sweep and not mailing.in_flight:
            mailing.sweep()

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The program dies and begins anew."""
        mailing = self._step()
        flying = sorted(mailing.in_flight)
        mailing.take_over(frozenset(data.draw(st.sets(st.sampled_from(flying)))) if flying else frozenset())

    @rule(chunks=st.integers(1, 5))
    def gather(self, chunks: int) -> None:
        """Some chunks; mostly all there are."""
        mailing = self._step()
        for _ in range(chunks):
            mailing.gather()

    @rule(data=st.data(), rounds=st.integers(1, 3))
    def exchange(self, data: st.DataObject, rounds: int) -> None:
        """Some of what is on its way comes back, and others are claimed."""
        mailing = self._step()
        for _ in range(rounds):
            self._some_come_back(data)
            most = 0 if mailing.unheard else WINDOW - len(mailing.in_flight)
            mailing.exchange(data.draw(st.integers(0, most)))

    @rule(data=st.data(), wanted=st.integers(1, WINDOW), recovers=st.booleans())
    def answer_is_lost(self, data: st.DataObject, wanted: int, *, recovers: bool) -> None:
        """An exchange is kept and the sender does not hear of it; it waits for what is on its way, and goes on."""
        mailing = self._step()
        self._some_come_back(data)
        if not mailing.unheard:
            mailing.exchange(min(wanted, WINDOW - len(mailing.in_flight)), lost=True)
        if recovers:
            for chat in sorted(mailing.in_flight):
                self._comes_back(chat, data)
            mailing.exchange(0)
            mailing.take_back()

    @rule(seconds=st.sampled_from([0.001, 5, 7, 61]), revives=st.booleans())
    def time_passes(self, seconds: float, *, revives: bool) -> None:
        """Then the sender may look whether something of unknown fate can be sent once more."""
        mailing = self._step()
        mailing.now += timedelta(seconds=seconds)
        if revives:
            mailing.revive()

    @precondition(lambda self: not (self.mailing.in_flight or self.mailing.came_back))
    @rule()
    def leave(self) -> None:
        """The sender ends the broadcast if it can, and leaves it."""
        mailing = self._step()
        if mailing.state == "sending":
            mailing.finish()
        mailing.leave()

    @rule(data=st.data(), outcome=st.one_of(st.just(Sent(999)), outcomes), wanted=st.integers(0, WINDOW))
    def zombie(self, data: st.DataObject, outcome: Outcome, wanted: int) -> None:
        """A program of an older epoch wakes up, with an outcome that may be of what is on its way now."""
        mailing = self._step()
        chat = data.draw(st.sampled_from(sorted(mailing.in_flight) or CHATS))
        settled = [settle(chat, outcome, mailing.now)]
        mailing.meddle(data.draw(st.integers(0, mailing.epoch - 1)), settled, wanted)

    def _some_come_back(self, data: st.DataObject) -> None:
        flying = sorted(self.mailing.in_flight)
        for chat in data.draw(st.sets(st.sampled_from(flying))) if flying else ():
            self._comes_back(chat, data)

    def _comes_back(self, chat: int, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.mailing.comes_back(chat, self.mailing.sent(), accepted=True)
        elif chat in GROUPS and data.draw(st.booleans()):
            self.mailing.comes_back(chat, NotSent("migrated", new_chat=chat - 1000), accepted=False)
        else:
            outcome = data.draw(outcomes)
            accepted = isinstance(outcome, Unknown) and data.draw(st.booleans())
            self.mailing.comes_back(chat, outcome, accepted=accepted)

    @invariant()
    def holds(self) -> None:
        """After every step."""
        self.mailing.check()
        self.is_sound = True

    def teardown(self) -> None:
        """It comes to its end, and all that is promised of that holds."""
        try:
            if self.is_sound:
                self.mailing.end()
        finally:
            self.mailing.close()

    def _step(self) -> Mailing:
        self.is_sound = False
        return self.mailing


def _run(place: Place, examples: int, steps: int) -> None:
    few = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip

    class Here(Machine):
        pass

    Here.place = place
    run_state_machine_as_test(Here, settings=few)


def test_no_history_leads_a_delivery_astray(place: Place) -> None:
    """Each history is drawn step by step, and run to its end."""
    _run(place, *((20, 25) if place.is_file else (5, 20)))


@pytest.mark.soak
def test_no_longer_history_does_either(place: Place) -> None:
    """The same for some minutes."""
    _run(place, 200 if place.is_file else 60, 40)
