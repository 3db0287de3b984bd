"""The price book (电价表): every version of every price, and which one holds for an account on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from headend.settle.errors import UnknownPriceError
from headend.settle.price import Price


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Versions of prices. Of two with the same code and first day the one entered later counts."""

    by_code: Mapping[str, tuple[Price, ...]]  # latest valid_from first
    by_version: Mapping[int, Price]

    @classmethod
    def of(cls, prices: Iterable[Price]) -> "PriceBook":
        """Put versions in order."""
        prices = tuple(prices)
        codes: dict[str, list[Price]] = {}
        for price in prices:
            codes.setdefault(price.code, []).append(price)
        order = {c: sorted(own, key=lambda p: (p.valid_from, p.version), reverse=True) for c, own in codes.items()}
        return cls({code: tuple(own) for code, own in order.items()}, {p.version: p for p in prices})

    def on(self, code: str, day: date) -> Price:
        """Give the version of a price that holds on an energy day. Raises :class:`UnknownPriceError`."""
        for price in self.by_code.get(code, ()):
            if price.valid_from <= day:
                return price
        raise UnknownPriceError(f"price {code} has no version for {day}; add one to the price file and load it")


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The price code of one account over time: ``codes`` of days already estimated, ``code`` for all others.

    A day keeps the code it was estimated with, as a new class or price never acts backwards; a new version of the
    same code may.
    """

    book: PriceBook
    code: str
    codes: Mapping[date, str] = field(default_factory=dict)

    def on(self, day: date) -> Price:
        """Give the price of an energy day. Raises :class:`UnknownPriceError`."""
        return self.book.on(self.codes.get(day, self.code), day)
