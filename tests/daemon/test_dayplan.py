"""The day's plan: each step at its time, once a day, also over restarts."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from clock import SteppedClock, run_virtual
from headend.daemon.dayplan import DayPlan, Step, finished_steps, start_step
from headend.store import BUSINESS_ZONE, By, Store, create_schema

MIDNIGHT = datetime(2026, 9, 14, tzinfo=BUSINESS_ZONE).astimezone(UTC)
MONDAY = date(2026, 9, 14)
BY = By("system:test")
HOUR = timedelta(hours=1)


class Diary:
    """Notes which step ran when, in local time."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.lines: list[str] = []

    def step(self, name: str, at: str, grace: timedelta = HOUR, *, beside: bool = False, lasts: int = 0) -> Step:
        async def run(day: date, _until: datetime) -> str:
            self.lines.append(f"{name} {day} {self.clock.now().astimezone(BUSINESS_ZONE):%H:%M}")
            await self.clock.sleep(lasts)
            if name == "broken":
                raise ValueError(name)
            return "done"

        return Step(name, at, grace, run, beside)


def opened(path: Path, clock: SteppedClock) -> Store:
    """Open a store with its tables."""
    store = Store(path / "d.db", clock)
    with store.engine.begin() as connection:
        create_schema(connection)
    return store


def test_steps_run_at_their_times_every_day(tmp_path: Path) -> None:
    """Each step runs once on each day, in the order of the clock."""

    async def main(clock: SteppedClock) -> list[str]:
        diary, store = Diary(clock), opened(tmp_path, clock)
        plan = DayPlan(clock, store, [diary.step("late", "08:20"), diary.step("early", "00:05")])
        clock.spawn(plan.run(), name="plan")
        await clock.sleep(timedelta(hours=33))
        store.close()
        return diary.lines

    assert run_virtual(main, MIDNIGHT) == [
        "early 2026-09-14 00:05",
        "late 2026-09-14 08:20",
        "early 2026-09-15 00:05",
        "late 2026-09-15 08:20",
    ]


def test_a_long_step_beside_the_others_holds_nobody_up(tmp_path: Path) -> None:
    """A collection round that lasts hours does not delay what comes after it."""

    async def main(clock: SteppedClock) -> list[str]:
        diary, store = Diary(clock), opened(tmp_path, clock)
        steps = [diary.step("round", "00:30", beside=True, lasts=4 * 3600), diary.step("next", "01:00")]
        clock.spawn(DayPlan(clock, store, steps).run(), name="plan")
        await clock.sleep(6 * HOUR)
        store.close()
        return diary.lines

    assert run_virtual(main, MIDNIGHT) == ["round 2026-09-14 00:30", "next 2026-09-14 01:00"]


@pytest.mark.parametrize(("hours", "ran"), [(9, True), (12, False)])
def test_a_step_that_was_slept_through_runs_within_its_grace(tmp_path: Path, hours: int, ran: bool) -> None:
    """A daemon that starts late does what still makes sense and notes what it missed."""

    async def main(clock: SteppedClock) -> tuple[list[str], frozenset[str]]:
        diary, store = Diary(clock), opened(tmp_path, clock)
        await clock.sleep(timedelta(hours=hours))
        clock.spawn(DayPlan(clock, store, [diary.step("compare", "08:20", 3 * HOUR)]).run(), name="plan")
        await clock.sleep(1)
        done = await store.read(finished_steps, MONDAY)
        store.close()
        return diary.lines, done

    lines, done = run_virtual(main, MIDNIGHT)
    assert (bool(lines), set(done)) == (ran, {"compare"})


def test_a_step_that_was_killed_is_done_again(tmp_path: Path) -> None:
    """A step that was started and never finished runs again after a restart; a finished one does not."""

    async def main(clock: SteppedClock) -> list[str]:
        diary, store = Diary(clock), opened(tmp_path, clock)
        await clock.sleep(8 * HOUR)
        await store.write(BY, start_step, MONDAY, "estimate")
        steps = [diary.step("estimate", "07:50")]
        for _ in range(2):
            task = clock.spawn(DayPlan(clock, store, steps).run(), name="plan")
            await clock.sleep(60)
            await clock.cancel(task)
        store.close()
        return diary.lines

    assert run_virtual(main, MIDNIGHT) == ["estimate 2026-09-14 08:00"]


def test_a_step_that_fails_is_noted_and_the_next_runs(tmp_path: Path) -> None:
    """A fault in one step costs the day that step alone."""

    async def main(clock: SteppedClock) -> list[str]:
        diary, store = Diary(clock), opened(tmp_path, clock)
        steps = [diary.step("broken", "00:05"), diary.step("sound", "00:10")]
        clock.spawn(DayPlan(clock, store, steps).run(), name="plan")
        await clock.sleep(HOUR)
        store.close()
        return diary.lines

    assert run_virtual(main, MIDNIGHT) == ["broken 2026-09-14 00:05", "sound 2026-09-14 00:10"]
