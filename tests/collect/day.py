"""A day of collection for tests: freezes as meters tell them, and the duties that they end."""

from datetime import date, timedelta
from decimal import Decimal

from headend import collect
from headend.collect import FreezeRead, Registers
from tests.rooms import MONDAY, Bench, home_no, local

ONE_DAY = timedelta(days=1)


def freeze(day: date, total: str, *tariffs: str, reverse: str | None = None) -> FreezeRead:
    """Make a freeze stamped at its midnight."""
    registers = Registers(Decimal(total), tuple(Decimal(t) for t in tariffs))
    frames = (("in", local(f"{day} 00:30"), b"\x68"),)
    return FreezeRead(registers, local(f"{day} 00:00"), frames, None if reverse is None else Decimal(reverse))


def first_duty(bench: Bench, day: date = MONDAY) -> collect.Duty:
    """Give the duty of the first home."""
    account = bench.accounts[home_no(1)]
    return next(d for d in bench.read(collect.open_duties, day) if d.account == account)


def last_total(bench: Bench, duty: collect.Duty) -> Decimal:
    """Give the newest register before the day of the duty."""
    reading = bench.read(collect.last_good, duty.point, duty.day - ONE_DAY)
    assert reading is not None
    return reading.total


def plan_on(bench: Bench, day: date, hour: str = "00:30") -> None:
    """Move on to a day, and make its duties."""
    bench.at(f"{day} {hour}")
    bench.write(collect.plan, day)
