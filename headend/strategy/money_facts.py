"""Facts about the money of one account: the comparison of today, by this moment's ledger."""

from collections.abc import Mapping
from decimal import Decimal

from headend.settle import Comparison, Result
from headend.strategy.look import Look
from headend.strategy.spans import DAY, Reader

ZERO = Decimal(0)


def _of_today(look: Look) -> Comparison | None:
    """Give the comparison if the estimate of this business day is there."""
    seen = look.comparison
    return seen if seen.estimated == look.view.today - DAY else None


def _result(look: Look) -> str:
    """Give the result; the paper rule (month and next day exceed the deposit) needs the cost fixed by today's run."""
    seen = look.comparison
    if seen.result is Result.REMIND and seen.v >= seen.t1 and _of_today(look) is None:
        return Result.OK.name
    return seen.result.name


def _quality(look: Look) -> str | None:
    seen = _of_today(look)
    return None if seen is None or seen.mark is None else seen.mark.value


def _days_left(look: Look) -> int | None:
    seen = _of_today(look)
    return None if seen is None else seen.days_left


def _next_cost(look: Look) -> Decimal | None:
    seen = _of_today(look)
    return None if seen is None else seen.next


def _reading_days(look: Look) -> int | None:
    last = look.comparison.last_reading
    return None if last is None else (look.view.today - last) // DAY


MONEY_FACTS: Mapping[str, Reader] = {
    "comparison": _result,
    "available": lambda look: look.comparison.v,
    "balance": lambda look: look.comparison.a,
    "deposit": lambda look: look.comparison.deposit,
    "cycle_fee": lambda look: look.comparison.e,
    "next_cost": _next_cost,
    "days_left": _days_left,
    "debt": lambda look: max(ZERO, -look.comparison.v),
    "t1": lambda look: look.numbers.t1,
    "t2": lambda look: look.numbers.t2,
    "cut_at": lambda look: look.numbers.cut_at,
    "restore_at": lambda look: look.numbers.restore_at,
    "restorable": lambda look: look.comparison.restore_ok,
    "reading_quality": _quality,
    "reading_days": _reading_days,
}
