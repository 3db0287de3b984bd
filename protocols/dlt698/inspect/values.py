"""Values of layouts in words, in English and Chinese."""

from dataclasses import fields, is_dataclass
from functools import singledispatch
from typing import Any

from protocols.dissection import NOTHING, Words, counted, listed
from protocols.dlt698.apdu import connect
from protocols.dlt698.apdu.common import Piid, TimeTag
from protocols.dlt698.apdu.link import LinkKind, LinkResult, Verdict
from protocols.dlt698.inspect.meaning import name_of
from protocols.dlt698.inspect.plain import plain, type_name
from protocols.dlt698.objects.units import UNITS
from protocols.dlt698.values import selection
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import OAD, OMD, ROAD, SID, TI, TSA, ComDcb, ScalerUnit, SidMac, TimeUnit
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.value import DataType, Value

_TI_UNITS: dict[int, Words] = {
    TimeUnit.SECOND: Words("s", "秒"),
    TimeUnit.MINUTE: Words("min", "分"),
    TimeUnit.HOUR: Words("h", "时"),
    TimeUnit.DAY: Words("d", "日"),
    TimeUnit.MONTH: Words("months", "月"),
    TimeUnit.YEAR: Words("years", "年"),
}
_LINK_KINDS = {
    LinkKind.LOGIN: Words("login", "登录"),
    LinkKind.HEARTBEAT: Words("heartbeat", "心跳"),
    LinkKind.LOGOUT: Words("logout", "退出登录"),
}
_LINK_RESULTS: dict[int, Words] = {
    LinkResult.SUCCESS: Words("success", "成功"),
    LinkResult.ADDRESS_DUPLICATE: Words("address is there twice", "地址重复"),
    LinkResult.ILLEGAL_DEVICE: Words("illegal device", "非法设备"),
    LinkResult.CAPACITY_FULL: Words("capacity is full", "容量不足"),
}
_BAUD = (300, 600, 1200, 2400, 4800, 7200, 9600, 19200, 38400, 57600, 115200)
_PARITY = {
    0: ("N", Words("no parity", "无校验")),
    1: ("O", Words("odd parity", "奇校验")),
    2: ("E", Words("even parity", "偶校验")),
}
_WEEKDAYS = (
    Words("Sunday", "星期日"),
    Words("Monday", "星期一"),
    Words("Tuesday", "星期二"),
    Words("Wednesday", "星期三"),
    Words("Thursday", "星期四"),
    Words("Friday", "星期五"),
    Words("Saturday", "星期六"),
)
_NOT_GIVEN = Words("not given", "未指定")
_MECHANISMS = {
    connect.NullSecurity: Words("none, public access", "公共连接"),
    connect.PasswordSecurity: Words("password", "一般密码"),
    connect.SymmetricSecurity: Words("symmetric encryption", "对称加密"),
    connect.SignatureSecurity: Words("digital signature", "数字签名"),
}
_TYPES = {
    DataType.NULL: "空",
    DataType.ARRAY: "数组",
    DataType.STRUCTURE: "结构",
    DataType.BIT_STRING: "位串",
    DataType.OCTET_STRING: "字节串",
    DataType.VISIBLE_STRING: "字符串",
    DataType.ENUM: "枚举",
}
_LONGEST = 32
"""Octets that are written out; of more, which stand beside their place anyway, only the number is told."""
_TEXTS = frozenset({DataType.VISIBLE_STRING, DataType.UTF8_STRING})


def type_words(kind: DataType) -> Words:
    """Name of a data type."""
    return Words(type_name(kind), _TYPES.get(kind, ""))


def tell_value(value: Value) -> Words:
    """Say what one Data holds that is no array and no structure; without knowing what it is about."""
    if value.type is DataType.NULL:
        return Words("NULL, no value", "空,无数据")
    if value.type is DataType.BOOL:
        return Words("true", "真") if value.value else Words("false", "假")
    if value.type is DataType.OI:
        return Words(f"{value.value:04X}")
    if value.type in _TEXTS:
        return Words(f'"{_printable(value.value)}"')
    if value.elements or value.type in {DataType.ARRAY, DataType.STRUCTURE}:
        return listed([tell_value(element) for element in value.elements]) or Words("none", "无")
    return tell(value.value)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else f"\\x{ord(character):02X}" for character in text)


@singledispatch
def tell(value: Any) -> Words:
    """Say what a value of a layout is; of a selection or set which it is, and what is in it."""
    if is_dataclass(value):
        told = [tell(getattr(value, field.name)) for field in fields(value)]
        return listed([alternative(type(value)), listed(told)], " ")
    return Words(str(value))


@tell.register
def _(_value: None) -> Words:
    return Words("absent", "无")


@tell.register
def _(value: bool) -> Words:
    return Words("yes", "是") if value else Words("no", "否")


@tell.register
def _(value: bytes) -> Words:
    if len(value) > _LONGEST:
        return counted(len(value), "bytes", "字节")
    return Words(value.hex().upper()) if value else Words("empty", "空")


@tell.register
def _(value: tuple) -> Words:  # type: ignore[type-arg]  # dispatch is on the bare class
    return listed([tell(each) for each in value]) or Words("none", "无")


@tell.register
def _(value: Value) -> Words:
    return tell_value(value)


@tell.register
def _(value: Dar) -> Words:
    return Words(f"DAR {int(value)}").then(Words(value.name.lower().replace("_", " "), value.chinese))


@tell.register(OAD)
@tell.register(OMD)
def _(value: OAD | OMD) -> Words:
    return Words(str(value)).then(name_of(value)) if name_of(value) else Words(str(value))


@tell.register
def _(value: ROAD) -> Words:
    return tell(value.oad).then(tell(value.oads), ": ")


@tell.register
def _(value: TI) -> Words:
    unit = _TI_UNITS.get(value.unit) or Words(f"unit {value.unit}", f"单位{value.unit}")
    return Words(str(value.interval)).then(unit)


@tell.register
def _(value: TSA) -> Words:
    return Words(value.digits) if value.digits else Words("no address", "无地址")


@tell.register
def _(value: ScalerUnit) -> Words:
    return Words(f"10^{value.scaler} {UNITS.get(value.unit, '')}".rstrip())


@tell.register
def _(value: ComDcb) -> Words:
    baud = f"{_BAUD[value.baud]} bit/s" if value.baud < len(_BAUD) else f"rate {value.baud}"
    letter, parity = _PARITY.get(value.parity, ("?", Words(f"parity {value.parity}", f"校验{value.parity}")))
    return listed([Words(baud), Words(f"{value.bits}{letter}{value.stop}"), parity])


@tell.register
def _(value: DateTimeS) -> Words:
    return Words(str(plain(value)).replace("T", " ")) if plain(value) else _NOT_GIVEN


@tell.register
def _(value: DateTime) -> Words:
    fields = [value.year, value.month, value.day, value.hour, value.minute, value.second]
    if all(field is None for field in fields):
        return _NOT_GIVEN
    moment = DateTimeS(value.year, value.month, value.day, value.hour, value.minute, value.second)
    thousandth = "" if value.millisecond is None else f".{value.millisecond:03d}"
    return listed([Words(f"{tell(moment).en}{thousandth}"), _weekday(value.weekday)])


@tell.register
def _(value: Date) -> Words:
    parts = (("04", value.year), ("02", value.month), ("02", value.day))
    shown = "-".join("*" if part is None else format(part, width) for width, part in parts)
    return listed([Words(shown), _weekday(value.weekday)])


@tell.register
def _(value: Time) -> Words:
    return Words(":".join("*" if part is None else f"{part:02d}" for part in (value.hour, value.minute, value.second)))


def link_result(number: int) -> Words:
    """Say how a login or heartbeat was taken."""
    return _LINK_RESULTS.get(number) or Words(f"result {number}", f"结果{number}")


def _weekday(number: int | None) -> Words:
    if number is None:
        return NOTHING
    return _WEEKDAYS[number] if number < len(_WEEKDAYS) else Words(f"weekday {number}", f"星期{number}")


@tell.register
def _(value: Piid) -> Words:
    marks = [Words("high priority", "高优先级")] if value.high else []
    marks += [Words("the server has events to be read", "请求访问")] if value.acd else []
    return listed([Words(str(value.number)), *marks])


@tell.register
def _(value: TimeTag) -> Words:
    return listed([tell(value.sent), tell(value.allowed)])


@tell.register
def _(value: LinkKind) -> Words:
    return _LINK_KINDS[value]


@tell.register
def _(value: Verdict) -> Words:
    trusted, not_trusted = Words("clock can be trusted", "时钟可信"), Words("clock not trusted", "时钟不可信")
    return listed([link_result(value.result), trusted if value.clock_trusted else not_trusted])


@tell.register
def _(value: SID) -> Words:
    return listed([tell(value.identifier), tell(value.data)], " ")


@tell.register
def _(value: SidMac) -> Words:
    return listed([tell(value.sid), tell(value.mac)], ", MAC ")


@tell.register(selection.NoMeters)
def _(_value: selection.NoMeters) -> Words:
    return Words("no meter", "无电能表")


@tell.register(selection.AllMeters)
def _(_value: selection.AllMeters) -> Words:
    return Words("all meters", "全部电能表")


@tell.register(selection.AllRows)
def _(_value: selection.AllRows) -> Words:
    return Words("not selected", "不选择")


@tell.register(connect.NullSecurity)
def _(_value: connect.NullSecurity) -> Words:
    return _MECHANISMS[connect.NullSecurity]


def alternative(cls: Any) -> Words:
    """Say which alternative of a choice a class is; nothing where nothing more than its fields is to be said."""
    return _MECHANISMS.get(cls) or _ALTERNATIVES.get(getattr(cls, "__name__", ""), NOTHING)


_ALTERNATIVES = {
    "Value": Words("data", "数据"),
    "Dar": Words("error", "错误"),
    "OAD": Words("one attribute", "对象属性"),
    "ROAD": Words("columns of a table", "记录型对象属性"),
    "bytes": Words("data", "数据"),
    "tuple": Words("rows", "记录"),
    "NormalBlock": Words("attributes", "对象属性"),
    "RecordBlock": Words("records", "记录型对象"),
    "FollowNormal": Words("attributes", "对象属性"),
    "FollowRecord": Words("records", "记录型对象"),
    "Plaintext": Words("in clear", "明文"),
    "Ciphertext": Words("encrypted", "密文"),
    "SidMac": Words("SID and MAC", "安全标识及MAC"),
    "SID": Words("SID", "安全标识"),
    "RandomNumber": Words("random number RN", "随机数"),
    "RandomNumberMac": Words("random number and MAC", "随机数及MAC"),
    "Mac": Words("MAC", "消息鉴别码"),
    "UserTypes": Words("by user type", "按用户类型"),
    "MeterAddresses": Words("by address", "按用户地址"),
    "ConfigNumbers": Words("by archive number", "按配置序号"),
    "UserTypeRegions": Words("by ranges of user types", "按用户类型区间"),
    "AddressRegions": Words("by ranges of addresses", "按用户地址区间"),
    "ConfigNumberRegions": Words("by ranges of archive numbers", "按配置序号区间"),
    "Selector1": Words("column equals", "列等于"),
    "Selector2": Words("column from … to", "列区间"),
    "Selector3": Words("several conditions", "多个条件"),
    "Selector4": Words("by collection start time", "按采集启动时间"),
    "Selector5": Words("by collection storage time", "按采集存储时间"),
    "Selector6": Words("by collection start time, from … to", "按采集启动时间区间"),
    "Selector7": Words("by collection storage time, from … to", "按采集存储时间区间"),
    "Selector8": Words("by collection success time, from … to", "按采集成功时间区间"),
    "Selector9": Words("the n-th last record", "上第n次记录"),
    "Selector10": Words("the last n records", "上n次记录"),
}
