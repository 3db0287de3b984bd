"""A serial port of this machine, for instance a USB adapter with RS-485 behind it."""

import asyncio
import os
import termios
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from serial_asyncio_fast import create_serial_connection

from clock import Clock, Waiter
from simulators.connection import Connection
from simulators.errors import PortError
from simulators.ports.port import Port, Serve
from simulators.ports.wire import serve_wire

__all__ = ["Parity", "SerialPort", "Setting"]

UNPLUGGED = timedelta(seconds=2)
"""Pause before a port that has gone is looked for again."""
UNIX98_PTYS = range(136, 144)
"""Major device numbers of pseudo-terminals, which refuse parity."""


class Parity(StrEnum):
    """The parity bit: meters have an even one (8E1, DL/T 645-2007, 5.2)."""

    EVEN = "E"
    NONE = "N"
    ODD = "O"


@dataclass(frozen=True, slots=True)
class Setting:
    """Device, speed in bit/s, parity; eight data bits, one stop bit."""

    device: str
    baud: int = 2400
    parity: Parity = Parity.EVEN

    def __str__(self) -> str:
        return f"{self.device}:{self.baud}:{self.parity}"


class SerialPort(Port):
    """Serves what comes in at a serial port; one that is unplugged is served again when it is back."""

    def __init__(self, clock: Clock, setting: Setting) -> None:
        super().__init__(f"at serial port {setting}")
        self._clock = clock
        self._setting = setting
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Open the device."""
        if self._connection is not None:
            return
        setting = self._setting
        made: Waiter[Connection] = self._clock.future()
        try:
            parity = Parity.NONE if _is_pty(setting.device) else setting.parity
            await create_serial_connection(
                asyncio.get_running_loop(),
                lambda: Connection(self._clock, made.set_result, device=setting.device),
                setting.device,
                baudrate=setting.baud,
                parity=parity.value,
            )
        except (OSError, termios.error) as error:
            why = getattr(error, "strerror", None) or error
            raise PortError(f"serial port {setting.device} cannot be opened: {why}") from error
        self._connection = await self._clock.wait(made)

    async def run(self, serve: Serve) -> None:
        """Serve the line; the port must be there at the first time."""
        await self.open()
        while True:
            wire, self._connection = self._connection, None
            if wire is not None:
                await serve_wire(self._clock, wire, serve, name=self._setting.device)
                self.tell(f"serial port {self._setting.device} has gone: looking for it")
            await self._clock.sleep(UNPLUGGED)
            with suppress(PortError):
                await self.open()


def _is_pty(device: str) -> bool:
    return os.major(Path(device).stat().st_rdev) in UNIX98_PTYS
