"""The DL/T 698.45 server in a simulated meter: what it answers to which service.

Security is off (F101 attribute 2 = 0), as in a meter on a test bench; methods of 8000 and 8001 ask for a
valid TimeTag all the same.
"""

from datetime import datetime, timedelta

from protocols import dlt698
from protocols.dlt698 import (
    NULL,
    OAD,
    RSD,
    Apdu,
    Dar,
    DataType,
    DateTimeS,
    Selector1,
    Selector9,
    TimeTag,
    TimeUnit,
    Value,
)
from simulators.localtime import SHANGHAI
from simulators.meter.model import Freeze, Meter
from simulators.meter.objects698 import (
    ATTRIBUTES,
    CLOCK,
    DAILY_FREEZES,
    FORWARD,
    FREEZE_TIME,
    METHODS,
    REVERSE,
    freeze_column,
)

__all__ = ["Server698"]

SERVICE_NOT_SUPPORTED = 2
UNITS: dict[int, timedelta] = {
    TimeUnit.SECOND: timedelta(seconds=1),
    TimeUnit.MINUTE: timedelta(minutes=1),
    TimeUnit.HOUR: timedelta(hours=1),
    TimeUnit.DAY: timedelta(days=1),
}


class Server698:
    """Answers for one meter; instants are those at which the frame arrives at it."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def answer(self, request: Apdu, now: datetime) -> Apdu | None:
        """Answer a client's APDU; a service that meters don't have gets an ERROR-Response, the rest nothing."""
        answer: Apdu | None = None
        match request:
            case dlt698.GetNormalRequest(piid=piid, oad=oad):
                answer = dlt698.GetNormalResponse(piid, self.get(oad, now))
            case dlt698.GetListRequest(piid=piid, oads=oads):
                answer = dlt698.GetListResponse(piid, tuple(self.get(oad, now) for oad in oads))
            case dlt698.GetRecordRequest(piid=piid, record=record):
                answer = dlt698.GetRecordResponse(piid, self.record(record, now))
            case dlt698.SetNormalRequest(piid=piid, setting=setting):
                answer = dlt698.SetNormalResponse(piid, self.set(setting, now))
            case dlt698.ActionNormalRequest(piid=piid, action=action, timetag=tag):
                answer = dlt698.ActionNormalResponse(piid, self.act(action, tag, now))
            case dlt698.ActionListRequest(piid=piid, actions=actions, timetag=tag):
                answer = dlt698.ActionListResponse(piid, tuple(self.act(action, tag, now) for action in actions))
            case dlt698.ClientApdu(piid=piid):
                answer = dlt698.ServerErrorResponse(piid, SERVICE_NOT_SUPPORTED)
        return answer

    def get(self, oad: OAD, now: datetime) -> dlt698.ResultNormal:
        """Read an attribute or one element of it."""
        read = ATTRIBUTES.get(OAD(oad.oi, oad.attribute, 0))
        if read is None:
            return dlt698.ResultNormal(oad, Dar.OBJECT_UNDEFINED)
        value: Value | Dar = read(self.meter, now)
        if oad.index and isinstance(value, Value):
            elements = value.elements
            value = elements[oad.index - 1] if oad.index <= len(elements) else Dar.OUT_OF_RANGE
        return dlt698.ResultNormal(oad, value)

    def record(self, wanted: dlt698.GetRecord, now: datetime) -> dlt698.ResultRecord:
        """Read a row of the daily freeze table by freeze time (selector 1) or by number (selector 9)."""
        columns = wanted.columns or (FREEZE_TIME, FORWARD, REVERSE)
        plain = tuple(column for column in columns if isinstance(column, OAD))
        if wanted.oad != DAILY_FREEZES or plain != columns:
            return dlt698.ResultRecord(wanted.oad, columns, Dar.OBJECT_UNDEFINED)
        freeze = self._selected(wanted.rows, now)
        if isinstance(freeze, Dar):
            return dlt698.ResultRecord(wanted.oad, columns, freeze)
        row = tuple(freeze_column(freeze, column) or NULL for column in plain) if freeze else ()
        return dlt698.ResultRecord(wanted.oad, columns, (row,) if row else ())

    def set(self, setting: dlt698.Setting, now: datetime) -> dlt698.SetResult:
        """Set the clock; nothing else can be set."""
        if setting.oad != CLOCK:
            return dlt698.SetResult(setting.oad, Dar.REFUSED)
        value = setting.value
        shown = value.value.at(SHANGHAI) if value.type is DataType.DATE_TIME_S else None
        if shown is None:
            return dlt698.SetResult(setting.oad, Dar.TYPE_MISMATCH)
        self.meter.set_clock(now, shown)
        return dlt698.SetResult(setting.oad, Dar.SUCCESS)

    def act(self, action: dlt698.Action, timetag: TimeTag | None, now: datetime) -> dlt698.ActionResult:
        """Carry out a method of relay control or protection."""
        method = METHODS.get(action.omd)
        if method is None:
            return dlt698.ActionResult(action.omd, Dar.OBJECT_UNDEFINED)
        if not self._in_time(timetag, now):
            return dlt698.ActionResult(action.omd, Dar.TIME_TAG_INVALID)
        return dlt698.ActionResult(action.omd, method(self.meter, action.parameter, now))

    def _selected(self, rows: RSD, now: datetime) -> Freeze | Dar | None:
        match rows:
            case Selector1(oad=oad, value=Value(value=DateTimeS() as stamp)) if oad == FREEZE_TIME:
                at = stamp.at(SHANGHAI)
                return self.meter.freeze(at.date(), now) if at else None
            case Selector9(last=number):
                return self.meter.freeze_back(number, now)
            case _:
                return Dar.REFUSED

    def _in_time(self, timetag: TimeTag | None, now: datetime) -> bool:
        """Compare a TimeTag with the meter's clock; an interval of 0 is valid for ever."""
        sent = timetag.sent.at(SHANGHAI) if timetag else None
        if timetag is None or sent is None or timetag.allowed.unit not in UNITS:
            return False
        allowed = timetag.allowed.interval * UNITS[timetag.allowed.unit]
        return not allowed or abs(self.meter.clock(now) - sent) <= allowed
