"""A serial port of this machine, taken for us alone."""

import asyncio
import errno
import os
import termios
from collections.abc import Callable

import serial
import serial_asyncio_fast

from drivers.dial import Reach
from drivers.link.endpoints import Parity, SerialPort

_PARITIES = {Parity.EVEN: serial.PARITY_EVEN, Parity.NONE: serial.PARITY_NONE, Parity.ODD: serial.PARITY_ODD}

_ABSENT = "is not there: plug it in, or mend the device in the endpoint of this link"
_TAKEN = "is in use by another program: end that one, or give this link another port"
_FORBIDDEN = "may not be opened by this user: add the user to the group of the device, on most systems dialout"
_ADVICE = {
    errno.ENOENT: _ABSENT,
    errno.ENODEV: _ABSENT,
    errno.ENXIO: _ABSENT,
    errno.EIO: _ABSENT,
    errno.EAGAIN: _TAKEN,
    errno.EBUSY: _TAKEN,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOTTY: "is no serial port: mend the device in the endpoint of this link",
    errno.EISDIR: "is a directory: name a device in the endpoint of this link",
    errno.EINVAL: "can't do {baud} baud with parity {parity}: mend the endpoint; a pseudo-terminal does parity N",
}


class _Port(serial.Serial):  # type: ignore[misc]  # pyserial has no types
    """A port that nobody waits for: pyserial reads no descriptor above 1023, and spins while it can't write."""

    def read(self, size: int = 1) -> bytes:
        """Read what has come; raises SerialException when the port is gone."""
        try:
            data = os.read(self.fd, size)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise serial.SerialException(error.errno, str(error)) from error
        if not data:
            raise serial.SerialException(errno.EIO, "the port has hung up")
        return data

    def write(self, data: bytes) -> int:
        """Write what there is room for; raises BlockingIOError when there is none. A lost port is told by reading."""
        try:
            return os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            return len(data)


def over_serial(port: SerialPort) -> Reach[asyncio.Protocol]:
    """Open a serial port: eight data bits, one stop bit; who asks for it alone can't have it at the same time.

    What it can't do is an OSError that says what to do about it.
    """

    async def reach(protocol: Callable[[], asyncio.Protocol]) -> object:
        loop = asyncio.get_running_loop()
        opened = await loop.run_in_executor(None, _open, port)
        return await serial_asyncio_fast.connection_for_serial(loop, protocol, opened)

    return reach


def _open(port: SerialPort) -> _Port:
    opened = _Port(baudrate=port.baud, parity=_PARITIES[port.parity], exclusive=True)
    opened.port = port.device
    try:
        opened.open()
        opened.timeout = opened.write_timeout = 0  # asks again for all: what it can't do in part it refuses only now
    except (OSError, ValueError, termios.error) as error:
        opened.close()
        raise OSError(_told(port, error)) from error
    return opened


def _told(port: SerialPort, error: Exception) -> str:
    cause = error if getattr(error, "errno", None) else error.__context__ or error
    number = cause.errno if isinstance(cause, OSError) else cause.args[0] if cause.args else None
    advice = _ADVICE.get(number) if isinstance(number, int) else None
    if advice is None:
        return f"{port.device} can't be opened: {error}"
    return f"{port.device} {advice.format(baud=port.baud, parity=port.parity)}"
