"""The heap of due instants."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import SteppedClock, Waiter, run_virtual
from clock.agenda import Agenda

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(
    entries=st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=200),
    late=st.sets(st.integers(0, 199)),
)
def test_the_agenda_keeps_the_order_of_instant_and_id(entries: list[tuple[int, bool]], late: set[int]) -> None:
    """Entries come out by (at, id), without those that were cancelled, however many these are."""
    agenda = Agenda()
    rung: list[tuple[int, int]] = []
    added = []
    for number, (at, cancelled) in enumerate(entries):
        entry = agenda.add(START + at * SECOND, partial(rung.append, (at, number)))
        added.append(entry)
        if cancelled:
            entry.cancel()
            entry.cancel()
    for number in late & set(range(len(added))):
        added[number].cancel()
    kept = [(at, n) for n, (at, cancelled) in enumerate(entries) if not cancelled and n not in late]
    for at, _ in sorted(kept):
        assert agenda.next() == START + at * SECOND
        agenda.pop().ring()
    assert rung == sorted(kept)
    assert agenda.next() is None
    with pytest.raises(IndexError):
        agenda.pop()


def test_long_cancelled_deadlines_are_swept() -> None:
    """A world that makes and drops many long deadlines does not grow."""

    async def settle(coming: Waiter[None]) -> None:
        coming.set_result(None)

    async def main(clock: SteppedClock) -> None:
        for _ in range(2000):
            coming: Waiter[None] = clock.future()
            clock.spawn(settle(coming), name="settles")
            await clock.wait(coming, clock.now() + timedelta(days=30))
        assert len(clock._agenda._heap) < 200

    run_virtual(main, START)
