"""The one loop of the product: take what is due, do it, commit, sleep until the next due row or a nudge."""

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from clock import Clock
from headend.store.store import Store
from headend.store.tx import View

log = structlog.get_logger(__name__)

Item = TypeVar("Item", bound=Hashable)

POLL_INTERVAL = timedelta(minutes=10)
"""How long a worker sleeps at most: what a lost nudge costs."""

RETRY_AFTER = timedelta(seconds=30)
"""How long an item that failed is left alone; the others go on."""

LOOK_AHEAD = 200
"""How many due items are taken at a time; the rest is still due afterwards."""

SPINNING = 50
"""An item handled so often in one instant is one whose handling leaves it due: time would stand for ever."""


class SpinningError(RuntimeError):
    """Handling an item again and again leaves its row due; the row's room has a fault."""


@dataclass(frozen=True, slots=True)
class Due(Generic[Item]):
    """What a worker finds: the items due now, the most urgent first, and when the next one will be."""

    items: Sequence[Item] = ()
    next: datetime | None = None


@dataclass
class Worker(Generic[Item]):
    """Handles due rows, up to ``parallel`` at a time and each item by one task only.

    ``due`` reads what is due; ``handle`` does one item and must change its row so that it is not due any more. An
    item whose handling raises is logged and left alone for :data:`RETRY_AFTER`; nothing else suffers.
    """

    clock: Clock
    store: Store
    name: str
    due: Callable[[View, int], Due[Item]]
    handle: Callable[[Item], Awaitable[None]]
    parallel: int = 1
    _running: set[Item] = field(default_factory=set)
    _left_alone: dict[Item, datetime] = field(default_factory=dict)
    _handled: Counter[Item] = field(default_factory=Counter)
    _handled_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        nudge = self.store.nudge(self.name)
        while True:
            until = await self._take()
            await self.clock.wait_nudge(nudge, until)

    async def _take(self) -> datetime:
        """Start what is due and free; give the instant at which to look again."""
        now = self.clock.now()
        self._left_alone = {item: at for item, at in self._left_alone.items() if at > now}
        found = await self.store.read(self.due, LOOK_AHEAD)
        free = [i for i in found.items if i not in self._running and i not in self._left_alone]
        for item in free[: self.parallel - len(self._running)]:
            self._running.add(item)
            self.clock.spawn(self._do(item), name=f"{self.name}:{item}")
        moments = [now + POLL_INTERVAL, *self._left_alone.values()]
        if found.next is not None and found.next > now:
            moments.append(found.next)
        return min(moments)

    async def _do(self, item: Item) -> None:
        try:
            self._count(item)
            await self.handle(item)
        except Exception:
            log.exception("worker.failed", worker=self.name, item=str(item))
            self._left_alone[item] = self.clock.now() + RETRY_AFTER
        finally:
            self._running.discard(item)
            self.store.nudge(self.name).set()

    def _count(self, item: Item) -> None:
        now = self.clock.now()
        if now != self._handled_at:
            self._handled.clear()
            self._handled_at = now
        self._handled[item] += 1
        if self._handled[item] > SPINNING:
            raise SpinningError(f"{self.name}: {item} is still due after {SPINNING} handlings at {now}")
