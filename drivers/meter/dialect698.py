"""A DL/T 698.45 meter, behind a concentrator or asked itself; its model says how it takes orders."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time

from drivers.link import Go, Rank
from drivers.meter.asking import Inquiry, as_keep_power
from drivers.meter.carriers698 import Carrier698
from drivers.meter.keeper import once_more
from drivers.meter.meter import Act, Bench, Meter
from drivers.meter.model import (
    Accepted,
    Answer,
    EventKind,
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
from drivers.meter.orders698 import Orders698
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.values698 import FORWARD_ENERGY, Attributes, decimals, freeze_of
from drivers.zone import BEIJING
from protocols.dlt698 import (
    OAD,
    Action,
    Dar,
    DataType,
    DateTimeS,
    ResultRecord,
    Value,
    recipes,
)
from protocols.dlt698.models import Model
from protocols.dlt698.objects import meter_digits
from protocols.dlt698.objects.states import set_bits

RELAY_COMMAND = OAD.parse("80000500")
PROTECTION = OAD.parse("80010200")
VOLTAGES = OAD.parse("20000200")
CURRENTS = OAD.parse("20010200")
RELAY = (
    recipes.RELAY_WORD,
    recipes.RELAY_OUTPUT,
    RELAY_COMMAND,
    PROTECTION,
    CURRENTS,
    VOLTAGES,
    recipes.COMMUNICATION_ADDRESS,
)
"""What is read to know the state of the relay."""
OPEN_BIT, COMMAND_BIT, KEEP_BIT = 4, 6, 12  # of status word 3

_COMMANDS = {
    Act.CLOSE: (recipes.close(direct=True), How.UNKNOWN),
    Act.PERMIT: (recipes.close(), How.UNKNOWN),
    Act.KEEP: (recipes.PROTECT, How.NOW),
    Act.KEEP_OFF: (recipes.UNPROTECT, How.NOW),
}


EVENTS_KEPT = 10
"""Records that a meter keeps of one kind."""

EVENT_TABLES: Mapping[EventKind, OAD] = {
    EventKind.TRIP: OAD.parse("301F0200"),
    EventKind.CLOSE: OAD.parse("30200200"),
    EventKind.COVER_OPENED: OAD.parse("301B0200"),
    EventKind.TERMINAL_COVER_OPENED: OAD.parse("301C0200"),
    EventKind.POWER_OFF: OAD.parse("30110200"),
    EventKind.PROGRAMMED: OAD.parse("30120200"),
    EventKind.EVENTS_CLEARED: OAD.parse("30150200"),
    EventKind.CLOCK_SET: OAD.parse("30160200"),
}
"""The record table of each kind of event: attribute 2 of its object."""


class Meter698(Meter):
    """A meter reached by any carrier of DL/T 698.45.

    Orders go as the model of the meter asks for, and with them, where it proves what it tells, the read-back of the
    relay. An order carries a TimeTag by the meter's own
    clock; where the meter says that this is none of its time, and no gate counts for one frame only, its clock is
    read, and the order goes out once more: its customer may sit in the dark.
    """

    def __init__(self, place: Place, bench: Bench, carrier: Carrier698, model: Model) -> None:
        super().__init__(place, bench)
        self._carrier = carrier
        self._model = model
        self._orders = Orders698(place, model, bench, carrier)

    async def read(self, oad: OAD, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None) -> Answer[Value]:
        """Read any attribute, or one element of it; `protocols.dlt698.objects.describe` says what its value means."""

        async def get(inquiry: Inquiry) -> Reply[Value]:
            reply = await self._get(inquiry, oad)
            if not isinstance(reply, Got):
                return reply
            value = reply.value[oad]
            return Got(value) if isinstance(value, Value) else of_dar(value)

        return await self._ask(get, rank, until)

    async def event_records(
        self, kind: EventKind, count: int = EVENTS_KEPT, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None
    ) -> Answer[ResultRecord]:
        """Read the last `count` records of one kind of event as rows of its table, newest first, or none at all."""

        async def get(inquiry: Inquiry) -> Reply[ResultRecord]:
            reply = await self._carrier.rows(inquiry, recipes.event_rows(EVENT_TABLES[kind]))
            return Got(_newest(reply.value, count)) if isinstance(reply, Got) else reply

        return await self._ask(get, rank, until)

    async def _daily_freeze(self, inquiry: Inquiry, day: date) -> Reply[Freeze]:
        midnight = DateTimeS.of(datetime.combine(day, time()))
        reply = await self._carrier.frozen(inquiry, midnight)
        return freeze_of(reply.value, day) if isinstance(reply, Got) else reply

    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]:
        reply = await self._get(inquiry, FORWARD_ENERGY)
        if not isinstance(reply, Got):
            return reply
        total, *tariffs = decimals(FORWARD_ENERGY, reply.value) or (None,)
        return Got(Registers(total, present(tariffs), inquiry.at))

    async def _relay(self, inquiry: Inquiry) -> Reply[RelayState]:
        proven = self._model.proven_reads
        reply = await self._orders.proven(inquiry, RELAY) if proven else await self._get(inquiry, *RELAY)
        if not isinstance(reply, Got):
            return reply
        return _relay_state(reply.value, self.place.address)

    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]:
        reply = await self._get(inquiry, VOLTAGES, CURRENTS)
        if not isinstance(reply, Got):
            return reply
        return Got(Phases(decimals(VOLTAGES, reply.value), decimals(CURRENTS, reply.value)))

    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]:
        reply = await self._get(inquiry, recipes.CLOCK)
        if not isinstance(reply, Got):
            return reply
        told = recipes.clock(reply.value[recipes.CLOCK])
        shown = told.at(BEIJING) if told else None
        return Missing(Silence.GARBLED) if shown is None else Got(shown)

    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        async def send(asked: Inquiry, once: Order) -> Reply[Dar]:
            now = self._clock.now()
            setting = recipes.set_clock(DateTimeS.of(now.astimezone(BEIJING)))
            return await self._orders.set(asked, setting, self._meter_time(now), once)

        return _accepted(await self._in_its_time(inquiry, send, Order(until)), How.NOW)

    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]:
        assert release.address == self.place.address, "a release is for one meter"
        return as_keep_power(_accepted(await self._switch(inquiry, recipes.trip(), Order(until, go)), How.UNKNOWN))

    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]:
        action, how = _COMMANDS[act]
        return _accepted(await self._switch(inquiry, action, Order(until, go, harmless=True)), how)

    async def _switch(self, inquiry: Inquiry, action: Action, order: Order) -> Reply[Dar]:
        async def send(asked: Inquiry, once: Order) -> Reply[Dar]:
            return await self._orders.act(asked, action, self._meter_time(self._clock.now()), once)

        return await self._in_its_time(inquiry, send, order)

    async def _in_its_time(
        self, inquiry: Inquiry, send: Callable[[Inquiry, Order], Awaitable[Reply[Dar]]], order: Order
    ) -> Reply[Dar]:
        """Send an order, and once more by the meter's own clock if it was none of its time (DAR 32)."""
        reply = await send(inquiry, order)
        if not (order.may_go_twice and _is_out_of_time(reply)):
            return reply
        shown = await self._read_clock(inquiry.beforehand())
        return await once_more(inquiry, send, order, reply) if isinstance(shown, Got) else reply

    async def _get(self, inquiry: Inquiry, *oads: OAD) -> Reply[Attributes]:
        return await self._carrier.attributes(inquiry, oads)


def _newest(record: ResultRecord, count: int) -> ResultRecord:
    """Keep the newest rows of a table by their number; rows of a meter that gives none stay as they come."""
    if isinstance(record.result, Dar) or recipes.EVENT_NUMBER not in record.columns:
        return record
    place = record.columns.index(recipes.EVENT_NUMBER)
    numbered = [(row[place].value, row) for row in record.result]
    if not all(isinstance(number, int) for number, _ in numbered):
        return replace(record, result=record.result[:count])
    ordered = sorted(numbered, key=lambda pair: pair[0], reverse=True)
    return replace(record, result=tuple(row for _, row in ordered[:count]))


def _is_out_of_time(reply: Reply[Dar]) -> bool:
    return reply == Got(Dar.TIME_TAG_INVALID) or (isinstance(reply, Denied) and reply.reason is Reason.TIME_TAG)


def _accepted(reply: Reply[Dar], how: How) -> Reply[Accepted]:
    if not isinstance(reply, Got):
        return reply
    return Got(Accepted(how)) if reply.value is Dar.SUCCESS else of_dar(reply.value)


def _relay_state(attributes: Attributes, asked: str) -> Reply[RelayState]:
    """Read the relay from status word 3, or from object 8000 of a meter that has no such word."""
    word = _bits(attributes, recipes.RELAY_WORD)
    state, command = _bits(attributes, recipes.RELAY_OUTPUT), _bits(attributes, RELAY_COMMAND)
    if word is None and (state is None or command is None):
        return Missing(Silence.GARBLED)
    is_open = OPEN_BIT in word if word is not None else 0 in (state or ())
    commanded = COMMAND_BIT in word if word is not None else 0 in (command or ())
    protection = attributes.get(PROTECTION)
    if isinstance(protection, Value) and protection.type is DataType.ENUM:
        keep: bool | None = protection.value != 0
    else:
        keep = KEEP_BIT in word if word is not None else None
    address = attributes.get(recipes.COMMUNICATION_ADDRESS)
    told = meter_digits(address) if isinstance(address, Value) else None
    return Got(
        RelayState(
            open=is_open,
            command_open=commanded,
            keep_power=keep,
            current=largest(decimals(CURRENTS, attributes)),
            address=told or asked,
            word="" if word is None else f"{sum(1 << bit for bit in word):04X}",
            voltage=largest(decimals(VOLTAGES, attributes)),
        )
    )


def _bits(attributes: Attributes, oad: OAD) -> tuple[int, ...] | None:
    value = attributes.get(oad)
    return set_bits(value) if isinstance(value, Value) else None
