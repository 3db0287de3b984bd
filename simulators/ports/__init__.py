"""Ports: the roads on which a simulated device speaks; all come down to `Channel`: receive, send, close."""

from simulators.ports.broker import Broker, Topics, read_broker
from simulators.ports.channel import Channel
from simulators.ports.dialin import DialIn, Listener
from simulators.ports.port import Ended, Port, Serve
from simulators.ports.pty import Pty
from simulators.ports.serial import Parity, SerialPort, Setting
from simulators.ports.server import TcpServer

__all__ = [
    "Broker",
    "Channel",
    "DialIn",
    "Ended",
    "Listener",
    "Parity",
    "Port",
    "Pty",
    "SerialPort",
    "Serve",
    "Setting",
    "TcpServer",
    "Topics",
    "read_broker",
]
