"""From registers to kWh: formulas F1 (interval), F2 (rollover), F3 (meter replacement), F5 (plausible maximum).

Pure functions on decimals; kWh are not rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from headend.archive import Place
from headend.collect.model import Consumption, Registers

MAINS_VOLTAGE = Decimal(220)
PLAUSIBLE_FACTOR = Decimal("1.2")
ROLLOVER_FROM = Decimal("0.95")
ROLLOVER_TO = Decimal("0.05")
PERIOD_SUM_TOLERANCE = Decimal("0.10")


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of time on one meter: its registers at both ends, and how to read them."""

    start: Registers
    end: Registers
    digits: int = 6
    multiplier: int = 1


def plausible_kwh(capacity_kw: Decimal | None, current_max_a: int, phases: int, hours: int) -> Decimal:
    """Give the most energy that may flow in ``hours`` (F5): 1.2 x capacity x hours.

    Where the contract's capacity is unknown, it is 220 V x the meter's maximum current x phases.
    """
    capacity = capacity_kw if capacity_kw is not None else MAINS_VOLTAGE * current_max_a * phases / 1000
    return PLAUSIBLE_FACTOR * capacity * hours


def register_step(start: Decimal, end: Decimal, *, digits: int, most: Decimal) -> Decimal | None:
    """Give how far one register has moved (F1, F2), before the multiplier; None for a fall (示度下降).

    A lower end is a rollover (翻转) only from the top twentieth of the register to the lowest twentieth, and only if
    the step is at most ``most``.
    """
    if end >= start:
        return end - start
    modulus = Decimal(10) ** digits
    step = modulus - start + end
    rolled = start >= ROLLOVER_FROM * modulus and end <= ROLLOVER_TO * modulus and step <= most
    return step if rolled else None


def leg_step(leg: Leg, most: Decimal) -> Consumption | None:
    """Give how far the registers of a leg have moved, before the multiplier; None if the total fell.

    ``most`` is the plausible energy of the leg after the multiplier. Period registers are given where both ends
    have them and none of them fell.
    """
    limit = most / leg.multiplier
    total = register_step(leg.start.total, leg.end.total, digits=leg.digits, most=limit)
    if total is None:
        return None
    tariffs = [
        register_step(start, end, digits=leg.digits, most=limit)
        for start, end in zip(leg.start.tariffs, leg.end.tariffs, strict=False)
    ]
    known = tuple(step for step in tariffs if step is not None)
    return Consumption(total, known if len(known) == len(tariffs) else ())


def periods_agree(legs: Iterable[Leg], most: Decimal) -> bool:
    """Tell whether the period registers of each leg have moved as its total did (4.4).

    None of them fell, and together they differ from the total by at most 0.10 kWh for each, before the multiplier.
    A leg on which they are not known says nothing against them, nor does one whose total fell.
    """
    return all(_leg_agrees(leg, most) for leg in legs)


def _leg_agrees(leg: Leg, most: Decimal) -> bool:
    step = leg_step(leg, most)
    if step is None or not leg.start.tariffs or not leg.end.tariffs:
        return True
    difference = abs(step.total - sum(step.tariffs, Decimal(0)))
    return bool(step.tariffs) and difference <= PERIOD_SUM_TOLERANCE * len(step.tariffs)


def legs_energy(legs: Iterable[Leg], most: Decimal) -> Consumption | None:
    """Give the energy in kWh over consecutive legs (F3); None if the total fell in one of them.

    There is no rollover in an interval with a meter change, as both of its readings were entered by a person.
    """
    legs = tuple(legs)
    limit = most if len(legs) == 1 else Decimal(0)
    steps = [leg_step(leg, limit) for leg in legs]
    known = [(step, leg.multiplier) for step, leg in zip(steps, legs, strict=True) if step is not None]
    if not known or len(known) != len(steps):
        return None
    total = sum((step.total * multiplier for step, multiplier in known), Decimal(0))
    with_tariffs = all(step.tariffs for step, _ in known)
    parts = zip(*(tuple(t * m for t in step.tariffs) for step, m in known), strict=True) if with_tariffs else ()
    return Consumption(total, tuple(sum(part, Decimal(0)) for part in parts))


def sound_energy(legs: Iterable[Leg], most: Decimal) -> Consumption | None:
    """Give the same as :func:`legs_energy`, by period only where the periods agree with the total."""
    legs = tuple(legs)
    energy = legs_energy(legs, most)
    return energy if energy is None or periods_agree(legs, most) else Consumption(energy.total)


def legs_between(
    installations: Iterable[Place], first: date, start: Registers, last: date, end: Registers
) -> tuple[Leg, ...]:
    """Cut the time from the freeze of ``first`` to the freeze of ``last`` into the legs of the meters in it (F3).

    A meter installed on a day is read from the freeze of the next day on: the freeze of the day of the change
    came from its predecessor. Nothing is given while a removed meter has no last register: the energy is unknown.
    """
    found = []
    for place in sorted(installations, key=lambda p: (p.since, p.installation)):
        if place.since >= last or (place.until is not None and place.until < first):
            continue
        begun = start if place.since < first else Registers(place.first_register)
        if place.until is None or place.until >= last:
            ended = end
        elif place.last_register is None:
            return ()
        else:
            ended = Registers(place.last_register)
        found.append(Leg(begun, ended, place.digits, place.multiplier))
    return tuple(found)
