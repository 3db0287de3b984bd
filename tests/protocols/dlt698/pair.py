"""A head-end's and a device's session with a line between them, and time that is moved by hand."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from protocols.dlt698 import (
    OAD,
    Address,
    ClientApdu,
    ClientEvent,
    ClientSession,
    DateTime,
    GetNormalRequest,
    Piid,
    ServerEvent,
    ServerRules,
    ServerSession,
    Times,
    Transmit,
)

NOW = datetime(2024, 5, 20, tzinfo=UTC)
CONCENTRATOR = Address.single("210000123456")
ENERGY = OAD.parse("00100200")
CLOCK = OAD.parse("40000200")
T1 = DateTime(2024, 5, 20, 1, 8, 30, 0, 120)
T2 = DateTime(2024, 5, 20, 1, 8, 30, 1, 20)
SECOND = timedelta(seconds=1)
Event = TypeVar("Event")


def get(oad: OAD) -> Callable[[Piid], ClientApdu]:
    """Make the maker of a request for one attribute."""
    return lambda piid: GetNormalRequest(piid, oad)


class Fate:
    """What the line does to what is written: a chance to lose it and one to double it, and how long it takes."""

    def __init__(self, random: Random, lost: float = 0, doubled: float = 0, slowest: float = 0) -> None:
        self.random = random
        self._lost = lost
        self._doubled = doubled
        self._slowest = slowest

    def copies(self) -> int:
        """How often what is written arrives."""
        if self.random.random() < self._lost:
            return 0
        return 2 if self.random.random() < self._doubled else 1

    def delay(self) -> timedelta:
        """How long it is under way."""
        return self.random.random() * self._slowest * SECOND


class Way:
    """One direction: bytes in order, as on TCP, cut anywhere."""

    def __init__(self, fate: Fate | None) -> None:
        self._fate = fate
        self._bytes: deque[tuple[datetime, bytes]] = deque()

    def write(self, data: bytes, now: datetime) -> None:
        """Put bytes on their way."""
        if data and self._fate is None:
            self._bytes.append((now, data))
        elif data and self._fate is not None:
            arrives = max(now + self._fate.delay(), self._bytes[-1][0] if self._bytes else now)
            self._bytes.extend([(arrives, data)] * self._fate.copies())

    def read(self, now: datetime) -> list[bytes]:
        """Take what has arrived, in pieces of any size."""
        data = b""
        while self._bytes and self._bytes[0][0] <= now:
            data += self._bytes.popleft()[1]
        if self._fate is None or not data:
            return [data] if data else []
        cuts = sorted(self._fate.random.randrange(len(data)) for _ in range(self._fate.random.randrange(4)))
        return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    @property
    def next(self) -> datetime | None:
        """When something arrives next."""
        return self._bytes[0][0] if self._bytes else None


class Pair:
    """Both ends; ``told_client`` and ``told_server`` gather what they tell, but for what they write."""

    def __init__(
        self,
        client: ClientSession | None = None,
        server: ServerSession | None = None,
        *,
        max_frame: int = 1024,
        blocks: bool = False,
        fate: Fate | None = None,
        times: Times | None = None,
    ) -> None:
        rules = ServerRules(max_frame=max_frame, blocks=blocks)
        self.client = client or ClientSession(max_frame=max_frame, times=times)
        self.server = server or ServerSession(CONCENTRATOR, rules=rules, times=times)
        self.now = NOW
        self.to_server, self.to_client = Way(fate), Way(fate)
        self.told_client: list[ClientEvent] = []
        self.told_server: list[ServerEvent] = []

    def write_client(self, data: bytes) -> None:
        """Let the client write."""
        self.to_server.write(data, self.now)

    def write_server(self, data: bytes) -> None:
        """Let the server write."""
        self.to_client.write(data, self.now)

    def run(self) -> None:
        """Carry everything that is to be carried at this instant."""
        while True:
            upwards, downwards = self.to_client.read(self.now), self.to_server.read(self.now)
            if not upwards and not downwards:
                return
            for data in downwards:
                self.tell_server(self.server.receive(data, self.now))
            for data in upwards:
                self.tell_client(self.client.receive(data, self.now))

    def pass_time(self, span: timedelta) -> None:
        """Let time pass; both ends do what is due at its instant."""
        end = self.now + span
        while True:
            self.run()
            due = (self.client.deadline(), self.server.deadline(), self.to_client.next, self.to_server.next)
            instants = [instant for instant in due if instant is not None]
            if not instants or min(instants) > end:
                break
            self.now = max(self.now, min(instants))
            self.run()
            self.tell_client(self.client.overdue(self.now))
            self.tell_server(self.server.overdue(self.now))
        self.now = end

    def tell_client(self, events: list[ClientEvent]) -> None:
        """Keep what the client tells; write what it wants written."""
        for event in events:
            if isinstance(event, Transmit):
                self.write_client(event.data)
            else:
                self.told_client.append(event)

    def tell_server(self, events: list[ServerEvent]) -> None:
        """Keep what the server tells; write what it wants written."""
        for event in events:
            if isinstance(event, Transmit):
                self.write_server(event.data)
            else:
                self.told_server.append(event)

    def client_told(self, kind: type[Event]) -> list[Event]:
        """Return what the client has told of one class."""
        return [event for event in self.told_client if isinstance(event, kind)]

    def server_told(self, kind: type[Event]) -> list[Event]:
        """Return what the server has told of one class."""
        return [event for event in self.told_server if isinstance(event, kind)]
