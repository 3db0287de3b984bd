"""Corrections of readings that wait for a second person (业务规则 14): what each is worth, who may sign it.

The same person cannot both enter and approve one. BILL signs as the second person up to 500 yuan, APPR-2 beyond; what a
correction is worth is by how much A would move, as F11 has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from headend import archive
from headend.settle import feerows, ledger, service, tables
from headend.settle.errors import NotSignableError, UnknownCorrectionError
from headend.store import Tx, View

c = tables.correction.c

ONE_DAY = timedelta(days=1)

LIMITS: Mapping[str, Decimal | None] = {"BILL": Decimal(500), "APPR-2": None}
"""Up to how many yuan each role signs a correction; None: any, and one whose worth is not known."""


class CorrectionState(StrEnum):
    """States of a correction."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Draft:
    """A correction as it was brought in: the row of a handheld's file, its key, and who read the meter."""

    account: int
    day: date
    key: str
    file: str
    line: int
    row: Mapping[str, str]
    reader: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction with its state; ``amount`` is what it is worth in yuan, None where that can't be told."""

    id: int
    draft: Draft
    amount: Decimal | None
    state: CorrectionState
    proposer: str
    opened: datetime
    approver: str | None
    decided: datetime | None
    reason: str | None

    @property
    def signs(self) -> str:
        """The role that signs it."""
        return next(role for role in LIMITS if may_sign(role, self.amount))


def may_sign(role: str, amount: Decimal | None) -> bool:
    """Tell whether a role is enough for a correction of that worth, whichever way it goes."""
    if role not in LIMITS:
        return False
    limit = LIMITS[role]
    return limit is None or (amount is not None and abs(amount) <= limit)


def worth(tx: Tx, account: int, day: date) -> Decimal | None:
    """Give A as the readings that are there now would make it by the run of ``day``; nothing of it stays.

    None where the account can't be estimated.
    """
    with tx.trial():
        service.refresh(tx, account)
        newest = feerows.newest_day(tx, account, day)
        if newest is None or newest < day - ONE_DAY:
            service.estimate_chunk(tx, day, range(account, account + 1))
            newest = feerows.newest_day(tx, account, day)
        is_there = newest is not None and newest >= day - ONE_DAY
        return ledger.totals(tx, account).a if is_there else None


def propose_correction(tx: Tx, draft: Draft, amount: Decimal | None) -> Correction:
    """Put a correction before a second person; the same row again is the same correction, also a decided one."""
    tx.lock(draft.account)
    standing = correction_of(tx, draft.key)
    if standing is not None:
        return standing
    about = {"account": draft.account, "day": draft.day, "key": draft.key, "reader": draft.reader}
    came = {"file": draft.file, "line": draft.line, "row": dict(draft.row)}
    whose = {"proposer": tx.actor, "opened": tx.now, "cause": tx.cause}
    new = tx.insert(tables.correction, **about, **came, **whose, amount=amount, state=CorrectionState.OPEN.value)
    return correction(tx, new)


def sign_correction(
    tx: Tx, correction_id: int, *, approve: bool, user: str, amount: Decimal | None, reason: str
) -> Correction:
    """Sign or reject a correction in a member of staff's name; ``amount`` is what it is worth by now.

    Whoever approves it stores the reading in the same transaction. Raises :class:`NotSignableError` where the person's
    role is not enough, the account lies outside of their unit, they brought it in or read it themselves, or it is not
    open any more.
    """
    found = correction(tx, correction_id)
    tx.lock(found.draft.account)
    member = archive.staff(tx, user)
    if found.state is not CorrectionState.OPEN:
        raise NotSignableError(f"correction {correction_id} is {found.state} already; nothing was changed")
    if not may_sign(member.role, amount):
        told = "of unknown worth" if amount is None else f"of {abs(amount)} yuan"
        raise NotSignableError(f"{user} is {member.role}; a correction {told} is for {_who(amount)} to sign")
    if not archive.in_scope(tx, member, found.draft.account):
        raise NotSignableError(f"the account of correction {correction_id} is outside of the unit of {user}")
    if tx.actor == found.proposer or user == found.draft.reader:
        raise NotSignableError(f"{user} has read or brought in this correction; another person has to sign it")
    state = CorrectionState.APPROVED if approve else CorrectionState.REJECTED
    signed = {"approver": tx.actor, "decided": tx.now, "reason": reason[:200], "amount": amount}
    tx.execute(tables.correction.update().where(c.id == correction_id).values(state=state.value, **signed))
    return correction(tx, correction_id)


def correction(view: View, correction_id: int) -> Correction:
    """Give a correction. Raises :class:`UnknownCorrectionError`."""
    row = view.one(select(tables.correction).where(c.id == correction_id))
    if row is None:
        raise UnknownCorrectionError(f"there is no correction {correction_id}; `headend work corrections` lists them")
    return _correction(row)


def correction_of(view: View, key: str) -> Correction | None:
    """Give the correction that a row has become, by the row's key; None if it has become none."""
    row = view.one(select(tables.correction).where(c.key == key))
    return None if row is None else _correction(row)


def open_correction(view: View, account: int) -> int | None:
    """Give the number of an account's oldest correction that waits: its readings decide nothing until then (R3)."""
    waits = select(c.id).where(c.account == account, c.state == CorrectionState.OPEN.value)
    found: int | None = view.scalar(waits.order_by(c.id).limit(1))
    return found


def waiting_corrections(view: View, scope: archive.Scope) -> list[Correction]:
    """List the corrections of a scope that wait for a signature, oldest first."""
    customers = archive.customers().subquery()
    within = customers.c.area.in_(archive.units_within(scope))
    joined = select(tables.correction).join(customers, customers.c.account == c.account)
    rows = view.all(joined.where(c.state == CorrectionState.OPEN.value, within).order_by(c.id))
    return [_correction(row) for row in rows]


def _who(amount: Decimal | None) -> str:
    return " or ".join(role for role in LIMITS if may_sign(role, amount))


def _correction(row: Row[Any]) -> Correction:
    draft = Draft(**{name: getattr(row, name) for name in Draft.__dataclass_fields__})
    own = ("id", "amount", "proposer", "opened", "approver", "decided", "reason")
    return Correction(**{name: getattr(row, name) for name in own}, draft=draft, state=CorrectionState(row.state))
