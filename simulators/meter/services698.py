"""What a simulated DL/T 698.45 meter does for each item of a request, and when it refuses to.

A meter with a security chip asks for the protection that `rules698` names. Methods of 8000 and 8001 ask for a valid
TimeTag, and whatever carries one is done in its time only.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protocols import dlt698
from protocols.dlt698 import NULL, OAD, OMD, RSD, Dar, DateTimeS, Selector1, Selector9, TimeTag, TimeUnit, Value
from simulators.localtime import SHANGHAI
from simulators.meter.control698 import CONTROL_ATTRIBUTES, METHODS
from simulators.meter.events698 import EVENT_COLUMNS, EVENT_TABLES, event_attribute, event_column, event_rows
from simulators.meter.model import Meter
from simulators.meter.objects698 import (
    ATTRIBUTES,
    DAILY_FREEZES,
    FORWARD,
    FREEZE_TIME,
    REVERSE,
    SETTINGS,
    freeze_column,
)
from simulators.meter.objects_of_chip import CHIP_ATTRIBUTES, CHIP_METHODS, CHIP_SETTINGS, SECURITY_OFF
from simulators.meter.registers import Freeze
from simulators.meter.rules698 import Level, Service, permits

__all__ = ["Came", "Services698"]

UNITS: dict[int, timedelta] = {
    TimeUnit.SECOND: timedelta(seconds=1),
    TimeUnit.MINUTE: timedelta(minutes=1),
    TimeUnit.HOUR: timedelta(hours=1),
    TimeUnit.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Came:
    """How a request came to the meter: when, with which protection and TimeTag."""

    at: datetime
    level: Level = Level.PLAIN
    timetag: TimeTag | None = None


class Services698:
    """The services of one meter, item by item.

    ``took`` is how long the delays of what was asked have lasted (SetThenGet, ActionThenGet): the answer leaves so much
    later.
    """

    def __init__(self, meter: Meter) -> None:
        self.took = timedelta()
        self._meter = meter
        chip = self._chip = meter.memory.chip
        of_chip = SECURITY_OFF if chip is None else CHIP_ATTRIBUTES
        self._attributes = {**ATTRIBUTES, **CONTROL_ATTRIBUTES, **of_chip}
        self._settings = SETTINGS if chip is None else SETTINGS | CHIP_SETTINGS
        self._methods = {**METHODS, **(CHIP_METHODS if chip else {})}

    def get(self, oad: OAD, came: Came) -> dlt698.ResultNormal:
        """Read an attribute or one element of it."""
        return dlt698.ResultNormal(oad, self._get(oad, came))

    def record(self, wanted: dlt698.GetRecord, came: Came) -> dlt698.ResultRecord:
        """Read rows of events, or a row of the daily freezes by freeze time (selector 1) or by number (selector 9)."""
        if wanted.oad in EVENT_TABLES:
            return self._events(wanted, came)
        columns = wanted.columns or (FREEZE_TIME, FORWARD, REVERSE)
        plain = tuple(column for column in columns if isinstance(column, OAD))
        if wanted.oad != DAILY_FREEZES or plain != columns:
            return dlt698.ResultRecord(wanted.oad, columns, Dar.OBJECT_UNDEFINED)
        if not self._permits(Service.GET, wanted.oad.oi, came):
            return dlt698.ResultRecord(wanted.oad, columns, Dar.NOT_AUTHORISED)
        freeze = self._selected(wanted.rows, came.at)
        if isinstance(freeze, Dar):
            return dlt698.ResultRecord(wanted.oad, columns, freeze)
        row = tuple(freeze_column(freeze, column) or NULL for column in plain) if freeze else ()
        return dlt698.ResultRecord(wanted.oad, columns, (row,) if row else ())

    def set(self, setting: dlt698.Setting, came: Came) -> dlt698.SetResult:
        """Set the clock, or which protection a meter with a chip asks for; nothing else can be set."""
        return dlt698.SetResult(setting.oad, self._set(setting.oad, setting.value, came))

    def set_then_get(self, setting: dlt698.SetThenGet, came: Came) -> dlt698.SetThenGetResult:
        """Set, and read after a while."""
        dar = self._set(setting.oad, setting.value, self._present(came))
        return dlt698.SetThenGetResult(setting.oad, dar, self._get_later(setting.read, setting.delay, came))

    def act(self, action: dlt698.Action, came: Came) -> dlt698.ActionResult:
        """Carry out a method of relay control or protection, or of the chip."""
        return dlt698.ActionResult(action.omd, self._act(action.omd, action.parameter, came))

    def act_then_get(self, action: dlt698.ActionThenGet, came: Came) -> dlt698.ActionThenGetResult:
        """Carry out a method, and read after a while."""
        dar = self._act(action.omd, action.parameter, self._present(came))
        return dlt698.ActionThenGetResult(action.omd, dar, None, self._get_later(action.read, action.delay, came))

    def _events(self, wanted: dlt698.GetRecord, came: Came) -> dlt698.ResultRecord:
        columns = wanted.columns or EVENT_COLUMNS
        if not self._permits(Service.GET, wanted.oad.oi, came):
            return dlt698.ResultRecord(wanted.oad, columns, Dar.NOT_AUTHORISED)
        events = event_rows(self._meter, wanted.oad, wanted.rows, came.at)
        if isinstance(events, Dar):
            return dlt698.ResultRecord(wanted.oad, columns, events)
        plain = [column if isinstance(column, OAD) else None for column in columns]
        rows = (tuple((column and event_column(event, column)) or NULL for column in plain) for event in events)
        return dlt698.ResultRecord(wanted.oad, columns, tuple(rows))

    def _get(self, oad: OAD, came: Came) -> Value | Dar:
        read = self._attributes.get(OAD(oad.oi, oad.attribute, 0))
        value = read(self._meter, came.at) if read else event_attribute(self._meter, oad, came.at)
        if value is None:
            return Dar.OBJECT_UNDEFINED
        if not self._permits(Service.GET, oad.oi, came):
            return Dar.NOT_AUTHORISED
        if not oad.index:
            return value
        elements = value.elements
        return elements[oad.index - 1] if oad.index <= len(elements) else Dar.OUT_OF_RANGE

    def _set(self, oad: OAD, value: Value, came: Came) -> Dar:
        if not self._permits(Service.SET, oad.oi, came):
            return Dar.NOT_AUTHORISED
        put = self._settings.get(oad)
        if put is None:
            return Dar.REFUSED
        if came.timetag is not None and not self._in_time(came):
            return Dar.TIME_TAG_INVALID
        return put(self._meter, value, came.at)

    def _act(self, omd: OMD, parameter: Value, came: Came) -> Dar:
        method = self._methods.get(omd)
        if method is None:
            return Dar.OBJECT_UNDEFINED
        if not self._permits(Service.ACTION, omd.oi, came):
            return Dar.NOT_AUTHORISED
        if (came.timetag is not None or omd in METHODS) and not self._in_time(came):
            return Dar.TIME_TAG_INVALID
        return method(self._meter, parameter, came.at)

    def _permits(self, service: Service, oi: int, came: Came) -> bool:
        return self._chip is None or permits(service, oi, came.level, self._chip.words)

    def _present(self, came: Came) -> Came:
        return replace(came, at=came.at + self.took)

    def _get_later(self, oad: OAD, seconds: int, came: Came) -> dlt698.ResultNormal:
        self.took += timedelta(seconds=seconds)
        return self.get(oad, self._present(came))

    def _selected(self, rows: RSD, now: datetime) -> Freeze | Dar | None:
        match rows:
            case Selector1(oad=oad, value=Value(value=DateTimeS() as stamp)) if oad == FREEZE_TIME:
                at = stamp.at(SHANGHAI)
                return self._meter.freeze(at.date(), now) if at else None
            case Selector9(last=number):
                return self._meter.freeze_back(number, now)
            case _:
                return Dar.REFUSED

    def _in_time(self, came: Came) -> bool:
        """Compare a TimeTag with the meter's clock; an interval of 0 is valid for ever."""
        tag = came.timetag
        sent = tag.sent.at(SHANGHAI) if tag else None
        if tag is None or sent is None or tag.allowed.unit not in UNITS:
            return False
        allowed = tag.allowed.interval * UNITS[tag.allowed.unit]
        return not allowed or abs(self._meter.clock(came.at) - sent) <= allowed
