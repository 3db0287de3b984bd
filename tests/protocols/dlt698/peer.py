"""Objects of PyPI ``dlt698`` as ours, so that what the two programs read of the same bytes can be compared by value.

A class of theirs whose fields are ours under other names is one line of a table; the rest are functions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dlt698 import _native as n

from protocols.dlt698 import (
    MS,
    OAD,
    OMD,
    ROAD,
    SID,
    TI,
    TSA,
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
    AddressRegions,
    AllMeters,
    AllRows,
    Apdu,
    Ciphertext,
    ClientErrorResponse,
    ComDcb,
    ConfigNumberRegions,
    ConfigNumbers,
    Conformance,
    ConnectRequest,
    ConnectResponse,
    Dar,
    DataType,
    Date,
    DateTime,
    DateTimeS,
    FollowNormal,
    FollowRecord,
    GetListRequest,
    GetListResponse,
    GetMd5Request,
    GetMd5Response,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    Limits,
    LinkKind,
    LinkRequest,
    LinkResponse,
    Mac,
    MeterAddresses,
    NoMeters,
    NormalBlock,
    NullSecurity,
    PasswordSecurity,
    Piid,
    Plaintext,
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
    RandomNumber,
    RandomNumberMac,
    RecordBlock,
    Region,
    ReleaseNotification,
    ReleaseRequest,
    ReleaseResponse,
    ReportListNotification,
    ReportListResponse,
    ReportRecordNotification,
    ReportRecordResponse,
    ReportTransNotification,
    ReportTransResponse,
    ResultNormal,
    ResultRecord,
    ScalerUnit,
    SecurityData,
    SecurityRequest,
    SecurityResponse,
    Selector1,
    Selector2,
    Selector3,
    Selector4,
    Selector5,
    Selector6,
    Selector7,
    Selector8,
    Selector9,
    Selector10,
    ServerErrorResponse,
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
    SidMac,
    SignatureSecurity,
    SymmetricSecurity,
    Target,
    TargetResult,
    Time,
    TimeTag,
    UserTypeRegions,
    UserTypes,
    Value,
    Verdict,
)

Maker = Callable[[Any], Any]

_FIELDS: Mapping[type, tuple[type, str]] = {
    n.Oad: (OAD, "oi attribute index"),
    n.Omd: (OMD, "oi method mode"),
    n.Road: (ROAD, "attribute associated"),
    n.Ti: (TI, "unit interval"),
    n.Tsa: (TSA, "value"),
    n.ScalerUnit: (ScalerUnit, "scaler unit"),
    n.Comdcb: (ComDcb, "baud parity data_bits stop_bits flow_control"),
    n.Region: (Region, "boundary begin end"),
    n.SelectAll: (AllRows, ""),
    n.Selector1: (Selector1, "attribute value"),
    n.Selector2: (Selector2, "attribute begin end interval"),
    n.Selector3: (Selector3, "ranges"),
    n.Selector4: (Selector4, "time meters"),
    n.Selector5: (Selector5, "time meters"),
    n.Selector6: (Selector6, "begin end interval meters"),
    n.Selector7: (Selector7, "begin end interval meters"),
    n.Selector8: (Selector8, "begin end interval meters"),
    n.Selector9: (Selector9, "previous"),
    n.Selector10: (Selector10, "latest meters"),
    n.NoMeters: (NoMeters, ""),
    n.AllMeters: (AllMeters, ""),
    n.MeterAddresses: (MeterAddresses, "values"),
    n.MeterNumbers: (ConfigNumbers, "values"),
    n.MeterTypeRegions: (UserTypeRegions, "values"),
    n.MeterAddressRegions: (AddressRegions, "values"),
    n.MeterNumberRegions: (ConfigNumberRegions, "values"),
    n.SidMac: (SidMac, "sid mac"),
    n.TimeTag: (TimeTag, "sent_at allowed_delay"),
    n.GetRecord: (GetRecord, "attribute rows columns"),
    n.AttributeResult: (ResultNormal, "attribute result"),
    n.RecordResult: (ResultRecord, "attribute columns result"),
    n.SetAttribute: (Setting, "attribute value"),
    n.SetResult: (SetResult, "attribute dar"),
    n.SetThenGet: (SetThenGet, "set.attribute set.value read delay_seconds"),
    n.SetThenGetResult: (SetThenGetResult, "set.attribute set.dar read"),
    n.ActionMethod: (Action, "method parameter"),
    n.ActionResult: (ActionResult, "method dar data"),
    n.ActionThenGet: (ActionThenGet, "action.method action.parameter read delay_seconds"),
    n.ActionThenGetResult: (ActionThenGetResult, "action.method action.dar action.data read"),
    n.ProxyGetTarget: (Target, "server timeout_seconds items"),
    n.ProxySetTarget: (Target, "server timeout_seconds items"),
    n.ProxySetThenGetTarget: (Target, "server timeout_seconds items"),
    n.ProxyActionTarget: (Target, "server timeout_seconds items"),
    n.ProxyActionThenGetTarget: (Target, "server timeout_seconds items"),
    n.ProxyGetResultTarget: (TargetResult, "server items"),
    n.ProxySetResultTarget: (TargetResult, "server items"),
    n.ProxySetThenGetResultTarget: (TargetResult, "server items"),
    n.ProxyActionResultTarget: (TargetResult, "server items"),
    n.ProxyActionThenGetResultTarget: (TargetResult, "server items"),
    n.NullSecurity: (NullSecurity, ""),
    n.PasswordSecurity: (PasswordSecurity, "password"),
    n.SymmetrySecurity: (SymmetricSecurity, "ciphertext signature"),
    n.SignatureSecurity: (SignatureSecurity, "ciphertext signature"),
    n.SecurityData: (SecurityData, "random signature"),
    n.RnMac: (RandomNumberMac, "random.value mac"),
    n.Rn: (RandomNumber, "value"),
}
_RESULTS = {"result", "dar", "set.dar", "action.dar"}
_NO_WORD, _NO_BYTE = 0xFFFF, 0xFF


def ours(theirs: Any) -> Any:
    """Give what an object of theirs is with us; numbers, texts and bytes are themselves, lists are tuples."""
    if isinstance(theirs, list):
        return tuple(map(ours, theirs))
    if type(theirs) in _FIELDS:
        cls, names = _FIELDS[type(theirs)]
        return cls(
            *[
                _result(_field(theirs, name)) if name in _RESULTS else ours(_field(theirs, name))
                for name in names.split()
            ]
        )
    make = _MAKERS.get(type(theirs))
    return theirs if make is None else make(theirs)


def _result(theirs: Any) -> Any:
    """Give a DAR where theirs is a number, else what it is with us."""
    return Dar(theirs) if isinstance(theirs, int) else ours(theirs)


def _field(theirs: Any, path: str) -> Any:
    for name in path.split("."):
        theirs = getattr(theirs, name)
    return theirs


def _word_or_none(octets: bytes) -> int | None:
    number = int.from_bytes(octets)
    return None if number == _NO_WORD else number


def _bytes_or_none(octets: bytes) -> list[int | None]:
    return [None if octet == _NO_BYTE else octet for octet in octets]


def _date_time(octets: bytes) -> DateTime:
    fields = [_word_or_none(octets[:2]), *_bytes_or_none(octets[2:8]), _word_or_none(octets[8:])]
    return DateTime(*fields)


def _date_time_s(octets: bytes) -> DateTimeS:
    return DateTimeS(_word_or_none(octets[:2]), *_bytes_or_none(octets[2:]))


def _sid(theirs: n.Sid) -> SID:
    return SID(theirs.identifier.to_bytes(4), theirs.additional)


def _bits(theirs: n.BitString) -> str:
    return "".join(f"{octet:08b}" for octet in theirs.value)[: theirs.bit_count]


_RAW: Mapping[DataType, Maker] = {
    DataType.DATE_TIME: lambda raw: _date_time(bytes(raw)),
    DataType.DATE_TIME_S: lambda raw: _date_time_s(bytes(raw)),
    DataType.DATE: lambda raw: Date(_word_or_none(bytes(raw[:2])), *_bytes_or_none(bytes(raw[2:]))),
    DataType.TIME: lambda raw: Time(*_bytes_or_none(bytes(raw))),
    DataType.TSA: TSA,
}


def _data(theirs: n.Data) -> Value:
    kind = DataType(int(theirs.type))
    return Value(kind, _RAW.get(kind, ours)(theirs.value))


def _piid(octet: int) -> Piid:
    return Piid(octet & 0x3F, bool(octet & 0x80), bool(octet & 0x40))


def _follow(theirs: Any) -> FollowNormal | FollowRecord | None:
    if theirs is None:
        return None
    holds_records = bool(theirs) and isinstance(theirs[0], n.RecordResult)
    return FollowRecord(ours(theirs)) if holds_records else FollowNormal(ours(theirs))


def _asks(theirs: Any, cls: type[Any], *body: Any) -> Apdu:
    apdu: Apdu = cls(_piid(theirs.piid), *map(ours, body), timetag=ours(theirs.time_tag))
    return apdu


def _answers(theirs: Any, cls: type[Any], *body: Any) -> Apdu:
    apdu: Apdu = cls(
        _piid(theirs.piid_acd), *map(ours, body), follow=_follow(theirs.follow_report), timetag=ours(theirs.time_tag)
    )
    return apdu


def _listed(make: Callable[..., Apdu], single: type, several: type, name: str) -> Maker:
    """Make either class of a service: theirs is one with a flag."""

    def of(theirs: Any) -> Apdu:
        items = getattr(theirs, name)
        return make(theirs, several, items) if theirs.list else make(theirs, single, items[0])

    return of


def _association(theirs: n.AssociationParameters) -> tuple[Conformance, Limits, int]:
    sizes = (theirs.send_frame_bytes, theirs.receive_frame_bytes, theirs.receive_window, theirs.apdu_bytes)
    conformance = Conformance(theirs.version, bytes(theirs.protocol), bytes(theirs.function))
    return conformance, Limits(*sizes), theirs.timeout_seconds


def _factory(theirs: n.FactoryVersion) -> str:
    names = "manufacturer software_version software_date hardware_version hardware_date extension"
    return "".join(bytes(getattr(theirs, name)).decode("latin-1") for name in names.split())


def _connect_response(theirs: n.ConnectResponse) -> Apdu:
    parameters = _association(theirs.parameters)
    return _answers(theirs, ConnectResponse, _factory(theirs.factory), *parameters, theirs.result, theirs.security)


def _link_response(theirs: n.LinkResponse) -> Apdu:
    verdict = Verdict(theirs.result & 7, bool(theirs.result & 0x80))
    times = (theirs.requested_at, theirs.received_at, theirs.responded_at)
    return LinkResponse(_piid(theirs.piid), verdict, *map(ours, times))


def _next_response(theirs: n.GetNextResponse) -> Apdu:
    content = _result(theirs.result)
    if isinstance(theirs.result, list):
        holds_records = bool(content) and isinstance(content[0], ResultRecord)
        content = RecordBlock(content) if holds_records else NormalBlock(content)
    return _answers(theirs, GetNextResponse, theirs.last, theirs.block, content)


def _md5_response(theirs: n.GetMd5Response) -> Apdu:
    digest = bytes(theirs.result) if isinstance(theirs.result, list) else Dar(theirs.result)
    return _answers(theirs, GetMd5Response, theirs.attribute, digest)


def _report(theirs: n.ReportNotification) -> Apdu:
    payload = theirs.payload
    if isinstance(payload, n.TransData):
        return _answers(theirs, ReportTransNotification, payload.port, payload.data)
    cls = ReportRecordNotification if isinstance(payload[0], n.RecordResult) else ReportListNotification
    return _answers(theirs, cls, payload)


def _report_response(theirs: n.ReportResponse) -> Apdu:
    if theirs.choice == ReportTransResponse.kind:
        return _asks(theirs, ReportTransResponse)
    cls = {1: ReportListResponse, 2: ReportRecordResponse}[theirs.choice]
    return _asks(theirs, cls, theirs.attributes)


_PROXIES: Mapping[type, type] = {
    n.ProxyGetTarget: ProxyGetListRequest,
    n.ProxySetTarget: ProxySetListRequest,
    n.ProxySetThenGetTarget: ProxySetThenGetListRequest,
    n.ProxyActionTarget: ProxyActionListRequest,
    n.ProxyActionThenGetTarget: ProxyActionThenGetListRequest,
    n.ProxyGetResultTarget: ProxyGetListResponse,
    n.ProxySetResultTarget: ProxySetListResponse,
    n.ProxySetThenGetResultTarget: ProxySetThenGetListResponse,
    n.ProxyActionResultTarget: ProxyActionListResponse,
    n.ProxyActionThenGetResultTarget: ProxyActionThenGetListResponse,
}


def _proxy(theirs: n.ProxyRequest) -> Apdu:
    match theirs.payload:
        case n.ProxyRecordRequest(server=server, record=record):
            return _asks(theirs, ProxyGetRecordRequest, theirs.timeout_seconds, server, record)
        case n.ProxyTransRequest() as trans:
            waits = (trans.response_timeout_seconds, trans.byte_timeout_milliseconds)
            return _asks(theirs, ProxyTransRequest, trans.port, trans.communication, *waits, trans.command)
        case targets:
            return _asks(theirs, _PROXIES[type(targets[0])], theirs.timeout_seconds, targets)


def _proxy_response(theirs: n.ProxyResponse) -> Apdu:
    match theirs.payload:
        case n.ProxyRecordResponse(server=server, record=record):
            return _answers(theirs, ProxyGetRecordResponse, server, record)
        case n.ProxyTransResponse(port=port, result=result):
            return _answers(theirs, ProxyTransResponse, port, _result(result))
        case targets:
            return _answers(theirs, _PROXIES[type(targets[0])], targets)


def _error(theirs: n.ErrorResponse) -> Apdu:
    if not theirs.server:
        return _asks(theirs, ClientErrorResponse, theirs.type)
    follow = _follow(theirs.follow_report)
    return ServerErrorResponse(_piid(theirs.piid), theirs.type, follow=follow, timetag=ours(theirs.time_tag))


def _security_request(theirs: n.SecurityRequest) -> Apdu:
    data = Ciphertext(theirs.application) if theirs.encrypted else Plaintext(theirs.application)
    return SecurityRequest(data, ours(theirs.verification))


def _security_response(theirs: n.SecurityResponse) -> Apdu:
    data = _result(theirs.application)
    if isinstance(data, bytes):
        data = Ciphertext(data) if theirs.encrypted else Plaintext(data)
    proof = theirs.verification
    return SecurityResponse(data, Mac(proof.value) if isinstance(proof, n.Mac) else ours(proof))


def _user_types(theirs: n.MeterTypes) -> MS:
    return UserTypes(tuple(theirs.values))


_MAKERS: Mapping[type, Maker] = {
    n.Data: _data,
    n.DateTime: lambda theirs: _date_time(bytes(theirs.value)),
    n.DateTimeS: lambda theirs: _date_time_s(bytes(theirs.value)),
    n.BitString: _bits,
    n.Sid: _sid,
    n.Mac: lambda theirs: theirs.value,
    n.MeterTypes: _user_types,
    n.LinkRequest: lambda theirs: LinkRequest(
        _piid(theirs.piid_acd), LinkKind(int(theirs.type)), theirs.heartbeat_seconds, ours(theirs.requested_at)
    ),
    n.LinkResponse: _link_response,
    n.ConnectRequest: lambda theirs: _asks(theirs, ConnectRequest, *_association(theirs.parameters), theirs.mechanism),
    n.ConnectResponse: _connect_response,
    n.ReleaseRequest: lambda theirs: _asks(theirs, ReleaseRequest),
    n.ReleaseResponse: lambda theirs: _answers(theirs, ReleaseResponse, theirs.result),
    n.ReleaseNotification: lambda theirs: _answers(
        theirs, ReleaseNotification, theirs.established_at, theirs.current_time
    ),
    n.GetRequest: _listed(_asks, GetNormalRequest, GetListRequest, "attributes"),
    n.GetResponse: _listed(_answers, GetNormalResponse, GetListResponse, "attributes"),
    n.GetRecordRequest: _listed(_asks, GetRecordRequest, GetRecordListRequest, "records"),
    n.GetRecordResponse: _listed(_answers, GetRecordResponse, GetRecordListResponse, "records"),
    n.GetNextRequest: lambda theirs: _asks(theirs, GetNextRequest, theirs.block),
    n.GetNextResponse: _next_response,
    n.GetMd5Request: lambda theirs: _asks(theirs, GetMd5Request, theirs.attribute),
    n.GetMd5Response: _md5_response,
    n.SetRequest: _listed(_asks, SetNormalRequest, SetListRequest, "attributes"),
    n.SetResponse: _listed(_answers, SetNormalResponse, SetListResponse, "attributes"),
    n.SetThenGetRequest: lambda theirs: _asks(theirs, SetThenGetRequest, theirs.items),
    n.SetThenGetResponse: lambda theirs: _answers(theirs, SetThenGetResponse, theirs.items),
    n.ActionRequest: _listed(_asks, ActionNormalRequest, ActionListRequest, "methods"),
    n.ActionResponse: _listed(_answers, ActionNormalResponse, ActionListResponse, "methods"),
    n.ActionThenGetRequest: lambda theirs: _asks(theirs, ActionThenGetRequest, theirs.items),
    n.ActionThenGetResponse: lambda theirs: _answers(theirs, ActionThenGetResponse, theirs.items),
    n.ReportNotification: _report,
    n.ReportResponse: _report_response,
    n.ProxyRequest: _proxy,
    n.ProxyResponse: _proxy_response,
    n.ErrorResponse: _error,
    n.SecurityRequest: _security_request,
    n.SecurityResponse: _security_response,
}
