"""The price file (``prices.toml``): read whole, checked whole, and refused with line and key."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from headend.settle.errors import PriceBookError
from headend.settle.price import Basis, Bounds, MonthDay, Period, Price, Rates, Season, Tiers, UseClass

Unit = Annotated[Decimal, Field(ge=0, lt=10_000, decimal_places=6)]
Kwh = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=4)]
Yearly = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

DAY_MINUTES = 24 * 60
HEADER = re.compile(r"^\s*\[\[price\]\]")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Base(_Part):
    flat: Unit


class _Hours(_Part):
    period: Period
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")

    def minutes(self) -> frozenset[int]:
        """Give the minutes of the day that belong to it; it may lie over midnight."""
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (self.start, self.end))
        return frozenset(m % DAY_MINUTES for m in range(start, end if end > start else end + DAY_MINUTES))


class _TimeOfUse(_Part):
    sharp: Unit | None = None
    peak: Unit | None = None
    flat: Unit | None = None
    valley: Unit | None = None
    calendar: tuple[_Hours, ...]

    def periods(self) -> dict[Period, Decimal]:
        """Give the priced periods."""
        prices = {period: getattr(self, period.value) for period in Period}
        return {period: unit for period, unit in prices.items() if unit is not None}

    def minutes(self) -> dict[Period, int]:
        """Give the length of each priced period."""
        counts = Counter(hours.period for hours in self.calendar for _ in hours.minutes())
        return {period: counts[period] for period in self.periods()}

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        minutes = Counter(minute for hours in self.calendar for minute in hours.minutes())
        if len(minutes) != DAY_MINUTES or max(minutes.values()) > 1:
            raise ValueError("calendar must give each minute of the day to one period")
        if set(self.periods()) != {hours.period for hours in self.calendar}:
            raise ValueError("calendar and prices must name the same periods")
        return self


class _MonthBounds(_Part):
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    bounds_month: tuple[Kwh, ...]


class _Bounds(_Part):
    bounds_month: tuple[Kwh, ...]
    bounds_months: tuple[_MonthBounds, ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> Self:
        each = [self.bounds_month, *(own.bounds_month for own in self.bounds_months)]
        if any(low >= high for bounds in each for low, high in pairwise((Decimal(0), *bounds))):
            raise ValueError("bounds must rise from above zero")
        if len({len(bounds) for bounds in each}) != 1:
            raise ValueError("each month must have the same number of bounds")
        return self

    def bounds(self) -> Bounds:
        """Give them as a value."""
        own = tuple((month, part.bounds_month) for part in self.bounds_months for month in part.months)
        return Bounds(self.bounds_month, own)


class _Tiers(_Bounds):
    basis: Basis
    adders: tuple[Unit, ...]
    year_start: Yearly = "01-01"

    @model_validator(mode="after")
    def _one_adder_each(self) -> Self:
        if len(self.adders) != len(self.bounds_month) + 1:
            raise ValueError("there must be one adder more than bounds: one for each tier")
        if self.adders[0] or any(low >= high for low, high in pairwise(self.adders)):
            raise ValueError("adders are measured from the first tier: the first is 0 and each is above the one before")
        return self


class _Season(_Part):
    name: str = Field(min_length=1, max_length=16)
    start: Yearly = Field(alias="from")
    end: Yearly = Field(alias="to")
    base: _Base
    tou: _TimeOfUse | None = None


class _Row(_Part):
    """One ``[[price]]``."""

    code: str = Field(pattern=r"^[A-Z0-9_]{1,32}$")
    name: str = Field(max_length=50)
    use_class: UseClass = Field(alias="class")
    voltage: str = Field(max_length=16)
    valid_from: date
    base: _Base
    tou: _TimeOfUse | None = None
    seasons: tuple[_Season, ...] = ()
    tiers: _Tiers | None = None
    large_household: _Bounds | None = None
    free_kwh_month: Kwh = Decimal(0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        periods = [set() if t is None else set(t.periods()) for t in (self.tou, *(s.tou for s in self.seasons))]
        if any(own != periods[0] for own in periods):
            raise ValueError("seasons must price the same periods as the rest of the year")
        large = self.large_household
        if large and (not self.tiers or len(large.bounds_month) != len(self.tiers.bounds_month)):
            raise ValueError("large_household must have as many bounds as tiers has")
        return self

    def price(self, version: int) -> Price:
        """Give the row as a value."""
        tiers = None
        if self.tiers is not None:
            large = None if self.large_household is None else self.large_household.bounds()
            start = _month_day(self.tiers.year_start)
            tiers = Tiers(self.tiers.basis, self.tiers.adders, self.tiers.bounds(), large, start)
        seasons = tuple(
            Season(s.name, _month_day(s.start), _month_day(s.end), _rates(s.base, s.tou)) for s in self.seasons
        )
        head = (self.code, self.name, self.use_class, self.voltage, self.valid_from)
        return Price(*head, _rates(self.base, self.tou), seasons, tiers, self.free_kwh_month, version)


class _File(_Part):
    price: tuple[_Row, ...]


def parse_prices(text: str, *, turn_day: int = 1) -> dict[str, Price]:
    """Read a price file; give each price with its canonical text as key, which :func:`restore_price` reads.

    ``turn_day`` is the day of the month on which billing cycles turn: a tier year must begin on one. Raises
    :class:`PriceBookError` with line, code and key of every fault.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PriceBookError(f"the price file is not valid TOML: {error}") from error
    try:
        rows = _File.model_validate(raw).price
    except ValidationError as error:
        raise PriceBookError("; ".join(_fault(text, raw, e["loc"], e["msg"]) for e in error.errors())) from error
    faults = [fault for index, row in enumerate(rows) if (fault := _misfit(rows[:index], row, turn_day))]
    if faults:
        raise PriceBookError("; ".join(faults))
    contents = (json.dumps(item, default=str, sort_keys=True, ensure_ascii=False) for item in raw["price"])
    return {content: row.price(0) for content, row in zip(contents, rows, strict=True)}


def restore_price(content: str, version: int) -> Price:
    """Give back a price from its canonical text, under its id in the price book."""
    return _Row.model_validate(json.loads(content)).price(version)


def _misfit(before: Sequence[_Row], row: _Row, turn_day: int) -> str:
    if any((row.code, row.valid_from) == (other.code, other.valid_from) for other in before):
        return f"price {row.code} is there twice from {row.valid_from}"
    if row.tiers and row.tiers.basis is Basis.YEAR and _month_day(row.tiers.year_start)[1] != turn_day:
        return f"price {row.code}, tiers.year_start: a tier year begins with a cycle, on day {turn_day} of a month"
    return ""


def _fault(text: str, raw: Mapping[str, Any], loc: Sequence[int | str], message: str) -> str:
    """Say where a fault is: the line of its key, the price's code, the key."""
    keys = [str(part) for part in loc[2:] if not str(part).startswith("_")]
    if not loc[1:]:
        return f"price: {message}"
    rows, index = raw.get("price", []), int(loc[1])
    code = rows[index].get("code", index + 1) if isinstance(rows[index], Mapping) else index + 1
    what = message.removeprefix("Value error, ")
    return f"line {_line(text, index, keys)}, price {code}, {'.'.join(keys) or 'as a whole'}: {what}"


def _line(text: str, index: int, keys: Sequence[str]) -> int:
    """Give the line of a key in the ``index``-th ``[[price]]``: keys are looked for one after the other."""
    lines = text.splitlines()
    at = [number for number, line in enumerate(lines) if HEADER.match(line)][index]
    for key in keys:
        pattern = re.compile(rf"(?<![\w-]){re.escape(key)}(\s*=|\]+\s*$)")
        at = next((n for n in range(at, len(lines)) if pattern.search(lines[n])), at)
    return at + 1


def _month_day(text: str) -> MonthDay:
    return int(text[:2]), int(text[3:])


def _rates(base: _Base, tou: _TimeOfUse | None) -> Rates:
    return Rates(base.flat) if tou is None else Rates(base.flat, tou.periods(), tou.minutes())
