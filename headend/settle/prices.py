"""The price book in the database: versions are added, never changed."""

from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import func, select

from headend.settle import tables
from headend.settle.book import PriceBook
from headend.settle.price import Price
from headend.settle.pricefile import parse_prices, restore_price
from headend.store import Tx, View

v, s = tables.price_version.c, tables.price_sign_off.c

FRESH = timedelta(hours=24)
"""How long a changed price book needs a second person's sign-off before anything is cut by it (R17)."""

restore = lru_cache(maxsize=1024)(restore_price)


def load_prices(tx: Tx, text: str) -> list[str]:
    """Load a price file; give the codes that got a new version. The same file twice adds nothing.

    Raises :class:`headend.settle.errors.PriceBookError` and then takes nothing.
    """
    stored = {
        (row.code, row.valid_from): row.content
        for row in tx.all(select(v.code, v.valid_from, v.content).order_by(v.id))
    }
    new = []
    for content, price in parse_prices(text).items():
        if stored.get((price.code, price.valid_from)) != content:
            row = {"code": price.code, "valid_from": price.valid_from, "content": content}
            tx.insert(tables.price_version, **row, **tx.stamp())
            new.append(price.code)
    return new


def sign_off_prices(tx: Tx) -> int:
    """Sign the price book off as it stands: a second person has seen it. Gives the id of its newest version."""
    newest = newest_version(tx)
    tx.insert(tables.price_sign_off, up_to=newest, **tx.stamp())
    return newest


def price_book(view: View) -> PriceBook:
    """Give every version of every price."""
    return PriceBook.of(_prices(view))


def newest_version(view: View) -> int:
    """Give the id of the newest version in the book, 0 for an empty one."""
    return int(view.scalar(select(func.max(v.id))) or 0)


def unsigned_change(view: View) -> datetime | None:
    """Give when the book was last changed, if that is less than 24 hours ago and nobody has signed it off (R17)."""
    signed = view.scalar(select(func.max(s.up_to))) or 0
    changed: datetime | None = view.scalar(select(func.max(v.at)).where(v.id > signed))
    return changed if changed is not None and changed > view.now - FRESH else None


def _prices(view: View) -> list[Price]:
    return [restore(row.content, row.id) for row in view.all(select(v.id, v.content))]
