"""What all simulated devices have in common: they serve a port, their links have faults, and they can be looked at."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta

from clock import Clock, Task
from simulators.faults import Faults
from simulators.field.seen import FrameSeen, Observer, Way
from simulators.ports import Channel, Ended, Port

__all__ = ["Device"]


class Device(ABC):
    """A device with a name, for people; its ``faults``, where it is given some, may be changed while it runs."""

    def __init__(self, clock: Clock, *, name: str, faults: Faults | None = None) -> None:
        self.clock = clock
        self.name = name
        self.faults = faults or Faults(clock.now())
        self.is_shaky = faults is not None  # a village's devices need no task each that waits for nothing
        self.observers: list[Observer] = []

    def start(self, port: Port) -> Task[None]:
        """Set it going at a port; it runs until its task is cancelled."""
        return self.clock.spawn(port.run(self.serve), name=self.name)

    async def serve(self, channel: Channel) -> Ended:
        """Have one conversation, until the other side has gone or a fault of the link ends it."""
        if not self.is_shaky:
            return await self.converse(channel)
        cuts: list[timedelta] = []
        breaker = self.clock.spawn(self._break(channel, cuts), name=f"{self.name}, faults of the link")
        try:
            ended = await self.converse(channel)
        finally:
            await self.clock.cancel(breaker)
        return replace(ended, away=cuts[0]) if cuts else ended

    @abstractmethod
    async def converse(self, channel: Channel) -> Ended:
        """Talk until the other side has gone."""

    def leave(self, channel: Channel) -> None:
        """Say goodbye, if this kind of device has a way to do so, and close."""
        channel.close()

    async def _break(self, channel: Channel, cuts: list[timedelta]) -> None:
        """Cut the connection when a fault says so, and note for how long."""
        nudge = self.clock.nudge()
        self.faults.changed.append(nudge.set)
        try:
            while True:
                cut = self.faults.next_break(self.clock.now())
                if not await self.clock.wait_nudge(nudge, None if cut is None else cut.at) and cut is not None:
                    self.faults.broke(cut)
                    cuts.append(cut.away)
                    if cut.polite:
                        self.leave(channel)
                    else:
                        channel.close()
                    return
        finally:
            self.faults.changed.remove(nudge.set)

    def see(self, way: Way, raw: bytes, note: str = "") -> None:
        """Show bytes to whoever looks on."""
        for observer in tuple(self.observers):
            observer(FrameSeen(self.clock.now(), way, raw, note))
