"""A connection to a device by its topics at a broker: a message up is bytes in, a message down is bytes out."""

from collections.abc import Callable
from datetime import datetime

from clock import Clock
from drivers.link.connection import Begin, Connection
from drivers.link.events import DownReason

Publish = Callable[["TopicConnection", bytes, datetime | None], None]
"""Publishes bytes for a device; of a question with the instant after which it must not get them."""


class TopicConnection(Connection):
    """Stands from when the device is known to be at the broker until it is known not to be, or the broker is lost."""

    def __init__(self, clock: Clock, begin: Begin, peer: str, publish: Publish) -> None:
        super().__init__(clock, begin)
        self.peer = self.host = peer
        self._publish = publish

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be sent by it."""
        return self._open

    def open(self) -> None:
        """Begin the dialogue."""
        self._opened()

    def hear(self, message: bytes, *, stale: bool) -> None:
        """Take what the device has sent, if `stale` before we were here."""
        self.stale = stale
        self._heard(message)

    def lose(self, reason: DownReason) -> None:
        """End it, as the device or the broker is gone."""
        if self._open:
            self._lost(reason)

    def send(self, data: bytes) -> None:
        """See `Connection.send`."""
        if self._open:
            self._publish(self, data, self._until)

    def close(self) -> None:
        """See `Connection.close`; the device notices nothing."""
        self.lose(DownReason.STOPPED)
