"""The face of a port: where a simulated device speaks, whatever carries its bytes."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from simulators.ports.channel import Channel

__all__ = ["Ended", "Port", "Serve"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a conversation ended, which decides when there is the next one.

    ``known``: the other side has taken the device for one of its own; if not, it calls later and later. ``away``: the
    device itself has gone, for so long, and is back at once then.
    """

    known: bool = True
    away: timedelta | None = None


Serve = Callable[[Channel], Awaitable[Ended]]
"""Talks until the conversation has ended."""


class Port(ABC):
    """Where a device is reached, or from where it calls.

    ``where`` tells people how, ``option`` how ``metersim master`` gets there (empty where the device calls by itself);
    both are whole when the port is open. ``tell`` is given a sentence when a road is lost or not to be had.
    """

    def __init__(self, where: str, option: str = "") -> None:
        self.where = where
        self.option = option
        self.tell: Callable[[str], None] = lambda _: None

    @abstractmethod
    async def open(self) -> None:
        """Become reachable, once; raises PortError, which says what is in the way."""

    @abstractmethod
    async def run(self, serve: Serve) -> None:
        """Open if need be, and have every conversation served until cancelled; then nothing stays open."""
