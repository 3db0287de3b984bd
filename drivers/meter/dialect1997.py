"""A DL/T 645-1997 meter: registers, clock, voltages and currents; a relay only where its vendor gave it one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar

from drivers.link import Go, Rank
from drivers.meter.asking import Inquiry, Make
from drivers.meter.meter import Act, Bench, Meter
from drivers.meter.model import (
    Accepted,
    Answer,
    Freeze,
    How,
    Phases,
    Place,
    Reason,
    Registers,
    RelayState,
    Release,
    Silence,
)
from drivers.meter.numbers import present
from drivers.meter.order import Order
from drivers.meter.passwords import Passwords
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.roads import Carrier645
from drivers.meter.shown import date_and_time
from drivers.meter.whole import whole
from drivers.zone import BEIJING
from protocols.dlt645 import (
    Address,
    Function,
    Profile,
    Read1997Answer,
    Read1997Request,
    Reading,
    ReadNext1997Answer,
    RelayCommand,
    Request,
    Stamp,
    Value,
    Write1997Answer,
    Write1997Request,
)
from protocols.dlt645.items.identifiers_1997 import identify_1997, read_payload_1997, write_payload_1997
from protocols.errors import ProtocolError

T = TypeVar("T")

FORWARD_ENERGY = 0x901F
ENERGIES = range(0x9010, 0x9015)
"""Total and tariffs 1 to 4, for meters without the block."""
DATE = 0xC010
TIME = 0xC011
VOLTAGES = range(0xB611, 0xB614)
CURRENTS = range(0xB621, 0xB624)

_CLOCK = {DATE: "YYMMDDWW", TIME: "hhmmss"}
_COMMANDS: Mapping[Act, RelayCommand] = {
    Act.CLOSE: RelayCommand.DIRECT_CLOSE,
    Act.PERMIT: RelayCommand.PERMIT_CLOSE,
    Act.KEEP: RelayCommand.PROTECT,
    Act.KEEP_OFF: RelayCommand.PROTECT_OFF,
}


class Meter1997(Meter):
    """A meter that was never replaced, reached by any road that carries DL/T 645.

    The edition has no relay, no daily freeze and no operator code. A vendor's relay writes come with the profile; they
    know no end of validity, and the relay's state cannot be read back, so nothing that needs one acts on such a meter.
    """

    def __init__(self, place: Place, bench: Bench, carrier: Carrier645, profile: Profile) -> None:
        super().__init__(place, bench)
        self._carrier = carrier
        self._profile = profile
        self._passwords = Passwords(place, bench)

    async def read(self, di: int, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None) -> Answer[Reading]:
        """Read any item, in as many frames as it takes.

        Raises `protocols.errors.LocalProtocolError` for an identifier that is not in the table of the meter's profile.
        """
        row = identify_1997(di, self._profile)

        async def item(inquiry: Inquiry) -> Reply[Reading]:
            reply = await self._values(inquiry, di)
            return Got(Reading(row, reply.value)) if isinstance(reply, Got) else reply

        return await self._ask(item, rank, until)

    async def _daily_freeze(self, _inquiry: Inquiry, day: date) -> Reply[Freeze]:
        return Denied(Reason.NO_DATA, f"profile {self._profile.name} has no daily freeze of {day}")

    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]:
        energies = await self._decimals(inquiry, FORWARD_ENERGY)
        if isinstance(energies, Denied) and energies.reason is Reason.NO_DATA:
            energies = await self._each(inquiry, ENERGIES)
        if not isinstance(energies, Got):
            return energies
        total, *tariffs = energies.value
        return Got(Registers(total, present(tariffs), inquiry.at))

    async def _relay(self, _inquiry: Inquiry) -> Reply[RelayState]:
        return Denied(Reason.OBJECT_UNDEFINED, f"profile {self._profile.name} tells no relay state")

    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]:
        voltages = await self._each(inquiry, VOLTAGES)
        if not isinstance(voltages, Got):
            return voltages
        currents = await self._each(inquiry, CURRENTS)
        return Got(Phases(voltages.value, currents.value)) if isinstance(currents, Got) else currents

    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]:
        look = partial(self._stamp, inquiry)
        return await date_and_time(lambda: look(DATE), lambda: look(TIME))

    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        for di, layout in _CLOCK.items():
            stamp = Stamp.of(layout, self._clock.now().astimezone(BEIJING))
            payload = write_payload_1997(di, stamp, profile=self._profile)
            order = Order(until, operator=self._settings.operator)
            reply = await self._write(inquiry, di, payload, self._profile.setting_level, order)
            if not isinstance(reply, Got):
                return reply
        return Got(Accepted(How.NOW))

    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]:
        assert release.address == self.place.address, "a release is for one meter"
        return await self._switch(inquiry, RelayCommand.TRIP, Order(until, go, operator=self._settings.operator))

    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]:
        order = Order(until, go, harmless=True, operator=self._settings.operator)
        return await self._switch(inquiry, _COMMANDS[act], order)

    async def _switch(self, inquiry: Inquiry, command: RelayCommand, order: Order) -> Reply[Accepted]:
        write = self._profile.relay.get(command.word)
        if write is None:
            what = "relay" if not self._profile.relay else command.word
            return Denied(Reason.OBJECT_UNDEFINED, f"profile {self._profile.name} has no {what}")
        reply = await self._write(inquiry, write.di, write.payload, self._profile.control_level, order)
        return Got(Accepted(How.UNKNOWN)) if isinstance(reply, Got) else reply

    async def _write(
        self, inquiry: Inquiry, di: int, payload: bytes, level: int, order: Order
    ) -> Reply[Write1997Answer]:
        request = Write1997Request(di, self._passwords.password, payload)
        question = self._make(request, Write1997Answer)()
        return await self._passwords.send(inquiry, Function.WRITE_1997, level, question, order)

    async def _stamp(self, inquiry: Inquiry, di: int) -> Reply[Stamp]:
        reply = await self._values(inquiry, di)
        if not isinstance(reply, Got):
            return reply
        match reply.value:
            case (Stamp() as stamp,):
                return Got(stamp)
            case _:
                return Missing(Silence.GARBLED)

    async def _each(self, inquiry: Inquiry, dis: Sequence[int]) -> Reply[tuple[Decimal | None, ...]]:
        """Read numbers one by one: the first is needed, others may be missing."""
        numbers: list[Decimal | None] = []
        for di in dis:
            reply = await self._decimals(inquiry, di)
            if isinstance(reply, Got):
                numbers += reply.value
            elif isinstance(reply, Denied) and numbers:
                numbers.append(None)
            else:
                return reply
        return Got(tuple(numbers))

    async def _decimals(self, inquiry: Inquiry, di: int) -> Reply[tuple[Decimal | None, ...]]:
        reply = await self._values(inquiry, di)
        if not isinstance(reply, Got):
            return reply
        numbers = tuple(value for value in reply.value if isinstance(value, Decimal | None))
        return Got(numbers) if len(numbers) == len(reply.value) else Missing(Silence.GARBLED)

    async def _values(self, inquiry: Inquiry, di: int) -> Reply[tuple[Value, ...]]:
        reply = await whole(
            inquiry,
            self._make(Read1997Request(di), Read1997Answer),
            following=lambda part: self._make(part, ReadNext1997Answer),
        )
        if not isinstance(reply, Got):
            return reply
        try:
            return Got(read_payload_1997(di, reply.value.payload, self._profile))
        except ProtocolError:
            return Missing(Silence.GARBLED)

    def _make(self, request: Request, answer: type[T]) -> Make[T]:
        return partial(self._carrier.carry, self._address, request, answer, self._profile)

    @property
    def _address(self) -> Address:
        return Address.meter(self.place.address)
