"""Column types that keep money, energy and instants exact.

In the database all three are integers (SQLite would turn an overflow, or a division, into a float without a word);
in Python they are ``Decimal`` and aware ``datetime``. Bounds are checked on entry, so that no sum of a county's
rows and no product of energy and price can leave 63 bits.
"""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

from headend.store.errors import OutOfBoundsError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BigInt = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer that may also be SQLite's row id."""


class _Scaled(TypeDecorator[Decimal]):
    """A decimal of fixed scale, kept as a whole number of its smallest unit."""

    impl = BigInteger
    cache_ok = True
    scale: int
    bound: Decimal

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn the decimal into whole units; refuse what would have to be rounded or could overflow."""
        if value is None:
            return None
        units = Decimal(value).scaleb(self.scale)
        whole = int(units)
        if whole != units:
            raise OutOfBoundsError(f"{value} has more than {self.scale} decimals; round it before it is stored")
        if abs(value) > self.bound:
            raise OutOfBoundsError(f"{value} is beyond ±{self.bound}; correct the value at its source")
        return whole

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Give the decimal back, with its full scale (``Decimal('5.00')``, never ``5``)."""
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002
        """Compare with decimals on the same scale."""
        return self


class Yuan(_Scaled):
    """An amount of money (金额) in yuan, kept in fen."""

    scale = 2
    bound = Decimal(10) ** 12
    cache_ok = True


class Energy(_Scaled):
    """Energy or a register reading (电量, 示数) in kWh, kept in 1/10 000 kWh."""

    scale = 4
    bound = Decimal(10) ** 12
    cache_ok = True


class UnitPrice(_Scaled):
    """A price (电价) in yuan per kWh, kept in millionths of a yuan."""

    scale = 6
    bound = Decimal(10) ** 4
    cache_ok = True


class Instant(TypeDecorator[datetime]):
    """An instant: aware UTC ``datetime`` in Python, milliseconds since 1970 in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive datetimes: their zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise OutOfBoundsError(f"{value} has no time zone; instants are UTC-aware")
        return (value - EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the instant back in UTC."""
        return None if value is None else EPOCH + timedelta(milliseconds=int(value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002
        """Compare with instants on the same scale."""
        return self


def half_up(value: Decimal, places: int) -> Decimal:
    """Round half up (四舍五入), away from zero: the only rounding of the product.

    ``half_up(Decimal("0.125"), 2) == Decimal("0.13")``.
    """
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
