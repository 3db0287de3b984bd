"""Lengths of time as facts: whole hours, minutes, business days."""

from collections.abc import Callable
from datetime import datetime, timedelta

from headend.store import BUSINESS_ZONE
from headend.strategy.conditions.facts import Value
from headend.strategy.look import Look

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Reader = Callable[[Look], Value]
"""How a fact is found in a look at an account."""


def age(look: Look, since: datetime | None, unit: timedelta) -> int | None:
    """Give whole units since an instant; None where there is none."""
    return None if since is None else (look.view.now - since) // unit


def until(look: Look, instant: datetime | None, unit: timedelta) -> int | None:
    """Give whole units until an instant, rounded up, so that 0 is never too early; None where there is none."""
    return None if instant is None else -((look.view.now - instant) // unit)


def business_days(look: Look, since: datetime | None) -> int | None:
    """Give business days since an instant."""
    return None if since is None else (look.view.today - since.astimezone(BUSINESS_ZONE).date()) // DAY


def age_of(find: Callable[[Look], datetime | None], unit: timedelta) -> Reader:
    """Make the fact that gives whole units since an instant found in a look."""
    return lambda look: age(look, find(look), unit)
