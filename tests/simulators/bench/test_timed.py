"""Acts that are given beforehand: read as they are written, tried, and done when they are due."""

from datetime import timedelta

import pytest

from clock import SteppedClock, run_virtual
from simulators.bench import FAULT_ACTS, SEPARATOR, TimedAct, act_in_time, check_timed
from simulators.errors import ActError
from simulators.meter import ACTS
from tests.simulators.calling import make_bench
from tests.simulators.conftest import NOON


def test_an_act_is_read_with_its_arguments_and_its_span() -> None:
    """Words in quotes are one; what stands behind `after` is a span, and nothing is at once."""
    assert TimedAct.read("trip") == TimedAct("trip")
    assert TimedAct.read("load 'profile' after 1.5 min") == TimedAct("load", ("profile",), timedelta(seconds=90))


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "is empty"), ("load 'x", "quotation"), ("trip after", "span"), ("trip after noon", "'noon'")],
)
def test_what_is_no_act_is_told_as_it_was_written(text: str, told: str) -> None:
    """Nothing at all, an open quotation, a span that is none."""
    with pytest.raises(ActError, match=told):
        TimedAct.read(text)


def test_acts_are_done_in_their_order_when_they_are_due() -> None:
    """Each is told at its instant, one that the meter does not take by then with its reason, and the rest come too."""
    texts = ("press_key after 3s", "load 700", "power off after 2s", "power on after 4s")

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        told: list[tuple[float, str]] = []

        def tell(text: str) -> None:
            told.append(((clock.now() - NOON).total_seconds(), text))

        await act_in_time(clock, bench.act, [TimedAct.read(text) for text in texts], tell)
        assert [at for at, _ in told] == [0, 2, 3, 4]
        assert "there is no power" in told[2][1]
        assert bench.meter.powered
        assert bench.meter.watts(clock.now()) == 700

    run_virtual(main, NOON)


def test_what_cannot_be_done_is_found_out_beforehand() -> None:
    """Tried in the order in which they would be done, an act that does not fit the ones before it is refused."""

    async def main(clock: SteppedClock) -> None:
        acts = [TimedAct.read(text) for text in ("trip after 5s", "power off")]
        with pytest.raises(ActError, match="there is no power"):
            check_timed(make_bench(clock).act, acts)
        check_timed(make_bench(clock).act, acts[:1])

    run_virtual(main, NOON)


@pytest.mark.parametrize("name", [*ACTS, *FAULT_ACTS])
def test_help_tells_each_act_and_all_that_it_takes(name: str) -> None:
    """A line for the act in the list, and of its own a line for each argument, none broken by what parts the lines."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        listed = bench.act("help").split(SEPARATOR)
        assert len(listed) == len(ACTS) + len(FAULT_ACTS)
        first, *arguments = bench.act("help", name).split(SEPARATOR)
        assert first in listed
        named = ACTS[name].arguments if name in ACTS else FAULT_ACTS[name].arguments
        assert len(arguments) == len(named)

    run_virtual(main, NOON)


def test_help_on_what_is_not_there_says_what_may_be_meant() -> None:
    """A word that is no act is told with one that is near."""

    async def main(clock: SteppedClock) -> None:
        with pytest.raises(ActError, match="did you mean 'slow'"):
            make_bench(clock).act("help", "slo")

    run_virtual(main, NOON)
