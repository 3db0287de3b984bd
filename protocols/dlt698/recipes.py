"""The requests of remote fee control, ready made, and what their answers say. Pure functions.

Roads: PROXY (代理) for one meter's daily freeze (日冻结), registers, clock, relay; PROXY transparent forwarding
(透明转发) for a DL/T 645 frame or a complete frame of one's own. Times are the devices' local time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from protocols.dlt698.apdu.action import Action, ActionNormalRequest, ActionResult
from protocols.dlt698.apdu.common import GetRecord, Piid, TimeTag
from protocols.dlt698.apdu.connect import Conformance, ConnectRequest, Limits, Mechanism
from protocols.dlt698.apdu.get import GetListRequest, GetRecordRequest
from protocols.dlt698.apdu.proxy import (
    ProxyActionListRequest,
    ProxyActionListResponse,
    ProxyGetListRequest,
    ProxyGetListResponse,
    ProxyGetRecordRequest,
    ProxySetListRequest,
    ProxySetListResponse,
    ProxyTransRequest,
    ProxyTransResponse,
    Target,
    TargetResult,
)
from protocols.dlt698.apdu.set import SetNormalRequest, SetResult, Setting
from protocols.dlt698.models.model import PLC_PORT
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import BAUD_2400_8E1, OAD, OMD, TSA, ComDcb
from protocols.dlt698.values.moments import DateTimeS
from protocols.dlt698.values.selection import Selector1, Selector2
from protocols.dlt698.values.value import NULL, DataType, Value, array, long_unsigned, structure, unsigned
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.link import REQUEST, LinkFrame, build_link
from protocols.dlt698.wire.receiver import FrameReceived, Receiver

FORWARD = OAD.parse("00100200")  # 正向有功电能: total, tariffs 1..n
REVERSE = OAD.parse("00200200")  # 反向有功电能
CLOCK = OAD.parse("40000200")
FREEZE_TIME = OAD.parse("20210200")
DAILY_FREEZES = OAD.parse("50040200")
EVENT_NUMBER = OAD.parse("20220200")  # 事件记录序号
EVENT_START = OAD.parse("201E0200")  # 事件发生时间
EVENT_END = OAD.parse("20200200")  # 事件结束时间
EVENT_SOURCE = OAD.parse("20240200")  # 事件发生源
COMMUNICATION_ADDRESS = OAD.parse("40010200")
RELAY_WORD = OAD.parse("20140203")
RELAY_OUTPUT = OAD.parse("80000300")
RELAY_1 = OAD.parse("F2050201")
ESAM_SERIAL = OAD.parse("F1000200")
ESAM_VERSION = OAD.parse("F1000300")
ESAM_KEY_VERSION = OAD.parse("F1000400")
ESAM_COUNTERS = OAD.parse("F1000700")

PROTECT = Action(OMD.parse("80017F00"), NULL)  # 投入保电
UNPROTECT = Action(OMD.parse("80018000"), NULL)  # 解除保电

EVERYTHING = Conformance(0x0016, bytes.fromhex("FFFFFFFFC0000000"), b"\xff" * 16)
"""The version and the conformance blocks of a client that knows every service."""
SIZES = Limits(send_frame=1024, receive_frame=1024, window=1, apdu=1024)
"""What a head-end may send and take without asking, in bytes."""

EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001 - by the meter's clock, right or wrong

T = TypeVar("T")


def _daily_freeze(stamp: DateTimeS) -> GetRecord:
    selector = Selector1(FREEZE_TIME, Value(DataType.DATE_TIME_S, stamp))
    return GetRecord(DAILY_FREEZES, selector, (FREEZE_TIME, FORWARD, REVERSE))


def proxy_daily_freeze(piid: Piid, meter: str, stamp: DateTimeS, *, timeout: int) -> ProxyGetRecordRequest:
    """Ask one meter for its daily freeze through the concentrator; ``timeout`` in seconds."""
    return ProxyGetRecordRequest(piid, timeout, TSA.of(meter), _daily_freeze(stamp))


def daily_freeze(piid: Piid, stamp: DateTimeS) -> GetRecordRequest:
    """Ask a meter itself for its daily freeze."""
    return GetRecordRequest(piid, _daily_freeze(stamp))


def event_rows(table: OAD) -> GetRecord:
    """Say which rows of an event object's record table are wanted: every one, whenever the meter thinks it began."""
    first, last = (Value(DataType.DATE_TIME_S, DateTimeS.of(at)) for at in (EARLIEST, LATEST))
    return GetRecord(
        table, Selector2(EVENT_START, first, last, NULL), (EVENT_NUMBER, EVENT_START, EVENT_END, EVENT_SOURCE)
    )


def proxy_record(piid: Piid, meter: str, wanted: GetRecord, *, timeout: int) -> ProxyGetRecordRequest:
    """Ask one meter for rows of a table through the concentrator; ``timeout`` in seconds."""
    return ProxyGetRecordRequest(piid, timeout, TSA.of(meter), wanted)


def proxy_get(piid: Piid, meter: str, oads: Sequence[OAD], *, total: int, each: int = 0) -> ProxyGetListRequest:
    """Ask one meter for attributes through the concentrator; seconds in all and for the meter, 0 = its own."""
    return ProxyGetListRequest(piid, total, (Target(TSA.of(meter), each, tuple(oads)),))


def proxied(response: ProxyGetListResponse, meter: str) -> dict[OAD, Value | Dar]:
    """Read what came of one meter's attributes; matched by OAD, as orders differ."""
    return {item.oad: item.result for item in _items(response.results, meter)}


def _items(results: Iterable[TargetResult[T]], meter: str) -> list[T]:
    return [item for target in results if target.server.digits == meter for item in target.items]


def clock(value: Value | Dar) -> DateTimeS | None:
    """Read an attribute that is a date_time_s; None for everything else."""
    return value.value if isinstance(value, Value) and isinstance(value.value, DateTimeS) else None


def trip(relay: OAD = RELAY_1, *, alarm_delay: int = 0, limit: int = 0, auto_close: bool = False) -> Action:
    """Trip (跳闸, 8000.129) after ``alarm_delay`` minutes, for ``limit`` minutes or 0 = until it is closed."""
    member = structure(
        Value(DataType.OAD, relay),
        unsigned(alarm_delay),
        long_unsigned(limit),
        Value(DataType.BOOL, auto_close),
    )
    return Action(OMD.parse("80008100"), array(member))


def close(relay: OAD = RELAY_1, *, direct: bool = False) -> Action:
    """Permit closing by the customer's button (合闸允许), or close directly (直接合闸); 8000.130."""
    member = structure(Value(DataType.OAD, relay), Value(DataType.ENUM, int(direct)))
    return Action(OMD.parse("80008200"), array(member))


def act(piid: Piid, action: Action, tag: TimeTag) -> ActionNormalRequest:
    """Order a device itself; without a valid TimeTag control methods are refused."""
    return ActionNormalRequest(piid, action, timetag=tag)


def put(piid: Piid, setting: Setting, tag: TimeTag) -> SetNormalRequest:
    """Set an attribute of a device itself, within the life of the TimeTag."""
    return SetNormalRequest(piid, setting, timetag=tag)


def get(piid: Piid, oads: Sequence[OAD]) -> GetListRequest:
    """Ask a device itself for attributes."""
    return GetListRequest(piid, tuple(oads))


def connect(piid: Piid, mechanism: Mechanism, seconds: int) -> ConnectRequest:
    """Ask for an association that ends after so many seconds; the server may grant less."""
    return ConnectRequest(piid, EVERYTHING, SIZES, seconds, mechanism)


def proxy_act(
    piid: Piid, meter: str, action: Action, tag: TimeTag, *, total: int, each: int = 0
) -> ProxyActionListRequest:
    """Order one meter through the concentrator; the meter may demand security and refuse it (DAR 15)."""
    return ProxyActionListRequest(piid, total, (Target(TSA.of(meter), each, (action,)),), timetag=tag)


def acted(response: ProxyActionListResponse, meter: str, action: Action) -> ActionResult | None:
    """Read what one meter said to the order: DAR 0 is accepted, not switched; None unless it is told once."""
    return _only([item for item in _items(response.results, meter) if item.omd == action.omd])


def proxy_set(piid: Piid, meter: str, setting: Setting, *, total: int, each: int = 0) -> ProxySetListRequest:
    """Set an attribute of one meter through the concentrator."""
    return ProxySetListRequest(piid, total, (Target(TSA.of(meter), each, (setting,)),))


def was_set(response: ProxySetListResponse, meter: str, setting: Setting) -> SetResult | None:
    """Read what one meter said to the setting; None unless it is told once."""
    return _only([item for item in _items(response.results, meter) if item.oad == setting.oad])


def _only(found: Sequence[T]) -> T | None:
    return found[0] if len(found) == 1 else None


def set_clock(now: DateTimeS) -> Setting:
    """Set the clock (40000200)."""
    return Setting(CLOCK, Value(DataType.DATE_TIME_S, now))


def forward(
    piid: Piid,
    frame: bytes,
    *,
    port: OAD = PLC_PORT,
    settings: ComDcb = BAUD_2400_8E1,
    wait: int = 30,
    byte_wait: int = 200,
) -> ProxyTransRequest:
    """Have a frame sent at a port as it is; ``wait`` seconds for the answer, ``byte_wait`` ms between bytes."""
    return ProxyTransRequest(piid, port, settings, wait, byte_wait, frame)


def forwarded(response: ProxyTransResponse) -> bytes | Dar:
    """Give the frame that came back without its wake-up bytes; an empty one means that nothing came in time."""
    if isinstance(response.result, Dar):
        return response.result
    return response.result.lstrip(b"\xfe") or Dar.REQUEST_TIMEOUT


def frame_for(meter: str, client: int, apdu: bytes) -> bytes:
    """Make the complete frame that carries an APDU to a meter; ``client`` is CA."""
    return build_link(LinkFrame(REQUEST, Address.single(meter), client, apdu))


def frame_of(meter: str, octets: bytes) -> bytes | None:
    """Give the APDU of the frame in which that meter answers; None if there is no whole and sound one.

    CA is not compared, as devices answer under another one.
    """
    for event in Receiver().receive(octets):
        if isinstance(event, FrameReceived):
            frame = event.frame
            answers = frame.control.from_server and frame.control.client_opened and not frame.control.fragmented
            if answers and frame.address.digits == meter:
                return frame.user_data
    return None
