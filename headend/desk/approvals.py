"""The list of proposed cuts (停电审批), with what an approver has to see of each customer."""

from datetime import datetime

from headend import archive, control, notify, settle, strategy
from headend.archive import FlagKind
from headend.control import Proposal
from headend.desk import objects
from headend.desk.model import Caller, Role
from headend.store import BUSINESS_ZONE, View
from headend.work import OrderKind, open_kinds

APPROVERS = frozenset({Role.APPR_1, Role.APPR_2, Role.MGR})

URGINGS = ("S01", "S02", "S03", "S04", "S05")

RISKS = frozenset({FlagKind.RISK, FlagKind.LEGAL, FlagKind.CONTACT_BAD, FlagKind.BLACKLISTED, FlagKind.STALE_DATA})


def waiting(view: View, caller: Caller) -> list[dict[str, object]]:
    """List the proposals that wait, the oldest first; an approver sees those that their role signs."""
    own = caller.role in APPROVERS and not caller.every_role
    rows = [_row(view, each) for each in control.waiting(view, objects.scope(view, caller))]
    return [row for row in rows if not own or row["signs"] == caller.role.value]


def _row(view: View, proposal: Proposal) -> dict[str, object]:
    """Give a proposal with debt, days, notices, age of the reading and risk marks."""
    account = archive.account(view, proposal.account)
    comparison = settle.compare(view, account.id, day=view.today)
    told = notify.delivered(view, account.id, URGINGS)
    contacts = archive.contacts(view, account.id)
    return {
        "proposal": proposal.id,
        "account": account.no,
        "customer": contacts[0].name if contacts else None,
        "class": account.class_code,
        "area": account.area_code,
        "signs": archive.numbers(view, account.id, view.today).approver,
        "opened": proposal.opened,
        "debt": proposal.debt,
        "balance": comparison.a,
        "days": (view.today - _arrears_since(view, proposal).astimezone(BUSINESS_ZONE).date()).days,
        "notices": [f"{m.template} {m.delivered.astimezone(BUSINESS_ZONE):%m-%d}" for m in told[-3:] if m.delivered],
        "reading": comparison.last_reading,
        "mark": comparison.mark,
        "risks": sorted([*(archive.flags(view, account.id) & RISKS), *_cases(view, account.id)]),
    }


def _arrears_since(view: View, proposal: Proposal) -> datetime:
    """Give when the customer fell short: the last move into ARREARS before the proposal."""
    moves = [m for m in strategy.transitions(view, proposal.account) if m.moved and m.target is strategy.State.ARREARS]
    return moves[-1].at if moves else proposal.opened


def _cases(view: View, account: int) -> set[str]:
    disputes = {OrderKind.DISPUTE, OrderKind.AUDIT_CASE, OrderKind.MIX_UP, OrderKind.NOTICE_UNDELIVERED}
    return {kind.value for kind in open_kinds(view, account) & disputes}
