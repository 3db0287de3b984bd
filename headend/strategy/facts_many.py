"""The fact view (事实视图): one row per account with a column per fact, for the run over everybody.

Columns are raw: fen, counts, words, flags as 0 and 1. What both this view and a look at one account know, they know
alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, and_, case, literal, select, type_coerce

from headend import archive, settle
from headend.store import BUSINESS_ZONE
from headend.strategy import tables
from headend.strategy.machine import State
from headend.strategy.vocabulary import MANY

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000
EPOCH_DAY = date(1970, 1, 1).toordinal()

s = tables.account_state.c


@dataclass(frozen=True, slots=True)
class FactView:
    """The joined tables, the account's id, a column per fact, and the bounds of the chunk."""

    source: FromClause
    account: ColumnElement[int]
    columns: Mapping[str, ColumnElement[Any]]
    within: ColumnElement[bool]


def fact_view(now: datetime, accounts: range, *, mass_check: bool) -> FactView:
    """Give the facts of a range of accounts for the business day of ``now``."""
    day = now.astimezone(BUSINESS_ZONE).date()
    baselines = archive.baselines(day).subquery("baseline")
    money = settle.balances(day).subquery("money")
    flags = archive.flag_columns(now).subquery("flag")
    source = (
        tables.account_state.join(baselines, baselines.c.account == s.account)
        .join(money, money.c.account == s.account)
        .join(flags, flags.c.account == s.account)
    )
    first, last = accounts.start, accounts.stop - 1
    within = and_(*(c.between(first, last) for c in (s.account, baselines.c.account, money.c.account, flags.c.account)))
    columns = {
        **_of_state(day, baselines.c.cut_before, mass_check=mass_check),
        **_of_money(money.c, baselines.c),
        **_of_class(baselines.c, flags.c),
    }
    assert columns.keys() == MANY, "the fact view has the facts that the vocabulary says"
    return FactView(source, s.account, columns, within)


def _of_state(day: date, cut_before: ColumnElement[bool], *, mass_check: bool) -> dict[str, ColumnElement[Any]]:
    t = tables.transition.alias("cut_before")
    cut = select(t.c.id).where(t.c.account == s.account, t.c.target == State.CUT.value).exists()
    return {
        "state": s.state,
        "state_days": days_since(s.since, day),
        "short_today": _flag(s.short_on == literal(day, Date)),
        "mass_check": literal("passed" if mass_check else "waiting"),
        "first_cut": _flag(~cut & ~cut_before),
    }


def _of_money(m: Any, b: Any) -> dict[str, ColumnElement[Any]]:
    v, a, pb, e = (_raw(m[name]) for name in ("v", "a", "pb", "e"))
    t1, t2, cut_at, restore_at = (_raw(b[name]) for name in ("t1", "t2", "cut_at", "restore_at"))
    cost = _raw(m.next)
    return {
        "comparison": case(
            (v < cut_at, literal("SHORT")),
            (v < t2, literal("WARN")),
            ((v < t1) | (pb < e + cost), literal("REMIND")),
            else_=literal("OK"),
        ),
        "available": v,
        "balance": a,
        "deposit": pb,
        "cycle_fee": e,
        "next_cost": cost,
        "days_left": _raw(m.days_left),
        "debt": case((v < 0, -v), else_=literal(0)),
        "t1": t1,
        "t2": t2,
        "cut_at": cut_at,
        "restore_at": restore_at,
        "restorable": _flag(restore_at.is_(None) | (v >= restore_at)),
        "reading_quality": m.mark,
    }


def _of_class(b: Any, f: Any) -> dict[str, ColumnElement[Any]]:
    flags = ("love_care", "protected", "hold", "blacklisted", "contact_bad", "meter_change")
    return {
        "customer_class": b.class_code,
        "cut_mode": b.cut_mode,
        "restore_mode": b.restore_mode,
        "class_hours": b.notice_hours,
        "stage": b.stage,
        "agreement": b.agreement_valid,
        **{name: f[name] for name in flags},
    }


def days_since(instant: ColumnElement[Any], day: date) -> ColumnElement[int]:
    """Give business days from an instant to ``day``, in whole numbers that every database computes alike."""
    local_day = (type_coerce(instant, BigInteger) + ZONE_MS) // DAY_MS
    return literal(day.toordinal() - EPOCH_DAY, BigInteger) - local_day


def _raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, BigInteger)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, literal(1)), else_=literal(0))
