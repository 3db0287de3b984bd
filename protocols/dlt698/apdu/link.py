"""LINK: login, heartbeat and logout of the server, and the answer to them (预连接, 链路管理).

T1 = the terminal's clock when it asked, T2 = our clock when it arrived, T3 = our clock when we answered, T4 =
the terminal's clock when the answer arrived. Its offset is ((T2 - T1) - (T4 - T3)) / 2. These APDUs have no tail.
"""

from dataclasses import dataclass
from enum import IntEnum

import construct as c

from protocols.dlt698.apdu.common import PIID, Apdu, Piid
from protocols.dlt698.axdr import Adapted, Typed
from protocols.dlt698.values.moments import DATE_TIME, DateTime
from protocols.errors import LocalProtocolError, RemoteProtocolError

_TRUSTED = 0x80
_RESULT = 0x07


class LinkKind(IntEnum):
    """What the server wants of the connection."""

    LOGIN = 0
    HEARTBEAT = 1
    LOGOUT = 2


class LinkResult(IntEnum):
    """How the client takes it; 4 to 7 have no meaning yet and are kept as numbers."""

    SUCCESS = 0
    ADDRESS_DUPLICATE = 1
    ILLEGAL_DEVICE = 2
    CAPACITY_FULL = 3


@dataclass(frozen=True, slots=True)
class LinkRequest(Apdu):
    """LINK-Request (预连接请求): ``period`` is the heartbeat period in seconds, ``time`` is T1."""

    tag = 1
    service = "LINK-Request"

    piid: Piid
    request: LinkKind
    period: int
    time: DateTime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result byte: the result and whether our clock may be believed (时钟可信标志)."""

    result: int = LinkResult.SUCCESS
    clock_trusted: bool = False


@dataclass(frozen=True, slots=True)
class LinkResponse(Apdu):
    """LINK-Response (预连接响应): T1 copied byte for byte, T2, T3."""

    tag = 129
    service = "LINK-Response"

    piid: Piid
    verdict: Verdict
    requested: DateTime
    received: DateTime
    responded: DateTime


def _kind(number: int) -> LinkKind:
    try:
        return LinkKind(number)
    except ValueError:
        raise RemoteProtocolError("bad_choice", f"unknown LINK request type {number}", found=f"{number:02X}") from None


def _verdict(octet: int) -> Verdict:
    return Verdict(octet & _RESULT, bool(octet & _TRUSTED))


def _octet(verdict: Verdict) -> int:
    if not 0 <= verdict.result <= _RESULT:
        raise LocalProtocolError(f"LINK result {verdict.result} is out of 0..{_RESULT}")
    return verdict.clock_trusted * _TRUSTED | verdict.result


LINK_REQUEST = Typed(
    LinkRequest, PIID, "request" / Adapted(c.Int8ub, _kind, int), "period" / c.Int16ub, "time" / DATE_TIME
)
LINK_RESPONSE = Typed(
    LinkResponse,
    PIID,
    "verdict" / Adapted(c.Int8ub, _verdict, _octet),
    "requested" / DATE_TIME,
    "received" / DATE_TIME,
    "responded" / DATE_TIME,
)
