"""The relay of a meter: what it was told, what its contact does, and how it fails.

A command and its effect are two things (DL/T 645-2007 fee control, word 3 bits 6 and 4): an accepted trip
may open the contact now, after the trip delay, when the current has fallen, or never if the contact is welded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

__all__ = ["Ending", "Movement", "Relay", "Stuck"]

NONE = timedelta()
HOUR = timedelta(hours=1)


class Stuck(StrEnum):
    """How a relay can be broken while it goes on saying that all is well."""

    NO = "no"
    OPEN = "open"  # opens, but does not close again
    CLOSED = "closed"  # does not open
    BOTH = "both"  # takes every command and stays as it is
    DEAF = "deaf"  # says yes and forgets: not even the command state changes


CANNOT_OPEN = frozenset({Stuck.CLOSED, Stuck.BOTH})
CANNOT_CLOSE = frozenset({Stuck.OPEN, Stuck.BOTH})


@dataclass(frozen=True, slots=True)
class Movement:
    """The contact moved: it is open (or closed) from this instant on."""

    at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """How a trip ends by itself (预跳闸): so long after the opening it closes, or may be closed by the key."""

    after: timedelta
    by_key: bool = False


class Surroundings(Protocol):
    """The meter around a relay: the current through it, and who has to know of what it does."""

    def current_ma(self, at: datetime) -> int:
        """Measure the current through a closed contact, in mA."""
        ...

    def contact_moved(self, moved: Movement) -> None:
        """Take note of a movement."""
        ...

    def contact_stayed(self, at: datetime) -> None:
        """Take note of a command that the contact did not follow (拒动)."""
        ...

    def settle_money(self, at: datetime) -> None:
        """Do what protection has kept from being done."""
        ...


class Relay:
    """One load relay with its command state, delay, current hold, permission and protection (保电).

    ``trip_delay`` passes between a remote trip and the opening (跳闸延时). While the current is not below
    ``hold_current_ma`` the opening is held back for at most ``hold_delay`` (大电流保持); 0 of either holds nothing.
    ``barred`` says that the money of a local prepayment meter is too short for any close, ``alarm`` that the lamp was
    ordered on (报警). ``operator`` is who gave the last command, eight digits.

    Instants must not go backwards: each act first carries out what was due before it.
    """

    __slots__ = (
        "_ending",
        "alarm",
        "around",
        "barred",
        "command_open",
        "held_since",
        "hold_current_ma",
        "hold_delay",
        "movements",
        "open",
        "opens_at",
        "operator",
        "permitted",
        "protected",
        "recovers_at",
        "stuck",
        "trip_delay",
    )

    def __init__(
        self,
        *,
        trip_delay: timedelta = NONE,
        stuck: Stuck = Stuck.NO,
        hold_current_ma: int = 0,
        hold_delay: timedelta = NONE,
    ) -> None:
        self.trip_delay = trip_delay
        self.stuck = stuck
        self.hold_current_ma = hold_current_ma
        self.hold_delay = hold_delay
        self.open = False
        self.command_open = False
        self.permitted = False
        self.protected = False
        self.barred = False
        self.alarm = False
        self.opens_at: datetime | None = None
        self.recovers_at: datetime | None = None
        self.held_since: datetime | None = None
        self.operator = "00000000"
        self.movements: list[Movement] = []
        self.around: Surroundings | None = None
        self._ending: Ending | None = None

    def was_open(self, at: datetime) -> bool:
        """Tell whether the contact was open at an instant that has passed."""
        return next((moved.open for moved in reversed(self.movements) if moved.at <= at), False)

    @property
    def due(self) -> datetime | None:
        """When the contact moves next by itself, or looks at the current again."""
        return min(filter(None, (self.opens_at, self.recovers_at)), default=None)

    def trip(self, at: datetime, *, ending: Ending | None = None, delay: timedelta | None = None) -> bool:
        """Take a trip command; False when protection refuses it.

        A pre-trip (预跳闸) has an ``ending``; ``delay`` takes the place of the relay's own.
        """
        if self.protected:
            return False
        if self.stuck is Stuck.DEAF:
            return True
        self.command_open = True
        self.permitted = False
        self.held_since = self.recovers_at = None
        self.opens_at = at + (self.trip_delay if delay is None else delay)
        self._ending = ending
        self.settle(at)
        return True

    def settle(self, until: datetime) -> None:
        """Carry out a delayed opening, and a recovery, that are due at ``until`` or before."""
        while (due := self.due) is not None and due <= until:
            if due == self.opens_at:
                self._drop_out(due)
            else:
                self._recover(due)

    def close(self, at: datetime) -> bool:
        """Take a direct close (直接合闸); False when the money is too short for it."""
        if self.barred:
            return False
        if self.stuck is not Stuck.DEAF:
            self._withdraw(at)
            self.permitted = False
            self._pull_in(at)
        return True

    def permit(self, at: datetime) -> bool:
        """Take a permission to close (合闸允许): the contact waits for the key; False when the money is too short."""
        if self.barred:
            return False
        if self.stuck is not Stuck.DEAF:
            self._withdraw(at)
            self.permitted = self.open
        return True

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
            self.opens_at = self.held_since = None
            self.barred = False
        elif self.around is not None:
            self.around.settle_money(at)

    def load_changed(self, at: datetime) -> None:
        """Look at the current at once: what is held back may open now."""
        if self.held_since is not None:
            self.opens_at = at
            self.settle(at)

    def wait_for_power(self, until: datetime) -> None:
        """Put off what was due while there was no power to move the contact."""
        self.opens_at = None if self.opens_at is None else max(self.opens_at, until)
        self.recovers_at = None if self.recovers_at is None else max(self.recovers_at, until)

    def close_by_hand(self, at: datetime) -> None:
        """Let a technician free the contact and close it on site."""
        self.stuck = Stuck.NO
        self._withdraw(at)
        self.permitted = False
        self._pull_in(at)

    def _drop_out(self, at: datetime) -> None:
        if self._is_held(at):
            return
        self.opens_at = self.held_since = None
        self.recovers_at = None if self._ending is None else at + self._ending.after
        self._move(at, opened=True)

    def _is_held(self, at: datetime) -> bool:
        """Tell whether the current is too large to open now; what is held looks again at the next full hour."""
        if self.open or self.around is None or not self.hold_current_ma or not self.hold_delay:
            return False
        since = self.held_since or at
        ends = since + self.hold_delay
        if at >= ends or abs(self.around.current_ma(at)) < self.hold_current_ma:
            return False
        self.held_since = since
        self.opens_at = min(ends, at.replace(minute=0, second=0, microsecond=0) + HOUR)  # loads change at full hours
        return True

    def _recover(self, at: datetime) -> None:
        by_key = self._ending is not None and self._ending.by_key
        self.recovers_at = None
        self.command_open = False
        self.permitted = by_key and self.open
        if not by_key:
            self._pull_in(at)

    def _withdraw(self, at: datetime) -> None:
        self.settle(at)
        self.opens_at = self.recovers_at = self.held_since = None
        self.command_open = False

    def _pull_in(self, at: datetime) -> None:
        self._move(at, opened=False)

    def _move(self, at: datetime, *, opened: bool) -> None:
        if self.open == opened:
            return
        if self.stuck in (CANNOT_OPEN if opened else CANNOT_CLOSE):
            if self.around is not None:
                self.around.contact_stayed(at)
            return
        self.open = opened
        moved = Movement(at, opened)
        self.movements.append(moved)
        if self.around is not None:
            self.around.contact_moved(moved)
