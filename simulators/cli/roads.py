"""Options that say where a device speaks, and texts that name an end of a wire."""

from typing import Annotated

import typer

from clock import Clock
from simulators.cli.spans import read_place
from simulators.ports import DialIn, Listener, Parity, Port, Pty, SerialPort, Setting, TcpServer, read_broker

__all__ = ["Connect", "Listen", "MqttUrl", "OnPty", "Serial", "chosen_port"]

DEFAULT = Listener("127.0.0.1", 0)
NAMES = ("--listen", "--connect", "--serial", "--pty", "--mqtt")

Listen = Annotated[str | None, typer.Option(help="Be called over TCP at HOST:PORT; port 0 is any free one.")]
Connect = Annotated[str | None, typer.Option(help="Dial in to a head-end at HOST:PORT.")]
Serial = Annotated[
    str | None, typer.Option(help="Serve a serial port, DEVICE[:BAUD[:PARITY]], such as /dev/ttyUSB0:2400:E.")
]
OnPty = Annotated[bool, typer.Option("--pty", help="Make a pseudo-terminal, which others open as a serial port.")]
MqttUrl = Annotated[
    str | None, typer.Option("--mqtt", help="Be at a broker, mqtt://HOST:PORT/ID or mqtts://HOST:PORT/ID?ca=FILE.")
]


def chosen_port(
    clock: Clock,
    identity: str,
    *,
    listen: str | None = None,
    connect: str | None = None,
    serial: str | None = None,
    pty: bool = False,
    mqtt: str | None = None,
) -> Port:
    """Make the one port that was asked for; a free TCP port of this machine if none was."""
    given = [name for name, value in zip(NAMES, (listen, connect, serial, pty, mqtt), strict=True) if value]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(given)} are several ports: give one")
    if connect:
        return DialIn(clock, read_place(connect))
    if serial:
        return SerialPort(clock, _setting(serial))
    if pty:
        return Pty(clock)
    if mqtt:
        from simulators.ports.mqtt import Mqtt  # noqa: PLC0415 - loads an MQTT client

        broker, name = read_broker(mqtt)
        return Mqtt(clock, broker, name or identity)
    where = read_place(listen) if listen else DEFAULT
    return TcpServer(clock, where.host, where.port)


def _setting(text: str) -> Setting:
    device, _, rest = text.partition(":")
    baud, _, parity = rest.partition(":")
    if not device or not (baud or "2400").isdecimal() or (parity or "E").upper() not in set(Parity):
        raise typer.BadParameter(f"{text!r} is not DEVICE[:BAUD[:PARITY]], such as /dev/ttyUSB0:2400:E (E, N or O)")
    return Setting(device, int(baud or "2400"), Parity((parity or "E").upper()))
