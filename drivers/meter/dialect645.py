"""A DL/T 645-2007 meter: items by data identifier, orders by password or under an identity authentication."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cached_property, partial

from drivers.link import Go, Rank
from drivers.meter.asking import Inquiry
from drivers.meter.items645 import CURRENTS, FORWARD_ENERGY, VOLTAGES, Items645
from drivers.meter.keeper import is_unauthenticated, once_more
from drivers.meter.meter import Act, Bench, Meter
from drivers.meter.model import (
    Accepted,
    Answer,
    EventKind,
    EventRecord,
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
from drivers.meter.order import Order
from drivers.meter.orders645 import Orders645
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.roads import Carrier645
from drivers.meter.shown import date_and_time, near_midnight
from drivers.zone import BEIJING
from protocols.dlt645 import (
    DI,
    LoadRecord,
    LoadRecords,
    Operator,
    ReadBlocksSinceRequest,
    Reading,
    RelayAnswer,
    RelayCommand,
    Stamp,
    StateWord,
    Value,
    identify,
    state_words,
    write_payload,
)
from protocols.dlt645.items.profile import Profile, Protection

DATE = DI.parse("04000101")
TIME = DI.parse("04000102")
DATE_AND_TIME = DI.parse("0400010C")
STATE_WORD_3 = DI.parse("04000503")
STATE_WORDS = DI.parse("040005FF")
FREEZES_KEPT = 62
"""How many days 050600nn and its neighbours go back."""
GIVEN_TIME = 1
"""DI0 of load records that begin at a given time."""
EVENTS_KEPT = 10
"""How many records of one kind of event a meter keeps."""

_CLOCK: Mapping[Protection, Mapping[DI, str]] = {
    Protection.PASSWORD: {DATE: "YYMMDDWW", TIME: "hhmmss"},
    Protection.SECURED: {DATE_AND_TIME: "YYMMDDWWhhmmss"},
}
"""What is set to set a clock: meters under a password know date and time, the others both in one."""
_COMMANDS = {
    Act.CLOSE: (RelayCommand.DIRECT_CLOSE, How.UNKNOWN),
    Act.PERMIT: (RelayCommand.PERMIT_CLOSE, How.UNKNOWN),
    Act.KEEP: (RelayCommand.PROTECT, How.NOW),
    Act.KEEP_OFF: (RelayCommand.PROTECT_OFF, How.NOW),
}
_RELEASES = 10**8  # an operator code has eight digits


class Meter645(Meter):
    """A meter reached by any road that carries DL/T 645.

    A relay order carries an end of validity by the meter's own clock, and that of a meter whose clock runs ahead, and
    was not read lately, is past when it arrives. Such a meter would refuse whatever gives power for as long as nobody
    reads its clock, while its customer sits in the dark: so that is looked into, and the order goes out once more.
    """

    def __init__(self, place: Place, bench: Bench, carrier: Carrier645, profile: Profile) -> None:
        super().__init__(place, bench)
        self._profile = profile
        self._bench = bench
        self._items = Items645(place.address, profile, carrier)

    @cached_property
    def _orders(self) -> Orders645:
        """What orders need beyond what readings do; most meters are only read."""
        return Orders645(self.place, self._profile, self._bench, self._items)

    async def read(self, di: DI, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None) -> Answer[Reading]:
        """Read any item, in as many frames as it takes; FFH in it asks for a block.

        Raises `protocols.errors.LocalProtocolError` for an identifier that is not in the table of the meter's profile.
        """
        identify(di, self._profile)
        return await self._ask(lambda inquiry: self._items.item(inquiry, di), rank, until)

    async def write(
        self, di: DI, *values: Value, rank: Rank = Rank.OPERATOR, until: datetime | None = None
    ) -> Answer[Accepted]:
        """Set an item at the level of its class, and read it back.

        `How.NOW`: it reads as set. `How.UNKNOWN`: it was accepted and could not be read back. A `Refused` with
        `Reason.NOT_TAKEN` was accepted and reads otherwise. A setting without an answer that reads as set is `Told`.
        Raises `protocols.errors.LocalProtocolError` where the item is unknown, cannot be set, or does not hold the
        values.
        """
        data = write_payload(di, *values, profile=self._profile)
        return await self._order(lambda inquiry, at: self._set(inquiry, di, data, at), rank, until)

    async def clear_events(
        self, events: DI, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None
    ) -> Answer[Accepted]:
        """Clear the records of one kind of event (its identifier with DI0 = FFH), or `EVERY_EVENT` (事件清零).

        Read what they say before: they are evidence. The clearing itself stays on record in the meter.
        """

        async def clear(inquiry: Inquiry, at: datetime) -> Reply[Accepted]:
            order = Order(at, operator=self._settings.operator)
            reply = await self._orders.clear_events(inquiry, events, _expiry(self._meter_time(at)), order)
            return Got(Accepted(How.NOW)) if isinstance(reply, Got) else reply

        return await self._order(clear, rank, until)

    async def event_records(
        self, kind: EventKind, count: int = EVENTS_KEPT, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None
    ) -> Answer[tuple[EventRecord, ...]]:
        """Read the last `count` records of one kind of event, newest first, as far as there are any, or none at all."""
        return await self._ask(lambda inquiry: self._event_records(inquiry, kind, count), rank, until)

    async def load_records(
        self,
        since: datetime,
        count: int,
        *,
        kind: int = 0,
        rank: Rank = Rank.BACKFILL,
        until: datetime | None = None,
    ) -> Answer[tuple[LoadRecord, ...]]:
        """Read up to `count` (1..255) load records (负荷记录) from an instant on, of one class 1..6 or 0 for all.

        Values lie in a record by class, in the order of the class; times are those of the meter's clock. `NO_DATA`: the
        meter keeps none of that time.
        """
        stamp = Stamp.of("YYMMDDhhmm", self._meter_time(since))
        request = ReadBlocksSinceRequest(DI.of(0x06, kind, 0, GIVEN_TIME), count, stamp)
        return await self._ask(lambda inquiry: self._load_records(inquiry, request), rank, until)

    async def _daily_freeze(self, inquiry: Inquiry, day: date) -> Reply[Freeze]:
        """Find the freeze by its stamp: nn counts back from the newest, which may not be today's."""
        begun = self._shown()
        number = (begun.date() - day).days + 1
        told = ""
        for _ in range(2):
            if not 1 <= number <= FREEZES_KEPT:
                return Denied(Reason.OTHER_DAY, told) if told else Denied(Reason.NO_DATA, f"050600nn, nn = {number}")
            found = await self._freeze_stamp(inquiry, number)
            if not isinstance(found, Got):
                return found
            if found.value == datetime.combine(day, time()):
                return await self._frozen(inquiry, day, number, begun)
            told = f"{found.value:%Y-%m-%d %H:%M}"
            number += (found.value.date() - day).days
        return Denied(Reason.OTHER_DAY, told)

    async def _freeze_stamp(self, inquiry: Inquiry, number: int) -> Reply[datetime]:
        reply = await self._items.item(inquiry, DI.of(0x05, 0x06, 0x00, number))
        if not isinstance(reply, Got):
            return reply
        match reply.value.values:
            case (Stamp() as stamp,) if instant := stamp.instant():
                return Got(instant)
            case _:
                return Denied(Reason.NO_DATA, "no freeze time")

    async def _frozen(self, inquiry: Inquiry, day: date, number: int, begun: datetime) -> Reply[Freeze]:
        energies = await self._items.decimals(inquiry, DI.of(0x05, 0x06, 0x01, number))
        if not isinstance(energies, Got):
            return energies
        midnight = datetime.combine(day, time())
        if near_midnight(begun) or near_midnight(self._shown()):
            again = await self._freeze_stamp(inquiry, number)
            if again != Got(midnight):
                return Denied(Reason.BUSY, "the freezes were renumbered meanwhile")
        total, *tariffs = energies.value
        stamp = midnight.replace(tzinfo=BEIJING).astimezone(UTC)
        return Got(Freeze(day, stamp, total, present(tariffs), None))

    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]:
        energies = await self._items.block(inquiry, FORWARD_ENERGY)
        if not isinstance(energies, Got):
            return energies
        total, *tariffs = energies.value
        return Got(Registers(total, present(tariffs), inquiry.at))

    async def _relay(self, inquiry: Inquiry) -> Reply[RelayState]:
        """Read word 3 and, as it has no room for them, the currents; a repeat asks in other words.

        A late answer to 04000503 must not pass for one to its repeat, which may come after a command.
        """
        reply = await self._items.item(inquiry, STATE_WORD_3, STATE_WORDS)
        if not isinstance(reply, Got):
            return reply
        word = _word_3(reply.value)
        if word is None:
            return Missing(Silence.GARBLED)
        currents = await self._items.block(inquiry, CURRENTS, tries=1)
        return Got(
            RelayState(
                open="relay_open" in word,
                command_open="relay_command_open" in word,
                keep_power="protected" in word if self._profile.tells_protection else None,
                current=largest(currents.value) if isinstance(currents, Got) else None,
                address=self.place.address,
                word=f"{word.value:04X}",
                voltage=None,
            )
        )

    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]:
        voltages = await self._items.block(inquiry, VOLTAGES)
        if not isinstance(voltages, Got):
            return voltages
        currents = await self._items.block(inquiry, CURRENTS)
        return Got(Phases(voltages.value, currents.value)) if isinstance(currents, Got) else currents

    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]:
        look = partial(self._items.stamp, inquiry)
        return await date_and_time(lambda: look(DATE), lambda: look(TIME))

    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        for di, layout in _CLOCK[self._profile.protection].items():
            data = write_payload(di, Stamp.of(layout, self._clock.now().astimezone(BEIJING)), profile=self._profile)
            reply = await self._orders.set(inquiry, di, data, Order(until, operator=self._settings.operator))
            if not isinstance(reply, Got):
                return reply
        return Got(Accepted(How.NOW))

    async def _set(self, inquiry: Inquiry, di: DI, data: bytes, until: datetime) -> Reply[Accepted]:
        reply = await self._orders.set(inquiry, di, data, Order(until, operator=self._settings.operator))
        if isinstance(reply, Denied) or (isinstance(reply, Missing) and not inquiry.sent):
            return reply
        shown = await self._items.item(inquiry, di)
        if not isinstance(shown, Got):
            return Got(Accepted(How.UNKNOWN)) if isinstance(reply, Got) else reply
        if write_payload(di, *shown.value.values, profile=self._profile) == data:
            return Got(Accepted(How.NOW))
        told = "reads " + " ".join(map(str, shown.value.values))
        return Denied(Reason.NOT_TAKEN, told) if isinstance(reply, Got) else reply

    async def _event_records(self, inquiry: Inquiry, kind: EventKind, count: int) -> Reply[tuple[EventRecord, ...]]:
        records: list[EventRecord] = []
        for number in range(1, count + 1):
            reply = await self._items.item(inquiry, DI.parse(f"{kind}{number:02X}"))
            if isinstance(reply, Denied) and reply.reason is Reason.NO_DATA:
                break
            if not isinstance(reply, Got):
                return reply
            record = _event(number, reply.value)
            if record is None:
                break
            records.append(record)
        return Got(tuple(records))

    async def _load_records(self, inquiry: Inquiry, request: ReadBlocksSinceRequest) -> Reply[tuple[LoadRecord, ...]]:
        reply = await self._items.answered(inquiry, request)
        if not isinstance(reply, Got):
            return reply
        match reply.value.values:
            case (LoadRecords(records=records),):
                return Got(records)
            case _:
                return Missing(Silence.GARBLED)

    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]:
        order = Order(until, go, operator=Operator(f"{release.id % _RELEASES:08d}"))
        return await self._switch(inquiry, (RelayCommand.TRIP, How.UNKNOWN), order)

    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]:
        order = Order(until, go, harmless=True, operator=self._settings.operator)
        return await self._switch(inquiry, _COMMANDS[act], order)

    async def _switch(self, inquiry: Inquiry, command: tuple[RelayCommand, How], order: Order) -> Reply[Accepted]:
        code, how = command
        expires = self._meter_time(order.until)

        async def send(asked: Inquiry, once: Order) -> Reply[RelayAnswer]:
            return await self._orders.switch(asked, code, _expiry(self._meter_time(once.until)), once)

        reply = await send(inquiry, order)
        if order.may_go_twice and _is_unexplained(reply) and await self._shows_past(inquiry, expires):
            reply = await once_more(inquiry, send, order, reply)
        return Got(Accepted(how)) if isinstance(reply, Got) else reply

    async def _shows_past(self, inquiry: Inquiry, expires: datetime) -> bool:
        """Read the meter's clock, and tell whether an order that was refused before had expired by it.

        What it shows now is later than what it showed then, so no order that had expired is missed, however slow the
        road. A clock that cannot be read explains nothing.
        """
        shown = await self._read_clock(inquiry.beforehand())
        return isinstance(shown, Got) and shown.value >= expires.replace(microsecond=0)

    def _shown(self) -> datetime:
        """Give what the meter's clock shows now, as far as we know."""
        return self._meter_time(self._clock.now()).replace(tzinfo=None)


def _expiry(shown: datetime) -> Stamp:
    """Lay out the end of an order's validity, which is by the meter's own clock."""
    return Stamp.of("YYMMDDhhmmss", shown)


def _is_unexplained(reply: Reply[RelayAnswer]) -> bool:
    """Tell whether a refusal may be about the end of validity, for which a meter has no word of its own.

    One that names the password or the authentication is not: wrong passwords are counted, and lock a level.
    """
    return isinstance(reply, Denied) and not is_unauthenticated(reply)


def _word_3(reading: Reading) -> StateWord | None:
    words: tuple[StateWord | None, ...] = state_words(reading.identifier.di, reading.values)
    return next((word for word in words if word is not None and word.number == 3), None)  # noqa: PLR2004  # the relay's


def _event(number: int, reading: Reading) -> EventRecord | None:
    """Read a record; None for a place where none is yet: no time in it, or one of nothing but zeros."""
    stamp = next((value for value in reading.values if isinstance(value, Stamp)), None)
    if stamp is None or stamp.is_never:
        return None
    shown = stamp.instant()
    at = None if shown is None else shown.replace(tzinfo=BEIJING).astimezone(UTC)
    return EventRecord(number, at, reading.values)
