"""A wire that is there whether or not the device at its end is: what comes while the device is away is lost."""

from collections.abc import Callable

from clock import Clock, Queue
from simulators.connection import Connection
from simulators.ports.port import Serve

__all__ = ["serve_wire"]


class _Plugged:
    """The device's part of the wire, from when it is there until it hangs up."""

    def __init__(self, clock: Clock, wire: Connection) -> None:
        self.peer = wire.peer
        self.inbox: Queue[bytes] = Queue(clock)
        self._wire = wire
        self._open = True

    @property
    def open(self) -> bool:
        """Whether bytes go out."""
        return self._open and self._wire.open

    async def receive(self) -> bytes:
        """Wait for bytes."""
        return await self.inbox.get()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        if self._open:
            self._wire.send(data)

    def close(self) -> None:
        """Leave the wire, which stays."""
        if self._open:
            self._open = False
            self.inbox.try_put(b"")


async def serve_wire(clock: Clock, wire: Connection, serve: Serve, *, name: str) -> None:
    """Have one conversation after the other until the wire itself is lost."""
    present: list[_Plugged] = []
    pump = clock.spawn(_pump(wire, lambda: present[-1] if present else None), name=f"{name}, wire")
    try:
        while wire.open:
            plugged = _Plugged(clock, wire)
            present.append(plugged)
            ended = await serve(plugged)
            plugged.close()
            present.clear()
            if ended.away is not None:
                await clock.sleep(ended.away)
    finally:
        wire.close()
        await clock.cancel(pump)


async def _pump(wire: Connection, present: Callable[[], _Plugged | None]) -> None:
    while data := await wire.receive():
        plugged = present()
        if plugged is not None:
            plugged.inbox.try_put(data)
    plugged = present()
    if plugged is not None:
        plugged.close()
