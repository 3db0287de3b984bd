"""Whatever happens around a cut, in any order: nobody who paid is left dark, and nobody is cut who must not be."""

import shutil
import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from headend import archive, control, strategy, work
from headend.archive import FlagKind
from headend.control import FINAL, Kind
from headend.store import BUSINESS_ZONE
from headend.strategy import State
from headend.strategy.machine import BALANCED, DARK
from headend.work import OrderKind
from tests.strategy.moments import Moment
from tests.strategy.world import OPERATOR, Meter, World, one

BAD = ("stuck", "silent", "deaf", "answers_lost")


class Walk(RuleBasedStateMachine):
    """One home on the way to a cut, from Wednesday 08:31 on; people, meters and time do as they like."""

    start: ClassVar[Moment]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.world: World = self.start.copy(self.folder)
        self.home = one(self.world)
        self.serial = 0
        self.stopped = False

    def teardown(self) -> None:
        """Heal everything, pay everything: within a day there is light, and the books of the state are in order."""
        try:
            for name in BAD:
                setattr(self.meter, name, False)
            self.pay(2000)
            self.wait(hours=26)
            assert not self.meter.open
            assert self.world.state(self.home) in BALANCED
            assert not [c for c in self.world.bench.read(control.commands, self.home) if c.state not in FINAL]
        finally:
            self.world.bench.store.close()
            shutil.rmtree(self.folder)

    @property
    def meter(self) -> Meter:
        """The home's meter."""
        return self.world.meters[self.home]

    @initialize(name=st.sampled_from(["", *BAD]), minutes=st.sampled_from([0, 28, 29, 30, 31, 40]))
    def begin(self, name: str, minutes: int) -> None:
        """Begin somewhere around the cut, with a meter that may fail in some way."""
        if name:
            self.fail(name)
        self.wait(minutes=minutes)

    @rule(minutes=st.sampled_from([1, 5, 11, 29, 31, 60, 150]))
    def wait(self, minutes: int = 0, hours: int = 0) -> None:
        """Let time pass, with the mornings that come."""
        until = self.world.bench.clock.now() + timedelta(minutes=minutes, hours=hours)
        self.world.through(until.astimezone(BUSINESS_ZONE))

    @rule(yuan=st.sampled_from([1, 15, 60, 200]))
    def pay(self, yuan: int) -> None:
        """Pay some."""
        self.serial += 1
        self.world.pay(self.home, f"{yuan}.00", str(self.serial))

    @rule(name=st.sampled_from(BAD))
    def fail(self, name: str) -> None:
        """Let the meter fail in some way, or heal."""
        setattr(self.meter, name, not getattr(self.meter, name))

    @rule()
    def phone(self) -> None:
        """Let the customer's phone die, or work again."""
        self.world.deaf ^= {self.home}

    @rule(hours=st.sampled_from([1, 24]))
    def hold(self, hours: int) -> None:
        """Hold the cut."""
        until = self.world.bench.clock.now() + timedelta(hours=hours)
        self.world.bench.write_by(OPERATOR, archive.set_flag, self.home, FlagKind.HOLD, until=until, reason="asked")
        self.world.settle_down()

    @rule()
    def restore(self) -> None:
        """Restore by hand."""
        self.world.bench.write_by(OPERATOR, strategy.restore, self.home, "asked")
        self.world.settle_down()

    @rule()
    def switch(self) -> None:
        """Turn the kill switch on or off."""
        act = archive.resume if self.stopped else archive.stop
        self.stopped = not self.stopped
        self.world.bench.write_by(OPERATOR, act, "370100", "storm")
        self.world.settle_down()

    @precondition(lambda self: self.world.state(self.home) is State.RESTORE_FAILED)
    @rule()
    def close_on_site(self) -> None:
        """Send somebody who closes the relay."""
        self.meter.open = False
        self.world.bench.write(
            work.close_orders,
            OrderKind.RESTORE_FAILED,
            account=self.home,
            done_by="zheng.tech",
            evidence={"photo": "1"},
        )
        self.world.settle_down()

    @invariant()
    def moves_follow_each_other(self) -> None:
        """Each move begins where the last one ended, and the state is where the last one led."""
        moves = [t for t in self.world.bench.read(strategy.transitions, self.home) if t.moved]
        assert all(a.target is b.source for a, b in pairwise(moves))
        assert moves[-1].target is self.world.state(self.home)

    @invariant()
    def trips_were_allowed(self) -> None:
        """The meter was tripped in a window only, short, held by nobody, with the kill switch off."""
        assert self.world.wrong_trips == []

    @invariant()
    def nobody_dark_is_forgotten(self) -> None:
        """An open relay belongs to a state that knows of it."""
        if self.meter.open:
            assert self.world.state(self.home) in DARK | {State.CUT_ORDERED}

    @invariant()
    def one_command_of_a_kind(self) -> None:
        """At most one trip and one close is open, and never both."""
        found = [c.kind for c in self.world.bench.read(control.commands, self.home) if c.state not in FINAL]
        switching = [kind for kind in found if kind is not Kind.READ_STATE]
        assert len(switching) <= 1


@pytest.mark.timeout(280)
def test_any_walk_ends_in_the_light(when_noticed: Moment) -> None:
    """Random walks of payments, holds, faults and time keep the rules of cutting and end with light for who paid."""
    Walk.start = when_noticed
    slow = settings(max_examples=12, stateful_step_count=14)
    run_state_machine_as_test(Walk, settings=slow)
