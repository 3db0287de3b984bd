"""Mode words (特征字, 模式字) of class 04: what their single bits choose, DL/T 645-2007, annex C."""

from protocols.dlt645.items.named import NamedBit, bits, on, value_of
from protocols.dlt645.items.runstate import NAMES
from protocols.dlt645.items.values import Bits
from protocols.dlt645.wire.di import DI
from protocols.errors import LocalProtocolError

__all__ = ["MODE_WORDS", "bit_names", "mode_flags", "mode_word"]

_WIDTH = 8
_STATE_WORDS = 0x04000500

_REACTIVE = bits(
    (0, "add_q1", "加第一象限"),
    (1, "subtract_q1", "减第一象限"),
    (2, "add_q2", "加第二象限"),
    (3, "subtract_q2", "减第二象限"),
    (4, "add_q3", "加第三象限"),
    (5, "subtract_q3", "减第三象限"),
    (6, "add_q4", "加第四象限"),
    (7, "subtract_q4", "减第四象限"),
)
_BAUD = bits(
    (1, "baud_600", "600bps"),
    (2, "baud_1200", "1200bps"),
    (3, "baud_2400", "2400bps"),
    (4, "baud_4800", "4800bps"),
    (5, "baud_9600", "9600bps"),
    (6, "baud_19200", "19200bps"),
)
_HOURLY = bits(
    (0, "forward_active", "正向有功电能"),
    (1, "reverse_active", "反向有功电能"),
)
_FREEZE = _HOURLY + bits(
    (2, "combined_reactive_1", "组合无功1电能"),
    (3, "combined_reactive_2", "组合无功2电能"),
    (4, "four_quadrants", "四象限无功电能"),
    (5, "forward_demand", "正向有功最大需量及发生时间"),
    (6, "reverse_demand", "反向有功最大需量及发生时间"),
    (7, "variables", "变量"),
)
_DAYS = bits(
    (0, "sunday_works", "周日工作", "sunday_rests", "周日休息"),
    (1, "monday_works", "周一工作", "monday_rests", "周一休息"),
    (2, "tuesday_works", "周二工作", "tuesday_rests", "周二休息"),
    (3, "wednesday_works", "周三工作", "wednesday_rests", "周三休息"),
    (4, "thursday_works", "周四工作", "thursday_rests", "周四休息"),
    (5, "friday_works", "周五工作", "friday_rests", "周五休息"),
    (6, "saturday_works", "周六工作", "saturday_rests", "周六休息"),
)

MODE_WORDS: dict[DI, tuple[NamedBit, ...]] = {
    DI(0x04000601): bits(
        (0, "add_forward", "加正向有功"),
        (1, "subtract_forward", "减正向有功"),
        (2, "add_reverse", "加反向有功"),
        (3, "subtract_reverse", "减反向有功"),
    ),
    DI(0x04000602): _REACTIVE,
    DI(0x04000603): _REACTIVE,
    DI(0x04000701): _BAUD,
    DI(0x04000702): _BAUD,
    DI(0x04000703): _BAUD,
    DI(0x04000704): _BAUD,
    DI(0x04000705): _BAUD,
    DI(0x04000801): _DAYS,
    DI(0x04000901): bits(
        (0, "voltage_current_frequency", "电压、电流、频率"),
        (1, "power", "有、无功功率"),
        (2, "power_factor", "功率因数"),
        (3, "energy", "有、无功总电能"),
        (4, "four_quadrants", "四象限无功总电能"),
        (5, "demand", "当前需量"),
    ),
    DI(0x04000902): _FREEZE,
    DI(0x04000903): _FREEZE,
    DI(0x04000904): _FREEZE,
    DI(0x04000905): _HOURLY,
    DI(0x04000906): _FREEZE,
}
"""Named bits of each mode word, one byte wide."""


def bit_names(di: DI) -> tuple[NamedBit, ...]:
    """Named bits of a run state word or a mode word, from bit 0 up; none for other items."""
    return MODE_WORDS.get(di) or NAMES.get(di - _STATE_WORDS, ())


def mode_flags(di: DI, word: Bits) -> tuple[str, ...]:
    """Names of the bits of a mode word that are 1, from bit 0 up."""
    return tuple(row.word for row in on(_names(di), word.value))


def mode_word(di: DI, *flags: str) -> Bits:
    """Mode word with the named bits set; LocalProtocolError for a name it does not have."""
    return Bits(value_of(_names(di), flags, f"mode word {di}"), _WIDTH)


def _names(di: DI) -> tuple[NamedBit, ...]:
    if di not in MODE_WORDS:
        raise LocalProtocolError(f"{di} is no mode word")
    return MODE_WORDS[di]
