"""Whatever happens in whatever order, each delivery makes only the promised transitions (Hypothesis)."""

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
from tests.broadcasts.state_machine import WINDOW, BroadcastMachine
from tests.storage.databases import Place

GROUPS = (-2, -1)
SUPERGROUPS = (-1002, -1001)
CHATS = (*SUPERGROUPS, *GROUPS, *range(1, 8))
chats = st.sampled_from(CHATS)
languages = st.sampled_from((None, *LANGUAGES))
#: Whatever may come of a send, but that Telegram took it and that the group has another number.
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Refused("blocked"),
        Refused("chat"),
        Refused("content"),
        NotSent("network"),
        NotSent("token"),
        NotSent("flood", 7.0),
        NotSent("migrated"),
        Unknown("broken"),
        Unknown("silence"),
        Unknown("server"),
        Unknown("garbage"),
    ]
)


pytestmark = pytest.mark.usefixtures("_small_chunks")


class Machine(RuleBasedStateMachine):
    """Draws the next action."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.machine = BroadcastMachine(self.place)
        self.is_sound = False  #: the last step was done and checked, so it can be run to its end

    @initialize(
        kind=st.sampled_from(CLASSES),
        people=st.dictionaries(chats, languages, min_size=4),
        chunks=st.sampled_from([9, 9, 9, 2, 1, 0]),
        wanted=st.integers(0, WINDOW),
    )
    def begin(self, kind: BroadcastClass, people: dict[int, Language | None], chunks: int, wanted: int) -> None:
        """A broadcast is confirmed, and a first program has begun with it."""
        self.machine.begin(kind, people)
        self.machine.take_over()
        while chunks and self.machine.gather():
            chunks -= 1
        self.machine.exchange(wanted)

    @rule(
        acts=st.lists(st.tuples(st.sampled_from(["start", "stop", "forget", "migrate"]), chats, languages), min_size=1)
    )
    def citizens(self, acts: list[tuple[str, int, Language | None]]) -> None:
        """They press start, stop the notices, are forgotten; groups have another number."""
        machine = self._step()
        for act, chat, language in acts:
            match act:
                case "start":
                    machine.start(chat, language)
                case "migrate" if chat in GROUPS:
                    machine.migrate(chat, chat - 1000)
                case "forget":
                    machine.forget(chat)
                case _:
                    machine.stop(chat)

    @rule(act=st.sampled_from(["pause", "resume", "resume", "cancel"]), sweep=st.booleans())
    def admin(self, act: str, *, sweep: bool) -> None:
        """An admin acts; what was cancelled may be swept at once."""
        machine = self._step()
        getattr(machine, act)()
        if sweep and not machine.in_flight:
            machine.sweep()

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The program crashes and starts again."""
        machine = self._step()
        flying = sorted(machine.in_flight)
        machine.take_over(frozenset(data.draw(st.sets(st.sampled_from(flying)))) if flying else frozenset())

    @rule(chunks=st.integers(1, 5))
    def gather(self, chunks: int) -> None:
        """Some chunks; mostly all there are."""
        machine = self._step()
        for _ in range(chunks):
            machine.gather()

    @rule(data=st.data(), rounds=st.integers(1, 3))
    def exchange(self, data: st.DataObject, rounds: int) -> None:
        """Some of what is on its way comes back, and others are claimed."""
        machine = self._step()
        for _ in range(rounds):
            self._some_come_back(data)
            most = 0 if machine.unheard else WINDOW - len(machine.in_flight)
            machine.exchange(data.draw(st.integers(0, most)))

    @rule(data=st.data(), wanted=st.integers(1, WINDOW), recovers=st.booleans())
    def answer_is_lost(self, data: st.DataObject, wanted: int, *, recovers: bool) -> None:
        """An exchange is committed, but its answer is lost; the worker drains what is in flight and continues."""
        machine = self._step()
        self._some_come_back(data)
        if not machine.unheard:
            machine.exchange(min(wanted, WINDOW - len(machine.in_flight)), lost=True)
        if recovers:
            for chat in sorted(machine.in_flight):
                self._comes_back(chat, data)
            machine.exchange(0)
            machine.take_back()

    @rule(seconds=st.sampled_from([0.001, 5, 7, 61]), revives=st.booleans())
    def time_passes(self, seconds: float, *, revives: bool) -> None:
        """Time passes; then the worker may requeue unknown deliveries."""
        machine = self._step()
        machine.now += timedelta(seconds=seconds)
        if revives:
            machine.requeue_unknown()

    @precondition(lambda self: not (self.machine.in_flight or self.machine.came_back))
    @rule()
    def leave(self) -> None:
        """The sender ends the broadcast if it can, and leaves it."""
        machine = self._step()
        if machine.state == "sending":
            machine.finish()
        machine.leave()

    @rule(data=st.data(), outcome=st.one_of(st.just(Sent(999)), outcomes), wanted=st.integers(0, WINDOW))
    def zombie(self, data: st.DataObject, outcome: Outcome, wanted: int) -> None:
        """A worker of an older epoch returns an outcome, possibly of a message that is in flight now."""
        machine = self._step()
        chat = data.draw(st.sampled_from(sorted(machine.in_flight) or CHATS))
        settled = [settle(chat, outcome, machine.now)]
        machine.act_in_old_epoch(data.draw(st.integers(0, machine.epoch - 1)), settled, wanted)

    def _some_come_back(self, data: st.DataObject) -> None:
        flying = sorted(self.machine.in_flight)
        for chat in data.draw(st.sets(st.sampled_from(flying))) if flying else ():
            self._comes_back(chat, data)

    def _comes_back(self, chat: int, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.machine.comes_back(chat, self.machine.sent(), accepted=True)
        elif chat in GROUPS and data.draw(st.booleans()):
            self.machine.comes_back(chat, NotSent("migrated", new_chat=chat - 1000), accepted=False)
        else:
            outcome = data.draw(outcomes)
            accepted = isinstance(outcome, Unknown) and data.draw(st.booleans())
            self.machine.comes_back(chat, outcome, accepted=accepted)

    @invariant()
    def holds(self) -> None:
        """After every step."""
        self.machine.check()
        self.is_sound = True

    def teardown(self) -> None:
        """The broadcast ends, and its guarantees hold."""
        try:
            if self.is_sound:
                self.machine.end()
        finally:
            self.machine.close()

    def _step(self) -> BroadcastMachine:
        self.is_sound = False
        return self.machine


def _run(place: Place, examples: int, steps: int) -> None:
    few = settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=[*HealthCheck])

    class Here(Machine):
        pass

    Here.place = place
    run_state_machine_as_test(Here, settings=few)


def test_no_history_leads_a_delivery_astray(place: Place) -> None:
    """Each history is drawn step by step, and run to its end; some in `make test`, many in `make soak`."""
    _run(place, *((12, 25) if place.is_file else (3, 20)))


@pytest.mark.soak
def test_no_longer_history_does_either(place: Place) -> None:
    """The same for some minutes."""
    _run(place, 200 if place.is_file else 60, 40)
