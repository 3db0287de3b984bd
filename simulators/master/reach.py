"""How the line is reached: over TCP, a serial port or a broker, as it is written on the command line."""

from drivers.errors import EndpointError
from drivers.link import DeviceKind, Endpoint, SerialPort, Tcp, read_endpoint
from simulators.errors import SimulatorError
from simulators.master.model import Protocol

__all__ = ["ReachError", "kind_of_line", "over_serial", "over_tcp"]


class ReachError(SimulatorError):
    """What should say how the line is reached does not; the message says what to write."""


def over_tcp(text: str) -> Tcp:
    """Read ``HOST:PORT``.

    Raises:
        ReachError: it has another form.

    """
    endpoint = _read(f"tcp://{text}", "--tcp HOST:PORT, such as 192.168.1.50:10001")
    assert isinstance(endpoint, Tcp), "an endpoint of tcp:// is one over TCP"
    return endpoint


def over_serial(text: str) -> SerialPort:
    """Read ``DEVICE[:BAUD[:PARITY]]``; 2400 baud and even parity if not said.

    Raises:
        ReachError: it has another form, or no meter has such a speed or parity.

    """
    device, *settings = text.split(":")
    query = "&".join(f"{name}={value}" for name, value in zip(("baud", "parity"), settings, strict=False))
    if not device or len(settings) > 2:  # noqa: PLR2004  baud and parity
        raise ReachError(f"--serial {text!r}: write DEVICE:BAUD:PARITY, such as /dev/ttyUSB0:2400:E")
    endpoint = _read(f"serial:{device}?{query}", "--serial DEVICE:BAUD:PARITY, such as /dev/ttyUSB0:2400:E")
    assert isinstance(endpoint, SerialPort), "an endpoint of serial: is a serial port"
    return endpoint


def kind_of_line(protocol: Protocol) -> DeviceKind:
    """Tell what stands at the far end."""
    return DeviceKind.LINE_698 if protocol is Protocol.DLT698 else DeviceKind.LINE_645


def _read(endpoint: str, said: str) -> Endpoint:
    try:
        return read_endpoint(endpoint)
    except EndpointError as error:
        raise ReachError(f"{said}: {error}") from None
