"""What an APDU says, in one line."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import singledispatch
from typing import Any

from protocols.dissection import NOTHING, Words, counted, listed
from protocols.dlt698.apdu import action, connect, get, link, proxy, security
from protocols.dlt698.apdu import set as setting
from protocols.dlt698.apdu.common import Apdu, FollowNormal, FollowRecord, GetRecord, ResultNormal, ResultRecord
from protocols.dlt698.inspect.meaning import item_of, name_of, tell_item
from protocols.dlt698.inspect.values import alternative, tell, tell_value
from protocols.dlt698.inspect.words import code_name, service_name
from protocols.dlt698.objects import Item
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import CSD, OAD, OMD, TSA
from protocols.dlt698.values.value import DataType, Value

_FEW = 4
"""Objects that fit one line."""
_MANY = 12
"""Values of one object that fit one line."""
_TAIL = {"follow", "timetag"}
_NO_ROWS = Words("no rows", "无记录")


def gist_of(apdu: Apdu) -> Words:
    """Say what service it is and what it is about."""
    names = sorted((field.name for field in fields(apdu)), key=_TAIL.__contains__)
    told = listed([_block(apdu), *(_field(apdu, name) for name in names)], "; ")
    return listed([service_name(apdu.service), told], " | ")


def _block(apdu: Apdu) -> Words:
    """Say which block of a long answer it is or asks for."""
    match apdu:
        case get.GetNextRequest(block=block):
            return Words(f"the block after {block}", f"第{block}块之后")
        case get.GetNextResponse(block=block, last=last):
            more = Words("the last", "末块") if last else Words("more follows", "后续有块")
            return listed([Words(f"block {block}", f"第{block}块"), more])
        case _:
            return NOTHING


def _field(apdu: Apdu, name: str) -> Words:
    value = getattr(apdu, name)
    return code_name(value, name, type(apdu)) or gist(value)


def result_of(about: CSD | OMD, value: Value | Dar) -> Words:
    """Say what came of an object: its value by the dictionary, or why there is none."""
    if isinstance(value, Dar):
        return tell(value)
    told = list(_values(item_of(about, value)))
    return counted(len(told), "values", "个数值") if len(told) > _MANY else listed(told) or Words("none", "无")


def _values(item: Item) -> Iterator[Words]:
    """Tell the leaves of a value, those of a structure with their names."""
    if item.raw.type not in {DataType.ARRAY, DataType.STRUCTURE}:
        yield tell_item(item) or tell_value(item.raw)
    for member in item.members:
        has_name = item.raw.type is DataType.STRUCTURE and not member.members
        name = [Words(member.name, member.chinese)] if has_name else []
        for told in _values(member):
            yield listed([*name, told], " ")


def _few(told: Sequence[Words]) -> Words:
    more = [Words(f"+{len(told) - _FEW}")] if len(told) > _FEW else []
    return listed([*told[:_FEW], *more], "; ")


@singledispatch
def gist(value: Any) -> Words:
    """Say what one field of an APDU tells in a line; most tell nothing there."""
    del value
    return NOTHING


@gist.register
def _(value: tuple) -> Words:  # type: ignore[type-arg]  # dispatch is on the bare class
    return _few([gist(item) for item in value])


@gist.register(OAD)
@gist.register(OMD)
def _(value: OAD | OMD) -> Words:
    return Words(str(value)).then(name_of(value))


@gist.register(Dar)
@gist.register(TSA)
@gist.register(link.LinkKind)
@gist.register(link.Verdict)
def _(value: Any) -> Words:
    return tell(value)


@gist.register
def _(value: ResultNormal) -> Words:
    return gist(value.oad).then(result_of(value.oad, value.result), " = ")


@gist.register
def _(value: ResultRecord) -> Words:
    table = gist(value.oad)
    if isinstance(value.result, Dar):
        return table.then(tell(value.result), ": ")
    if not value.result:
        return table.then(_NO_ROWS, ": ")
    if len(value.result) > 1:
        return table.then(counted(len(value.result), "rows", "条记录"), ": ")
    cells = zip(value.columns, value.result[0], strict=True)
    told = [name_of(column).then(result_of(column, cell), " = ") for column, cell in cells]
    return table.then(_few(told), ": ")


@gist.register
def _(value: GetRecord) -> Words:
    return listed([gist(value.oad), tell(value.rows)])


@gist.register(setting.Setting)
@gist.register(setting.SetThenGet)
def _(value: setting.Setting | setting.SetThenGet) -> Words:
    return gist(value.oad).then(result_of(value.oad, value.value), " := ")


@gist.register(setting.SetResult)
@gist.register(setting.SetThenGetResult)
def _(value: setting.SetResult | setting.SetThenGetResult) -> Words:
    read = gist(value.read) if isinstance(value, setting.SetThenGetResult) else NOTHING
    return listed([gist(value.oad).then(tell(value.dar), ": "), read], ", ")


@gist.register(action.Action)
@gist.register(action.ActionThenGet)
def _(value: action.Action | action.ActionThenGet) -> Words:
    if value.parameter.type is DataType.NULL:
        return gist(value.omd)
    return gist(value.omd).then(result_of(value.omd, value.parameter), ": ")


@gist.register(action.ActionResult)
@gist.register(action.ActionThenGetResult)
def _(value: action.ActionResult | action.ActionThenGetResult) -> Words:
    read = gist(value.read) if isinstance(value, action.ActionThenGetResult) else NOTHING
    return listed([gist(value.omd).then(tell(value.dar), ": "), read], ", ")


@gist.register(FollowNormal)
@gist.register(FollowRecord)
def _(value: FollowNormal | FollowRecord) -> Words:
    return Words("follows", "跟随上报").then(gist(value.results), ": ")


@gist.register(proxy.Target)
@gist.register(proxy.TargetResult)
def _(value: Any) -> Words:
    return tell(value.server).then(gist(value.items), ": ")


@gist.register(get.NormalBlock)
@gist.register(get.RecordBlock)
def _(value: get.NormalBlock | get.RecordBlock) -> Words:
    return gist(value.results)


@gist.register(security.Plaintext)
@gist.register(security.Ciphertext)
@gist.register(connect.PasswordSecurity)
@gist.register(connect.SymmetricSecurity)
@gist.register(connect.SignatureSecurity)
def _(value: Any) -> Words:
    return alternative(type(value))


@gist.register(bytes)
def _(value: bytes) -> Words:
    return counted(len(value), "bytes", "字节")
