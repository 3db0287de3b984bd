"""Where an MQTT broker is, and what the topics of a device are called."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from simulators.errors import PortError

__all__ = ["Broker", "Topics", "read_broker"]

PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how it lets a device in; ``ca`` names the authorities that its certificate is held to."""

    host: str
    port: int
    tls: bool = False
    ca: Path | None = None
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one device."""

    up: str
    down: str
    status: str

    @classmethod
    def of(cls, identity: str) -> "Topics":
        """Give the default ones."""
        return cls(*(f"headend/{identity}/{end}" for end in ("up", "down", "status")))


def read_broker(url: str) -> tuple[Broker, str]:
    """Read ``mqtt[s]://[USER:PASSWORD@]HOST[:PORT][/IDENTITY][?ca=FILE]``: the broker, and the identity or nothing.

    Raises:
        PortError: it has another form.

    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        port = None
    query = parse_qs(parts.query) if port else {}
    if port is None or not parts.hostname or not query.keys() <= {"ca"}:
        # what was given may hold a password
        raise PortError("this is no broker: write mqtt[s]://[USER:PASSWORD@]HOST[:PORT][/IDENTITY][?ca=FILE]")
    user, password = (None if text is None else unquote(text) for text in (parts.username, parts.password))
    ca = Path(query["ca"][0]) if "ca" in query else None
    return Broker(parts.hostname, port, parts.scheme == "mqtts", ca, user, password), parts.path.strip("/")
