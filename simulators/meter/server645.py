"""The DL/T 645-2007 slave in a simulated meter: reads, address, clock, relay control in plain form."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.dlt645 import (
    DI,
    Address,
    Bits,
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
    RelayCommand,
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
from simulators.meter.model import FREEZES_KEPT, Freeze, Meter
from simulators.meter.relay import Relay
from simulators.meter.words import run_state_words

__all__ = ["Server645"]

OTHER_ERROR = b"\x01"
NO_DATA = b"\x02"
NOT_AUTHORISED = b"\x04"
DAILY_FREEZES = 0x0506
BROADCAST_LIMIT = timedelta(minutes=5)  # DL/T 645-2007, 7.7: a meter obeys only within five minutes
DATE, TIME, BOTH = DI(0x04000101), DI(0x04000102), DI(0x0400010C)
NEVER = Stamp("YYMMDDhhmm", "0000000000")

Answer = ReadAnswer | ReadAddressAnswer | RelayAnswer | WriteAnswer | Refusal
Read = Callable[[Meter, datetime], tuple[Value, ...]]


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


def _kwh(*registers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(register).scaleb(-2) for register in registers)


def _trip(relay: Relay, now: datetime) -> bool:
    return relay.trip(now)


def _permit(relay: Relay, now: datetime) -> bool:
    relay.permit(now)
    return True


def _close(relay: Relay, now: datetime) -> bool:
    relay.close(now)
    return True


def _protect(relay: Relay, now: datetime) -> bool:
    relay.protect(now, on=True)
    return True


def _unprotect(relay: Relay, now: datetime) -> bool:
    relay.protect(now, on=False)
    return True


def _lamp(_relay: Relay, _now: datetime) -> bool:
    return True  # the low-money lamp has no effect on anything that is simulated


COMMANDS: dict[int, Callable[[Relay, datetime], bool]] = {
    RelayCommand.TRIP: _trip,
    RelayCommand.PERMIT_CLOSE: _permit,
    RelayCommand.DIRECT_CLOSE: _close,
    RelayCommand.ALARM: _lamp,
    RelayCommand.ALARM_OFF: _lamp,
    RelayCommand.PROTECT: _protect,
    RelayCommand.PROTECT_OFF: _unprotect,
}

FROZEN: dict[int, Callable[[Freeze], tuple[Value, ...]]] = {
    0: lambda freeze: (Stamp.of("YYMMDDhhmm", freeze.stamp),),
    1: lambda freeze: _kwh(*freeze.registers.block),
    2: lambda freeze: _kwh(freeze.registers.reverse, freeze.registers.reverse, 0, 0, 0),
}


def _clock(layout: str) -> Read:
    return lambda meter, now: (Stamp.of(layout, meter.clock(now)),)


def _word(number: int) -> Read:
    return lambda meter, now: (Bits(run_state_words(meter, now)[number - 1], 16),)


def _register(place: int) -> Read:
    return lambda meter, now: _kwh(meter.registers(now).block[place])


def _block(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return _kwh(*meter.registers(now).block)


def _reverse(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return _kwh(meter.registers(now).reverse)


def _volts(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.decivolts(now)).scaleb(-1),)


def _amperes(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.milliamperes(now)).scaleb(-3),)


ITEMS: dict[DI, Read] = {
    **{DI.of(0, quantity, place, 0): _register(place) for quantity in (0, 1) for place in range(5)},
    **{DI.of(0, quantity, 0xFF, 0): _block for quantity in (0, 1)},
    DI(0x00020000): _reverse,
    DI(0x0002FF00): lambda meter, now: _kwh(meter.registers(now).reverse, meter.registers(now).reverse, 0, 0, 0),
    DI(0x02010100): _volts,
    DI(0x0201FF00): lambda meter, now: (*_volts(meter, now), None, None),
    DI(0x02020100): _amperes,
    DI(0x0202FF00): lambda meter, now: (*_amperes(meter, now), None, None),
    DI(0x02030000): lambda meter, now: (Decimal(meter.watts(now)).scaleb(-3),),
    DATE: _clock("YYMMDDWW"),
    TIME: _clock("hhmmss"),
    BOTH: _clock("YYMMDDWWhhmmss"),
    DI(0x04000401): lambda meter, _: (meter.plate.address,),
    DI(0x04000402): lambda meter, _: (meter.plate.asset,),
    DI(0x04000403): lambda meter, _: (meter.plate.asset,),
    DI(0x04000404): lambda _meter, _: ("220V",),
    DI(0x04000406): lambda meter, _: (f"{meter.plate.current_max_a}A",),
    **{DI(0x04000500 + number): _word(number) for number in range(1, 8)},
    DI(0x040005FF): lambda meter, now: tuple(Bits(word, 16) for word in run_state_words(meter, now)),
}
