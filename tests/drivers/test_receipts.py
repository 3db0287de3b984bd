"""Messages of a broker and what is owed to them, in virtual time."""

from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from clock import SteppedClock, run_virtual
from drivers.link.receipts import Receipts

START = datetime(2026, 9, 14, tzinfo=UTC)
PATIENCE = timedelta(seconds=60)
FRAMES = st.frozensets(st.sampled_from([b"a", b"b", b"c"]))


@given(st.lists(FRAMES, min_size=1, max_size=6), st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=4))
def test_message_is_acknowledged_once_all_that_it_told_is_settled(
    messages: list[frozenset[bytes]], settled: list[bytes]
) -> None:
    """At once if it told nothing that is owed; after a while in any case, and then its link is told."""

    async def main(clock: SteppedClock) -> None:
        unkept: list[str] = []
        acknowledged: list[int] = []
        receipts = Receipts(clock, PATIENCE, unkept.append)
        for number, frames in enumerate(messages):
            with receipts.message("698:1", partial(acknowledged.append, number)):
                for frame in frames:
                    receipts.owe(frame)
                assert number not in acknowledged
        assert acknowledged == [number for number, frames in enumerate(messages) if not frames]
        for frame in settled:
            receipts.settle("698:2", frame)
        await clock.sleep(1)
        assert len(acknowledged) == sum(not frames for frames in messages)
        for frame in settled:
            receipts.settle("698:1", frame)
        await clock.sleep(1)
        done = {number for number, frames in enumerate(messages) if frames <= set(settled)}
        assert set(acknowledged) == done
        assert unkept == []
        await clock.sleep(PATIENCE)
        assert sorted(acknowledged) == list(range(len(messages)))
        assert unkept == ["698:1"] * (len(messages) - len(done))
        assert len(receipts) == 0

    run_virtual(main, START)


def test_nothing_is_owed_outside_of_a_message() -> None:
    """Over a connection of its own a device is told by its protocol alone."""

    async def main(clock: SteppedClock) -> None:
        receipts = Receipts(clock, PATIENCE, lambda _link: None)
        receipts.owe(b"a")
        receipts.settle("698:1", b"a")
        assert len(receipts) == 0

    run_virtual(main, START)
