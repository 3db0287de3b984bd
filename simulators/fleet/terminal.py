"""What the concentrators of a fleet answer: GET and records of their own, PROXY reads and frames for their meters.

An answer is made at once and kept by nobody. What reads nothing is refused: orders are for simulated meters with a
relay (`simulators.field`).
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from protocols import dlt645, dlt698
from protocols.dlt698 import NULL, OAD, Dar, DataType, DateTimeS, ResultNormal, ResultRecord, TargetResult, Value, array
from protocols.errors import ProtocolError
from simulators.field import TaskRecords
from simulators.fleet.meter import FleetMeter
from simulators.fleet.old import answer_645
from simulators.fleet.plan import Branch
from simulators.localtime import SHANGHAI, local
from simulators.meter import Dialect
from simulators.meter.objects698 import CLOCK, DAILY_FREEZES, FORWARD, FREEZE_TIME, REVERSE, freeze_column

__all__ = ["answer_698"]

ADDRESS = OAD.parse("40010200")
SERVICE_NOT_SUPPORTED = 2
RELAY_CLOSED = Value(DataType.BIT_STRING, "0" * 16)

Read = Callable[[FleetMeter, datetime], Value]


def answer_698(address: str, branch: Branch, request: dlt698.Apdu, now: datetime) -> dlt698.Apdu | None:
    """Answer a request to the concentrator of that address; None for what is no request."""
    answer: dlt698.Apdu | None = None
    match request:
        case dlt698.ProxyGetListRequest(piid=piid, targets=targets):
            answer = dlt698.ProxyGetListResponse(piid, tuple(_proxied(branch, target, now) for target in targets))
        case dlt698.ProxyTransRequest():
            answer = _forwarded(branch, request, now)
        case dlt698.GetRecordRequest(piid=piid, record=wanted):
            answer = dlt698.GetRecordResponse(piid, TaskRecords(branch, branch.place).read(wanted, now))
        case dlt698.ProxyGetRecordRequest(piid=piid, server=server, record=wanted):
            answer = dlt698.ProxyGetRecordResponse(piid, server, _record(branch, server.digits, wanted, now))
        case dlt698.GetNormalRequest(piid=piid, oad=oad):
            answer = dlt698.GetNormalResponse(piid, _own(address, oad, now))
        case dlt698.GetListRequest(piid=piid, oads=oads):
            answer = dlt698.GetListResponse(piid, tuple(_own(address, oad, now) for oad in oads))
        case dlt698.ClientApdu(piid=piid):
            answer = dlt698.ServerErrorResponse(piid, SERVICE_NOT_SUPPORTED)
    return answer


def _own(address: str, oad: OAD, now: datetime) -> ResultNormal:
    if oad == CLOCK:
        return ResultNormal(oad, Value(DataType.DATE_TIME_S, DateTimeS.of(local(now))))
    if oad == ADDRESS:
        return ResultNormal(oad, Value(DataType.OCTET_STRING, bytes.fromhex(address)))
    return ResultNormal(oad, Dar.OBJECT_UNDEFINED)


def _meter(branch: Branch, address: str) -> FleetMeter | None:
    """Give a meter that speaks DL/T 698.45."""
    meter = branch.get(address)
    return meter if meter is not None and meter.dialect is Dialect.DLT698 else None


def _proxied(branch: Branch, target: dlt698.Target[OAD], now: datetime) -> TargetResult[ResultNormal]:
    meter = _meter(branch, target.server.digits)
    return TargetResult(target.server, tuple(ResultNormal(oad, _read(meter, oad, now)) for oad in target.items))


def _read(meter: FleetMeter | None, oad: OAD, now: datetime) -> Value | Dar:
    read = ATTRIBUTES.get(oad)
    if meter is None:
        return Dar.OTHER
    return Dar.OBJECT_UNDEFINED if read is None else read(meter, now)


def _record(branch: Branch, address: str, wanted: dlt698.GetRecord, now: datetime) -> ResultRecord:
    """Read a row of a meter's table of daily freezes, by its time."""
    columns = wanted.columns or (FREEZE_TIME, FORWARD, REVERSE)
    plain = tuple(column for column in columns if isinstance(column, OAD))
    meter = _meter(branch, address)
    if meter is None:
        return ResultRecord(wanted.oad, columns, Dar.OTHER)
    if wanted.oad != DAILY_FREEZES or plain != columns:
        return ResultRecord(wanted.oad, columns, Dar.OBJECT_UNDEFINED)
    match wanted.rows:
        case dlt698.Selector1(oad=oad, value=Value(value=DateTimeS() as stamp)) if oad == FREEZE_TIME:
            at = stamp.at(SHANGHAI)
        case _:
            return ResultRecord(wanted.oad, columns, Dar.REFUSED)
    freeze = meter.freeze(at.date(), now) if at else None
    row = tuple(freeze_column(freeze, column) or NULL for column in plain) if freeze else ()
    return ResultRecord(wanted.oad, columns, (row,) if row else ())


def _forwarded(branch: Branch, request: dlt698.ProxyTransRequest, now: datetime) -> dlt698.ProxyTransResponse:
    """Answer a DL/T 645 frame that is forwarded (透明转发); a meter that is not there times out, at once."""
    answer: bytes | Dar = Dar.REQUEST_TIMEOUT
    with suppress(ProtocolError):
        asked = dlt645.parse_frame(request.frame.lstrip(b"\xfe"))
        told = answer_645(branch, asked, now)
        answer = dlt645.build_frame(told) if told is not None else answer
    return dlt698.ProxyTransResponse(request.piid, request.port, answer)


def _block(registers: tuple[int, ...]) -> Value:
    return array(*(Value(DataType.DOUBLE_LONG_UNSIGNED, register) for register in registers))


ATTRIBUTES: Mapping[OAD, Read] = {
    FORWARD: lambda meter, now: _block(meter.registers(now).block),
    REVERSE: lambda _meter, _now: _block((0, 0, 0, 0, 0)),
    CLOCK: lambda _meter, now: Value(DataType.DATE_TIME_S, DateTimeS.of(local(now))),
    ADDRESS: lambda meter, _now: Value(DataType.OCTET_STRING, bytes.fromhex(meter.address)),
    OAD.parse("20000200"): lambda meter, now: array(Value(DataType.LONG_UNSIGNED, meter.decivolts(now)), NULL, NULL),
    OAD.parse("20010200"): lambda meter, now: array(Value(DataType.DOUBLE_LONG, meter.milliamperes(now)), NULL, NULL),
    OAD.parse("20140203"): lambda _meter, _now: RELAY_CLOSED,
}
"""What can be read of a meter now: energies, clock, address, voltages, currents, run-state word 3."""
