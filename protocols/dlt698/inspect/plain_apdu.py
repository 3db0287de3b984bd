"""APDUs as plain dictionaries: head, body by service and kind, tail (names as in :mod:`.plain`)."""

from functools import singledispatch
from typing import Any

from protocols.dlt698.apdu import action, connect, error, get, link, proxy, release, report, security
from protocols.dlt698.apdu import set as setting
from protocols.dlt698.apdu.common import (
    Apdu,
    ClientApdu,
    FollowNormal,
    GetRecord,
    Piid,
    ResultNormal,
    ResultRecord,
    ServerApdu,
    TimeTag,
)
from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.inspect.plain import columns, plain
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import SID
from protocols.errors import ProtocolError

Plain = dict[str, Any]


def plain_apdu(apdu: Apdu, *, opened: bool = False) -> Plain:
    """Give the plain form of an APDU; ``opened`` = it came out of a SECURITY and is not looked into further."""
    head: Plain = {"tag": apdu.tag, "service": apdu.service}
    if apdu.kind is not None:
        head["kind"] = apdu.kind
    if isinstance(apdu, ServerApdu | link.LinkRequest):
        head |= _piid(apdu.piid) | {"acd": int(apdu.piid.acd)}
    elif isinstance(apdu, ClientApdu | link.LinkResponse):
        head |= _piid(apdu.piid)
    shown = _security(apdu, opened) if isinstance(apdu, _SECURED) else body(apdu)
    tail: Plain = {}
    if isinstance(apdu, ServerApdu):
        tail["follow"] = _follow(apdu)
    if isinstance(apdu, ServerApdu | ClientApdu):
        tail["timetag"] = None if apdu.timetag is None else _time_tag(apdu.timetag)
    return head | shown | tail


def _piid(piid: Piid) -> Plain:
    return {"piid": piid.number, "priority": int(piid.high)}


def _time_tag(tag: TimeTag) -> Plain:
    return {"time": plain(tag.sent), "ti": plain(tag.allowed)}


def _follow(apdu: ServerApdu) -> Plain | None:
    if apdu.follow is None:
        return None
    name = "normal" if isinstance(apdu.follow, FollowNormal) else "record"
    return {name: plain(apdu.follow.results)}


@singledispatch
def body(apdu: Apdu) -> Plain:
    """Give the plain form of what lies between head and tail; nothing if there is nothing."""
    del apdu
    return {}


@plain.register
def _(result: ResultNormal) -> Plain:
    if isinstance(result.result, Dar):
        return {"oad": str(result.oad), "dar": int(result.result)}
    return {"oad": str(result.oad), "data": plain(result.result)}


@plain.register
def _(result: ResultRecord) -> Plain:
    head: Plain = {"oad": str(result.oad), "columns": columns(result.columns)}
    if isinstance(result.result, Dar):
        return head | {"dar": int(result.result)}
    return head | {"rows": plain(result.result)}


@plain.register
def _(record: GetRecord) -> Plain:
    return {"oad": str(record.oad), "rsd": plain(record.rows), "columns": columns(record.columns)}


@body.register
def _(apdu: link.LinkRequest) -> Plain:
    return {"request": apdu.request.name.lower(), "period_s": apdu.period, "time": plain(apdu.time)}


@body.register
def _(apdu: link.LinkResponse) -> Plain:
    return {
        "clock_trusted": int(apdu.verdict.clock_trusted),
        "result": int(apdu.verdict.result),
        "t_request": plain(apdu.requested),
        "t_received": plain(apdu.received),
        "t_response": plain(apdu.responded),
    }


def _association(apdu: connect.ConnectRequest | connect.ConnectResponse) -> Plain:
    return {
        "version": apdu.conformance.version,
        "protocol": plain(apdu.conformance.protocol),
        "function": plain(apdu.conformance.function),
        "tx_frame": apdu.limits.send_frame,
        "rx_frame": apdu.limits.receive_frame,
        "rx_window": apdu.limits.window,
        "max_apdu": apdu.limits.apdu,
        "timeout": apdu.timeout,
    }


@body.register
def _(apdu: connect.ConnectRequest) -> Plain:
    shown = _association(apdu)
    match apdu.mechanism:
        case connect.NullSecurity():
            return shown | {"mechanism": 0}
        case connect.PasswordSecurity(password):
            return shown | {"mechanism": 1, "password": password}
        case connect.SymmetricSecurity(ciphertext, signature):
            return shown | {"mechanism": 2, "cipher1": plain(ciphertext), "sign1": plain(signature)}
        case connect.SignatureSecurity(ciphertext, signature):
            return shown | {"mechanism": 3, "cipher1": plain(ciphertext), "sign1": plain(signature)}


@body.register
def _(apdu: connect.ConnectResponse) -> Plain:
    data = apdu.security
    shown = None if data is None else {"rn": plain(data.rn), "sign": plain(data.signature)}
    return {"factory": apdu.factory, **_association(apdu), "result": apdu.result, "security": shown}


@body.register
def _(apdu: release.ReleaseResponse) -> Plain:
    return {"result": apdu.result}


@body.register
def _(apdu: release.ReleaseNotification) -> Plain:
    return {"established": plain(apdu.established), "server_time": plain(apdu.server_time)}


@body.register(error.ClientErrorResponse)
@body.register(error.ServerErrorResponse)
def _(apdu: error.ClientErrorResponse | error.ServerErrorResponse) -> Plain:
    return {"error": apdu.error}


@body.register(get.GetNormalRequest)
@body.register(get.GetMd5Request)
def _(apdu: get.GetNormalRequest | get.GetMd5Request) -> Plain:
    return {"oad": str(apdu.oad)}


@body.register
def _(apdu: get.GetListRequest) -> Plain:
    return {"oads": plain(apdu.oads)}


@body.register(get.GetRecordRequest)
@body.register(get.GetRecordResponse)
def _(apdu: get.GetRecordRequest | get.GetRecordResponse) -> Any:
    return plain(apdu.record)


@body.register
def _(apdu: get.GetRecordListRequest) -> Plain:
    return {"records": plain(apdu.records)}


@body.register
def _(apdu: get.GetNextRequest) -> Plain:
    return {"last_block": apdu.block}


@body.register
def _(apdu: get.GetNormalResponse) -> Any:
    return plain(apdu.result)


@body.register(get.GetListResponse)
@body.register(report.ReportListNotification)
@body.register(report.ReportRecordNotification)
@body.register(setting.SetListResponse)
@body.register(setting.SetThenGetResponse)
@body.register(action.ActionListResponse)
@body.register(action.ActionThenGetResponse)
def _(apdu: Any) -> Plain:
    return {"list": plain(apdu.results)}


@body.register
def _(apdu: get.GetRecordListResponse) -> Plain:
    return {"list": plain(apdu.records)}


@body.register
def _(apdu: get.GetNextResponse) -> Plain:
    shown: Plain = {"last": apdu.last, "block": apdu.block}
    if isinstance(apdu.content, Dar):
        return shown | {"choice": 0, "dar": int(apdu.content)}
    return shown | {"choice": apdu.content.choice, "list": plain(apdu.content.results)}


@body.register
def _(apdu: get.GetMd5Response) -> Plain:
    name = "dar" if isinstance(apdu.result, Dar) else "md5"
    return {"oad": str(apdu.oad), name: plain(apdu.result)}


@plain.register
def _(item: setting.Setting) -> Plain:
    return {"oad": str(item.oad), "data": plain(item.value)}


@plain.register
def _(item: setting.SetThenGet) -> Plain:
    return {"set": str(item.oad), "data": plain(item.value), "get": str(item.read), "delay": item.delay}


@plain.register
def _(item: setting.SetResult) -> Plain:
    return {"oad": str(item.oad), "dar": int(item.dar)}


@plain.register
def _(item: setting.SetThenGetResult) -> Plain:
    return {"oad": str(item.oad), "dar": int(item.dar), "get": plain(item.read)}


@body.register
def _(apdu: setting.SetNormalRequest) -> Any:
    return plain(apdu.setting)


@body.register(setting.SetListRequest)
@body.register(setting.SetThenGetRequest)
def _(apdu: setting.SetListRequest | setting.SetThenGetRequest) -> Plain:
    return {"list": plain(apdu.settings)}


@body.register(setting.SetNormalResponse)
@body.register(action.ActionNormalResponse)
def _(apdu: setting.SetNormalResponse | action.ActionNormalResponse) -> Any:
    return plain(apdu.result)


@plain.register
def _(item: action.Action) -> Plain:
    return {"omd": str(item.omd), "data": plain(item.parameter)}


@plain.register
def _(item: action.ActionThenGet) -> Plain:
    return {"omd": str(item.omd), "data": plain(item.parameter), "get": str(item.read), "delay": item.delay}


@plain.register
def _(item: action.ActionResult) -> Plain:
    return {"omd": str(item.omd), "dar": int(item.dar), "data": plain(item.data)}


@plain.register
def _(item: action.ActionThenGetResult) -> Plain:
    return {"omd": str(item.omd), "dar": int(item.dar), "data": plain(item.data), "get": plain(item.read)}


@body.register
def _(apdu: action.ActionNormalRequest) -> Any:
    return plain(apdu.action)


@body.register(action.ActionListRequest)
@body.register(action.ActionThenGetRequest)
def _(apdu: action.ActionListRequest | action.ActionThenGetRequest) -> Plain:
    return {"list": plain(apdu.actions)}


@body.register(report.ReportTransNotification)
def _(apdu: report.ReportTransNotification) -> Plain:
    return {"port": str(apdu.port), "list": plain(apdu.frames)}


@body.register(report.ReportListResponse)
@body.register(report.ReportRecordResponse)
def _(apdu: report.ReportListResponse | report.ReportRecordResponse) -> Plain:
    return {"oads": plain(apdu.oads)}


@plain.register
def _(item: proxy.Target) -> Plain:  # type: ignore[type-arg]  # dispatch is on the bare class
    return {"tsa": plain(item.server), "timeout_s": item.timeout, "items": plain(item.items)}


@plain.register
def _(item: proxy.TargetResult) -> Plain:  # type: ignore[type-arg]  # dispatch is on the bare class
    return {"tsa": plain(item.server), "items": plain(item.items)}


@body.register
def _(apdu: proxy.ProxyRequest) -> Plain:
    match apdu:
        case proxy.ProxyGetRecordRequest():
            shown: Plain = {"timeout_s": apdu.timeout, "tsa": plain(apdu.server), **plain(apdu.record)}
        case proxy.ProxyTransRequest():
            shown = {
                "port": str(apdu.port),
                "comdcb": plain(apdu.settings),
                "wait_frame_s": apdu.frame_wait,
                "wait_byte_ms": apdu.byte_wait,
                "bytes": plain(apdu.frame),
            }
        case _:
            listed: Any = apdu
            shown = {"timeout_s": listed.timeout, "list": plain(listed.targets)}
    return shown


@body.register
def _(apdu: proxy.ProxyResponse) -> Plain:
    match apdu:
        case proxy.ProxyGetRecordResponse():
            shown: Plain = {"tsa": plain(apdu.server), **plain(apdu.record)}
        case proxy.ProxyTransResponse():
            shown = {"port": str(apdu.port), "dar" if isinstance(apdu.result, Dar) else "bytes": plain(apdu.result)}
        case _:
            listed: Any = apdu
            shown = {"list": plain(listed.results)}
    return shown


_SECURED = (security.SecurityRequest, security.SecurityResponse)


def _security(apdu: security.SecurityRequest | security.SecurityResponse, opened: bool) -> Plain:
    shown: Plain
    if isinstance(apdu.data, Dar):
        shown = {"cipher": 2, "dar": int(apdu.data)}
    elif isinstance(apdu.data, security.Ciphertext):
        shown = {"cipher": 1, "inner_hex": plain(apdu.data.octets)}
    else:
        shown = {"cipher": 0, "inner_hex": plain(apdu.data.apdu)}
        if not opened:
            shown |= _inner(apdu.data.apdu)
    proof = apdu.verification
    return shown | (_proof(proof) if isinstance(apdu, security.SecurityRequest) else {"verify": _answer_proof(proof)})


def _inner(octets: bytes) -> Plain:
    try:
        return {"inner": plain_apdu(parse_apdu(octets), opened=True)}
    except ProtocolError as problem:
        return {"inner_error": str(problem)}


def _proof(proof: object) -> Plain:
    match proof:
        case security.RandomNumber(rn):
            return {"verify": 1, "rn": plain(rn)}
        case security.RandomNumberMac(rn, mac):
            return {"verify": 2, "rn": plain(rn), "mac": plain(mac)}
        case SID():
            return {"verify": 3, "sid": plain(proof)}
        case _:
            return {"verify": 0, **plain(proof)}


def _answer_proof(proof: object) -> Plain | None:
    shown: Plain | None = {"mac": plain(proof.mac)} if isinstance(proof, security.Mac) else plain(proof)
    return shown
