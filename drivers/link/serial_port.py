"""A serial port of this machine, taken for us alone."""

import asyncio
import termios
from collections.abc import Callable

import serial
import serial_asyncio_fast

from drivers.dial import Reach
from drivers.link.endpoints import Parity, SerialPort

_PARITIES = {Parity.EVEN: serial.PARITY_EVEN, Parity.NONE: serial.PARITY_NONE, Parity.ODD: serial.PARITY_ODD}


def over_serial(port: SerialPort) -> Reach[asyncio.Protocol]:
    """Open a serial port: eight data bits, one stop bit; no other program may have it open at the same time.

    What it can't do is an OSError, such as a device that is not there, is busy, or refuses its speed or parity.
    """

    async def reach(protocol: Callable[[], asyncio.Protocol]) -> object:
        try:
            return await serial_asyncio_fast.create_serial_connection(
                asyncio.get_running_loop(),
                protocol,
                port.device,
                baudrate=port.baud,
                parity=_PARITIES[port.parity],
                exclusive=True,
            )
        except (ValueError, termios.error) as error:
            raise OSError(str(error)) from error

    return reach
