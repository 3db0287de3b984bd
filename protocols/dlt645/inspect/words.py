"""What is said in English and in Chinese: functions, fields, faults, DL/T 645-2007, table 3 and clause 5."""

from protocols.dissection import Words
from protocols.dlt645.wire.control import Control, Function

FUNCTION_NAMES: dict[int, Words] = {
    Function.SECURITY: Words("security authentication", "安全认证"),
    Function.BROADCAST_TIME: Words("broadcast time", "广播校时"),
    Function.READ: Words("read data", "读数据"),
    Function.READ_NEXT: Words("read follow-up data", "读后续数据"),
    Function.READ_ADDRESS: Words("read address", "读通信地址"),
    Function.WRITE: Words("write data", "写数据"),
    Function.WRITE_ADDRESS: Words("write address", "写通信地址"),
    Function.FREEZE: Words("freeze", "冻结命令"),
    Function.CHANGE_BAUD: Words("change baud rate", "更改通信速率"),
    Function.CHANGE_PASSWORD: Words("change password", "修改密码"),
    Function.CLEAR_DEMAND: Words("clear maximum demand", "最大需量清零"),
    Function.CLEAR_METER: Words("clear meter", "电表清零"),
    Function.CLEAR_EVENTS: Words("clear events", "事件清零"),
    Function.RELAY: Words("relay control, alarm, protection", "跳合闸、报警、保电"),
    Function.OUTPUT: Words("multi-function terminal output", "多功能端子输出"),
    0x01: Words("read data (1997)", "读数据(1997版)"),
    0x02: Words("read follow-up data (1997)", "读后续数据(1997版)"),
    0x04: Words("write data (1997)", "写数据(1997版)"),
    0x0A: Words("write address (1997)", "写设备地址(1997版)"),
    0x0C: Words("change baud rate (1997)", "更改通信速率(1997版)"),
    0x0F: Words("change password (1997)", "修改密码(1997版)"),
    0x10: Words("clear maximum demand (1997)", "最大需量清零(1997版)"),
}
_REPEAT_1997 = Words("repeat the last answer (1997)", "重读数据(1997版)")


def function_name(function: int, *, of_1997: bool = False) -> Words:
    """Name of a function; 03H has another meaning in the edition of 1997."""
    if of_1997 and function == Function.SECURITY:
        return _REPEAT_1997
    return FUNCTION_NAMES.get(function, Words("unknown function", "未定义功能"))


def kind_of(control: Control) -> Words:
    """Say what sort of frame a control byte announces."""
    if not control.from_slave:
        return Words("request", "请求")
    if control.abnormal:
        return Words("abnormal answer", "异常应答")
    if control.follow:
        return Words("normal answer, more follows", "正常应答,有后续帧")
    return Words("normal answer", "正常应答")


PARTS: dict[str, Words] = {
    "wakeup": Words("wake-up", "前导字节"),
    "start": Words("start", "起始符"),
    "address": Words("address", "地址"),
    "second_start": Words("second start", "第二起始符"),
    "control": Words("control C", "控制码"),
    "length": Words("length L", "数据域长度"),
    "data": Words("data", "数据"),
    "checksum": Words("check sum CS", "校验码"),
    "end_byte": Words("end", "结束符"),
    "trailing": Words("left over", "多余"),
    "skipped": Words("skipped", "跳过"),
    "refusal": Words("refused", "拒绝"),
    "di": Words("item", "标识"),
    "payload": Words("bytes", "数据"),
    "value": Words("value", "数值"),
    "tail": Words("appended by the model", "厂家扩展"),
    "meter": Words("meter", "表地址"),
    "password": Words("password", "密码"),
    "operator": Words("operator", "操作者代码"),
    "command": Words("command N1", "命令"),
    "delay": Words("recovery delay N2", "恢复延时"),
    "expires": Words("valid until", "有效截止"),
    "block": Words("security module's block", "密文块"),
    "time": Words("time", "时间"),
    "at": Words("freeze at", "冻结时间"),
    "word": Words("baud word", "速率特征字"),
    "old": Words("old password", "原密码"),
    "new": Words("new password", "新密码"),
    "events": Words("events", "事件"),
    "signal": Words("signal", "输出信号"),
    "blocks": Words("blocks", "记录块数"),
    "since": Words("since", "起始时间"),
    "seq": Words("part SEQ", "帧序号"),
    "ciphertext": Words("ciphertext", "密文"),
    "mac": Words("MAC", "消息鉴别码"),
    "random1": Words("random number 1", "随机数1"),
    "random2": Words("random number 2", "随机数2"),
    "esam_no": Words("ESAM number", "ESAM序列号"),
    "factor": Words("dispersion factor", "分散因子"),
    "minutes": Words("valid for", "时效"),
    "customer": Words("customer number", "客户编号"),
    "balance_fen": Words("remaining money", "剩余金额"),
    "amount_fen": Words("amount", "金额"),
    "count": Words("purchase count", "购电次数"),
    "key_state": Words("key state", "密钥状态"),
    "key_info": Words("key information", "密钥信息"),
    "ciphertext1": Words("ciphertext 1", "密文1"),
    "ciphertext2": Words("ciphertext 2", "密文2"),
    "mac1": Words("MAC 1", "消息鉴别码1"),
    "mac2": Words("MAC 2", "消息鉴别码2"),
    "order_no": Words("order number", "订单号"),
    "mode": Words("mode", "模式字"),
    "info": Words("key data", "密钥数据"),
    "descriptor": Words("file descriptor", "文件标识"),
    "mark": Words("end of the block", "数据块结束码"),
}
"""What the parts of a frame and the fields of messages are called."""

FAULTS: dict[str, Words] = {
    "no_start": Words("no start byte 68H", "缺少起始符"),
    "doubled_start": Words("start byte 68H doubled", "起始符重复"),
    "second_start": Words("no second start byte 68H behind the address", "缺少第二个起始符"),
    "truncated": Words("the frame is cut off", "帧不完整"),
    "checksum": Words("checksum wrong", "校验和错"),
    "end_byte": Words("end byte is not 16H", "结束符错"),
    "length": Words("length L is not that of the data", "数据域长度错"),
    "data_length": Words("length does not fit the function", "数据域长度不符"),
    "not_bcd": Words("digits A to F where decimal ones belong", "非BCD码"),
    "not_ascii": Words("no printable character", "非ASCII字符"),
    "maced_length": Words("no data in front of a MAC", "MAC之前无数据"),
    "sealed_length": Words("no whole blocks of 16 bytes with a MAC", "密文不是16字节的整数倍加MAC"),
    "load_record": Words("no load record", "不是负荷记录"),
    "load_record_checksum": Words("check sum of the load record wrong", "负荷记录累加校验码错"),
    "sub_blocks": Words("marks do not part the record into its blocks", "数据块分隔码与记录不符"),
    "payload_length_does_not_fit_identifier": Words("length does not fit the identifier", "数据长度与标识不符"),
}
"""What is said for the machine word of a fault."""


def part_name(name: str) -> Words:
    """Name of a part of a frame or of a message's field; one that has no row here is named by itself."""
    return PARTS.get(name) or Words(name.replace("_", " "))
