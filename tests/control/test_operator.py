"""The operator: commands over the wire, proved by reading back."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from clock import SteppedClock, run_virtual
from headend import archive, collect, control, settle
from headend.archive import FlagKind
from headend.archive.tables import meter
from headend.control import Command, Kind, Operator, State
from headend.control.tables import command_event, command_frame
from headend.store import By, Rank, Store, Tx
from tests.control.field import OneMeter, ScriptedMeter
from tests.control.ready import Ready
from tests.rooms import SITE, home_no, local

START = local("2026-09-16 09:10")
BY = By("system:test", "test:9", Rank.PEOPLE)
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


@dataclass
class World:
    """The home's store, its meter and an operator, in a world of virtual time."""

    clock: SteppedClock
    store: Store
    meter: ScriptedMeter
    account: int

    async def order(self, kind: Kind) -> int:
        """Order a command; a trip with its release."""
        return await self.store.write(BY, self._order, kind)

    def _order(self, tx: Tx, kind: Kind) -> int:
        if kind is not Kind.TRIP:
            return control.order(tx, self.account, kind)
        window = archive.window_at(tx, tx.now)
        assert window is not None
        return control.order(tx, self.account, kind, release=control.release(tx, self.account), window_end=window.end)

    async def get(self, number: int) -> Command:
        """Give a command as it stands."""
        return await self.store.read(control.command, number)

    async def pay(self, amount: str, serial: str = "1") -> None:
        """Pay, and do what follows at the desk: an unsent cut is cancelled, a sent one answered by a close."""

        def act(tx: Tx) -> None:
            paid = settle.Payment(home_no(1), "counter", serial, Decimal(amount), tx.now)
            settle.post(tx, paid)
            if not control.cancel(tx, self.account, "T14") and control.open_commands(tx, self.account, [Kind.TRIP]):
                control.order(tx, self.account, Kind.CLOSE)

        await self.store.write(BY, act)

    def start_operator(self) -> Any:
        """Start an operator and give its task."""
        operator = Operator(self.store, OneMeter(self.meter).as_field(), self.clock, "00000001")
        return self.clock.spawn(operator.worker().run(), name="operator")


Story = Callable[[World], Coroutine[Any, Any, None]]


@pytest.fixture
def play(ready: Ready) -> Callable[[Story], None]:
    """Play a story with a home that may be cut, from Wednesday 09:10 on."""
    ready.bench.store.close()
    path = ready.bench.store.path

    def play_story(story: Story) -> None:
        async def main(clock: SteppedClock) -> None:
            with opened(path, clock) as store:
                scripted = ScriptedMeter(clock, ready.register(START.date()) + 2)
                world = World(clock, store, scripted, ready.account)
                world.start_operator()
                await story(world)

        run_virtual(main, START)

    return play_story


@contextmanager
def opened(path: Path, clock: SteppedClock) -> Iterator[Store]:
    """Open the store on another clock."""
    store = Store(path, clock, site=SITE)
    yield store
    store.close()


def test_a_trip_ends_by_the_relay_read_open(play: Callable[[Story], None]) -> None:
    """Accepted is not done: the trip is DONE when a read-back shows the relay open without current."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(5 * MINUTE)
        done = await world.get(number)
        assert (done.state, done.tries, done.seen_open) == (State.DONE, 1, True)
        seen = await world.store.read(collect.relay, world.account)
        assert seen is not None
        assert seen.open
        assert world.meter.commands() == ["trip"]

    play(story)


def test_every_frame_and_step_is_kept(play: Callable[[Story], None]) -> None:
    """Events tell the way from draft to done, and frames are kept with their bytes."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(5 * MINUTE)
        events = await world.store.read(
            lambda view: [r.event for r in view.all(command_event.select().where(command_event.c.command == number))]
        )
        assert events == ["release", "begin", "send", "accepted", "check", "confirmed"]
        frames = await world.store.read(lambda view: view.all(command_frame.select()))
        assert {frame.direction for frame in frames} == {"out", "in"}

    play(story)


@pytest.mark.parametrize(("word", "trips"), [("late", 1), ("lost", 1), ("deaf", 2)])
def test_a_trip_is_read_back_before_it_is_sent_again(play: Callable[[Story], None], word: str, trips: int) -> None:
    """A late effect or a lost answer is found by the read-back; only a trip that did nothing is sent again."""

    async def story(world: World) -> None:
        world.meter.words = [word]
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(45 * MINUTE)
        assert (await world.get(number)).state is State.DONE
        assert world.meter.commands() == ["trip"] * trips

    play(story)


def test_a_command_that_is_to_be_tried_again_says_why(play: Callable[[Story], None]) -> None:
    """The reason stands with the command while it waits for its next try, and is gone when it has done its work."""

    async def story(world: World) -> None:
        world.meter.words = ["stuck"]
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(14 * MINUTE)
        waiting = await world.get(number)
        assert (waiting.state, waiting.reason) == (State.RETRY, "relay_did_not_move")
        await world.clock.sleep(20 * MINUTE)
        done = await world.get(number)
        assert (done.state, done.reason) == (State.DONE, None)

    play(story)


def test_a_stuck_relay_fails_after_three_tries(play: Callable[[Story], None]) -> None:
    """Three frames a quarter of an hour apart, each read back; then the command has failed."""

    async def story(world: World) -> None:
        world.meter.words = ["stuck"] * 9
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(110 * MINUTE)
        assert (await world.get(number)).state is State.FAILED
        assert world.meter.commands() == ["trip"] * 3

    play(story)


def test_a_payment_before_the_first_byte_stops_the_trip(play: Callable[[Story], None]) -> None:
    """The payment commits while the trip waits for the line; the trip is cancelled and nothing leaves."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(10)
        await world.pay("100.00")
        await world.clock.sleep(5 * MINUTE)
        assert (await world.get(number)).state is State.CANCELLED
        assert world.meter.commands() == []

    play(story)


def test_a_payment_that_nobody_tells_control_of_stops_the_trip_too(play: Callable[[Story], None]) -> None:
    """Even where no cancel came, the transaction that commits SENT asks this moment's ledger."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(10)
        await world.store.write(BY, settle.post, settle.Payment(home_no(1), "x", "1", Decimal(100), world.clock.now()))
        await world.clock.sleep(5 * MINUTE)
        assert (await world.get(number)).state is State.BLOCKED
        assert world.meter.commands() == []

    play(story)


def test_a_payment_after_the_first_byte_closes_the_relay(play: Callable[[Story], None]) -> None:
    """A trip that was sent is superseded, and the close goes though no read has shown the relay open yet."""

    async def story(world: World) -> None:
        trip = await world.order(Kind.TRIP)
        while not world.meter.heard:
            await world.clock.sleep(1)
        await world.pay("100.00")
        await world.clock.sleep(5 * MINUTE)
        assert (await world.get(trip)).state is State.SUPERSEDED
        assert world.meter.commands() == ["trip", "close"]
        assert not world.meter.open

    play(story)


def test_a_close_is_tried_until_there_is_light(play: Callable[[Story], None]) -> None:
    """Refusals, lost frames and a relay that sticks cost tries, not the restore."""

    async def story(world: World) -> None:
        world.meter.open = world.meter.command_open = True
        world.meter.words = ["refuse", "deaf", "stuck"]
        number = await world.order(Kind.CLOSE)
        await world.clock.sleep(60 * MINUTE)
        assert (await world.get(number)).state is State.DONE
        assert not world.meter.open

    play(story)


@pytest.mark.parametrize("kind", [Kind.CLOSE, Kind.PERMIT])
def test_what_gives_power_goes_within_two_minutes_of_the_security_module(
    play: Callable[[Story], None], kind: Kind
) -> None:
    """However long nothing could be secured, nobody waits for a back-off; each turn in vain is told as a warning."""

    async def story(world: World) -> None:
        world.meter.open = world.meter.command_open = True
        world.meter.secured = START + 10 * HOUR
        with capture_logs() as told:
            number = await world.order(kind)
            await world.clock.sleep(10 * HOUR)
            assert world.meter.commands() == []
            await world.clock.sleep(2 * MINUTE)
        assert world.meter.commands() == [kind.value.lower()]
        turns = [line for line in told if line["event"] == "relay.unsecured"]
        assert len(turns) == (await world.get(number)).prechecks - 1
        assert {(line["log_level"], line["account"], line["command"]) for line in turns} == {
            ("warning", home_no(1), number)
        }
        assert {line["reason"] for line in turns} == {"security no module"}

    play(story)


def test_a_trip_that_cannot_be_secured_waits_as_others_do(play: Callable[[Story], None]) -> None:
    """Nobody hurries with a cut: the module is asked again after the back-off of a trip."""

    async def story(world: World) -> None:
        world.meter.secured = START + 10 * MINUTE
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(14 * MINUTE)
        assert ((await world.get(number)).prechecks, world.meter.commands()) == (1, [])
        await world.clock.sleep(5 * MINUTE)
        assert world.meter.commands() == ["trip"]

    play(story)


def test_a_trip_made_by_a_profile_that_the_meter_has_no_more_does_not_leave(play: Callable[[Story], None]) -> None:
    """A profile that changes while the meter is read live is seen in the transaction that would commit SENT (R14)."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(2)
        assert (await world.get(number)).state is State.PRECHECK
        await world.store.write(BY, lambda tx: tx.execute(meter.update().values(profile="state-grid-2013")))
        await world.clock.sleep(5 * MINUTE)
        blocked = await world.get(number)
        assert (blocked.state, blocked.reason) == (State.BLOCKED, "R14")
        assert world.meter.commands() == []

    play(story)


def test_a_closed_relay_needs_no_close(play: Callable[[Story], None]) -> None:
    """Without a trip under way a close that finds the relay closed sends nothing and is a success."""

    async def story(world: World) -> None:
        number = await world.order(Kind.CLOSE)
        await world.clock.sleep(MINUTE)
        assert (await world.get(number)).state is State.NOOP
        assert world.meter.commands() == []

    play(story)


def test_a_permit_is_done_when_the_meter_took_it(play: Callable[[Story], None]) -> None:
    """The permit ends when the meter's order is closed; the relay waits for the customer's key."""

    async def story(world: World) -> None:
        world.meter.open = world.meter.command_open = True
        number = await world.order(Kind.PERMIT)
        await world.clock.sleep(5 * MINUTE)
        assert (await world.get(number)).state is State.DONE
        assert world.meter.open

    play(story)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda meter: setattr(meter, "address", "000000000002"), "R11"),
        (lambda meter: setattr(meter, "keep_power", True), "KEEP"),
        (lambda meter: setattr(meter, "register", Decimal("9999.99")), None),
    ],
)
def test_what_the_live_read_shows_may_block_a_trip(
    play: Callable[[Story], None], change: Callable[[ScriptedMeter], None], rule: str | None
) -> None:
    """Another meter's address or keep-power end the trip before anything is sent; an absurd register does too."""

    async def story(world: World) -> None:
        change(world.meter)
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(5 * MINUTE)
        blocked = await world.get(number)
        assert blocked.state is State.BLOCKED
        assert rule is None or blocked.reason == rule
        assert world.meter.commands() == []

    play(story)


def test_a_silent_meter_is_never_tripped(play: Callable[[Story], None]) -> None:
    """A meter that cannot be read live is not cut: the command's life ends with the window."""

    async def story(world: World) -> None:
        world.meter.silent_reads = 10_000
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(120 * MINUTE)
        assert (await world.get(number)).state is State.EXPIRED
        assert world.meter.commands() == []

    play(story)


@pytest.mark.parametrize("seconds", range(0, 40, 3))
def test_an_operator_killed_at_any_moment_is_followed_by_another(play: Callable[[Story], None], seconds: int) -> None:
    """The next operator recovers from the rows: one trip frame at most, and the end is proved by a read-back."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        (first,) = [task for task in world.clock.tasks() if task.get_name() == "operator"]
        await world.clock.sleep(seconds)
        await world.clock.cancel(*[t for t in world.clock.tasks() if t.get_name().startswith(("operator", "control."))])
        assert first.done()
        await world.store.write(BY, control.recover)
        world.start_operator()
        await world.clock.sleep(30 * MINUTE)
        assert (await world.get(number)).state is State.DONE
        assert world.meter.commands() == ["trip"]

    play(story)


def test_a_held_customer_is_not_tripped(play: Callable[[Story], None]) -> None:
    """A flag set after the order, while the trip waits, is seen in the transaction that would commit SENT."""

    async def story(world: World) -> None:
        number = await world.order(Kind.TRIP)
        await world.clock.sleep(10)
        await world.store.write(BY, archive.set_flag, world.account, FlagKind.LOVE_CARE, until=None, reason="proof")
        await world.clock.sleep(5 * MINUTE)
        assert (await world.get(number)).state is State.BLOCKED
        assert world.meter.commands() == []

    play(story)
