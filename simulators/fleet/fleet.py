"""One process of a fleet: calls all its devices up at the pace that is asked for, and keeps them going."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from clock import Clock, DeadlineError, Waiter
from simulators.fleet.caller import Caller, Means
from simulators.fleet.concentrator import FleetConcentrator
from simulators.fleet.dtu import FleetDtu
from simulators.fleet.figures import Figures, resident
from simulators.fleet.limits import Route, allow_files, check_ports
from simulators.fleet.plan import Plan

__all__ = ["Fleet", "Orders"]

LOOK = timedelta(milliseconds=5)
"""How fine the pace of the logins is."""
TELL = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a fleet is to do: who it is, where it calls, over which time all of them log in, how long it stays.

    Each of ``processes`` has every so-many-th device; ``stay`` counts from the moment when all were logged in, None is
    until it is told to stop.
    """

    plan: Plan
    routes: tuple[Route, ...]
    span: timedelta
    stay: timedelta | None = None
    processes: int = 1

    def check(self) -> None:
        """See that ports and files will do; raises FleetError. The files are those of one process."""
        check_ports(self.plan.lines, len(self.routes))
        allow_files(-(-self.plan.lines // self.processes))


@dataclass(eq=False)
class Fleet:
    """The devices of process number ``part``; ``tell`` is given their figures now and then, and at the end."""

    clock: Clock
    orders: Orders
    tell: Callable[[Figures], None]
    part: int = 0
    figures: Figures = field(init=False)

    def __post_init__(self) -> None:
        plan = self.orders.plan
        numbers = range(self.part, plan.lines, self.orders.processes)
        self.figures = Figures(devices=len(numbers))
        self._stop: Waiter[None] = self.clock.future()
        self._began = self.clock.now()
        means = Means(self.clock, plan, self.figures, dial=self._dial, came_up=self._came_up)
        self._callers = [FleetDtu(means, n) if plan.is_dtu(n) else FleetConcentrator(means, n) for n in numbers]

    def stop(self) -> None:
        """Ask for the end; a second call changes nothing."""
        if not self._stop.done():
            self._stop.set_result(None)

    async def run(self) -> Figures:
        """Call everybody up, serve, hang up, and give the figures as they were before that."""
        allow_files(len(self._callers))
        self.figures.before = resident()
        cpu, self._began = time.process_time(), self.clock.now()
        ramp = self.clock.spawn(self._ramp(), name="fleet, logins")
        try:
            while not self._is_over(now := self.clock.now()) and not await self._stopped_by(now + TELL):
                self.tell(self.figures.noted(cpu))
            final = replace(self.figures.noted(cpu))
        finally:
            await self.clock.cancel(ramp)
            for caller in self._callers:
                caller.retire()
        self.tell(final)
        return final

    def _is_over(self, now: datetime) -> bool:
        stay, seconds = self.orders.stay, self.figures.seconds
        return stay is not None and seconds is not None and now - self._began >= timedelta(seconds=seconds) + stay

    def _came_up(self) -> None:
        figures = self.figures
        figures.logins += 1
        figures.up += 1
        if figures.up > figures.best:
            figures.best = figures.up
            if figures.best == figures.devices:
                figures.seconds = (self.clock.now() - self._began).total_seconds()

    async def _ramp(self) -> None:
        """Call each device at its instant within the span."""
        each = self.orders.span / max(1, self.figures.devices)
        for place, caller in enumerate(self._callers):
            at = self._began + place * each
            if at > self.clock.now() + LOOK:
                await self.clock.sleep_until(at)
            self._dial(caller)

    def _dial(self, caller: Caller) -> None:
        self.clock.spawn(self._call(caller), name=f"fleet, call {caller.number}")

    async def _call(self, caller: Caller) -> None:
        route = self.orders.routes[caller.number // self.orders.processes % len(self.orders.routes)]
        source = None if route.source is None else (route.source, 0)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(partial(_itself, caller), route.to.host, route.to.port, local_addr=source)
        except OSError:
            caller.failed()

    async def _stopped_by(self, at: datetime) -> bool:
        try:
            await self.clock.wait(self._stop, at)
        except DeadlineError:
            return False
        return True


def _itself(caller: Caller) -> Caller:
    return caller
