"""The DL/T 645-2007 slave in a simulated meter: reads, address, clock, relay control in plain form."""

from datetime import datetime, timedelta

from protocols.dlt645 import (
    DI,
    Address,
    BroadcastTime,
    Frame,
    Function,
    Password,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadRequest,
    Refusal,
    RelayAnswer,
    RelayRequest,
    Stamp,
    Unknown,
    Value,
    WriteAnswer,
    WriteRequest,
    build_message,
    parse_message,
    read_payload,
    write_payload,
)
from protocols.errors import ProtocolError
from simulators.localtime import SHANGHAI
from simulators.meter.model import FREEZES_KEPT, Meter
from simulators.meter.objects645 import BOTH, COMMANDS, DATE, FROZEN, ITEMS, TIME

__all__ = ["Server645"]

OTHER_ERROR = b"\x01"
NO_DATA = b"\x02"
NOT_AUTHORISED = b"\x04"
DAILY_FREEZES = 0x0506
BROADCAST_LIMIT = timedelta(minutes=5)  # DL/T 645-2007, 7.7: a meter obeys only within five minutes
NEVER = Stamp("YYMMDDhhmm", "0000000000")

Answer = ReadAnswer | ReadAddressAnswer | RelayAnswer | WriteAnswer | Refusal


class Server645:
    """Answers frames for one meter; the password is that of level 02, six digits."""

    def __init__(self, meter: Meter, password: Password) -> None:
        self.meter = meter
        self.address = Address.meter(meter.address)
        self._password = password

    def answer(self, frame: Frame, now: datetime) -> Frame | None:
        """Answer a request; None where a meter stays silent (foreign address, broadcast, an answer)."""
        if frame.control.from_slave:
            return None
        if frame.address.is_broadcast:
            self._obey(frame, now)
            return None
        if not frame.address.covers(self.address):
            return None
        answer = self._answer(frame, now)
        return None if answer is None else build_message(self.address, answer)

    def _answer(self, frame: Frame, now: datetime) -> Answer | None:
        try:
            request = parse_message(frame)
        except ProtocolError:
            return Refusal(frame.control.function, OTHER_ERROR)
        answer: Answer | None = None
        match request:
            case ReadRequest(di=di):
                answer = self._read(di, now)
            case ReadAddressRequest():
                answer = ReadAddressAnswer(self.address)
            case RelayRequest():
                answer = self._switch(request, now)
            case WriteRequest():
                answer = self._write(request, now)
            case Unknown():
                pass
            case _:
                answer = Refusal(frame.control.function, OTHER_ERROR)
        return answer

    def _read(self, di: DI, now: datetime) -> ReadAnswer | Refusal:
        read = ITEMS.get(di)
        values = read(self.meter, now) if read else self._frozen(di, now)
        if not values:
            return Refusal(Function.READ, NO_DATA)
        return ReadAnswer(di, write_payload(di, *values))

    def _frozen(self, di: DI, now: datetime) -> tuple[Value, ...]:
        """Read a daily freeze, 050600nn to 050602nn; nothing for other identifiers."""
        item = FROZEN.get(di.di1)
        if di >> 16 != DAILY_FREEZES or item is None or not 1 <= di.di0 <= FREEZES_KEPT:
            return ()
        freeze = self.meter.freeze_back(di.di0, now)
        if freeze is None:
            return (NEVER,) if di.di1 == 0 else ()
        return item(freeze)

    def _switch(self, request: RelayRequest, now: datetime) -> RelayAnswer | Refusal:
        if request.password != self._password:
            return Refusal(Function.RELAY, NOT_AUTHORISED)
        expires = request.expires.instant()
        if expires is None or expires.replace(tzinfo=SHANGHAI) < self.meter.clock(now):
            return Refusal(Function.RELAY, OTHER_ERROR)
        act = COMMANDS.get(request.command)
        if act is None or not act(self.meter.relay(now), now):
            return Refusal(Function.RELAY, OTHER_ERROR)
        return RelayAnswer()

    def _write(self, request: WriteRequest, now: datetime) -> WriteAnswer | Refusal:
        """Set date, time, or both."""
        if request.password != self._password:
            return Refusal(Function.WRITE, NOT_AUTHORISED)
        if request.di not in {DATE, TIME, BOTH}:
            return Refusal(Function.WRITE, NO_DATA)
        try:
            stamp = read_payload(request.di, request.payload).value
        except ProtocolError:
            return Refusal(Function.WRITE, OTHER_ERROR)
        shown = _shown(self.meter.clock(now), stamp)
        if shown is None:
            return Refusal(Function.WRITE, OTHER_ERROR)
        self.meter.set_clock(now, shown)
        return WriteAnswer()

    def _obey(self, frame: Frame, now: datetime) -> None:
        """Follow a broadcast time that is near the meter's own."""
        try:
            request = parse_message(frame)
        except ProtocolError:
            return
        if isinstance(request, BroadcastTime) and (shown := request.time.instant()):
            told = shown.replace(tzinfo=SHANGHAI)
            if abs(told - self.meter.clock(now)) <= BROADCAST_LIMIT:
                self.meter.set_clock(now, told)


def _shown(clock: datetime, stamp: Value) -> datetime | None:
    """Lay the given places of a stamp over what the clock shows; None for no date of any calendar."""
    if not isinstance(stamp, Stamp):
        return None
    places = {"year": "YY", "month": "MM", "day": "DD", "hour": "hh", "minute": "mm", "second": "ss"}
    given = {name: part for name, pair in places.items() if (part := stamp.part(pair)) is not None}
    if "year" in given:
        given["year"] += 2000
    try:
        return clock.replace(microsecond=0, **given)  # type: ignore[arg-type]  # only whole numbers are in it
    except ValueError:
        return None
