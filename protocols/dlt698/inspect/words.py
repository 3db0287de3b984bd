"""What is said in English and in Chinese: services, kinds, fields of every layout (DL/T 698.45-2017)."""

from protocols.dissection import NOTHING, Words
from protocols.dlt698.apdu.common import Apdu

SERVICES: dict[str, Words] = {
    "LINK-Request": Words("LINK-Request", "预连接请求"),
    "LINK-Response": Words("LINK-Response", "预连接响应"),
    "CONNECT-Request": Words("CONNECT-Request", "建立应用连接请求"),
    "CONNECT-Response": Words("CONNECT-Response", "建立应用连接响应"),
    "RELEASE-Request": Words("RELEASE-Request", "断开应用连接请求"),
    "RELEASE-Response": Words("RELEASE-Response", "断开应用连接响应"),
    "RELEASE-Notification": Words("RELEASE-Notification", "断开应用连接通知"),
    "GET-Request": Words("GET-Request", "读取请求"),
    "GET-Response": Words("GET-Response", "读取响应"),
    "SET-Request": Words("SET-Request", "设置请求"),
    "SET-Response": Words("SET-Response", "设置响应"),
    "ACTION-Request": Words("ACTION-Request", "操作请求"),
    "ACTION-Response": Words("ACTION-Response", "操作响应"),
    "REPORT-Notification": Words("REPORT-Notification", "上报通知"),
    "REPORT-Response": Words("REPORT-Response", "上报应答"),
    "PROXY-Request": Words("PROXY-Request", "代理请求"),
    "PROXY-Response": Words("PROXY-Response", "代理响应"),
    "SECURITY-Request": Words("SECURITY-Request", "安全请求"),
    "SECURITY-Response": Words("SECURITY-Response", "安全响应"),
    "ERROR-Response(client)": Words("ERROR-Response(client)", "客户机异常响应"),
    "ERROR-Response(server)": Words("ERROR-Response(server)", "服务器异常响应"),
}
"""Services by the names that APDUs have for them."""

KINDS: dict[str, Words] = {
    "Normal": Words("one object", "单个对象"),
    "List": Words("several objects", "若干对象"),
    "Record": Words("a record table", "记录型对象"),
    "RecordList": Words("several record tables", "若干记录型对象"),
    "Next": Words("next block", "下一数据块"),
    "Md5": Words("MD5 of an object", "对象MD5"),
    "ThenGet": Words("several, then read", "操作后读取"),
    "Trans": Words("frame forwarded as it is", "透明转发"),
    "GetList": Words("read several objects", "读取若干对象"),
    "GetRecord": Words("read a record table", "读取记录型对象"),
    "SetList": Words("set several objects", "设置若干对象"),
    "SetThenGetList": Words("set several, then read", "设置后读取"),
    "ActionList": Words("several methods", "操作若干方法"),
    "ActionThenGetList": Words("several methods, then read", "操作后读取"),
}
"""Kinds by what of the class's name is neither its service nor its direction."""

PARTS: dict[str, Words] = {
    "wakeup": Words("wake-up", "前导字节"),
    "skipped": Words("skipped", "跳过"),
    "start": Words("start", "起始字符"),
    "length": Words("length L", "长度域"),
    "control": Words("control C", "控制域"),
    "af": Words("address flag AF", "地址标志"),
    "sa": Words("server address SA", "服务器地址"),
    "client": Words("client address CA", "客户机地址"),
    "hcs": Words("header check HCS", "帧头校验"),
    "user_data": Words("user data", "链路用户数据"),
    "fragment": Words("fragment word", "分帧格式域"),
    "piece": Words("piece of an APDU", "分帧数据"),
    "fcs": Words("frame check FCS", "帧校验"),
    "end_byte": Words("end", "结束字符"),
    "trailing": Words("left over", "多余"),
    "unread": Words("not read", "未解析"),
    "service": Words("service", "服务"),
    "kind": Words("kind", "类型"),
    "piid": Words("PIID", "服务序号-优先级"),
    "piid_acd": Words("PIID-ACD", "服务序号-优先级-ACD"),
    "follow": Words("FollowReport", "跟随上报"),
    "timetag": Words("TimeTag", "时间标签"),
    "sent": Words("sent", "发送时标"),
    "allowed": Words("allowed delay", "允许传输延时"),
    "oad": Words("attribute OAD", "对象属性"),
    "oads": Words("attributes OAD", "对象属性"),
    "omd": Words("method OMD", "对象方法"),
    "result": Words("result", "结果"),
    "results": Words("results", "结果"),
    "record": Words("record", "记录"),
    "records": Words("records", "记录"),
    "columns": Words("columns RCSD", "列选择"),
    "rows": Words("rows RSD", "行选择"),
    "table_rows": Words("rows", "记录行"),
    "dar": Words("result DAR", "访问结果"),
    "value": Words("value", "数值"),
    "element": Words("element", "元素"),
    "member": Words("member", "成员"),
    "parameter": Words("parameter", "参数"),
    "data": Words("data", "数据"),
    "read": Words("then read", "随后读取"),
    "delay": Words("delay", "延时"),
    "last": Words("last block", "末块标志"),
    "Selector9.last": Words("n-th last", "上第n次"),
    "Selector10.last": Words("last n", "上n次"),
    "block": Words("block number", "数据块序号"),
    "content": Words("content", "块内容"),
    "setting": Words("setting", "设置"),
    "settings": Words("settings", "设置"),
    "action": Words("action", "操作"),
    "actions": Words("actions", "操作"),
    "timeout": Words("time-out", "超时时间"),
    "targets": Words("meters", "目标服务器"),
    "server": Words("meter TSA", "目标服务器地址"),
    "items": Words("objects", "对象"),
    "port": Words("port", "通信端口"),
    "ProxyTransRequest.settings": Words("port settings COMDCB", "端口通信控制块"),
    "frame_wait": Words("wait for the answer", "接收等待报文超时"),
    "byte_wait": Words("wait between bytes", "接收等待字节超时"),
    "frame": Words("frame", "报文"),
    "frames": Words("frames", "报文"),
    "octets": Words("octets", "数据长度"),
    "period": Words("heartbeat period", "心跳周期"),
    "LinkRequest.request": Words("request type", "请求类型"),
    "LinkRequest.time": Words("sent T1", "请求时间"),
    "verdict": Words("result", "结果"),
    "requested": Words("request sent T1", "请求时间"),
    "received": Words("request received T2", "收到时间"),
    "responded": Words("answer sent T3", "响应时间"),
    "established": Words("association since", "连接建立时间"),
    "server_time": Words("server's time", "服务器当前时间"),
    "error": Words("error", "异常"),
    "factory": Words("maker's version", "厂商版本信息"),
    "conformance": Words("conformance", "一致性"),
    "version": Words("protocol version", "协议版本"),
    "protocol": Words("protocol conformance", "协议一致性块"),
    "function": Words("function conformance", "功能一致性块"),
    "limits": Words("sizes", "收发尺寸"),
    "send_frame": Words("most bytes sent", "发送帧最大尺寸"),
    "receive_frame": Words("most bytes received", "接收帧最大尺寸"),
    "window": Words("window", "接收帧最大窗口"),
    "apdu": Words("largest APDU", "最大可处理APDU尺寸"),
    "mechanism": Words("authentication", "认证请求机制"),
    "password": Words("password", "密码"),
    "ciphertext": Words("ciphertext", "密文"),
    "signature": Words("signature", "签名"),
    "ConnectResponse.security": Words("server's authentication", "认证附加信息"),
    "rn": Words("random number RN", "随机数"),
    "SecurityRequest.data": Words("form", "数据形式"),
    "SecurityResponse.data": Words("form", "数据形式"),
    "Plaintext.apdu": Words("APDU in clear", "明文APDU"),
    "Ciphertext.octets": Words("ciphertext", "密文"),
    "verification": Words("verification", "验证信息"),
    "sid": Words("security identifier SID", "安全标识"),
    "identifier": Words("SID identifier", "标识"),
    "SID.data": Words("SID attached data", "附加数据"),
    "mac": Words("MAC", "消息鉴别码"),
    "conditions": Words("conditions", "条件"),
    "time": Words("time", "时间"),
    "end": Words("to", "终止"),
    "Selector2.start": Words("from", "起始"),
    "Selector6.start": Words("from", "起始"),
    "Selector7.start": Words("from", "起始"),
    "Selector8.start": Words("from", "起始"),
    "Region.start": Words("from", "起始"),
    "Region.kind": Words("interval", "区间类型"),
    "interval": Words("step", "间隔"),
    "meters": Words("meters MS", "电能表集合"),
    "types": Words("user types", "用户类型"),
    "addresses": Words("addresses", "用户地址"),
    "numbers": Words("archive numbers", "配置序号"),
    "regions": Words("ranges", "区间"),
    "ROAD.oads": Words("linked OADs", "关联对象属性"),
}
"""What the parts of a frame and the fields of layouts are called; ``Class.field`` goes before ``field``."""

_ERRORS = {
    1: Words("the APDU cannot be read", "APDU无法解析"),
    2: Words("the service is not there", "服务不支持"),
    255: Words("other", "其他"),
}
CODES: dict[str, dict[int, Words]] = {
    "ServerErrorResponse.error": _ERRORS,
    "ClientErrorResponse.error": _ERRORS,
    "ReleaseResponse.result": {0: Words("done", "成功")},
    "ConnectResponse.result": {
        0: Words("allowed", "允许建立应用连接"),
        1: Words("wrong password", "密码错误"),
        2: Words("symmetric decryption error", "对称解密错误"),
        3: Words("asymmetric decryption error", "非对称解密错误"),
        4: Words("signature wrong", "签名错误"),
        5: Words("version mismatch", "协议版本不匹配"),
        255: Words("other", "其他"),
    },
    "Region.kind": {
        0: Words("[from, to)", "前闭后开"),
        1: Words("(from, to]", "前开后闭"),
        2: Words("[from, to]", "前闭后闭"),
        3: Words("(from, to)", "前开后开"),
    },
}
"""What the numbers of fields mean, by class and field."""

UNITS: dict[str, Words] = {
    "timeout": Words("s", "秒"),
    "delay": Words("s", "秒"),
    "period": Words("s", "秒"),
    "frame_wait": Words("s", "秒"),
    "byte_wait": Words("ms", "毫秒"),
    "send_frame": Words("bytes", "字节"),
    "receive_frame": Words("bytes", "字节"),
    "apdu": Words("bytes", "字节"),
}
"""Units of the plain numbers of layouts."""

FAULTS: dict[str, Words] = {
    "bad_start": Words("no start byte 68H", "缺少起始字符"),
    "bad_length": Words("length is out of range", "长度错误"),
    "bad_hcs": Words("header check HCS wrong", "帧头校验错"),
    "bad_fcs": Words("frame check FCS wrong", "帧校验错"),
    "bad_end": Words("end byte is not 16H", "结束字符错"),
    "trailing_bytes": Words("bytes are left over", "多余字节"),
    "truncated": Words("cut off", "数据不完整"),
    "unknown_tag": Words("no service has this tag", "未定义的服务"),
    "unknown_kind": Words("the service has no such kind", "未定义的服务类型"),
    "bad_type": Words("reserved data type", "未定义的数据类型"),
    "bad_choice": Words("no such alternative", "未定义的选择"),
    "bad_count": Words("count does not fit", "数目不符"),
    "too_deep": Words("data nest too deep", "嵌套过深"),
}
"""What is said for the machine word of a fault."""


def part_name(name: str, around: str = "") -> Words:
    """Name of a part of a frame or of the field of a layout; ``around`` is the class that the field belongs to."""
    return PARTS.get(f"{around}.{name}") or PARTS.get(name) or Words(name.replace("_", " "))


def service_name(service: str) -> Words:
    """Name of a service."""
    return SERVICES.get(service, Words(service))


def kind_name(cls: type[Apdu]) -> Words:
    """Name of a kind of a service."""
    head = cls.service.partition("-")[0].capitalize()
    stem = cls.__name__.removeprefix(head)
    for ending in ("Request", "Response", "Notification"):
        stem = stem.removesuffix(ending)
    return KINDS.get(stem, Words(stem))


ELEMENTS: dict[str, Words] = {
    "columns": Words("column", "列"),
    "oads": Words("attribute OAD", "对象属性"),
    "addresses": Words("address", "地址"),
    "frames": Words("frame", "报文"),
    "types": Words("user type", "用户类型"),
    "numbers": Words("archive number", "配置序号"),
    "items": Words("object", "对象"),
}
"""What one of the elements of a sequence is called."""


def element_name(name: str, usual: Words) -> Words:
    """Name of an element by the name of its sequence."""
    return ELEMENTS.get(name, usual)


def code_name(number: object, name: str, around: type) -> Words:
    """Say what a number of a field means, nothing where it means itself."""
    return CODES.get(f"{around.__name__}.{name}", {}).get(number, NOTHING) if isinstance(number, int) else NOTHING


def numbered(name: Words, number: int) -> Words:
    """Name of one of several."""
    return name.then(Words(str(number)))
