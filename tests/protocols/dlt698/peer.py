"""Objects of PyPI ``dlt698`` as ours, so that what the two programs read of the same bytes can be compared by value.

A class of theirs whose fields are ours under other names is one line of a table; the rest are functions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dlt698 import _native as n

from protocols import dlt698 as our

Maker = Callable[[Any], Any]

_FIELDS: Mapping[type, tuple[type, str]] = {
    n.Oad: (our.OAD, "oi attribute index"),
    n.Omd: (our.OMD, "oi method mode"),
    n.Road: (our.ROAD, "attribute associated"),
    n.Ti: (our.TI, "unit interval"),
    n.Tsa: (our.TSA, "value"),
    n.ScalerUnit: (our.ScalerUnit, "scaler unit"),
    n.Comdcb: (our.ComDcb, "baud parity data_bits stop_bits flow_control"),
    n.Region: (our.Region, "boundary begin end"),
    n.SelectAll: (our.AllRows, ""),
    n.Selector1: (our.Selector1, "attribute value"),
    n.Selector2: (our.Selector2, "attribute begin end interval"),
    n.Selector3: (our.Selector3, "ranges"),
    n.Selector4: (our.Selector4, "time meters"),
    n.Selector5: (our.Selector5, "time meters"),
    n.Selector6: (our.Selector6, "begin end interval meters"),
    n.Selector7: (our.Selector7, "begin end interval meters"),
    n.Selector8: (our.Selector8, "begin end interval meters"),
    n.Selector9: (our.Selector9, "previous"),
    n.Selector10: (our.Selector10, "latest meters"),
    n.NoMeters: (our.NoMeters, ""),
    n.AllMeters: (our.AllMeters, ""),
    n.MeterAddresses: (our.MeterAddresses, "values"),
    n.MeterNumbers: (our.ConfigNumbers, "values"),
    n.MeterTypeRegions: (our.UserTypeRegions, "values"),
    n.MeterAddressRegions: (our.AddressRegions, "values"),
    n.MeterNumberRegions: (our.ConfigNumberRegions, "values"),
    n.SidMac: (our.SidMac, "sid mac"),
    n.TimeTag: (our.TimeTag, "sent_at allowed_delay"),
    n.GetRecord: (our.GetRecord, "attribute rows columns"),
    n.AttributeResult: (our.ResultNormal, "attribute result"),
    n.RecordResult: (our.ResultRecord, "attribute columns result"),
    n.SetAttribute: (our.Setting, "attribute value"),
    n.SetResult: (our.SetResult, "attribute dar"),
    n.SetThenGet: (our.SetThenGet, "set.attribute set.value read delay_seconds"),
    n.SetThenGetResult: (our.SetThenGetResult, "set.attribute set.dar read"),
    n.ActionMethod: (our.Action, "method parameter"),
    n.ActionResult: (our.ActionResult, "method dar data"),
    n.ActionThenGet: (our.ActionThenGet, "action.method action.parameter read delay_seconds"),
    n.ActionThenGetResult: (our.ActionThenGetResult, "action.method action.dar action.data read"),
    n.ProxyGetTarget: (our.Target, "server timeout_seconds items"),
    n.ProxySetTarget: (our.Target, "server timeout_seconds items"),
    n.ProxySetThenGetTarget: (our.Target, "server timeout_seconds items"),
    n.ProxyActionTarget: (our.Target, "server timeout_seconds items"),
    n.ProxyActionThenGetTarget: (our.Target, "server timeout_seconds items"),
    n.ProxyGetResultTarget: (our.TargetResult, "server items"),
    n.ProxySetResultTarget: (our.TargetResult, "server items"),
    n.ProxySetThenGetResultTarget: (our.TargetResult, "server items"),
    n.ProxyActionResultTarget: (our.TargetResult, "server items"),
    n.ProxyActionThenGetResultTarget: (our.TargetResult, "server items"),
    n.NullSecurity: (our.NullSecurity, ""),
    n.PasswordSecurity: (our.PasswordSecurity, "password"),
    n.SymmetrySecurity: (our.SymmetricSecurity, "ciphertext signature"),
    n.SignatureSecurity: (our.SignatureSecurity, "ciphertext signature"),
    n.SecurityData: (our.SecurityData, "random signature"),
    n.RnMac: (our.RandomNumberMac, "random.value mac"),
    n.Rn: (our.RandomNumber, "value"),
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
    return our.Dar(theirs) if isinstance(theirs, int) else ours(theirs)


def _field(theirs: Any, path: str) -> Any:
    for name in path.split("."):
        theirs = getattr(theirs, name)
    return theirs


def _word_or_none(octets: bytes) -> int | None:
    number = int.from_bytes(octets)
    return None if number == _NO_WORD else number


def _bytes_or_none(octets: bytes) -> list[int | None]:
    return [None if octet == _NO_BYTE else octet for octet in octets]


def _date_time(octets: bytes) -> our.DateTime:
    fields = [_word_or_none(octets[:2]), *_bytes_or_none(octets[2:8]), _word_or_none(octets[8:])]
    return our.DateTime(*fields)


def _date_time_s(octets: bytes) -> our.DateTimeS:
    return our.DateTimeS(_word_or_none(octets[:2]), *_bytes_or_none(octets[2:]))


def _sid(theirs: n.Sid) -> our.SID:
    return our.SID(theirs.identifier.to_bytes(4), theirs.additional)


def _bits(theirs: n.BitString) -> str:
    return "".join(f"{octet:08b}" for octet in theirs.value)[: theirs.bit_count]


_RAW: Mapping[our.DataType, Maker] = {
    our.DataType.DATE_TIME: lambda raw: _date_time(bytes(raw)),
    our.DataType.DATE_TIME_S: lambda raw: _date_time_s(bytes(raw)),
    our.DataType.DATE: lambda raw: our.Date(_word_or_none(bytes(raw[:2])), *_bytes_or_none(bytes(raw[2:]))),
    our.DataType.TIME: lambda raw: our.Time(*_bytes_or_none(bytes(raw))),
    our.DataType.TSA: our.TSA,
}


def _data(theirs: n.Data) -> our.Value:
    kind = our.DataType(int(theirs.type))
    return our.Value(kind, _RAW.get(kind, ours)(theirs.value))


def _piid(octet: int) -> our.Piid:
    return our.Piid(octet & 0x3F, bool(octet & 0x80), bool(octet & 0x40))


def _follow(theirs: Any) -> our.FollowNormal | our.FollowRecord | None:
    if theirs is None:
        return None
    holds_records = bool(theirs) and isinstance(theirs[0], n.RecordResult)
    return our.FollowRecord(ours(theirs)) if holds_records else our.FollowNormal(ours(theirs))


def _asks(theirs: Any, cls: type[Any], *body: Any) -> our.Apdu:
    apdu: our.Apdu = cls(_piid(theirs.piid), *map(ours, body), timetag=ours(theirs.time_tag))
    return apdu


def _answers(theirs: Any, cls: type[Any], *body: Any) -> our.Apdu:
    apdu: our.Apdu = cls(
        _piid(theirs.piid_acd), *map(ours, body), follow=_follow(theirs.follow_report), timetag=ours(theirs.time_tag)
    )
    return apdu


def _listed(make: Callable[..., our.Apdu], single: type, several: type, name: str) -> Maker:
    """Make either class of a service: theirs is one with a flag."""

    def of(theirs: Any) -> our.Apdu:
        items = getattr(theirs, name)
        return make(theirs, several, items) if theirs.list else make(theirs, single, items[0])

    return of


def _association(theirs: n.AssociationParameters) -> tuple[our.Conformance, our.Limits, int]:
    sizes = (theirs.send_frame_bytes, theirs.receive_frame_bytes, theirs.receive_window, theirs.apdu_bytes)
    conformance = our.Conformance(theirs.version, bytes(theirs.protocol), bytes(theirs.function))
    return conformance, our.Limits(*sizes), theirs.timeout_seconds


def _factory(theirs: n.FactoryVersion) -> str:
    names = "manufacturer software_version software_date hardware_version hardware_date extension"
    return "".join(bytes(getattr(theirs, name)).decode("latin-1") for name in names.split())


def _connect_response(theirs: n.ConnectResponse) -> our.Apdu:
    parameters = _association(theirs.parameters)
    return _answers(theirs, our.ConnectResponse, _factory(theirs.factory), *parameters, theirs.result, theirs.security)


def _link_response(theirs: n.LinkResponse) -> our.Apdu:
    verdict = our.Verdict(theirs.result & 7, bool(theirs.result & 0x80))
    times = (theirs.requested_at, theirs.received_at, theirs.responded_at)
    return our.LinkResponse(_piid(theirs.piid), verdict, *map(ours, times))


def _next_response(theirs: n.GetNextResponse) -> our.Apdu:
    content = _result(theirs.result)
    if isinstance(theirs.result, list):
        holds_records = bool(content) and isinstance(content[0], our.ResultRecord)
        content = our.RecordBlock(content) if holds_records else our.NormalBlock(content)
    return _answers(theirs, our.GetNextResponse, theirs.last, theirs.block, content)


def _md5_response(theirs: n.GetMd5Response) -> our.Apdu:
    digest = bytes(theirs.result) if isinstance(theirs.result, list) else our.Dar(theirs.result)
    return _answers(theirs, our.GetMd5Response, theirs.attribute, digest)


def _report(theirs: n.ReportNotification) -> our.Apdu:
    payload = theirs.payload
    if isinstance(payload, n.TransData):
        return _answers(theirs, our.ReportTransNotification, payload.port, payload.data)
    cls = our.ReportRecordNotification if isinstance(payload[0], n.RecordResult) else our.ReportListNotification
    return _answers(theirs, cls, payload)


def _report_response(theirs: n.ReportResponse) -> our.Apdu:
    if theirs.choice == our.ReportTransResponse.kind:
        return _asks(theirs, our.ReportTransResponse)
    cls = {1: our.ReportListResponse, 2: our.ReportRecordResponse}[theirs.choice]
    return _asks(theirs, cls, theirs.attributes)


_PROXIES: Mapping[type, type] = {
    n.ProxyGetTarget: our.ProxyGetListRequest,
    n.ProxySetTarget: our.ProxySetListRequest,
    n.ProxySetThenGetTarget: our.ProxySetThenGetListRequest,
    n.ProxyActionTarget: our.ProxyActionListRequest,
    n.ProxyActionThenGetTarget: our.ProxyActionThenGetListRequest,
    n.ProxyGetResultTarget: our.ProxyGetListResponse,
    n.ProxySetResultTarget: our.ProxySetListResponse,
    n.ProxySetThenGetResultTarget: our.ProxySetThenGetListResponse,
    n.ProxyActionResultTarget: our.ProxyActionListResponse,
    n.ProxyActionThenGetResultTarget: our.ProxyActionThenGetListResponse,
}


def _proxy(theirs: n.ProxyRequest) -> our.Apdu:
    match theirs.payload:
        case n.ProxyRecordRequest(server=server, record=record):
            return _asks(theirs, our.ProxyGetRecordRequest, theirs.timeout_seconds, server, record)
        case n.ProxyTransRequest() as trans:
            waits = (trans.response_timeout_seconds, trans.byte_timeout_milliseconds)
            return _asks(theirs, our.ProxyTransRequest, trans.port, trans.communication, *waits, trans.command)
        case targets:
            return _asks(theirs, _PROXIES[type(targets[0])], theirs.timeout_seconds, targets)


def _proxy_response(theirs: n.ProxyResponse) -> our.Apdu:
    match theirs.payload:
        case n.ProxyRecordResponse(server=server, record=record):
            return _answers(theirs, our.ProxyGetRecordResponse, server, record)
        case n.ProxyTransResponse(port=port, result=result):
            return _answers(theirs, our.ProxyTransResponse, port, _result(result))
        case targets:
            return _answers(theirs, _PROXIES[type(targets[0])], targets)


def _error(theirs: n.ErrorResponse) -> our.Apdu:
    if not theirs.server:
        return _asks(theirs, our.ClientErrorResponse, theirs.type)
    follow = _follow(theirs.follow_report)
    return our.ServerErrorResponse(_piid(theirs.piid), theirs.type, follow=follow, timetag=ours(theirs.time_tag))


def _security_request(theirs: n.SecurityRequest) -> our.Apdu:
    data = our.Ciphertext(theirs.application) if theirs.encrypted else our.Plaintext(theirs.application)
    return our.SecurityRequest(data, ours(theirs.verification))


def _security_response(theirs: n.SecurityResponse) -> our.Apdu:
    data = _result(theirs.application)
    if isinstance(data, bytes):
        data = our.Ciphertext(data) if theirs.encrypted else our.Plaintext(data)
    proof = theirs.verification
    return our.SecurityResponse(data, our.Mac(proof.value) if isinstance(proof, n.Mac) else ours(proof))


def _user_types(theirs: n.MeterTypes) -> our.MS:
    return our.UserTypes(tuple(theirs.values))


_MAKERS: Mapping[type, Maker] = {
    n.Data: _data,
    n.DateTime: lambda theirs: _date_time(bytes(theirs.value)),
    n.DateTimeS: lambda theirs: _date_time_s(bytes(theirs.value)),
    n.BitString: _bits,
    n.Sid: _sid,
    n.Mac: lambda theirs: theirs.value,
    n.MeterTypes: _user_types,
    n.LinkRequest: lambda theirs: our.LinkRequest(
        _piid(theirs.piid_acd), our.LinkKind(int(theirs.type)), theirs.heartbeat_seconds, ours(theirs.requested_at)
    ),
    n.LinkResponse: _link_response,
    n.ConnectRequest: lambda theirs: _asks(
        theirs, our.ConnectRequest, *_association(theirs.parameters), theirs.mechanism
    ),
    n.ConnectResponse: _connect_response,
    n.ReleaseRequest: lambda theirs: _asks(theirs, our.ReleaseRequest),
    n.ReleaseResponse: lambda theirs: _answers(theirs, our.ReleaseResponse, theirs.result),
    n.ReleaseNotification: lambda theirs: _answers(
        theirs, our.ReleaseNotification, theirs.established_at, theirs.current_time
    ),
    n.GetRequest: _listed(_asks, our.GetNormalRequest, our.GetListRequest, "attributes"),
    n.GetResponse: _listed(_answers, our.GetNormalResponse, our.GetListResponse, "attributes"),
    n.GetRecordRequest: _listed(_asks, our.GetRecordRequest, our.GetRecordListRequest, "records"),
    n.GetRecordResponse: _listed(_answers, our.GetRecordResponse, our.GetRecordListResponse, "records"),
    n.GetNextRequest: lambda theirs: _asks(theirs, our.GetNextRequest, theirs.block),
    n.GetNextResponse: _next_response,
    n.GetMd5Request: lambda theirs: _asks(theirs, our.GetMd5Request, theirs.attribute),
    n.GetMd5Response: _md5_response,
    n.SetRequest: _listed(_asks, our.SetNormalRequest, our.SetListRequest, "attributes"),
    n.SetResponse: _listed(_answers, our.SetNormalResponse, our.SetListResponse, "attributes"),
    n.SetThenGetRequest: lambda theirs: _asks(theirs, our.SetThenGetRequest, theirs.items),
    n.SetThenGetResponse: lambda theirs: _answers(theirs, our.SetThenGetResponse, theirs.items),
    n.ActionRequest: _listed(_asks, our.ActionNormalRequest, our.ActionListRequest, "methods"),
    n.ActionResponse: _listed(_answers, our.ActionNormalResponse, our.ActionListResponse, "methods"),
    n.ActionThenGetRequest: lambda theirs: _asks(theirs, our.ActionThenGetRequest, theirs.items),
    n.ActionThenGetResponse: lambda theirs: _answers(theirs, our.ActionThenGetResponse, theirs.items),
    n.ReportNotification: _report,
    n.ReportResponse: _report_response,
    n.ProxyRequest: _proxy,
    n.ProxyResponse: _proxy_response,
    n.ErrorResponse: _error,
    n.SecurityRequest: _security_request,
    n.SecurityResponse: _security_response,
}
