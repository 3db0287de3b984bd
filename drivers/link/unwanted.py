"""The dialogue on a connection that nobody wants any more: its device was dismissed while it was being reached."""

from datetime import datetime

from drivers.link.events import DownReason


class Unwanted:
    """Says nothing, hears nothing and waits for its end."""

    def receive(self, data: bytes) -> None:
        """Let bytes go by."""

    def deadline(self) -> datetime | None:
        """Tell that nothing is due."""
        return None

    def overdue(self) -> None:
        """Do nothing: nothing is due."""

    def clear(self) -> None:
        """Do nothing: nothing was begun."""

    def ask(self, request: bytes) -> None:
        """Send nothing: nobody is there to be asked."""

    def abandon(self) -> None:
        """Do nothing: nothing was asked."""

    def ended(self, reason: DownReason) -> None:
        """Do nothing: nobody has to know."""
