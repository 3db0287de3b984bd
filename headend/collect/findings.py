"""What validation found, kept beside the readings: what each finding means, and the work order that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, func, select

from headend import archive, work
from headend.archive import Scope
from headend.collect.tables import finding
from headend.collect.validation import Finding, Found
from headend.store import Tx, View
from headend.work import OrderKind

f = finding.c


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of validation: its sentence (with the finding's values in braces), its effect, and the order it opens.

    ``within`` is how soon somebody has to look; None opens no order.
    """

    sentence: str
    chinese: str
    effect: str
    order: OrderKind | None = None
    within: timedelta | None = None


HOURS = timedelta(hours=1)

PERIODS_SUSPECT = "good for a price by the total; suspect to time-of-use: energy is estimated, no cut"

RULES: Mapping[Finding, Rule] = {
    Finding.WRONG_STAMP: Rule(
        "the freeze is stamped {stamp}, not {day} 00:00", "冻结时标不符", "suspect: another day's value, maybe"
    ),
    Finding.FALL: Rule(
        "the register fell from {from} to {to}, and not by a rollover",
        "倒走",
        "suspect; energy is estimated, no cut",
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.FLYING: Rule(
        "{kwh} kWh since {from}; the line carries at most {most}",
        "飞走",
        "suspect; energy is estimated, no cut",
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.ROLLOVER: Rule("the register passed its end: {from} to {to} is {kwh} kWh", "翻转", "good"),
    Finding.PERIOD_SUM: Rule(
        "the periods moved by {periods} kWh in all, the total by {total}",
        "费率和不等于总",
        PERIODS_SUSPECT,
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.UNPRICED: Rule(
        "{kwh} kWh in periods without a price ({periods}) of {price}",
        "无价时段有电量",
        PERIODS_SUSPECT,
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.STOPPED: Rule(
        "nothing counted on {days} days, though {voltage} V and {current} A are there",
        "停走",
        "good; site visit (A07)",
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.REVERSE: Rule(
        "{kwh} kWh flowed backwards (from {from} to {to}); the archive knows of no generator",
        "反向有功",
        "good; inspection (A09), or `headend archive generation`",
        OrderKind.METER_ODD,
        72 * HOURS,
    ),
    Finding.WHILE_CUT: Rule(
        "{kwh} kWh though the relay is open since {open_since}",
        "停电后有电量",
        "good; bypass or failed relay (A12)",
        OrderKind.METER_ODD,
        4 * HOURS,
    ),
    Finding.CLOCK: Rule("the meter's clock is {minutes} minutes off", "时钟偏差", PERIODS_SUSPECT),
    Finding.DUPLICATE: Rule(
        "told as {told} before (version {version}) and as {now} now", "重复冻结, 数值不同", "suspect; both are kept"
    ),
    Finding.ADDRESS: Rule(
        "meter {told} instead of {archived}",
        "通信地址不符",
        "rejected; no cut until it is cleared up",
        OrderKind.MIX_UP,
        24 * HOURS,
    ),
}
"""Every finding: what it says, what it does to the reading, who has to go and look (business rules 4.4 and 15)."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding as it is kept; ``version`` is that of the reading, None where the value was rejected."""

    account: int
    day: date
    version: int | None
    kind: Finding
    values: Mapping[str, str]
    at: datetime

    @property
    def sentence(self) -> str:
        """What it says, with its values."""
        return RULES[self.kind].sentence.format_map(self.values)

    @property
    def effect(self) -> str:
        """What follows from it."""
        return RULES[self.kind].effect


def note(tx: Tx, account: int, point: int, day: date, version: int | None, found: tuple[Found, ...]) -> None:
    """Keep what was found about a freeze, and open the work orders that follow from it."""
    for one in found:
        row = {"account": account, "point": point, "day": day, "version": version, "kind": one.kind.value}
        tx.insert(finding, **row, values=dict(one.values), **tx.stamp())
        rule = RULES[one.kind]
        if rule.order is not None and rule.within is not None:
            values = {"finding": one.kind.value, "day": str(day), **one.values}
            work.open_order(tx, rule.order, account=account, due=tx.now + rule.within, values=values)


def note_once(tx: Tx, account: int, point: int, day: date, version: int, found: Found) -> bool:
    """Keep what a higher room found about a reading, unless it is kept already; tells whether it is new."""
    same = (f.point == point) & (f.day == day) & (f.version == version) & (f.kind == found.kind.value)
    if tx.one(select(f.id).where(same).limit(1)) is not None:
        return False
    note(tx, account, point, day, version, (found,))
    return True


def findings_of(view: View, point: int, first: date, last: date) -> list[Noted]:
    """Give what was found about a point's freezes from ``first`` to ``last``, the oldest first."""
    rows = view.all(select(finding).where(f.point == point, f.day >= first, f.day <= last).order_by(f.day, f.id))
    return [_noted(row) for row in rows]


def finding_counts(view: View, day: date, *, scope: Scope) -> dict[Finding, int]:
    """Count what was found about the freezes of a day in a scope, by kind."""
    counted = select(f.kind, func.count().label("number")).where(f.day == day).group_by(f.kind)
    if scope != archive.whole(view):
        counted = counted.where(f.account.in_(archive.accounts_within(scope)))
    rows = view.all(counted)
    return {Finding(row.kind): row.number for row in rows}


def _noted(row: Row[tuple[object, ...]]) -> Noted:
    return Noted(row.account, row.day, row.version, Finding(row.kind), row.values, row.at)
