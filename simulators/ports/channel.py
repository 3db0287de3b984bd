"""What every road to a simulated device comes down to: bytes in, bytes out, an end."""

from typing import Protocol

__all__ = ["Channel"]


class Channel(Protocol):
    """One conversation over TCP, a serial line or a broker, as the device sees it."""

    peer: str
    """Who is at the other end, for people."""

    @property
    def open(self) -> bool:
        """Whether bytes can be sent."""

    async def receive(self) -> bytes:
        """Wait for bytes; none at all means that the conversation has ended."""

    def send(self, data: bytes) -> None:
        """Send bytes; on an ended conversation they go nowhere."""

    def close(self) -> None:
        """End it; whoever waits in `receive` is told that nothing more comes."""
