"""The day's plan (日计划): which step is due when, asked of pure triggers and remembered in rows.

A step that was started and not finished (the daemon was killed in it) is done again from its start: every step is
idempotent. A step whose time is over is noted as missed and not made up for; what it would have decided degrades in
the safe direction, as notices and cuts ask for the comparison of the same day.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select

from clock import Clock
from headend.store import BUSINESS_ZONE, By, Store, Tx, View
from headend.store.tables import day_step

log = structlog.get_logger(__name__)

BY = By("system:dayplan")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of every business day.

    ``at`` is local time ``HH:MM``; after ``grace`` it is too late for it. ``run(day, until)`` gives a note for the
    log. A step ``beside`` the others (a collection round lasts hours) runs as a task of its own.
    """

    name: str
    at: str
    grace: timedelta
    run: Callable[[date, datetime], Awaitable[str]]
    beside: bool = False

    def instant(self, day: date) -> datetime:
        """Give the instant at which the step is due on a business day."""
        hour, minute = self.at.split(":")
        trigger = CronTrigger(hour=hour, minute=minute, timezone=BUSINESS_ZONE)
        midnight = datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE)
        due: datetime = trigger.get_next_fire_time(None, midnight)
        return due


@dataclass
class DayPlan:
    """Runs the steps of each day in the order of their times."""

    clock: Clock
    store: Store
    steps: Sequence[Step]
    _running: set[tuple[date, str]] = field(default_factory=set)

    async def run(self) -> None:
        """Do what is due, sleep until the next step, until cancelled."""
        while True:
            now = self.clock.now()
            today = now.astimezone(BUSINESS_ZONE).date()
            finished = await self.store.read(finished_steps, today)
            upcoming = [self._midnight_after(today)]
            for step in sorted(self.steps, key=lambda s: s.at):
                due = step.instant(today)
                if due > now:
                    upcoming.append(due)
                elif step.name not in finished and (today, step.name) not in self._running:
                    await self._begin(step, today, due)
            await self.clock.sleep_until(min(upcoming))

    async def _begin(self, step: Step, day: date, due: datetime) -> None:
        if self.clock.now() > due + step.grace:
            await self.store.write(BY, finish_step, day, step.name, "missed")
            log.warning("step.missed", step=step.name, day=str(day))
        elif step.beside:
            self._running.add((day, step.name))
            self.clock.spawn(self._do(step, day, due), name=f"step:{step.name}")
        else:
            await self._do(step, day, due)

    async def _do(self, step: Step, day: date, due: datetime) -> None:
        await self.store.write(BY, start_step, day, step.name)
        try:
            note = await step.run(day, due + step.grace)
        except Exception:
            log.exception("step.failed", step=step.name, day=str(day))
            note = "failed"
        await self.store.write(BY, finish_step, day, step.name, note)
        self._running.discard((day, step.name))
        log.debug("step.done", step=step.name, day=str(day), note=note)

    @staticmethod
    def _midnight_after(day: date) -> datetime:
        following = day + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=BUSINESS_ZONE)


def finished_steps(view: View, day: date) -> frozenset[str]:
    """Give the steps of a day that are done or were missed."""
    done = (day_step.c.day == day) & day_step.c.finished.is_not(None)
    return frozenset(row.step for row in view.all(select(day_step.c.step).where(done)))


def start_step(tx: Tx, day: date, name: str) -> None:
    """Note that a step has begun."""
    tx.upsert(day_step, keys=["day", "step"], day=day, step=name, started=tx.now, finished=None, note=None)


def finish_step(tx: Tx, day: date, name: str, note: str) -> None:
    """Note that a step has ended, and how."""
    tx.insert_new(day_step, [{"day": day, "step": name, "started": tx.now}], keys=["day", "step"])
    this = (day_step.c.day == day) & (day_step.c.step == name)
    tx.execute(day_step.update().where(this).values(finished=tx.now, note=note[:500]))
