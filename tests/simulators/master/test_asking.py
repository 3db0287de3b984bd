"""What a technician does at a meter: simulated DL/T 698.45 meters on a line, over real TCP on a stepped clock."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clock import SteppedClock, run_virtual
from drivers.meter import Meter, WireFrame
from drivers.meter import Way as WireWay
from protocols.catalogue import Protocol, find_item
from protocols.dlt645 import STANDARD
from simulators import meter as models
from simulators.localtime import SHANGHAI
from simulators.master import (
    AskError,
    Bench,
    BenchError,
    Outcome,
    Way,
    Wish,
    ask_clock,
    ask_freeze,
    ask_relay,
    at_bench,
    read_items,
    set_clock,
)
from tests.drivers.line698 import Line698
from tests.drivers.scene import NEW, OTHER, START, TODAY, Trouble, physical

Story = Callable[[Bench, Meter, models.Meter], Awaitable[None]]


def at_line(
    story: Story, *, at: datetime = START + timedelta(hours=14), address: str = NEW, count: int = 1, **said: object
) -> list[WireFrame]:
    """Run a story at a line of so many meters, on real TCP, and give the frames; ``said`` changes the wish.

    Each frame is shown at its own instant, not behind its answer.
    """
    frames: list[WireFrame] = []

    async def main(clock: SteppedClock) -> None:
        def watch(frame: WireFrame) -> None:
            assert frame.at == clock.now()
            frames.append(frame)

        meters = {one: physical(one, Trouble()) for one in (NEW, OTHER)[:count]}
        line = Line698(clock, list(meters.values()))
        wish = replace(Wish(Protocol.DLT698, Way(await line.listen()), address), **said)  # type: ignore[arg-type]
        try:
            async with at_bench(clock, wish, watch) as bench:
                await story(bench, await bench.meter(), meters[NEW])
        finally:
            line.close()

    run_virtual(main, at, until=at + timedelta(hours=1))
    return frames


def test_items_are_read_one_after_the_other() -> None:
    """Each item is told as soon as it is there, what is refused among them, and the frames of all are shown."""

    async def story(bench: Bench, meter: Meter, _physical: models.Meter) -> None:
        told: list[Outcome] = []
        items = [find_item(Protocol.DLT698, text, STANDARD) for text in ("40010200", "60000200", "voltage per phase")]
        assert not await read_items(bench, meter, items, told.append)
        assert [outcome.item for outcome in told] == items
        assert [outcome.ok for outcome in told] == [True, False, True]
        assert told[0].value == NEW
        assert "the meter does not have it (DAR 4)" in told[1].error

    assert [frame.way for frame in at_line(story)] == [WireWay.OUT, WireWay.IN] * 3


def test_only_meter_is_found_by_the_wildcard() -> None:
    """By AAAAAAAAAAAA the meter is asked who it is, and then by its address."""

    async def story(_bench: Bench, meter: Meter, _physical: models.Meter) -> None:
        assert meter.place.address == NEW

    at_line(story, address="A" * 12)


def test_deviation_of_a_clock_is_seen_and_set() -> None:
    """A clock that is ahead is seen so, takes ours, and is not ahead any more."""

    async def story(bench: Bench, meter: Meter, physical: models.Meter) -> None:
        physical.drift = timedelta(minutes=7)
        seen = await ask_clock(meter)
        assert abs(seen.deviation - timedelta(minutes=7)) < timedelta(seconds=2)
        await set_clock(bench, meter)
        assert abs((await ask_clock(meter)).deviation) < timedelta(seconds=2)
        assert abs(physical.drift) < timedelta(seconds=2)

    at_line(story)


def test_a_clock_is_held_to_the_middle_of_the_question() -> None:
    """Ours is taken between the question and its answer, of which the meter reads its clock at neither end."""
    seen: list[datetime] = []

    async def story(_bench: Bench, meter: Meter, _physical: models.Meter) -> None:
        seen.append((await ask_clock(meter)).ours)

    asked, answered = (frame.at for frame in at_line(story))
    assert asked < seen[0] < answered
    assert seen[0] - asked == answered - seen[0]


@pytest.mark.parametrize("at", [datetime(2026, 9, 14, 23, 55), datetime(2026, 9, 15, 0, 5)])  # noqa: DTZ001  its zone follows
def test_no_clock_is_set_around_midnight(at: datetime) -> None:
    """Where meters make their freezes nothing is sent."""

    async def story(bench: Bench, meter: Meter, physical: models.Meter) -> None:
        physical.drift = timedelta(minutes=7)
        with pytest.raises(AskError, match="midnight"):
            await set_clock(bench, meter)
        assert physical.drift == timedelta(minutes=7)

    assert at_line(story, at=at.replace(tzinfo=SHANGHAI)) == []


def test_relay_and_freeze_are_read() -> None:
    """The relay stands as that of the meter does, and the freeze is that of the day; none of a day without one."""

    async def story(bench: Bench, meter: Meter, physical: models.Meter) -> None:
        physical.relay(bench.clock.now()).trip(bench.clock.now())
        assert (await ask_relay(meter)).open
        assert (await ask_freeze(meter, TODAY)).day == TODAY
        with pytest.raises(AskError, match="no such data"):
            await ask_freeze(meter, TODAY + timedelta(days=1))

    at_line(story)


def test_silent_meter_is_asked_as_often_as_was_said() -> None:
    """With one repeat and a second's patience a silent meter is given up after two seconds."""

    async def story(bench: Bench, meter: Meter, physical: models.Meter) -> None:
        begun = bench.clock.now()
        physical.silences = (models.Silence(begun, begun + timedelta(hours=1)),)
        with pytest.raises(AskError, match="no answer"):
            await ask_relay(meter)
        assert bench.clock.now() - begun == timedelta(seconds=2)

    assert len(at_line(story, timeout=timedelta(seconds=1), retries=1)) == 2


def test_wildcard_before_a_silent_line_is_told() -> None:
    """Where nobody says who they are, there is no meter to be asked."""

    async def story(bench: Bench, _meter: Meter, physical: models.Meter) -> None:
        begun = bench.clock.now()
        physical.silences = (models.Silence(begun, begun + timedelta(hours=1)),)
        with pytest.raises(BenchError, match="does not tell its address: no answer"):
            await bench.identify()

    at_line(story)
