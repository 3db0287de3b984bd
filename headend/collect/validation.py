"""Validation (数据校验): what a freeze is worth before anything is computed from it.

Pure functions. A finding never loses the value: the reading is stored with the mark its findings give it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from headend.archive import Place
from headend.collect.energy import legs_between, legs_energy, plausible_kwh
from headend.collect.model import Mark, Reading, Registers
from headend.store import BUSINESS_ZONE

STAMP_TOLERANCE = timedelta(minutes=5)
PERIOD_SUM_TOLERANCE = Decimal("0.10")
HOURS_A_DAY = 24


class Finding(StrEnum):
    """What is wrong with a freeze."""

    WRONG_STAMP = "wrong_stamp"  # 冻结时标不符
    FALL = "fall"  # 示度下降
    FLYING = "flying"  # 飞走
    PERIOD_SUM = "period_sum"  # 费率和不等于总
    ADDRESS = "address"  # another meter answered


SUSPECT = frozenset({Finding.WRONG_STAMP, Finding.FALL, Finding.FLYING})
"""Findings that make a reading suspect whatever it is priced by; a wrong period sum matters to time-of-use alone."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The mark a freeze deserves, and why."""

    mark: Mark
    findings: tuple[Finding, ...]


def judge(
    day: date,
    registers: Registers,
    stamp: datetime | None,
    before: Reading | None,
    meters: list[Place],
    capacity_kw: Decimal | None,
) -> Judgement:
    """Judge the freeze of ``day`` 00:00 against its stamp, the last good freeze and what the line can carry.

    ``meters`` are the installations of the point, oldest first; the last one is asked. ``before`` None (no good
    freeze in sixty days) leaves only the stamp and the period sum to check.
    """
    findings = []
    if stamp is not None and abs(stamp - midnight(day)) > STAMP_TOLERANCE:
        findings.append(Finding.WRONG_STAMP)
    if before is not None:
        findings.extend(_energy_findings(day, registers, before, meters, capacity_kw))
    return Judgement(Mark.S if SUSPECT.intersection(findings) else Mark.G, tuple(findings))


def midnight(day: date) -> datetime:
    """Give the instant at which the day begins in the business zone."""
    return datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE)


def _energy_findings(
    day: date, registers: Registers, before: Reading, meters: list[Place], capacity_kw: Decimal | None
) -> list[Finding]:
    meter = meters[-1]
    most = plausible_kwh(capacity_kw, meter.current_max_a, meter.phases, HOURS_A_DAY * (day - before.day).days)
    legs = legs_between(meters, before.day, before.registers, day, registers)
    energy = legs_energy(legs, most) if legs else None
    if energy is None:
        return [Finding.FALL] if legs else []
    findings = [Finding.FLYING] if energy.total > most else []
    if energy.tariffs:
        difference = abs(energy.total - sum(energy.tariffs, Decimal(0))) / meter.multiplier
        if difference > PERIOD_SUM_TOLERANCE * len(energy.tariffs):
            findings.append(Finding.PERIOD_SUM)
    return findings
