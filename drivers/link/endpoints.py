"""How a device is reached (接入方式): it calls us, we call it, it is at a serial port, or a broker is in between.

====================================== ===================================================================
text                                   meaning
====================================== ===================================================================
``""``                                 it dials in and says who it is: a login, or a registration packet
``tcp://HOST:PORT``                    we dial it: a serial server, a gateway, a terminal that listens
``serial:DEVICE?baud=2400&parity=E``   a serial port of this machine; 2400 baud and even parity if not said
``mqtt:ID``                            a device of that name at the broker of the settings
====================================== ===================================================================
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from drivers.errors import EndpointError

MOST_PORT = 65535
BAUDS = (600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
_IDENTITY = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Parity(StrEnum):
    """The parity bit of a serial line; meters have an even one (8E1, DL/T 645-2007, 5.2)."""

    EVEN = "E"
    NONE = "N"
    ODD = "O"


@dataclass(frozen=True, slots=True)
class DialsIn:
    """It calls us over TCP and says who it is."""

    def __str__(self) -> str:
        return ""


DIALS_IN = DialsIn()


@dataclass(frozen=True, slots=True)
class Tcp:
    """We call it over TCP."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SerialPort:
    """It is at a serial port: eight data bits, one stop bit."""

    device: str
    baud: int = 2400
    parity: Parity = Parity.EVEN

    def __str__(self) -> str:
        return f"serial:{self.device}?baud={self.baud}&parity={self.parity}"


@dataclass(frozen=True, slots=True)
class Topic:
    """It has topics at a broker, which are named after it."""

    identity: str

    def __str__(self) -> str:
        return f"mqtt:{self.identity}"


Endpoint = DialsIn | Tcp | SerialPort | Topic


def read_endpoint(text: str) -> Endpoint:
    """Read the text of an endpoint; raises EndpointError, which says what is wrong with it."""
    scheme, _, rest = text.partition(":")
    match scheme:
        case "" if not text:
            return DIALS_IN
        case "tcp":
            return _tcp(text)
        case "serial":
            return _serial(text, *rest.split("?", 1))
        case "mqtt" if _IDENTITY.fullmatch(rest):
            return Topic(rest)
        case "mqtt":
            raise EndpointError(text, "the name after mqtt: has letters, digits, dots, dashes and underlines alone")
    raise EndpointError(text, "it begins with none of tcp://, serial: and mqtt:, and is not empty")


def _tcp(text: str) -> Tcp:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or text not in {str(Tcp(host, port)), f"tcp://{parts.netloc}"}:
        raise EndpointError(text, f"write tcp://HOST:PORT with a port of 1 to {MOST_PORT}")
    return Tcp(host, port)


def _serial(text: str, device: str, query: str = "") -> SerialPort:
    given = dict(parse_qsl(query, keep_blank_values=True))
    if not device or not given.keys() <= {"baud", "parity"}:
        raise EndpointError(text, "write serial:DEVICE?baud=2400&parity=E; nothing else can be said of it")
    baud, parity = given.get("baud", "2400"), given.get("parity", "E").upper()
    if baud not in map(str, BAUDS):
        raise EndpointError(text, f"baud is one of {', '.join(map(str, BAUDS))}")
    if parity not in set(Parity):
        raise EndpointError(text, "parity is E (even), N (none) or O (odd)")
    return SerialPort(device, int(baud), Parity(parity))
