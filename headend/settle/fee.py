"""F6, the amount of a cycle: the cumulative method. Its lines are what a bill shows.

Each line is rounded once, over all the energy of the cycle so far; the fee of a day is the difference of two such
amounts. So the days always add up to the bill to the fen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from headend.collect import Consumption
from headend.settle.price import PERIODS, ZERO, Price, PriceKey
from headend.store import half_up

FEN = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """Energy of a cycle under one version of a price and in one season of it."""

    price: Price
    season: str
    energy: Consumption


class LineKind(StrEnum):
    """What a line of a fee is for."""

    ENERGY = "energy"  # a period's, or the total's, energy at its price
    TIER = "tier"  # the adder of a tier
    FREE = "free"  # free energy of a poor household (免费电量)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line of a fee: ``amount`` is kWh x unit, rounded half up to the fen; free energy has a negative one.

    ``label`` names the period (``total`` where there are none), or the tier (2, 3).
    """

    kind: LineKind
    label: str
    season: str
    version: int
    kwh: Decimal
    unit: Decimal
    amount: Decimal


def plus(left: Consumption, right: Consumption) -> Consumption:
    """Add up energy, period by period; one that has no periods counts as zero in each."""
    if not left.tariffs or not right.tariffs:
        return Consumption(left.total + right.total, left.tariffs or right.tariffs)
    tariffs = tuple(a + b for a, b in zip(left.tariffs, right.tariffs, strict=True))
    return Consumption(left.total + right.total, tariffs)


def add_energy(pieces: Sequence[Piece], price: Price, season: str, energy: Consumption) -> tuple[Piece, ...]:
    """Add a day's energy to the pieces of its cycle: one piece per price version and season, in order of appearance."""
    here = [(p.price.key, p.season) == (price.key, season) for p in pieces]
    if True not in here:
        return (*pieces, Piece(price, season, energy))
    at = here.index(True)
    merged = Piece(price, season, plus(pieces[at].energy, energy))
    return (*pieces[:at], merged, *pieces[at + 1 :])


def cycle_energy(pieces: Iterable[Piece]) -> Decimal:
    """Give the total energy of the pieces in kWh."""
    return sum((piece.energy.total for piece in pieces), ZERO)


def fee_lines(pieces: Sequence[Piece], counter: Decimal, bounds: Sequence[Decimal]) -> tuple[FeeLine, ...]:
    """Give the lines of a cycle (F6).

    ``counter`` is the tier counter in kWh at the start of the cycle, ``bounds`` the upper bounds of the tiers but the
    last, both as of the cycle's start; without bounds there are no tiers.
    """
    energy = [line for piece in pieces for line in _energy_lines(piece)]
    return (*energy, *_tier_lines(pieces, counter, bounds), *_free_line(pieces))


def fee(lines: Iterable[FeeLine]) -> Decimal:
    """Give the amount of a cycle in yuan: the sum of its lines, never below zero."""
    return max(Decimal("0.00"), sum((line.amount for line in lines), Decimal("0.00")))


def tier_shares(start: Decimal, energy: Decimal, bounds: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Give the part of ``energy`` that falls into each tier, where the counter stands at ``start``.

    Bounds are exact: 2760.00 is still tier 1, all above it tier 2.
    """
    end = start + energy
    edges = [ZERO, *bounds, max(end, *bounds) if bounds else end]
    return tuple(max(ZERO, min(end, high) - max(start, low)) for low, high in pairwise(edges))


def _energy_lines(piece: Piece) -> list[FeeLine]:
    rates = piece.price.rates_in(piece.season)
    if not rates.periods:
        parts = [("total", piece.energy.total, rates.flat)]
    else:
        kwh = dict(zip(PERIODS, piece.energy.tariffs, strict=False))
        parts = [(period.value, kwh.get(period, ZERO), unit) for period, unit in rates.periods.items()]
    version = piece.price.version
    return [
        FeeLine(LineKind.ENERGY, label, piece.season, version, kwh, unit, half_up(kwh * unit, FEN))
        for label, kwh, unit in parts
        if kwh
    ]


def _tier_lines(pieces: Sequence[Piece], counter: Decimal, bounds: Sequence[Decimal]) -> list[FeeLine]:
    """Give one line per tier above the first and price version; seasons share it, as adders know none."""
    shares: dict[tuple[PriceKey, int, Decimal], Decimal] = {}
    for piece in pieces:
        adders = piece.price.tiers.adders if piece.price.tiers is not None and bounds else ()
        parts = zip(tier_shares(counter, piece.energy.total, bounds), adders, strict=False)
        for tier, (kwh, adder) in enumerate(parts, start=1):
            key = (piece.price.key, tier, adder)
            shares[key] = shares.get(key, ZERO) + kwh
        counter += piece.energy.total
    return [
        FeeLine(LineKind.TIER, str(tier), "", price.version, kwh, adder, half_up(kwh * adder, FEN))
        for (price, tier, adder), kwh in shares.items()
        if tier > 1 and kwh
    ]


def _free_line(pieces: Sequence[Piece]) -> list[FeeLine]:
    """Give free energy back at the price of the first tier at the cycle's start, also under time of use."""
    if not pieces or not pieces[0].price.free_kwh_month:
        return []
    price = pieces[0].price
    kwh = min(price.free_kwh_month, cycle_energy(pieces))
    unit = price.rates.flat
    return [FeeLine(LineKind.FREE, "free", "", price.version, kwh, unit, -half_up(kwh * unit, FEN))]
