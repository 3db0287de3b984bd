"""A DL/T 645-2007 meter: items by data identifier, relay control by 1CH."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from drivers.link import Go
from drivers.meter.asking import Inquiry, Make
from drivers.meter.meter import Act, Bench, Meter
from drivers.meter.model import (
    Accepted,
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
from drivers.meter.numbers import largest, present
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.roads import Carrier645
from drivers.zone import BEIJING
from protocols.dlt645 import (
    DI,
    Address,
    Assembly,
    Operator,
    ReadAnswer,
    Reading,
    ReadNextAnswer,
    ReadRequest,
    RelayAnswer,
    RelayCommand,
    RelayRequest,
    Request,
    Stamp,
    StateWord,
    WriteAnswer,
    WriteRequest,
    read_payload,
    state_words,
    write_payload,
)
from protocols.errors import ProtocolError

T = TypeVar("T")

FORWARD_ENERGY = DI.of(0x00, 0x01, 0xFF, 0)
DATE = DI.parse("04000101")
TIME = DI.parse("04000102")
STATE_WORD_3 = DI.parse("04000503")
STATE_WORDS = DI.parse("040005FF")
VOLTAGES = DI.of(0x02, 0x01, 0xFF, 0)
CURRENTS = DI.of(0x02, 0x02, 0xFF, 0)
MEMBERS = {FORWARD_ENERGY: range(5), VOLTAGES: range(1, 4), CURRENTS: range(1, 4)}
"""DI1 of what a block holds, for meters that have no blocks: total and tariffs 1 to 4; phases A, B, C."""
FREEZES_KEPT = 62
"""How many days 050600nn and its neighbours go back."""
MIDNIGHT_MARGIN = timedelta(minutes=10)
"""Around midnight the date moves, and a new freeze renumbers all older ones; a meter's clock may be minutes off."""

_COMMANDS = {
    Act.CLOSE: (RelayCommand.DIRECT_CLOSE, How.UNKNOWN),
    Act.PERMIT: (RelayCommand.PERMIT_CLOSE, How.UNKNOWN),
    Act.KEEP: (RelayCommand.PROTECT, How.NOW),
    Act.KEEP_OFF: (RelayCommand.PROTECT_OFF, How.NOW),
}
_RELEASES = 10**8  # an operator code has eight digits


class Meter645(Meter):
    """A meter reached by any road that carries DL/T 645."""

    def __init__(self, place: Place, bench: Bench, carrier: Carrier645) -> None:
        super().__init__(place, bench)
        self._carrier = carrier

    async def _daily_freeze(self, inquiry: Inquiry, day: date) -> Reply[Freeze]:
        """Find the freeze by its stamp: nn counts back from the newest, which may not be today's."""
        begun = self._shown()
        number = (begun.date() - day).days + 1
        told = ""
        for _ in range(2):
            if not 1 <= number <= FREEZES_KEPT:
                return Denied(Reason.NO_DATA, f"050600nn, nn = {number}")
            found = await self._freeze_stamp(inquiry, number)
            if not isinstance(found, Got):
                return found
            if found.value == datetime.combine(day, time()):
                return await self._frozen(inquiry, day, number, begun)
            told = f"{found.value:%Y-%m-%d %H:%M}"
            number += (found.value.date() - day).days
        return Denied(Reason.OTHER_DAY, told)

    async def _freeze_stamp(self, inquiry: Inquiry, number: int) -> Reply[datetime]:
        reply = await self._item(inquiry, DI.of(0x05, 0x06, 0x00, number))
        if not isinstance(reply, Got):
            return reply
        stamp = reply.value.value
        instant = stamp.instant() if isinstance(stamp, Stamp) else None
        if instant is None:
            return Denied(Reason.NO_DATA, "no freeze time")
        return Got(instant)

    async def _frozen(self, inquiry: Inquiry, day: date, number: int, begun: datetime) -> Reply[Freeze]:
        energies = await self._decimals(inquiry, DI.of(0x05, 0x06, 0x01, number))
        if not isinstance(energies, Got):
            return energies
        midnight = datetime.combine(day, time())
        if _near_midnight(begun) or _near_midnight(self._shown()):
            again = await self._freeze_stamp(inquiry, number)
            if again != Got(midnight):
                return Denied(Reason.BUSY, "the freezes were renumbered meanwhile")
        total, *tariffs = energies.value
        stamp = midnight.replace(tzinfo=BEIJING).astimezone(UTC)
        return Got(Freeze(day, stamp, total, present(tariffs), None))

    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]:
        energies = await self._block(inquiry, FORWARD_ENERGY)
        if not isinstance(energies, Got):
            return energies
        total, *tariffs = energies.value
        return Got(Registers(total, present(tariffs), inquiry.at))

    async def _relay(self, inquiry: Inquiry) -> Reply[RelayState]:
        """Read word 3 and, as it has no room for them, the currents; a repeat asks in other words.

        A late answer to 04000503 must not pass for one to its repeat, which may come after a command.
        """
        reply = await self._item(inquiry, STATE_WORD_3, STATE_WORDS)
        if not isinstance(reply, Got):
            return reply
        word = _word_3(reply.value)
        if word is None:
            return Missing(Silence.GARBLED)
        currents = await self._block(inquiry, CURRENTS, tries=1)
        return Got(
            RelayState(
                open="relay_open" in word,
                command_open="relay_command_open" in word,
                keep_power="protected" in word,
                current=largest(currents.value) if isinstance(currents, Got) else None,
                address=self.place.address,
                word=f"{word.value:04X}",
                voltage=None,
            )
        )

    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]:
        voltages = await self._block(inquiry, VOLTAGES)
        if not isinstance(voltages, Got):
            return voltages
        currents = await self._block(inquiry, CURRENTS)
        return Got(Phases(voltages.value, currents.value)) if isinstance(currents, Got) else currents

    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]:
        """Read date and time, and around midnight the date again: between the two the day may have changed."""
        day = await self._stamp(inquiry, DATE)
        now = await self._stamp(inquiry, TIME) if isinstance(day, Got) else day
        shown = _at(day, now)
        if shown is not None and _near_midnight(shown):
            again = await self._stamp(inquiry, DATE)
            now = now if again == day else await self._stamp(inquiry, TIME)
            day = again
            shown = _at(day, now)
        if shown is not None:
            return Got(shown.replace(tzinfo=BEIJING))
        return next((reply for reply in (day, now) if not isinstance(reply, Got)), Missing(Silence.GARBLED))

    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        reply: Reply[WriteAnswer] = Missing(Silence.NO_ANSWER)
        for di, layout in ((DATE, "YYMMDDWW"), (TIME, "hhmmss")):
            payload = write_payload(di, Stamp.of(layout, self._clock.now().astimezone(BEIJING)))
            request = WriteRequest(di, self._settings.password, self._settings.operator, payload)
            reply = await inquiry.command(self._make(request, WriteAnswer)(), until, None)
            if not isinstance(reply, Got):
                return reply
        return Got(Accepted(How.NOW))

    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]:
        operator = Operator(f"{release.id % _RELEASES:08d}")
        return await self._switch(inquiry, (RelayCommand.TRIP, How.UNKNOWN), operator, until, go)

    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]:
        return await self._switch(inquiry, _COMMANDS[act], self._settings.operator, until, go)

    async def _switch(
        self,
        inquiry: Inquiry,
        command: tuple[RelayCommand, How],
        operator: Operator,
        until: datetime,
        go: Go | None,
    ) -> Reply[Accepted]:
        code, how = command
        expires = Stamp.of("YYMMDDhhmmss", self._meter_time(until))
        request = RelayRequest(self._settings.password, operator, code, expires)
        reply = await inquiry.command(self._make(request, RelayAnswer)(), until, go)
        return Got(Accepted(how)) if isinstance(reply, Got) else reply

    async def _stamp(self, inquiry: Inquiry, di: DI) -> Reply[Stamp]:
        reply = await self._item(inquiry, di)
        if not isinstance(reply, Got):
            return reply
        stamp = reply.value.value
        return Got(stamp) if isinstance(stamp, Stamp) else Missing(Silence.GARBLED)

    async def _block(
        self, inquiry: Inquiry, block: DI, *, tries: int | None = None
    ) -> Reply[tuple[Decimal | None, ...]]:
        """Read a block of numbers, one by one where the meter has no blocks: the first is needed then."""
        whole = await self._decimals(inquiry, block, tries=tries)
        if not isinstance(whole, Denied) or whole.reason is not Reason.NO_DATA:
            return whole
        numbers: list[Decimal | None] = []
        for member in MEMBERS[block]:
            reply = await self._decimals(inquiry, DI.of(block.di3, block.di2, member, 0), tries=tries)
            if isinstance(reply, Got):
                numbers += reply.value
            elif isinstance(reply, Denied) and numbers:
                numbers.append(None)
            else:
                return reply
        return Got(tuple(numbers))

    async def _decimals(
        self, inquiry: Inquiry, di: DI, *, tries: int | None = None
    ) -> Reply[tuple[Decimal | None, ...]]:
        """Read an item of numbers; a digit that is none spoils the item."""
        reply = await self._item(inquiry, di, tries=tries)
        if not isinstance(reply, Got):
            return reply
        numbers = tuple(value for value in reply.value.values if isinstance(value, Decimal | None))
        if len(numbers) < len(reply.value.values):
            return Missing(Silence.GARBLED)
        return Got(numbers)

    async def _item(self, inquiry: Inquiry, di: DI, *substitutes: DI, tries: int | None = None) -> Reply[Reading]:
        """Read an item, in several frames where it is long."""
        makes = [self._make(ReadRequest(wanted), ReadAnswer) for wanted in (di, *substitutes)]
        first = await inquiry.read(*makes, tries=tries)
        if not isinstance(first, Got):
            return first
        assembly = Assembly(first.value)
        while assembly.next_request is not None:
            part = await inquiry.read(self._make(assembly.next_request, ReadNextAnswer))
            if not isinstance(part, Got):
                return part
            try:
                assembly.add(part.value)
            except ProtocolError:
                return Missing(Silence.GARBLED)
        if not assembly.payload:
            return Denied(Reason.NO_DATA, "no data")
        try:
            return Got(read_payload(first.value.di, assembly.payload))
        except ProtocolError:
            return Missing(Silence.GARBLED)

    def _make(self, request: Request, answer: type[T]) -> Make[T]:
        address = Address.meter(self.place.address)
        return lambda: self._carrier.carry(address, request, answer)

    def _shown(self) -> datetime:
        """Give what the meter's clock shows now, as far as we know."""
        return self._meter_time(self._clock.now()).replace(tzinfo=None)


def _word_3(reading: Reading) -> StateWord | None:
    words: tuple[StateWord | None, ...] = state_words(reading.identifier.di, reading.values)
    return next((word for word in words if word is not None and word.number == 3), None)  # noqa: PLR2004  # the relay's


def _at(day: Reply[Stamp], now: Reply[Stamp]) -> datetime | None:
    """Put a date and a time of day together; None if they are missing or form no instant."""
    if not isinstance(day, Got) or not isinstance(now, Got):
        return None
    midnight = day.value.instant()
    hour, minute, second = (now.value.part(pair) for pair in ("hh", "mm", "ss"))
    if midnight is None or hour is None or minute is None or second is None:
        return None
    try:
        return midnight.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None


def _near_midnight(shown: datetime) -> bool:
    since = shown - datetime.combine(shown.date(), time(), shown.tzinfo)
    return since < MIDNIGHT_MARGIN or since > timedelta(days=1) - MIDNIGHT_MARGIN
