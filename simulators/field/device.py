"""What all simulated devices have in common: they serve a port, their links have faults, and they can be looked at."""

from abc import ABC, abstractmethod

from clock import Clock, Task
from simulators.faults import Faults
from simulators.field.seen import FrameSeen, Observer, Way
from simulators.ports import Channel, Ended, Port

__all__ = ["Device"]


class Device(ABC):
    """A device with a name, for people; its ``faults`` may be changed while it runs."""

    def __init__(self, clock: Clock, *, name: str, faults: Faults | None = None) -> None:
        self.clock = clock
        self.name = name
        self.faults = faults or Faults(clock.now())
        self.observers: list[Observer] = []

    def start(self, port: Port) -> Task[None]:
        """Set it going at a port; it runs until its task is cancelled."""
        return self.clock.spawn(port.run(self.serve), name=self.name)

    async def serve(self, channel: Channel) -> Ended:
        """Have one conversation."""
        return await self.converse(channel)

    @abstractmethod
    async def converse(self, channel: Channel) -> Ended:
        """Talk until the other side has gone."""

    def see(self, way: Way, raw: bytes, note: str = "") -> None:
        """Show bytes to whoever looks on."""
        for observer in tuple(self.observers):
            observer(FrameSeen(self.clock.now(), way, raw, note))
