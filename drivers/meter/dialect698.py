"""A DL/T 698.45 meter behind a concentrator: everything by PROXY."""

from datetime import date, datetime, time

from drivers.link import Go
from drivers.meter.asking import Inquiry, Question, as_keep_power
from drivers.meter.meter import Act, Bench, Meter
from drivers.meter.model import Accepted, Freeze, How, Phases, Place, Reason, Registers, RelayState, Release, Silence
from drivers.meter.numbers import largest, present
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.roads import METER_WAIT, TOTAL_WAIT, ConcentratorRoad
from drivers.meter.values698 import (
    DAILY_FREEZES,
    FORWARD_ENERGY,
    FREEZE_COLUMNS,
    FREEZE_TIME,
    Attributes,
    decimals,
    freeze_of,
)
from drivers.zone import BEIJING
from protocols.dlt698 import (
    NULL,
    OAD,
    OMD,
    TI,
    TSA,
    Action,
    ActionResult,
    Dar,
    DataType,
    DateTimeS,
    GetRecord,
    ProxyActionListRequest,
    ProxyActionListResponse,
    ProxyGetListRequest,
    ProxyGetListResponse,
    ProxyGetRecordRequest,
    ProxyGetRecordResponse,
    ProxySetListRequest,
    ProxySetListResponse,
    Selector1,
    Setting,
    Target,
    TimeTag,
    TimeUnit,
    Value,
    array,
    structure,
)
from protocols.dlt698.objects.states import set_bits

CLOCK = OAD.parse("40000200")
ADDRESS = OAD.parse("40010200")
STATE_WORD_3 = OAD.parse("20140203")
RELAY_STATE = OAD.parse("80000300")
RELAY_COMMAND = OAD.parse("80000500")
PROTECTION = OAD.parse("80010200")
VOLTAGES = OAD.parse("20000200")
CURRENTS = OAD.parse("20010200")
TRIP = OMD.parse("80008100")
CLOSE = OMD.parse("80008200")
KEEP = OMD.parse("80017F00")
KEEP_OFF = OMD.parse("80018000")
RELAY_1 = Value(DataType.OAD, OAD.parse("F2050201"))
OPEN_BIT, COMMAND_BIT, KEEP_BIT = 4, 6, 12  # of status word 3
PERMIT_CLOSING, DIRECT_CLOSING = 0, 1

_TRIP_FOR_GOOD = array(
    structure(
        RELAY_1,
        Value(DataType.UNSIGNED, 0),  # alarm delay, min
        Value(DataType.LONG_UNSIGNED, 0),  # limit time: 0 = until closed by command
        Value(DataType.BOOL, False),  # no closing by itself
    )
)


def _closing(command: int) -> Value:
    return array(structure(RELAY_1, Value(DataType.ENUM, command)))


_COMMANDS = {
    Act.CLOSE: (Action(CLOSE, _closing(DIRECT_CLOSING)), How.UNKNOWN),
    Act.PERMIT: (Action(CLOSE, _closing(PERMIT_CLOSING)), How.UNKNOWN),
    Act.KEEP: (Action(KEEP, NULL), How.NOW),
    Act.KEEP_OFF: (Action(KEEP_OFF, NULL), How.NOW),
}


class Meter698(Meter):
    """A meter that its concentrator asks for us."""

    def __init__(self, place: Place, bench: Bench, carrier: ConcentratorRoad) -> None:
        super().__init__(place, bench)
        self._carrier = carrier

    async def _daily_freeze(self, inquiry: Inquiry, day: date) -> Reply[Freeze]:
        midnight = Value(DataType.DATE_TIME_S, DateTimeS.of(datetime.combine(day, time())))
        wanted = GetRecord(DAILY_FREEZES, Selector1(FREEZE_TIME, midnight), FREEZE_COLUMNS)
        reply = await inquiry.read(lambda: self._record(wanted))
        if not isinstance(reply, Got):
            return reply
        record = reply.value.record
        if isinstance(record.result, Dar):
            return of_dar(record.result)
        if not record.result:
            return Denied(Reason.NO_DATA, "no row")
        values = dict(zip(record.columns, record.result[0], strict=True))
        return freeze_of({oad: value for oad, value in values.items() if isinstance(oad, OAD)}, day)

    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]:
        reply = await self._get(inquiry, FORWARD_ENERGY)
        if not isinstance(reply, Got):
            return reply
        total, *tariffs = decimals(FORWARD_ENERGY, reply.value) or (None,)
        return Got(Registers(total, present(tariffs), inquiry.at))

    async def _relay(self, inquiry: Inquiry) -> Reply[RelayState]:
        oads = STATE_WORD_3, RELAY_STATE, RELAY_COMMAND, PROTECTION, CURRENTS, VOLTAGES, ADDRESS
        reply = await self._get(inquiry, *oads)
        if not isinstance(reply, Got):
            return reply
        return _relay_state(reply.value, self.place.address)

    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]:
        reply = await self._get(inquiry, VOLTAGES, CURRENTS)
        if not isinstance(reply, Got):
            return reply
        return Got(Phases(decimals(VOLTAGES, reply.value), decimals(CURRENTS, reply.value)))

    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]:
        reply = await self._get(inquiry, CLOCK)
        if not isinstance(reply, Got):
            return reply
        value = reply.value[CLOCK]
        content = value.value if isinstance(value, Value) else None
        shown = content.at(BEIJING) if isinstance(content, DateTimeS) else None
        return Missing(Silence.GARBLED) if shown is None else Got(shown)

    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        now = Value(DataType.DATE_TIME_S, DateTimeS.of(self._clock.now().astimezone(BEIJING)))
        reply = await inquiry.command(self._set(Setting(CLOCK, now)), until, None)
        if not isinstance(reply, Got):
            return reply
        return Got(Accepted(How.NOW)) if reply.value is Dar.SUCCESS else of_dar(reply.value)

    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]:
        assert release.address == self.place.address, "a release is for one meter"
        question = self._action(Action(TRIP, _TRIP_FOR_GOOD), until)
        return as_keep_power(_accepted(await inquiry.command(question, until, go), How.UNKNOWN))

    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]:
        action, how = _COMMANDS[act]
        return _accepted(await inquiry.command(self._action(action, until), until, go), how)

    async def _get(self, inquiry: Inquiry, *oads: OAD) -> Reply[Attributes]:
        """Read attributes, each of which may be refused for itself; all refused is a refusal."""
        reply = await inquiry.read(lambda: self._attributes(oads))
        if isinstance(reply, Got):
            refusals = [value for value in reply.value.values() if isinstance(value, Dar)]
            if len(refusals) == len(reply.value):
                return of_dar(refusals[0])
        return reply

    def _attributes(self, oads: tuple[OAD, ...]) -> Question[Attributes]:
        target = Target(self._tsa, METER_WAIT, oads)
        request = ProxyGetListRequest(self._carrier.piid(), TOTAL_WAIT, (target,))

        def read(response: ProxyGetListResponse) -> Reply[Attributes]:
            for told in response.results:
                if told.server.digits == self.place.address:
                    results = {item.oad: item.result for item in told.items}
                    if results.keys() != set(oads):
                        return Missing(Silence.GARBLED)
                    if all(result is Dar.REQUEST_TIMEOUT for result in results.values()):
                        return Missing(Silence.NO_ANSWER)
                    return Got(results)
            return Missing(Silence.GARBLED)

        return self._carrier.ask(request, ProxyGetListResponse, read)

    def _record(self, wanted: GetRecord) -> Question[ProxyGetRecordResponse]:
        request = ProxyGetRecordRequest(self._carrier.piid(), TOTAL_WAIT, self._tsa, wanted)

        def read(response: ProxyGetRecordResponse) -> Reply[ProxyGetRecordResponse]:
            if response.server.digits != self.place.address or response.record.oad != wanted.oad:
                return Missing(Silence.GARBLED)
            if response.record.result is Dar.REQUEST_TIMEOUT:
                return Missing(Silence.NO_ANSWER)
            return Got(response)

        return self._carrier.ask(request, ProxyGetRecordResponse, read)

    def _set(self, setting: Setting) -> Question[Dar]:
        target = Target(self._tsa, METER_WAIT, (setting,))
        request = ProxySetListRequest(self._carrier.piid(), TOTAL_WAIT, (target,))

        def read(response: ProxySetListResponse) -> Reply[Dar]:
            told = [
                item.dar
                for result in response.results
                for item in result.items
                if result.server.digits == self.place.address and item.oad == setting.oad
            ]
            return Got(told[0]) if len(told) == 1 else Missing(Silence.GARBLED)

        return self._carrier.ask(request, ProxySetListResponse, read)

    def _action(self, action: Action, until: datetime) -> Question[ActionResult]:
        """Ask for a method, valid from now until then by the meter's clock."""
        now = self._clock.now()
        allowed = TI(TimeUnit.SECOND, max(1, int((until - now).total_seconds())))
        tag = TimeTag(DateTimeS.of(self._meter_time(now)), allowed)
        target = Target(self._tsa, METER_WAIT, (action,))
        request = ProxyActionListRequest(self._carrier.piid(), TOTAL_WAIT, (target,), timetag=tag)

        def read(response: ProxyActionListResponse) -> Reply[ActionResult]:
            told = [
                item
                for result in response.results
                for item in result.items
                if result.server.digits == self.place.address and item.omd == action.omd
            ]
            return Got(told[0]) if len(told) == 1 else Missing(Silence.GARBLED)

        return self._carrier.ask(request, ProxyActionListResponse, read)

    @property
    def _tsa(self) -> TSA:
        return TSA.of(self.place.address)


def _accepted(reply: Reply[ActionResult], how: How) -> Reply[Accepted]:
    if not isinstance(reply, Got):
        return reply
    return Got(Accepted(how)) if reply.value.dar is Dar.SUCCESS else of_dar(reply.value.dar)


def _relay_state(attributes: Attributes, asked: str) -> Reply[RelayState]:
    """Read the relay from status word 3, or from object 8000 of a meter that has no such word."""
    word = _bits(attributes, STATE_WORD_3)
    state, command = _bits(attributes, RELAY_STATE), _bits(attributes, RELAY_COMMAND)
    if word is None and (state is None or command is None):
        return Missing(Silence.GARBLED)
    is_open = OPEN_BIT in word if word is not None else 0 in (state or ())
    commanded = COMMAND_BIT in word if word is not None else 0 in (command or ())
    protection = attributes.get(PROTECTION)
    if isinstance(protection, Value) and protection.type is DataType.ENUM:
        keep: bool | None = protection.value != 0
    else:
        keep = KEEP_BIT in word if word is not None else None
    address = attributes.get(ADDRESS)
    told = address.value.hex().upper() if isinstance(address, Value) and isinstance(address.value, bytes) else asked
    return Got(
        RelayState(
            open=is_open,
            command_open=commanded,
            keep_power=keep,
            current=largest(decimals(CURRENTS, attributes)),
            address=told,
            word="" if word is None else f"{sum(1 << bit for bit in word):04X}",
            voltage=largest(decimals(VOLTAGES, attributes)),
        )
    )


def _bits(attributes: Attributes, oad: OAD) -> tuple[int, ...] | None:
    value = attributes.get(oad)
    return set_bits(value) if isinstance(value, Value) else None
