"""What functions are called, in English and Chinese, DL/T 645-2007, table 3."""

from protocols.dlt645.control import Control, Function

FUNCTION_NAMES: dict[int, tuple[str, str]] = {
    Function.SECURITY: ("security authentication", "安全认证"),
    Function.BROADCAST_TIME: ("broadcast time", "广播校时"),
    Function.READ: ("read data", "读数据"),
    Function.READ_NEXT: ("read follow-up data", "读后续数据"),
    Function.READ_ADDRESS: ("read address", "读通信地址"),
    Function.WRITE: ("write data", "写数据"),
    Function.WRITE_ADDRESS: ("write address", "写通信地址"),
    Function.FREEZE: ("freeze", "冻结命令"),
    Function.CHANGE_BAUD: ("change baud rate", "更改通信速率"),
    Function.CHANGE_PASSWORD: ("change password", "修改密码"),
    Function.CLEAR_DEMAND: ("clear maximum demand", "最大需量清零"),
    Function.CLEAR_METER: ("clear meter", "电表清零"),
    Function.CLEAR_EVENTS: ("clear events", "事件清零"),
    Function.RELAY: ("relay control, alarm, protection", "跳合闸、报警、保电"),
    Function.OUTPUT: ("multi-function terminal output", "多功能端子输出"),
    Function.READ_1997: ("read data (1997)", "读数据(1997版)"),
}


def function_name(function: int) -> str:
    """Name of a function in both languages."""
    name_en, name_zh = FUNCTION_NAMES.get(function, ("unknown function", "未定义功能"))
    return f"{name_en} {name_zh}"


def kind_of(control: Control) -> str:
    """Say what sort of frame a control byte announces."""
    if not control.from_slave:
        return "request 请求"
    if control.abnormal:
        return "abnormal answer 异常应答"
    return "normal answer, more follows 正常应答,有后续帧" if control.follow else "normal answer 正常应答"


FAULTS = {
    "no_start": "no start byte 68H 缺少起始符",
    "second_start": "no second start byte 68H behind the address 缺少第二个起始符",
    "truncated": "the frame is cut off 帧不完整",
    "checksum": "checksum wrong 校验和错",
    "end_byte": "end byte is not 16H 结束符错",
    "data_length": "length does not fit the function 数据域长度不符",
    "not_bcd": "digits A to F where decimal ones belong 非BCD码",
    "payload_length_does_not_fit_identifier": "length does not fit the identifier 数据长度与标识不符",
}
"""What is said for the machine word of a fault."""

LABELS = {
    "meter_address": "meter 表地址",
    "password_level": "level 密级",
    "password": "password 密码",
    "operator": "operator 操作者代码",
    "n2": "recovery delay 恢复延时",
    "expires_raw": "valid until 有效截止(YYMMDDhhmmss)",
    "hsm_block": "HSM block 密文块",
    "time": "time 时间",
    "freeze_at": "freeze at 冻结时间(MMDDhhmm)",
    "baud_word": "baud word 速率特征字",
    "baud": "baud rate 通信速率",
    "old_level": "old level 原密级",
    "old_password": "old password 原密码",
    "new_level": "new level 新密级",
    "new_password": "new password 新密码",
    "events": "events 事件",
    "output": "signal 输出信号",
    "blocks": "blocks 记录块数",
    "since": "since 起始时间(YYMMDDhhmm)",
    "seq": "part 帧序号",
    "payload": "bytes 数据",
}
"""What is said for the fields of a message that are shown as they are, in the order of the lines."""
