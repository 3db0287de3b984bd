"""Proposed cuts and their signatures (停电审批): the approval is an act of a person, valid fifteen days."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from headend import archive
from headend.control.errors import NotSignableError, UnknownProposalError
from headend.control.model import ANSWER_DAYS, Decision, Proposal, ProposalState
from headend.control.tables import approval, proposal
from headend.store import BUSINESS_ZONE, Fact, Tx, View

p = proposal.c

AUTO = "auto"
"""The approver of the automatic mode: no person signed, the agreement and the area's stage allow it."""

ENDED_BY: Mapping[Decision, ProposalState] = {
    Decision.APPROVE: ProposalState.APPROVED,
    Decision.REJECT: ProposalState.REJECTED,
}


def propose(tx: Tx, account: int, debt: Decimal) -> int:
    """Propose a cut for a person to decide (T07) and give the proposal's id; an open one is given instead."""
    tx.lock(account)
    if (standing := current(tx, account)) is not None and standing.state is ProposalState.OPEN:
        return standing.id
    return tx.insert(proposal, **_new(tx, account, debt), state=ProposalState.OPEN.value)


def propose_auto(tx: Tx, account: int, debt: Decimal) -> int:
    """Enter a cut of the automatic mode (T10): approved by the mode, on record like one that a person signed."""
    tx.lock(account)
    decided = {"approver": AUTO, "role": AUTO, "decided": tx.now, "reason": "automatic mode"}
    new = tx.insert(proposal, **_new(tx, account, debt), state=ProposalState.APPROVED.value, **decided)
    row = {"proposal": new, "decision": Decision.APPROVE.value, "role": AUTO, "reason": "automatic mode"}
    tx.insert(approval, **row, **tx.stamp())
    return new


def sign(tx: Tx, proposal_id: int, decision: Decision, user: str, reason: str) -> Proposal:
    """Sign or reject a proposal in a member of staff's name; tells ``Fact.APPROVAL``.

    Raises :class:`NotSignableError` where the person's role does not sign cuts of the customer's class, the account
    lies outside of their unit, they proposed it themselves (R20), or it is not open any more.
    """
    found = get(tx, proposal_id)
    tx.lock(found.account)
    found = get(tx, proposal_id)
    member = archive.staff(tx, user)
    account = archive.account(tx, found.account)
    signs = archive.numbers(tx, account.id, tx.today).approver
    if found.state is not ProposalState.OPEN:
        raise NotSignableError(f"proposal {proposal_id} is {found.state.value} already; nothing was changed")
    if member.role != signs:
        raise NotSignableError(f"{user} is {member.role}; cuts of class {account.class_code} are signed by {signs}")
    if not archive.in_scope(tx, member, account.id):
        raise NotSignableError(f"account {account.no} is outside of the unit of {user}")
    if tx.actor == found.proposer:
        raise NotSignableError(f"{user} proposed this cut and can't sign it; another person has to (R20)")
    row = {"proposal": proposal_id, "decision": decision.value, "role": member.role, "reason": reason}
    tx.insert(approval, **row, **tx.stamp())
    _end(tx, found, ENDED_BY[decision], reason, approver=tx.actor, role=member.role)
    return get(tx, proposal_id)


def void(tx: Tx, account: int, reason: str) -> bool:
    """Void the account's open or approved proposal: it was overtaken; False if there is none."""
    tx.lock(account)
    found = current(tx, account)
    if found is None or found.state not in {ProposalState.OPEN, ProposalState.APPROVED}:
        return False
    _end(tx, found, ProposalState.VOID, reason)
    return True


def lapse(tx: Tx) -> int:
    """Let the proposals lapse that nobody answered in three working days (T09); give how many."""
    count = 0
    for row in tx.all(select(proposal).where(p.state == ProposalState.OPEN.value).order_by(p.id)):
        found = _proposal(row)
        opened = found.opened.astimezone(BUSINESS_ZONE).date()
        if tx.today > archive.add_working_days(tx, opened, ANSWER_DAYS):
            tx.lock(found.account)
            _end(tx, found, ProposalState.LAPSED, f"no answer in {ANSWER_DAYS} working days")
            count += 1
    return count


def get(view: View, proposal_id: int) -> Proposal:
    """Give a proposal. Raises :class:`UnknownProposalError`."""
    row = view.one(select(proposal).where(p.id == proposal_id))
    if row is None:
        raise UnknownProposalError(f"there is no proposal {proposal_id}; `headend work list` shows those that wait")
    return _proposal(row)


def current(view: View, account: int) -> Proposal | None:
    """Give the newest proposal of an account, whatever its state."""
    row = view.one(select(proposal).where(p.account == account).order_by(p.id.desc()).limit(1))
    return None if row is None else _proposal(row)


def approved(view: View, account: int, *, life: timedelta) -> Proposal | None:
    """Give the account's approval if it is in force: signed, not voided, younger than ``life``."""
    found = current(view, account)
    if found is None or found.state is not ProposalState.APPROVED or found.decided is None:
        return None
    return found if view.now - found.decided <= life else None


def waiting(view: View, scope: archive.Scope) -> list[Proposal]:
    """List the proposals of a scope that wait for a signature, oldest first."""
    customers = archive.customers().subquery()
    within = customers.c.area.in_(archive.units_within(scope))
    joined = select(proposal).join(customers, customers.c.account == p.account)
    rows = view.all(joined.where(p.state == ProposalState.OPEN.value, within).order_by(p.opened, p.id))
    return [_proposal(row) for row in rows]


def _new(tx: Tx, account: int, debt: Decimal) -> dict[str, Any]:
    return {"account": account, "debt": debt, "proposer": tx.actor, "opened": tx.now, "cause": tx.cause}


def _end(tx: Tx, found: Proposal, state: ProposalState, reason: str, **signed: str) -> None:
    values = {"state": state.value, "decided": found.decided or tx.now, "reason": reason[:200], **signed}
    tx.execute(proposal.update().where(p.id == found.id).values(**values))
    tx.changed(found.account, Fact.APPROVAL, found.id)


def _proposal(row: Row[Any]) -> Proposal:
    values = row._asdict()
    values.pop("cause")
    return Proposal(**{**values, "state": ProposalState(row.state)})
