"""A meter at the end of a half-duplex line, in either dialect: a frame in, the bytes of its answer out."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta

from protocols import dlt645, dlt698
from protocols.dlt698 import ServerRules
from simulators.field.ear import Heard
from simulators.meter import Dialect, Meter, Server645, Server698

__all__ = ["Slave", "slave_of"]

RULES = ServerRules(lenient=True)
"""Requests of the drafts' tools are answered too: this is a bench."""


class Slave(ABC):
    """One meter that speaks when it is spoken to."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    @abstractmethod
    def answer(self, heard: Heard, now: datetime) -> tuple[bytes, timedelta]:
        """Give the answer to a frame, empty where the meter stays silent, and how long it takes to come by it."""


class _Slave645(Slave):
    """A meter of DL/T 645, of the edition that its profile says."""

    def __init__(self, meter: Meter, password: dlt645.Password) -> None:
        super().__init__(meter)
        self._password = password

    def answer(self, heard: Heard, now: datetime) -> tuple[bytes, timedelta]:
        """Answer a frame of its own dialect; what is at the wall now does, which may be another than before."""
        if not isinstance(heard.frame, dlt645.Frame):
            return b"", timedelta()
        answer = Server645(self.meter, self._password).answer(heard.frame, now)
        return (b"" if answer is None else dlt645.build_frame(answer)), timedelta()


class _Slave698(Slave):
    """A meter of DL/T 698.45, without a login: it answers to its own address and to wildcards."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(meter)
        self._address = ""
        self._session = self._begin()

    def answer(self, heard: Heard, now: datetime) -> tuple[bytes, timedelta]:
        """Answer a frame of its own dialect; it says nothing again of its own accord."""
        said, took = b"", timedelta()
        if not isinstance(heard.frame, dlt698.LinkFrame):
            return said, took
        if self._address != self.meter.address:
            self._session = self._begin()
        self._session.overdue(now)
        for event in self._session.receive(heard.raw, now):
            match event:
                case dlt698.Transmit(data=data):
                    said += data
                case dlt698.Asked(frame=frame, request=request):
                    server = Server698(self.meter)
                    answer = server.answer(request, now, client=frame.client)
                    took += server.services.took
                    said += b"" if answer is None else self._session.respond(event, answer, now)
        return said, took

    def _begin(self) -> dlt698.ServerSession:
        self._address = self.meter.address
        return dlt698.ServerSession(dlt698.Address.single(self._address), rules=RULES)


def slave_of(meter: Meter, password: dlt645.Password) -> Slave:
    """Put a meter on a line; ``password`` is what it asks for, if its dialect has passwords."""
    return _Slave698(meter) if meter.plate.dialect is Dialect.DLT698 else _Slave645(meter, password)
