"""What the tables of the archive hold of one account's row in an archive file."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from headend.archive.document import AccountRow, MeterRow
from headend.archive.model import Imported, Opening


def cycle_start(row: AccountRow) -> date:
    """Give the start of the cycle now open: the first of the month of the newest freeze."""
    return max(h.day for h in row.history).replace(day=1)


def imported(row: AccountRow, ids: tuple[int, int], *, new: bool) -> Imported:
    """Give what other rooms load for an account."""
    account, point = ids
    history = {h.day: h.total for h in sorted(row.history, key=lambda h: h.day)}
    return Imported(account, point, new, Opening(**opening_row(row, account)), history)


def account_row(row: AccountRow) -> dict[str, Any]:
    """Give the account's own columns."""
    watts = None if row.capacity_kw is None else int(row.capacity_kw.scaleb(3))
    same = row.model_dump(include={"no", "class_code", "enrolled", "relation_verified", "cut_before", "generates"})
    return {**same, "price_code": row.price, "capacity_w": watts, "sim": row.meter.sim}


def meter_row(row: MeterRow) -> dict[str, Any]:
    """Give the meter's plate."""
    plate = row.model_dump(include={"address", "asset", "profile", "current_max_a", "phases", "digits", "sim"})
    return {**plate, "dialect": row.dialect.value}


def installation_row(row: MeterRow) -> dict[str, Any]:
    """Give how and since when the meter is installed."""
    same = row.model_dump(include={"multiplier", "first_register"})
    return {**same, "road": row.road.value, "since": row.installed}


def opening_row(row: AccountRow, account: int) -> dict[str, Any]:
    """Give what the account brings along."""
    return {"account": account, "cycle_start": cycle_start(row), **row.opening.model_dump()}


def contact_rows(row: AccountRow, account: int) -> Iterator[dict[str, Any]]:
    """Give whom to tell, in the order of the file."""
    for position, contact in enumerate(row.contacts, start=1):
        values = {"name": contact.name, "phone": contact.phone, "role": contact.role, "proven": contact.proven}
        yield {"account": account, "position": position, **values}


def agreement_rows(row: AccountRow, account: int) -> Iterator[dict[str, Any]]:
    """Give the agreement, if there is one."""
    if row.agreement is not None:
        yield {"account": account, **row.agreement.model_dump()}


def flag_rows(row: AccountRow, account: int) -> Iterator[dict[str, Any]]:
    """Give the flags that the account comes with."""
    for flag in row.flags:
        yield {"account": account, "kind": flag.kind.value, "reason": flag.reason, "author": flag.author}
