"""Run state words (电表运行状态字) 1 to 7, DL/T 645-2007, annex C, with the fee-control extension.

Word 3 tells what the relay does and was told to do. Bits not named are reserved and ignored; meters of
2009 leave bits 12 to 15 of word 3 at 0, which then proves nothing.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from protocols.dlt645.items.named import NamedBit, bits, on, states, value_of
from protocols.dlt645.items.values import Bits
from protocols.dlt645.wire.di import DI
from protocols.errors import LocalProtocolError

Kind = TypeVar("Kind", bound=IntEnum)

WORDS = range(1, 8)
_WIDTH = 16
_RELAY_WORD = 3
_SUPPLY, _METER_TYPE = 1, 8
"""Lowest bits of the two codes in word 3, of two bits each."""
_FIRST = DI(0x04000501)
_BLOCK = DI(0x040005FF)

_PHASE = bits(
    (0, "voltage_loss", "失压"),
    (1, "under_voltage", "欠压"),
    (2, "over_voltage", "过压"),
    (3, "current_loss", "失流"),
    (4, "over_current", "过流"),
    (5, "overload", "过载"),
    (6, "reverse_flow", "潮流反向"),
    (7, "phase_break", "断相"),
    (8, "current_break", "断流"),
)

NAMES: dict[int, tuple[NamedBit, ...]] = {
    1: bits(
        (0, "external_switch_pulse", "外置开关控制方式为脉冲", "external_switch_level", "外置开关控制方式为电平"),
        (1, "demand_by_interval", "需量积算方式为区间", "demand_sliding", "需量积算方式为滑差"),
        (2, "clock_battery_low", "时钟电池欠压"),
        (3, "reading_battery_low", "停电抄表电池欠压"),
        (4, "active_power_reversed", "有功功率方向反向"),
        (5, "reactive_power_reversed", "无功功率方向反向"),
        (8, "control_circuit_error", "控制回路错误"),
        (9, "esam_error", "ESAM错误"),
        (12, "program_error", "内部程序错误"),
        (13, "memory_fault", "存储器故障"),
        (14, "overdraft", "透支状态"),
        (15, "clock_fault", "时钟故障"),
    ),
    2: bits(
        (0, "active_power_reversed_a", "A相有功功率方向反向"),
        (1, "active_power_reversed_b", "B相有功功率方向反向"),
        (2, "active_power_reversed_c", "C相有功功率方向反向"),
        (4, "reactive_power_reversed_a", "A相无功功率方向反向"),
        (5, "reactive_power_reversed_b", "B相无功功率方向反向"),
        (6, "reactive_power_reversed_c", "C相无功功率方向反向"),
    ),
    3: bits(
        (0, "day_table_2", "当前运行第二套时段", "day_table_1", "当前运行第一套时段"),
        (3, "programming_allowed", "编程允许", "programming_forbidden", "编程禁止"),
        (4, "relay_open", "继电器断", "relay_closed", "继电器通"),
        (5, "time_zone_table_2", "当前运行第二套时区", "time_zone_table_1", "当前运行第一套时区"),
        (6, "relay_command_open", "继电器命令断", "relay_command_close", "继电器命令通"),
        (7, "pre_trip_alarm", "预跳闸报警"),
        (10, "price_set_2", "当前运行第二套费率电价", "price_set_1", "当前运行第一套费率电价"),
        (11, "step_set_2", "当前运行第二套阶梯", "step_set_1", "当前运行第一套阶梯"),
        (12, "protected", "保电"),
        (13, "authenticated", "身份认证有效"),
        (14, "local_account_not_opened", "本地未开户"),
        (15, "remote_account_not_opened", "远程未开户"),
    ),
    4: _PHASE,
    5: _PHASE,
    6: _PHASE,
    7: bits(
        (0, "voltage_reverse_sequence", "电压逆相序"),
        (1, "current_reverse_sequence", "电流逆相序"),
        (2, "voltage_unbalance", "电压不平衡"),
        (3, "current_unbalance", "电流不平衡"),
        (4, "auxiliary_supply_lost", "辅助电源失电"),
        (5, "power_off", "掉电"),
        (6, "demand_over_limit", "需量超限"),
        (7, "power_factor_low", "总功率因数超下限"),
        (8, "severe_current_unbalance", "电流严重不平衡"),
        (9, "meter_cover_open", "开表盖"),
        (10, "terminal_cover_open", "开端钮盒"),
    ),
}
"""Named bits of each word; words 4, 5, 6 tell the same of phases A, B, C."""


class Supply(IntEnum):
    """What feeds the meter (供电方式), bits 1..2 of word 3."""

    MAIN = 0
    AUXILIARY = 1
    BATTERY = 2


class MeterType(IntEnum):
    """Prepayment kind of the meter (电能表类型), bits 8..9 of word 3."""

    NOT_PREPAID = 0
    PREPAID_ENERGY = 1
    PREPAID_MONEY = 2


@dataclass(frozen=True, slots=True)
class StateWord:
    """Run state word ``number`` (1..7) with its 16 bits."""

    number: int
    value: int

    def __post_init__(self) -> None:
        if self.number not in WORDS or not 0 <= self.value < 1 << _WIDTH:
            raise LocalProtocolError(f"run state word {self.number} cannot be {self.value:#x}")

    @classmethod
    def of(
        cls, number: int, *flags: str, supply: Supply = Supply.MAIN, meter_type: MeterType = MeterType.NOT_PREPAID
    ) -> "StateWord":
        """Word with the named bits set, and word 3 with what feeds the meter and its kind.

        Raises LocalProtocolError for a name the word does not have, and for a supply or kind of another word.
        """
        value = value_of(NAMES.get(number, ()), flags, f"run state word {number}")
        codes = supply << _SUPPLY | meter_type << _METER_TYPE
        if codes and number != _RELAY_WORD:
            raise LocalProtocolError(f"run state word {number} tells neither supply nor kind of the meter")
        return cls(number, value | codes)

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the bits that are 1, from bit 0 up."""
        return tuple(row.word for row in self.named)

    @property
    def named(self) -> tuple[NamedBit, ...]:
        """Named bits that are 1, from bit 0 up."""
        return on(NAMES[self.number], self.value)

    @property
    def states(self) -> tuple[str, ...]:
        """What each named bit says, as ``relay_closed`` or ``relay_open``; faults only where they are."""
        return states(NAMES[self.number], self.value)

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags

    @property
    def supply(self) -> Supply | None:
        """Supply by word 3; None in another word and for the reserved code."""
        return self._field(Supply, _SUPPLY)

    @property
    def meter_type(self) -> MeterType | None:
        """Meter type by word 3; None in another word and for the reserved code."""
        return self._field(MeterType, _METER_TYPE)

    def _field(self, kind: type[Kind], shift: int) -> Kind | None:
        code = self.value >> shift & 3
        return kind(code) if self.number == _RELAY_WORD and code in list(kind) else None

    @property
    def bits(self) -> Bits:
        """The word as a value of its data item."""
        return Bits(self.value, _WIDTH)


def state_words(di: DI, values: tuple[object, ...]) -> tuple[StateWord | None, ...]:
    """Run state words among the values read under ``di``; none of them for other identifiers.

    A word the meter marked as not available is None.
    """
    if di == _BLOCK:
        first = WORDS.start
    elif di - _FIRST + 1 in WORDS:
        first = di - _FIRST + 1
    else:
        return ()
    return tuple(
        StateWord(first + place, value.value) if isinstance(value, Bits) else None for place, value in enumerate(values)
    )
