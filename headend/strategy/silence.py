"""Customers whose meter has not been read for days (连续未抄): told every third day, and somebody goes there (S15)."""

from datetime import date, timedelta

from sqlalchemy import select

from headend import archive, notify, settle, work
from headend.notify import Wish
from headend.store import Tx
from headend.strategy import letters
from headend.work import OrderKind

TEMPLATE = "S15"

DAYS = 3
"""After so many days without a reading, and each so many days later."""

VISIT = timedelta(days=2)
"""How long the visit may take."""


def tell_silent(tx: Tx, day: date, accounts: range) -> int:
    """Tell the customers of a range whose last reading is 3, 6, 9, … days old; give how many there are.

    The same day again tells nobody twice.
    """
    money = settle.balances(day).subquery("money")
    baselines = archive.baselines(day).subquery("baseline")
    bounds = (accounts.start, accounts.stop - 1)
    silent = (
        select(money.c.account, money.c.last_reading)
        .join(baselines, baselines.c.account == money.c.account)
        .where(money.c.account.between(*bounds), baselines.c.account.between(*bounds))
        .where(baselines.c.stage >= letters.STAGE_FOR_MESSAGES, money.c.last_reading <= day - timedelta(days=DAYS))
        .order_by(money.c.account)
    )
    wishes = []
    for row in tx.all(silent):
        days = (day - row.last_reading).days
        if days % DAYS == 0:
            values = {"n": str(days)} | letters.staff_value(tx, row.account, TEMPLATE)
            wishes.append(Wish(row.account, values, f"{TEMPLATE}:{row.account}:{day}"))
            work.open_order(
                tx, OrderKind.NO_READING, account=row.account, due=tx.now + VISIT, values={"days": str(days)}
            )
    notify.put_many(tx, TEMPLATE, wishes)
    return len(wishes)
