"""The relay of a meter: what it was told, what its contact does, and how it fails.

A command and its effect are two things (DL/T 645-2007 fee control, word 3 bits 6 and 4): an accepted trip
may open the contact now, after the trip delay, or never if the contact is welded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["Movement", "Relay", "Stuck"]


class Stuck(StrEnum):
    """How a relay can be broken while it goes on saying that all is well."""

    NO = "no"
    OPEN = "open"  # opens, but does not close again
    CLOSED = "closed"  # does not open


@dataclass(frozen=True, slots=True)
class Movement:
    """The contact moved: it is open (or closed) from this instant on."""

    at: datetime
    open: bool


class Relay:
    """One load relay with its command state, delay, permission and protection (保电).

    Instants must not go backwards: each act first carries out what was due before it. ``operator`` is who gave the
    last command, eight digits; ``watch`` is told of each movement of the contact.
    """

    def __init__(self, *, trip_delay: timedelta = timedelta(), stuck: Stuck = Stuck.NO) -> None:
        self.trip_delay = trip_delay
        self.stuck = stuck
        self.open = False
        self.command_open = False
        self.permitted = False
        self.protected = False
        self.opens_at: datetime | None = None
        self.recovers_at: datetime | None = None
        self._recovery: timedelta | None = None
        self._by_key = False
        self.operator = "00000000"
        self.movements: list[Movement] = []
        self.watch: Callable[[Movement], None] | None = None

    def was_open(self, at: datetime) -> bool:
        """Tell whether the contact was open at an instant that has passed."""
        return next((moved.open for moved in reversed(self.movements) if moved.at <= at), False)

    @property
    def due(self) -> datetime | None:
        """When the contact moves next by itself."""
        return min(filter(None, (self.opens_at, self.recovers_at)), default=None)

    def trip(self, at: datetime, *, recovery: timedelta | None = None, by_key: bool = False) -> bool:
        """Take a trip command; False when protection refuses it.

        A pre-trip (预跳闸) names its ``recovery``: so long after the opening the contact closes again, or
        (``by_key``) may be closed by the customer.
        """
        if self.protected:
            return False
        self.command_open = True
        self.permitted = False
        self.opens_at, self.recovers_at = at + self.trip_delay, None
        self._recovery, self._by_key = recovery, by_key
        self.settle(at)
        return True

    def settle(self, until: datetime) -> None:
        """Carry out a delayed opening, and a recovery, that are due at ``until`` or before."""
        if self.opens_at is not None and self.opens_at <= until:
            due, self.opens_at = self.opens_at, None
            self.recovers_at = None if self._recovery is None else due + self._recovery
            if self.stuck is not Stuck.CLOSED:
                self._move(due, opened=True)
        if self.recovers_at is not None and self.recovers_at <= until:
            self._recover(self.recovers_at)

    def close(self, at: datetime) -> None:
        """Take a direct close (直接合闸)."""
        self._withdraw(at)
        self.permitted = False
        self._pull_in(at)

    def permit(self, at: datetime) -> None:
        """Take a permission to close (合闸允许): the contact waits for the key."""
        self._withdraw(at)
        self.permitted = self.open

    def press_key(self, at: datetime) -> bool:
        """Let the customer hold the key for three seconds; True if the contact closed."""
        self.settle(at)
        if not self.permitted:
            return False
        self.permitted = False
        self._pull_in(at)
        return not self.open

    def protect(self, at: datetime, *, on: bool) -> None:
        """Switch protection on or off; on takes a waiting trip back."""
        self.settle(at)
        self.protected = on
        if on:
            self.opens_at = None

    def close_by_hand(self, at: datetime) -> None:
        """Let a technician free the contact and close it on site."""
        self.stuck = Stuck.NO
        self.close(at)

    def _recover(self, at: datetime) -> None:
        self.recovers_at = None
        self.command_open = False
        self.permitted = self._by_key and self.open
        if not self._by_key:
            self._pull_in(at)

    def _withdraw(self, at: datetime) -> None:
        self.settle(at)
        self.opens_at = self.recovers_at = None
        self.command_open = False

    def _pull_in(self, at: datetime) -> None:
        if self.stuck is not Stuck.OPEN:
            self._move(at, opened=False)

    def _move(self, at: datetime, *, opened: bool) -> None:
        if self.open != opened:
            self.open = opened
            moved = Movement(at, opened)
            self.movements.append(moved)
            if self.watch is not None:
                self.watch(moved)
