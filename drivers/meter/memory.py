"""What is remembered of meters between questions: lost with the process, and no harm done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clock import Clock, Lock
from drivers.meter.model import Silence
from drivers.meter.replies import Missing, Reply
from drivers.meter.security import Authenticated

CLOCK_READING_LIFE = timedelta(days=1)
"""How long a reading of a meter's clock is good: its clock drifts by about half a second a day."""
PASSWORD_LOCK = timedelta(hours=24)
"""How long a meter locks a level after three wrong passwords (密码闭锁)."""


@dataclass(slots=True)
class _Password:
    """How a password fared: when last, how often refused since it was taken, and whether it ever was."""

    at: datetime
    refusals: int = 0
    proven: bool = False


class Memory:
    """Clock errors, who was silent the last time, authentications, and passwords that were refused."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets: dict[str, tuple[timedelta, datetime]] = {}
        self._silent: set[str] = set()
        self._factors: dict[str, bytes] = {}
        self._sessions: dict[str, Authenticated] = {}
        self._locks: dict[str, Lock] = {}
        self._passwords: dict[tuple[str, int], _Password] = {}

    def note_clock(self, address: str, offset: timedelta, at: datetime) -> None:
        """Remember by how much a meter's clock is ahead of ours."""
        self._offsets[address] = offset, at

    def offset(self, address: str, now: datetime) -> timedelta:
        """Tell by how much a meter's clock is ahead of ours; nothing if it was not read lately."""
        offset, at = self._offsets.get(address, (timedelta(0), now))
        return offset if now - at <= CLOCK_READING_LIFE else timedelta(0)

    def forget_clock(self, address: str) -> None:
        """Forget a clock that has been set, or may have been."""
        self._offsets.pop(address, None)

    def note_reply(self, address: str, reply: Reply[Any]) -> None:
        """Remember whether a meter answered. What never reached it says nothing."""
        if not isinstance(reply, Missing):
            self._silent.discard(address)
        elif reply.reason is Silence.NO_ANSWER:
            self._silent.add(address)

    def was_silent(self, address: str) -> bool:
        """Tell whether a meter gave no answer the last time: it is then asked once, so that others get on."""
        return address in self._silent

    def authenticating(self, address: str) -> Lock:
        """Give the lock of a meter's authentication: each new one ends the one before."""
        return self._locks.setdefault(address, Lock(self._clock))

    def factor(self, address: str) -> bytes | None:
        """Give the dispersion factor of a meter, if it is known."""
        return self._factors.get(address)

    def note_factor(self, address: str, factor: bytes) -> None:
        """Remember a dispersion factor."""
        self._factors[address] = factor

    def session(self, address: str) -> Authenticated | None:
        """Give the authentication that a meter still honours, as far as we know."""
        session = self._sessions.get(address)
        return session if session is not None and self._clock.now() < session.until else None

    def note_session(self, address: str, session: Authenticated) -> None:
        """Remember a new authentication in place of any other."""
        self._sessions[address] = session

    def drop_session(self, address: str, session: Authenticated) -> None:
        """Forget an authentication that a meter no longer honours; a newer one stays."""
        if self._sessions.get(address) is session:
            del self._sessions[address]

    def note_password(self, address: str, function: int, *, refused: bool) -> None:
        """Remember whether a meter took the password for a function. Each function has its own memory.

        An unpressed programming key is told in the same words as a wrong password, and says nothing of the relay.
        """
        known = self._passwords.setdefault((address, function), _Password(self._clock.now()))
        known.at = self._clock.now()
        known.refusals = known.refusals + 1 if refused else 0
        known.proven = known.proven or not refused

    def password_barred(self, address: str, function: int) -> datetime | None:
        """Tell until when a refused password should not be tried again; None: it may be.

        One that was taken before may be refused once: a meter says the same of an item that it lets nobody set.
        """
        known = self._passwords.get((address, function))
        if known is None or known.refusals <= known.proven:
            return None
        until = known.at + PASSWORD_LOCK
        return until if self._clock.now() < until else None
