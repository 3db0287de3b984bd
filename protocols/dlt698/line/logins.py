"""Who is logged in where (登录登记): the head-end's book of logins, without connections or a clock of its own.

A device is one login at a time. One from another connection supersedes it: the new one is answered, the old
connection is to be closed, and what still comes in by it counts for nothing. Any valid frame is life, and from a
known device that is not logged in it is a login, as terminals go on after a restart of the head-end.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResult, Verdict

Device = TypeVar("Device", bound=Hashable)
Connection = TypeVar("Connection", bound=Hashable)


@dataclass(frozen=True, slots=True)
class LoginRules:
    """How logins are judged."""

    capacity: int | None = None  # devices logged in at a time; None = as many as are known
    missed_heartbeats: int = 3  # periods without a frame after which a device counts as silent
    default_period: timedelta = timedelta(seconds=300)  # of a terminal that names none; makers take 120 or 300 s
    accept_unknown: bool = False  # else they are told that they are illegal devices
    clock_trusted: bool = False  # whether terminals may set their clocks by ours


@dataclass(eq=False, slots=True)
class Login(Generic[Device, Connection]):
    """One login. ``period`` None = the device has no heartbeat and may be silent for ever."""

    device: Device
    connection: Connection
    epoch: int
    known: bool
    since: datetime
    last_heard: datetime
    period: timedelta | None


@dataclass(frozen=True, slots=True)
class Admission(Generic[Device, Connection]):
    """What becomes of a frame's device: its login, if it has one now, and what is to be done.

    ``verdict`` is for the answer to a LINK-Request. ``replaced`` is the login that has been superseded, whose
    connection is to be closed; ``ended`` the one that has logged out. ``close`` = this connection is to be closed,
    after the answer.
    """

    verdict: Verdict
    login: Login[Device, Connection] | None = None
    replaced: Login[Device, Connection] | None = None
    ended: Login[Device, Connection] | None = None
    began: bool = False
    close: bool = False


class Logins(Generic[Device, Connection]):
    """The book. Devices and connections are whatever the caller tells them apart by.

    Epochs count logins of all devices, from 1 on. Holds one login per device, at most ``capacity`` in all, and a
    superseded connection until it is ``lost``.
    """

    def __init__(self, rules: LoginRules, known: Collection[Device] = ()) -> None:
        self._rules = rules
        self._known = set(known)
        self._logins: dict[Device, Login[Device, Connection]] = {}
        self._by_connection: dict[Connection, Login[Device, Connection]] = {}
        self._superseded: set[Connection] = set()
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._logins)

    def admit(self, known: Collection[Device]) -> list[Login[Device, Connection]]:
        """Know exactly these devices; gives the logins that ended with it, whose connections are to be closed."""
        self._known = set(known)
        if self._rules.accept_unknown:
            for login in self._logins.values():
                login.known = login.device in self._known
            return []
        dismissed = [login for login in self._logins.values() if login.device not in self._known]
        for login in dismissed:
            self.end(login)
        return dismissed

    def current(self, device: Device) -> Login[Device, Connection] | None:
        """Give the login of a device."""
        return self._logins.get(device)

    def hear(self, device: Device, connection: Connection, now: datetime) -> Admission[Device, Connection]:
        """Take a valid frame of a device: a sign of life, or a login."""
        login = self._logins.get(device)
        if login is not None and login.connection == connection:
            login.last_heard = now
            return Admission(self._verdict(LinkResult.SUCCESS), login)
        refusal = self._refusal(device, connection)
        if refusal is not None:
            # Another address on a connection that is somebody's costs that one nothing.
            return Admission(self._verdict(refusal), close=connection not in self._by_connection)
        if login is not None:
            self._superseded.add(login.connection)
            self.end(login)
        self._epoch += 1
        known = device in self._known
        begun = Login(device, connection, self._epoch, known, now, now, self._rules.default_period)
        self._logins[device] = self._by_connection[connection] = begun
        return Admission(self._verdict(LinkResult.SUCCESS), begun, replaced=login, began=True)

    def take(
        self, device: Device, connection: Connection, request: LinkRequest, now: datetime
    ) -> Admission[Device, Connection]:
        """Take a LINK-Request: login, heartbeat or logout.

        A login on the connection of the device's login replaces what was agreed on it (the heartbeat period), and
        begins no epoch: what is open may still be answered.
        """
        if request.request is LinkKind.LOGOUT:
            login = self._by_connection.get(connection)
            ended = login if login is not None and login.device == device else None
            if ended is not None:
                self.end(ended)
            return Admission(self._verdict(LinkResult.SUCCESS), ended=ended, close=True)
        admission = self.hear(device, connection, now)
        if admission.login is not None:
            if request.period:
                admission.login.period = timedelta(seconds=request.period)
            elif request.request is LinkKind.LOGIN:
                admission.login.period = self._rules.default_period
        return admission

    def silent_at(self, login: Login[Device, Connection]) -> datetime | None:
        """When a device counts as silent if nothing comes; whoever watches it then ends its login."""
        if login.period is None:
            return None
        return login.last_heard + self._rules.missed_heartbeats * login.period

    def end(self, login: Login[Device, Connection]) -> bool:
        """End a login: silent, dismissed, or whatever else; whether it was current."""
        if self._logins.get(login.device) is not login:
            return False
        del self._logins[login.device], self._by_connection[login.connection]
        return True

    def lost(self, connection: Connection) -> Login[Device, Connection] | None:
        """Note that a connection is gone; gives the login that ended with it."""
        self._superseded.discard(connection)
        login = self._by_connection.get(connection)
        if login is not None:
            self.end(login)
        return login

    def _refusal(self, device: Device, connection: Connection) -> LinkResult | None:
        if connection in self._superseded:
            return LinkResult.ADDRESS_DUPLICATE
        if connection in self._by_connection:
            return LinkResult.ILLEGAL_DEVICE
        if device not in self._known and not self._rules.accept_unknown:
            return LinkResult.ILLEGAL_DEVICE
        full = self._rules.capacity is not None and len(self._logins) >= self._rules.capacity
        return LinkResult.CAPACITY_FULL if full and device not in self._logins else None

    def _verdict(self, result: LinkResult) -> Verdict:
        return Verdict(result, self._rules.clock_trusted)
