"""Validation (数据校验, VEE): what a reading is worth before anything is computed from it.

Pure functions. A finding never loses the value: the reading is stored with the mark its findings give it, and the
findings stand beside it with the values that they are about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from headend.archive import Place
from headend.collect.energy import Leg, legs_between, legs_energy, periods_agree, plausible_kwh
from headend.collect.model import Mark, Reading, Registers
from headend.store import BUSINESS_ZONE

STAMP_TOLERANCE = timedelta(minutes=5)
WHILE_CUT_TOLERANCE = Decimal("0.10")
REVERSE_A_DAY = Decimal(1)
TARIFF_CLOCK = timedelta(minutes=30)
"""From this error of the clock on, period registers are not trusted."""
HOURS_A_DAY = 24


class Finding(StrEnum):
    """What validation finds about a reading."""

    WRONG_STAMP = "wrong_stamp"  # 冻结时标不符
    FALL = "fall"  # 示度下降, 倒走
    FLYING = "flying"  # 飞走
    ROLLOVER = "rollover"  # 翻转
    PERIOD_SUM = "period_sum"  # 费率和不等于总
    UNPRICED = "unpriced"  # 无价时段有电量; found by settlement, which knows prices
    STOPPED = "stopped"  # 停走
    REVERSE = "reverse"  # 反向电量
    WHILE_CUT = "while_cut"  # 停电后有电量
    CLOCK = "clock"  # 时钟偏差
    DUPLICATE = "duplicate"  # 重复冻结, 数值不同
    ADDRESS = "address"  # 通信地址不符


SUSPECT = frozenset({Finding.WRONG_STAMP, Finding.FALL, Finding.FLYING, Finding.DUPLICATE})
"""Findings that make a reading suspect whatever it is priced by."""

SUSPECT_PERIODS = frozenset({Finding.PERIOD_SUM, Finding.CLOCK})
"""Findings that make its period registers suspect: to a price by time of use the reading is then as one marked S, to a
price by the total alone it is what its mark says."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, with the values that show it."""

    kind: Finding
    values: Values


@dataclass(frozen=True, slots=True)
class Judgement:
    """The mark that a reading deserves, and why."""

    mark: Mark
    found: tuple[Found, ...]

    @property
    def periods_suspect(self) -> bool:
        """Whether the period registers are not to be trusted."""
        return not SUSPECT_PERIODS.isdisjoint(self.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The kinds of what was found."""
        return tuple(one.kind for one in self.found)


@dataclass(frozen=True, slots=True)
class Case:
    """A freeze of ``day`` 00:00, and what is known beside it.

    ``before`` is the last good freeze; None (none in sixty days) leaves only what the freeze says by itself. Where its
    period registers are suspect, ``trusted`` is the last good freeze whose are not. ``meters`` are the installations of
    the point, oldest first; the last one was asked. ``other`` is what a meter has told of the same freeze already.
    ``open_since`` is since when the relay is known to be open, ``clock_error`` by how much the meter's clock was ahead
    when it was last read. ``generates``: the customer feeds in, so that energy may flow backwards.
    """

    day: date
    registers: Registers
    stamp: datetime | None
    before: Reading | None
    meters: list[Place]
    capacity_kw: Decimal | None = None
    reverse: Decimal | None = None
    other: Reading | None = None
    open_since: datetime | None = None
    clock_error: timedelta | None = None
    trusted: Reading | None = None
    generates: bool = False


def judge(case: Case) -> Judgement:
    """Judge a freeze by its stamp, what was told of it before, the last good freeze and what the line can carry."""
    found: list[Found] = []
    if case.stamp is not None and abs(case.stamp - midnight(case.day)) > STAMP_TOLERANCE:
        found.append(Found(Finding.WRONG_STAMP, {"stamp": _local(case.stamp), "day": str(case.day)}))
    if case.other is not None and case.registers.contradict(case.other.registers):
        both = {"told": _kwh(case.other.total), "now": _kwh(case.registers.total), "version": str(case.other.version)}
        found.append(Found(Finding.DUPLICATE, both))
    if case.clock_error is not None and is_clock_off(case.clock_error):
        found.append(Found(Finding.CLOCK, {"minutes": str(round(case.clock_error / timedelta(minutes=1)))}))
    if case.before is not None:
        found.extend(_energy(case, case.before))
        found.extend(_periods(case, case.trusted if case.before.periods_suspect else case.before))
        found.extend(_reverse(case, case.before))
    kinds = {one.kind for one in found}
    return Judgement(Mark.S if SUSPECT & kinds else Mark.G, tuple(found))


def judge_live(
    registers: Registers, at: datetime, before: Reading, meters: list[Place], capacity_kw: Decimal | None
) -> tuple[Found, ...]:
    """Judge registers read at an instant by the last good freeze before it: they may neither have fallen nor flown."""
    hours = -((midnight(before.day) - at) // timedelta(hours=1))
    most = plausible_kwh(capacity_kw, meters[-1].current_max_a, meters[-1].phases, hours)
    after = at.astimezone(BUSINESS_ZONE).date() + timedelta(days=1)
    energy = legs_energy(legs_between(meters, before.day, before.registers, after, registers), most)
    step = {"from": f"{_kwh(before.total)} ({before.day})", "to": _kwh(registers.total)}
    if energy is None:
        return (Found(Finding.FALL, step),)
    if energy.total > most:
        return (Found(Finding.FLYING, {**step, "kwh": _kwh(energy.total), "most": _kwh(most)}),)
    return ()


def is_clock_off(error: timedelta | None) -> bool:
    """Tell whether a clock is so far off, whichever way, that its meter's period registers are not trusted."""
    return error is not None and abs(error) > TARIFF_CLOCK


def midnight(day: date) -> datetime:
    """Give the instant at which the day begins in the business zone."""
    return datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE)


def _energy(case: Case, before: Reading) -> list[Found]:
    most = _most(case, before)
    legs = legs_between(case.meters, before.day, before.registers, case.day, case.registers)
    if not legs:
        return []
    step = {"from": f"{_kwh(before.total)} ({before.day})", "to": _kwh(case.registers.total)}
    energy = legs_energy(legs, most)
    if energy is None:
        return [Found(Finding.FALL, step)]
    found: list[Found] = []
    if _has_rolled(legs):
        found.append(Found(Finding.ROLLOVER, {**step, "kwh": _kwh(energy.total)}))
    if energy.total > most:
        found.append(Found(Finding.FLYING, {**step, "kwh": _kwh(energy.total), "most": _kwh(most)}))
    is_cut = case.open_since is not None and case.open_since <= midnight(before.day)
    if is_cut and energy.total > WHILE_CUT_TOLERANCE:
        since = {"open_since": _local(case.open_since)}
        found.append(Found(Finding.WHILE_CUT, {**step, "kwh": _kwh(energy.total), **since}))
    return found


def _periods(case: Case, before: Reading | None) -> list[Found]:
    """Look whether the period registers have moved as the total did, since they were trusted last."""
    if before is None:
        return []
    most = _most(case, before)
    legs = legs_between(case.meters, before.day, before.registers, case.day, case.registers)
    energy = legs_energy(legs, most)
    if energy is None or periods_agree(legs, most):
        return []
    moved = [_moved(leg) for leg in legs]
    return [Found(Finding.PERIOD_SUM, {"total": _kwh(energy.total), "periods": _kwh(sum(moved, Decimal(0)))})]


def _moved(leg: Leg) -> Decimal:
    return (sum(leg.end.tariffs, Decimal(0)) - sum(leg.start.tariffs, Decimal(0))) * leg.multiplier


def _most(case: Case, before: Reading) -> Decimal:
    """Give the most energy that the line carries from a freeze to this one (F5)."""
    meter = case.meters[-1]
    hours = HOURS_A_DAY * (case.day - before.day).days
    return plausible_kwh(case.capacity_kw, meter.current_max_a, meter.phases, hours)


def _has_rolled(legs: tuple[Leg, ...]) -> bool:
    return any(leg.end.total < leg.start.total for leg in legs)


def _reverse(case: Case, before: Reading) -> list[Found]:
    """Look whether energy has flowed backwards at a customer's without a generator (分布式电源)."""
    meter = case.meters[-1]
    if case.generates or case.reverse is None or before.reverse is None or meter.since >= before.day:
        return []
    grown = (case.reverse - before.reverse) * meter.multiplier
    if grown <= REVERSE_A_DAY * (case.day - before.day).days:
        return []
    return [Found(Finding.REVERSE, {"from": _kwh(before.reverse), "to": _kwh(case.reverse), "kwh": _kwh(grown)})]


def _kwh(value: Decimal) -> str:
    """Write a register or energy as meters show it: two decimals, more where there are more."""
    hundredths = value.quantize(Decimal("0.01"))
    return f"{hundredths if hundredths == value else value.normalize():f}"


def _local(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
