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
