"""Prices and limits of the money in a meter (电价, 金额限值) as DL/T 645 sets and reads them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from protocols.dlt645 import DI, Operator, Value
from simulators.meter.load import TARIFFS
from simulators.meter.model import Meter
from simulators.meter.refusing import OTHER, RefusedError
from simulators.meter.slave645.unit import Unit
from simulators.meter.wallet import Wallet

__all__ = ["AMOUNTS", "MONEY", "set_amount", "set_prices"]

AMOUNTS: Mapping[DI, str] = {
    DI(0x04001001): "alarm_1",
    DI(0x04001002): "alarm_2",
    DI(0x04001003): "overdraft",
    DI(0x04001004): "hoarding",
    DI(0x04001005): "close",
}
"""Limits in yuan, by the names that the wallet has for them."""


def set_amount(unit: Unit, di: DI, values: tuple[Value, ...], _operator: Operator, now: datetime) -> None:
    """Set a limit; it may cut the customer off, or free him, at once."""
    value = values[0]
    if not isinstance(value, Decimal):
        raise RefusedError(OTHER)
    unit.meter.advance(now)
    setattr(unit.meter.wallet.limits, AMOUNTS[di], int(value * 100))
    unit.meter.settle_money(now)


def set_prices(unit: Unit, _di: DI, values: tuple[Value, ...], _operator: Operator, now: datetime) -> None:
    """Set the prices of the first tariffs, as many as are given; what was used before was paid at those of before."""
    given = [int(value * 10_000) for value in values[:TARIFFS] if isinstance(value, Decimal)]
    unit.meter.advance(now)
    unit.meter.wallet.prices = (*given, *unit.meter.wallet.prices[len(given) :])


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _price(meter: Meter, now: datetime) -> tuple[Value, ...]:
    meter.advance(now)
    return (Decimal(meter.wallet.price(meter.tariff(now) - 1)).scaleb(-4),)


def _money(of_wallet: Callable[[Wallet], int]) -> Callable[[Meter, datetime], tuple[Value, ...]]:
    def read(meter: Meter, now: datetime) -> tuple[Value, ...]:
        meter.advance(now)
        return (_yuan(of_wallet(meter.wallet)),)

    return read


def _limit(name: str) -> Callable[[Meter, datetime], tuple[Value, ...]]:
    return _money(lambda wallet: int(getattr(wallet.limits, name)))


MONEY: Mapping[DI, Callable[[Meter, datetime], tuple[Value, ...]]] = {
    DI(0x00900200): _money(lambda wallet: wallet.remaining_fen),
    DI(0x00900201): _money(lambda wallet: wallet.overdrawn_fen),
    DI(0x02800020): _price,
    DI(0x02800021): _price,
    DI(0x0400040E): lambda meter, _: (meter.wallet.customer,),
    **{di: _limit(name) for di, name in AMOUNTS.items()},
    DI(0x040501FF): lambda meter, _: tuple(Decimal(price).scaleb(-4) for price in meter.wallet.prices),
}
"""What a meter of local prepayment tells of its money (本地费控)."""
