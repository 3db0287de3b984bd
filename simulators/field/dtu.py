"""A DTU: registers at the head-end, and then is a pipe to an RS-485 line."""

from datetime import timedelta

from clock import Clock
from simulators.field.device import Device
from simulators.field.line import Line
from simulators.field.seen import Way
from simulators.ports import Channel, Ended

__all__ = ["Dtu"]


class Dtu(Device):
    """One DTU. ``REG:<id>`` and a line end are its registration packet, repeated every ``heartbeat``."""

    def __init__(self, clock: Clock, identity: str, line: Line, *, heartbeat: timedelta) -> None:
        super().__init__(clock, name=f"dtu {identity}", faults=line.faults if line.is_shaky else None)
        self._identity = identity
        self._line = line
        self._heartbeat = heartbeat

    async def converse(self, channel: Channel) -> Ended:
        """Register, then carry bytes between the head-end and the line until the connection ends."""
        beats = self.clock.spawn(self._register(channel), name=f"{self.name}, registration")
        try:
            return await self._line.converse(channel)
        finally:
            await self.clock.cancel(beats)

    async def _register(self, channel: Channel) -> None:
        packet = f"REG:{self._identity}\r\n".encode()
        while True:
            for part in self.faults.meet_login(packet, self.clock.now()):
                channel.send(part.data)
                self._line.see(Way.OUT, part.data, part.note)
            await self.clock.sleep(self._heartbeat)
