"""PROXY (代理): a concentrator asked to ask its meters.

Time-outs are seconds, 0 = the concentrator's own. Kind 7 forwards a frame untouched and doesn't look into it.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import construct as c

from protocols.dlt698.apdu.action import (
    ACTION_FIELD,
    ACTION_RESULT_FIELD,
    ACTION_THEN_GET_FIELD,
    ACTION_THEN_GET_RESULT_FIELD,
    Action,
    ActionResult,
    ActionThenGet,
    ActionThenGetResult,
)
from protocols.dlt698.apdu.common import (
    DAR_FIELD,
    GET_RECORD_FIELD,
    RESULT_NORMAL_FIELD,
    RESULT_RECORD_FIELD,
    ClientApdu,
    GetRecord,
    ResultNormal,
    ResultRecord,
    ServerApdu,
    client,
    kinds,
    server,
)
from protocols.dlt698.apdu.set import (
    SET_RESULT_FIELD,
    SET_THEN_GET_FIELD,
    SET_THEN_GET_RESULT_FIELD,
    SETTING_FIELD,
    SetResult,
    SetThenGet,
    SetThenGetResult,
    Setting,
)
from protocols.dlt698.axdr import OCTETS, Choice, SequenceOf, Typed
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import COMDCB_FIELD, OAD, OAD_FIELD, TSA, TSA_FIELD, ComDcb

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target(Generic[T]):
    """One meter, the seconds it may take, and what is asked of it."""

    server: TSA
    timeout: int
    items: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class TargetResult(Generic[T]):
    """One meter and its answers."""

    server: TSA
    items: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class ProxyRequest(ClientApdu):
    """Any PROXY-Request."""

    tag = 9
    service = "PROXY-Request"


@dataclass(frozen=True, slots=True)
class ProxyGetListRequest(ProxyRequest):
    """Attributes of several meters."""

    kind = 1

    timeout: int
    targets: tuple[Target[OAD], ...]


@dataclass(frozen=True, slots=True)
class ProxyGetRecordRequest(ProxyRequest):
    """Rows of a table of one meter."""

    kind = 2

    timeout: int
    server: TSA
    record: GetRecord


@dataclass(frozen=True, slots=True)
class ProxySetListRequest(ProxyRequest):
    """Settings of several meters."""

    kind = 3

    timeout: int
    targets: tuple[Target[Setting], ...]


@dataclass(frozen=True, slots=True)
class ProxySetThenGetListRequest(ProxyRequest):
    """Settings of several meters, each followed by a reading."""

    kind = 4

    timeout: int
    targets: tuple[Target[SetThenGet], ...]


@dataclass(frozen=True, slots=True)
class ProxyActionListRequest(ProxyRequest):
    """Methods of several meters."""

    kind = 5

    timeout: int
    targets: tuple[Target[Action], ...]


@dataclass(frozen=True, slots=True)
class ProxyActionThenGetListRequest(ProxyRequest):
    """Methods of several meters, each followed by a reading."""

    kind = 6

    timeout: int
    targets: tuple[Target[ActionThenGet], ...]


@dataclass(frozen=True, slots=True)
class ProxyTransRequest(ProxyRequest):
    """A frame to be sent at a port (透明转发); waits: seconds for the answer, milliseconds between bytes."""

    kind = 7

    port: OAD
    settings: ComDcb
    frame_wait: int
    byte_wait: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class ProxyResponse(ServerApdu):
    """Any PROXY-Response."""

    tag = 137
    service = "PROXY-Response"


@dataclass(frozen=True, slots=True)
class ProxyGetListResponse(ProxyResponse):
    """Attributes of several meters."""

    kind = 1

    results: tuple[TargetResult[ResultNormal], ...]


@dataclass(frozen=True, slots=True)
class ProxyGetRecordResponse(ProxyResponse):
    """Rows of a table of one meter."""

    kind = 2

    server: TSA
    record: ResultRecord


@dataclass(frozen=True, slots=True)
class ProxySetListResponse(ProxyResponse):
    """What became of the settings."""

    kind = 3

    results: tuple[TargetResult[SetResult], ...]


@dataclass(frozen=True, slots=True)
class ProxySetThenGetListResponse(ProxyResponse):
    """What became of the settings, and the readings."""

    kind = 4

    results: tuple[TargetResult[SetThenGetResult], ...]


@dataclass(frozen=True, slots=True)
class ProxyActionListResponse(ProxyResponse):
    """What became of the methods."""

    kind = 5

    results: tuple[TargetResult[ActionResult], ...]


@dataclass(frozen=True, slots=True)
class ProxyActionThenGetListResponse(ProxyResponse):
    """What became of the methods, and the readings."""

    kind = 6

    results: tuple[TargetResult[ActionThenGetResult], ...]


@dataclass(frozen=True, slots=True)
class ProxyTransResponse(ProxyResponse):
    """The frame that came back (it may be empty), or why there is none."""

    kind = 7

    port: OAD
    result: bytes | Dar


_TIMEOUT = "timeout" / c.Int16ub
_SERVER = "server" / TSA_FIELD


def _asks(cls: type[ProxyRequest], item: Any) -> Typed:
    target = Typed(Target, _SERVER, _TIMEOUT, "items" / SequenceOf(item))
    return client(cls, _TIMEOUT, "targets" / SequenceOf(target))


def _answers(cls: type[ProxyResponse], item: Any) -> Typed:
    return server(cls, "results" / SequenceOf(Typed(TargetResult, _SERVER, "items" / SequenceOf(item))))


PROXY_REQUEST = kinds(
    _asks(ProxyGetListRequest, OAD_FIELD),
    client(ProxyGetRecordRequest, _TIMEOUT, _SERVER, "record" / GET_RECORD_FIELD),
    _asks(ProxySetListRequest, SETTING_FIELD),
    _asks(ProxySetThenGetListRequest, SET_THEN_GET_FIELD),
    _asks(ProxyActionListRequest, ACTION_FIELD),
    _asks(ProxyActionThenGetListRequest, ACTION_THEN_GET_FIELD),
    client(
        ProxyTransRequest,
        "port" / OAD_FIELD,
        "settings" / COMDCB_FIELD,
        "frame_wait" / c.Int16ub,
        "byte_wait" / c.Int16ub,
        "frame" / OCTETS,
    ),
)
PROXY_RESPONSE = kinds(
    _answers(ProxyGetListResponse, RESULT_NORMAL_FIELD),
    server(ProxyGetRecordResponse, _SERVER, "record" / RESULT_RECORD_FIELD),
    _answers(ProxySetListResponse, SET_RESULT_FIELD),
    _answers(ProxySetThenGetListResponse, SET_THEN_GET_RESULT_FIELD),
    _answers(ProxyActionListResponse, ACTION_RESULT_FIELD),
    _answers(ProxyActionThenGetListResponse, ACTION_THEN_GET_RESULT_FIELD),
    server(
        ProxyTransResponse,
        "port" / OAD_FIELD,
        "result" / Choice("forwarding result", {0: (Dar, DAR_FIELD), 1: (bytes, OCTETS)}),
    ),
)
