"""Application protocol data units, one module per service (DL/T 698.45-2017, 应用层服务).

``parse_apdu`` and ``build_apdu`` serve both sides of the wire from the same declarations.
"""

from protocols.dlt698.apdu.action import (
    ACTION_REQUEST,
    ACTION_RESPONSE,
    Action,
    ActionListRequest,
    ActionListResponse,
    ActionNormalRequest,
    ActionNormalResponse,
    ActionResult,
    ActionThenGet,
    ActionThenGetRequest,
    ActionThenGetResponse,
    ActionThenGetResult,
)
from protocols.dlt698.apdu.common import (
    Apdu,
    ClientApdu,
    FollowNormal,
    FollowRecord,
    GetRecord,
    Piid,
    ResultNormal,
    ResultRecord,
    ServerApdu,
    TimeTag,
)
from protocols.dlt698.apdu.connect import (
    CONNECT_REQUEST,
    CONNECT_RESPONSE,
    Conformance,
    ConnectRequest,
    ConnectResponse,
    ConnectResult,
    Limits,
    NullSecurity,
    PasswordSecurity,
    SecurityData,
    SignatureSecurity,
    SymmetricSecurity,
)
from protocols.dlt698.apdu.error import (
    CLIENT_ERROR_RESPONSE,
    SERVER_ERROR_RESPONSE,
    ClientErrorResponse,
    ServerErrorResponse,
)
from protocols.dlt698.apdu.get import (
    GET_REQUEST,
    GET_RESPONSE,
    GetListRequest,
    GetListResponse,
    GetMd5Request,
    GetMd5Response,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    NormalBlock,
    RecordBlock,
)
from protocols.dlt698.apdu.link import (
    LINK_REQUEST,
    LINK_RESPONSE,
    LinkKind,
    LinkRequest,
    LinkResponse,
    LinkResult,
    Verdict,
)
from protocols.dlt698.apdu.proxy import (
    PROXY_REQUEST,
    PROXY_RESPONSE,
    ProxyActionListRequest,
    ProxyActionListResponse,
    ProxyActionThenGetListRequest,
    ProxyActionThenGetListResponse,
    ProxyGetListRequest,
    ProxyGetListResponse,
    ProxyGetRecordRequest,
    ProxyGetRecordResponse,
    ProxySetListRequest,
    ProxySetListResponse,
    ProxySetThenGetListRequest,
    ProxySetThenGetListResponse,
    ProxyTransRequest,
    ProxyTransResponse,
    Target,
    TargetResult,
)
from protocols.dlt698.apdu.release import (
    RELEASE_NOTIFICATION,
    RELEASE_REQUEST,
    RELEASE_RESPONSE,
    ReleaseNotification,
    ReleaseRequest,
    ReleaseResponse,
)
from protocols.dlt698.apdu.report import (
    REPORT_NOTIFICATION,
    REPORT_RESPONSE,
    ReportListNotification,
    ReportListResponse,
    ReportNotification,
    ReportRecordNotification,
    ReportRecordResponse,
    ReportTransNotification,
    ReportTransResponse,
    answer_to,
)
from protocols.dlt698.apdu.security import (
    SECURITY_REQUEST,
    SECURITY_RESPONSE,
    Ciphertext,
    Mac,
    Plaintext,
    RandomNumber,
    RandomNumberMac,
    SecurityRequest,
    SecurityResponse,
)
from protocols.dlt698.apdu.set import (
    SET_REQUEST,
    SET_RESPONSE,
    SetListRequest,
    SetListResponse,
    SetNormalRequest,
    SetNormalResponse,
    SetResult,
    SetThenGet,
    SetThenGetRequest,
    SetThenGetResponse,
    SetThenGetResult,
    Setting,
)
from protocols.dlt698.axdr import Choice, Typed, build, parse

__all__ = [
    "Action",
    "ActionListRequest",
    "ActionListResponse",
    "ActionNormalRequest",
    "ActionNormalResponse",
    "ActionResult",
    "ActionThenGet",
    "ActionThenGetRequest",
    "ActionThenGetResponse",
    "ActionThenGetResult",
    "Apdu",
    "Ciphertext",
    "ClientApdu",
    "ClientErrorResponse",
    "Conformance",
    "ConnectRequest",
    "ConnectResponse",
    "ConnectResult",
    "FollowNormal",
    "FollowRecord",
    "GetListRequest",
    "GetListResponse",
    "GetMd5Request",
    "GetMd5Response",
    "GetNextRequest",
    "GetNextResponse",
    "GetNormalRequest",
    "GetNormalResponse",
    "GetRecord",
    "GetRecordListRequest",
    "GetRecordListResponse",
    "GetRecordRequest",
    "GetRecordResponse",
    "Limits",
    "LinkKind",
    "LinkRequest",
    "LinkResponse",
    "LinkResult",
    "Mac",
    "NormalBlock",
    "NullSecurity",
    "PasswordSecurity",
    "Piid",
    "Plaintext",
    "ProxyActionListRequest",
    "ProxyActionListResponse",
    "ProxyActionThenGetListRequest",
    "ProxyActionThenGetListResponse",
    "ProxyGetListRequest",
    "ProxyGetListResponse",
    "ProxyGetRecordRequest",
    "ProxyGetRecordResponse",
    "ProxySetListRequest",
    "ProxySetListResponse",
    "ProxySetThenGetListRequest",
    "ProxySetThenGetListResponse",
    "ProxyTransRequest",
    "ProxyTransResponse",
    "RandomNumber",
    "RandomNumberMac",
    "RecordBlock",
    "ReleaseNotification",
    "ReleaseRequest",
    "ReleaseResponse",
    "ReportListNotification",
    "ReportListResponse",
    "ReportNotification",
    "ReportRecordNotification",
    "ReportRecordResponse",
    "ReportTransNotification",
    "ReportTransResponse",
    "ResultNormal",
    "ResultRecord",
    "SecurityData",
    "SecurityRequest",
    "SecurityResponse",
    "ServerApdu",
    "ServerErrorResponse",
    "SetListRequest",
    "SetListResponse",
    "SetNormalRequest",
    "SetNormalResponse",
    "SetResult",
    "SetThenGet",
    "SetThenGetRequest",
    "SetThenGetResponse",
    "SetThenGetResult",
    "Setting",
    "SignatureSecurity",
    "SymmetricSecurity",
    "Target",
    "TargetResult",
    "TimeTag",
    "Verdict",
    "answer_to",
    "build_apdu",
    "parse_apdu",
]

_SERVICES: tuple[Choice | Typed, ...] = (
    LINK_REQUEST,
    LINK_RESPONSE,
    CONNECT_REQUEST,
    CONNECT_RESPONSE,
    RELEASE_REQUEST,
    RELEASE_RESPONSE,
    RELEASE_NOTIFICATION,
    GET_REQUEST,
    GET_RESPONSE,
    SET_REQUEST,
    SET_RESPONSE,
    ACTION_REQUEST,
    ACTION_RESPONSE,
    REPORT_NOTIFICATION,
    REPORT_RESPONSE,
    PROXY_REQUEST,
    PROXY_RESPONSE,
    SECURITY_REQUEST,
    SECURITY_RESPONSE,
    CLIENT_ERROR_RESPONSE,
    SERVER_ERROR_RESPONSE,
)


def _declare() -> Choice:
    by_tag: dict[int, tuple[tuple[type[Apdu], ...], Choice | Typed]] = {}
    for declaration in _SERVICES:
        classes: tuple[type[Apdu], ...] = (
            tuple(declaration.numbers) if isinstance(declaration, Choice) else (declaration.cls,)
        )
        by_tag[classes[0].tag] = classes, declaration
    return Choice("APDU tag", by_tag, reason="unknown_tag")


APDU = _declare()


def parse_apdu(octets: bytes) -> Apdu:
    """Read the one APDU that fills ``octets``.

    Raises RemoteProtocolError: ``unknown_tag``, ``unknown_kind``, ``bad_type``, ``bad_choice``, ``bad_length``,
    ``bad_count``, ``too_deep``, ``truncated``, ``trailing_bytes``.
    """
    apdu: Apdu = parse(APDU, octets, "APDU")
    return apdu


def build_apdu(apdu: Apdu) -> bytes:
    """Write an APDU; raises LocalProtocolError naming what doesn't fit."""
    return build(APDU, apdu, type(apdu).__name__)
