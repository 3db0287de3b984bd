"""How the line is reached: over TCP, a serial port or a broker, as it is written on the command line."""

import secrets
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from drivers.errors import EndpointError
from drivers.link import BrokerSettings, DeviceKind, Endpoint, read_endpoint
from protocols.catalogue import Protocol
from simulators.errors import PortError, SimulatorError
from simulators.ports.broker import read_broker

__all__ = ["ReachError", "Way", "kind_of_line", "over_mqtt", "over_serial", "over_tcp"]

_MQTT = "--mqtt mqtt[s]://[USER:PASSWORD@]HOST[:PORT]/ID[?ca=FILE]"


class ReachError(SimulatorError):
    """What should say how the line is reached does not; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Way:
    """The endpoint, and the broker if it is one with topics there."""

    endpoint: Endpoint
    broker: BrokerSettings | None = None


def over_tcp(text: str) -> Way:
    """Read ``HOST:PORT``.

    Raises:
        ReachError: it has another form.

    """
    return Way(_read(f"tcp://{text}", "--tcp HOST:PORT, such as 192.168.1.50:10001"))


def over_serial(text: str) -> Way:
    """Read ``DEVICE[:BAUD[:PARITY]]``; 2400 baud and even parity if not said.

    Raises:
        ReachError: it has another form, or no meter has such a speed or parity.

    """
    device, *settings = text.split(":")
    query = "&".join(f"{name}={value}" for name, value in zip(("baud", "parity"), settings, strict=False))
    if not device or len(settings) > 2:  # noqa: PLR2004  baud and parity
        raise ReachError(f"--serial {text!r}: write DEVICE:BAUD:PARITY, such as /dev/ttyUSB0:2400:E")
    return Way(_read(f"serial:{device}?{query}", "--serial DEVICE:BAUD:PARITY, such as /dev/ttyUSB0:2400:E"))


def over_mqtt(text: str) -> Way:
    """Read ``mqtt[s]://[USER:PASSWORD@]HOST[:PORT]/ID[?ca=FILE]``: a device of that name at a broker (`docs/mqtt.md`).

    We have a name of our own there, so that the head-end is not thrown out, and the broker keeps nothing for us.

    Raises:
        ReachError: it has another form, or its authorities cannot be read.

    """
    try:
        broker, identity = read_broker(text)
    except PortError:
        raise ReachError(f"it is not written {_MQTT}") from None
    return Way(
        _read(f"mqtt:{identity}", _MQTT),
        BrokerSettings(
            broker.host,
            broker.port,
            client_id=f"metersim-master-{secrets.token_hex(4)}",
            username=broker.user,
            password=broker.password,
            tls=_tls(broker.ca) if broker.tls else None,
            session=timedelta(),
        ),
    )


def _tls(authorities: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise ReachError(f"the authorities in {authorities} cannot be read: {error.strerror or error}") from None


def kind_of_line(protocol: Protocol) -> DeviceKind:
    """Tell what stands at the far end."""
    return DeviceKind.LINE_698 if protocol is Protocol.DLT698 else DeviceKind.LINE_645


def _read(endpoint: str, said: str) -> Endpoint:
    try:
        return read_endpoint(endpoint)
    except EndpointError as error:
        raise ReachError(f"{said}: {error}") from None
