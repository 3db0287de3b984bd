"""Status words of a meter: what relay, protection and reporting bits say (2014, 2040, 2041, 8000).

Bit 0 is the first of the bit-string. Two-bit fields (supply, kind of meter) differ between makers and are not
interpreted.
"""

from dataclasses import dataclass

from protocols.dlt698.values.value import DataType, Value

BITS = {
    1: {
        1: "demand mode interval 需量积算方式",
        2: "clock battery low 时钟电池欠压",
        3: "reading battery low 停抄电池欠压",
        4: "active direction reverse 有功功率方向反",
        5: "reactive direction reverse 无功功率方向反",
        8: "control loop error 控制回路错误",
        9: "ESAM error ESAM错误",
        12: "program error 内部程序错误",
        13: "memory fault 存储器故障",
        14: "overdraft 透支",
        15: "clock fault 时钟故障",
    },
    3: {
        0: "second schedule set 第二套时段",
        3: "programming allowed 编程允许",
        4: "relay open 继电器断开",
        5: "second season set 第二套时区",
        6: "trip commanded 继电器命令跳闸",
        7: "pre-trip alarm 预跳闸报警",
        10: "second tariff set 第二套费率",
        11: "second step set 第二套阶梯",
        12: "supply protection 保电",
        13: "authentication valid 身份认证有效",
        14: "local account not opened 本地开户未完成",
        15: "remote account not opened 远程开户未完成",
    },
    7: {
        0: "voltage sequence 电压逆相序",
        1: "current sequence 电流逆相序",
        2: "voltage unbalance 电压不平衡",
        3: "current unbalance 电流不平衡",
        4: "auxiliary supply lost 辅助电源失电",
        5: "power down 掉电",
        6: "demand over limit 需量超限",
        7: "power factor low 总功率因数超下限",
        8: "severe current unbalance 电流严重不平衡",
        9: "meter cover open 开表盖",
        10: "terminal cover open 开端钮盖",
    },
}  # by number of the word in 20140200

_STATUS_BITS = 16
_OPEN, _COMMAND, _ALARM, _PROTECTED, _REMOTE_UNOPENED = 4, 6, 7, 12, 15  # bits of word 3


@dataclass(frozen=True, slots=True)
class RelayWord:
    """Status word 3 (20140203) as far as fee control reads it."""

    is_open: bool
    trip_commanded: bool
    alarm: bool
    protected: bool
    remote_account_opened: bool


def set_bits(value: Value) -> tuple[int, ...] | None:
    """Numbers of the bits that are 1; None if the value is no bit-string."""
    if value.type is not DataType.BIT_STRING:
        return None
    return tuple(number for number, bit in enumerate(value.value) if bit == "1")


def relay_word(value: Value) -> RelayWord | None:
    """Read status word 3; None if it is no bit-string of 16 bits: NULL, or another type than expected."""
    bits = set_bits(value)
    if bits is None or len(value.value) < _STATUS_BITS:
        return None
    return RelayWord(
        is_open=_OPEN in bits,
        trip_commanded=_COMMAND in bits,
        alarm=_ALARM in bits,
        protected=_PROTECTED in bits,
        remote_account_opened=_REMOTE_UNOPENED not in bits,
    )
