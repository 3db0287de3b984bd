"""What is remembered of meters between questions: lost with the process, and no harm done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from clock import Clock, Lock
from drivers.meter.associations import Association, Chip
from drivers.meter.challenges import Authenticated
from drivers.meter.model import Silence
from drivers.meter.replies import Missing, Reply

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


class Session(Protocol):
    """What a device has accepted, and honours until an instant."""

    @property
    def until(self) -> datetime:
        """After this it counts as run out."""


S = TypeVar("S", bound=Session)
K = TypeVar("K")


class Held(Generic[K, S]):
    """What is held of the devices of one dialect: by what each is known, and what it honours now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[str, K] = {}
        self._sessions: dict[str, S] = {}
        self._locks: dict[str, Lock] = {}
        self._numbers: dict[str, int] = {}

    def lock(self, address: str) -> Lock:
        """Give the lock of a device's negotiation: each new one ends the one before."""
        return self._locks.setdefault(address, Lock(self._clock))

    def key(self, address: str) -> K | None:
        """Give what the device is known by, if that is known."""
        return self._keys.get(address)

    def note_key(self, address: str, key: K) -> None:
        """Remember what a device is known by."""
        self._keys[address] = key

    def drop_key(self, address: str, key: K) -> None:
        """Forget what a device is no longer known by; something newer stays."""
        if self._keys.get(address) is key:
            del self._keys[address]

    def session(self, address: str) -> S | None:
        """Give what the device still honours, as far as we know."""
        session = self._sessions.get(address)
        return session if session is not None and self._clock.now() < session.until else None

    def note_session(self, address: str, session: S) -> None:
        """Remember something new in place of any other."""
        self._sessions[address] = session

    def drop_session(self, address: str, session: S) -> None:
        """Forget what a device no longer honours; something newer stays."""
        if self._sessions.get(address) is session:
            del self._sessions[address]

    def next_number(self, address: str) -> int:
        """Give a number for a request of the device, above all before it."""
        number = self._numbers.get(address, 0) + 1
        self._numbers[address] = number
        return number


class Memory:
    """Clock errors, who was silent the last time, what devices honour, reports, and passwords that were refused.

    `authentications` are those of DL/T 645 meters by dispersion factor, `associations` those of DL/T 698.45 devices by
    ESAM.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets: dict[str, tuple[timedelta, datetime]] = {}
        self._silent: set[str] = set()
        self.authentications: Held[bytes, Authenticated] = Held(clock)
        self.associations: Held[Chip, Association] = Held(clock)
        self._reports: dict[bytes, tuple[int, bytes]] = {}
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

    def last_report(self, serial: bytes) -> tuple[int, bytes] | None:
        """Give number and MAC of the last report that an ESAM has proven, if there was one."""
        return self._reports.get(serial)

    def note_report(self, serial: bytes, counter: int, mac: bytes) -> None:
        """Remember the last report that an ESAM has proven."""
        self._reports[serial] = counter, mac

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
