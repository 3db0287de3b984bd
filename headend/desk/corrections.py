"""Corrections of readings (示数更正): brought in by one person, signed by another."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from headend import archive, collect, settle
from headend.collect import Importer, RowOutcome, RowResult
from headend.control import Decision
from headend.desk import objects
from headend.desk.errors import NotFoundError, RefusedError
from headend.desk.model import Arguments, Caller, Done, line
from headend.settle import Correction, CorrectionDraft, CorrectionState
from headend.store import Tx, View

SIGNED: Mapping[Decision, CorrectionState] = {
    Decision.APPROVE: CorrectionState.APPROVED,
    Decision.REJECT: CorrectionState.REJECTED,
}
"""The state that a decision leaves a correction in."""


class CorrectionSign(Arguments):
    """A decision about a correction; a rejection needs its reason."""

    correction: int
    decision: Decision
    reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _reasoned(self) -> "CorrectionSign":
        if self.decision is Decision.REJECT and not self.reason:
            raise ValueError("a rejection needs its reason")
        return self


def take(tx: Tx, caller: Caller, file: str, number: int, row: Mapping[str, str]) -> RowResult:
    """Take a row of a handheld's file; a correction only if its importer may be the second person, else it waits."""
    importer = Importer(caller.user, lambda account: objects.sees(tx, caller, account))
    seen = collect.look_at_row(tx, importer, number, row)
    if seen.outcome is not RowOutcome.CORRECTED:
        return collect.take_row(tx, importer, file, number, row)
    draft = _draft(tx, seen, file, row)
    if (standing := settle.correction_of(tx, draft.key)) is not None:
        return _waits(seen, standing)
    with tx.trial():
        amount, _ = _weighed(tx, importer, draft)
    if _is_second(caller, draft, amount):
        return collect.take_row(tx, importer, file, number, row)
    return _waits(seen, settle.propose_correction(tx, draft, amount))


def waiting(view: View, caller: Caller) -> list[dict[str, object]]:
    """List the corrections that wait for a signature: for those who sign some, theirs; for others all they may see."""
    rows = [_row(view, each) for each in settle.waiting_corrections(view, objects.scope(view, caller))]
    own = caller.role in settle.CORRECTION_LIMITS and not caller.every_role
    return [row for row in rows if not own or row["signs"] == caller.role.value]


def sign(tx: Tx, caller: Caller, args: CorrectionSign) -> Done:
    """Approve or reject a correction; the same decision of the same person again changes nothing."""
    found = settle.correction(tx, args.correction)
    draft = found.draft
    if not objects.sees(tx, caller, draft.account):
        raise NotFoundError(f"there is no correction {found.id}; `headend work corrections` lists them")
    no = archive.account(tx, draft.account).no
    again = found.approver == caller.actor and found.state is SIGNED[args.decision]
    if not again:
        approve = args.decision is Decision.APPROVE
        amount = _stored(tx, found) if approve else found.amount
        settle.sign_correction(tx, found.id, approve=approve, user=caller.user, amount=amount, reason=args.reason)
    told = line("correction.signed", account=no, correction=found.id, decision=args.decision.value, by=caller.user)
    result = {"correction": found.id, "account": no, "day": draft.day, "decision": args.decision, "already": again}
    return Done(result, () if again else (told,))


def _stored(tx: Tx, found: Correction) -> Decimal | None:
    """Store what a correction says, as if its row came now; gives what it is worth by now."""
    importer = Importer(found.proposer.partition(":")[2], lambda _account: True)
    amount, result = _weighed(tx, importer, found.draft)
    if result.outcome is RowOutcome.BAD:
        raise RefusedError(f"correction {found.id} can't be taken any more: {result.message}; reject it")
    return amount


def _weighed(tx: Tx, importer: Importer, draft: CorrectionDraft) -> tuple[Decimal | None, RowResult]:
    """Take a row, and give by how much A moves with it; None where that can't be told."""
    before = settle.worth(tx, draft.account, draft.day)
    result = collect.take_row(tx, importer, draft.file, draft.line, draft.row)
    after = settle.worth(tx, draft.account, draft.day)
    return (None if before is None or after is None else after - before), result


def _is_second(caller: Caller, draft: CorrectionDraft, amount: Decimal | None) -> bool:
    """Tell whether the importer is the second person: somebody else has read it, and their role is enough."""
    return draft.reader not in {"", caller.user} and settle.may_sign_correction(caller.role.value, amount)


def _draft(view: View, seen: RowResult, file: str, row: Mapping[str, str]) -> CorrectionDraft:
    read = collect.read_row(row)
    account = archive.find(view, seen.account or "").id
    return CorrectionDraft(account, read.day, read.key, file, seen.line, row, read.reader)


def _waits(seen: RowResult, standing: Correction) -> RowResult:
    what = "of unknown worth" if standing.amount is None else f"of {abs(standing.amount)} yuan"
    if standing.state is CorrectionState.OPEN:
        message = f"correction {standing.id} {what} waits for {standing.signs} to sign; `headend work corrections`"
    else:
        message = f"correction {standing.id} {what} was {standing.state}: {standing.reason or 'no reason given'}"
    outcome = RowOutcome.WAITS if standing.state is CorrectionState.OPEN else RowOutcome.KNOWN
    return RowResult(seen.line, outcome, seen.account, seen.day, message=message)


def _row(view: View, each: Correction) -> dict[str, object]:
    draft = each.draft
    stored = collect.reading(view, archive.place(view, draft.account, draft.day).point, draft.day)
    return {
        "correction": each.id,
        "account": archive.account(view, draft.account).no,
        "day": draft.day,
        "stored": None if stored is None else stored.total,
        "total": draft.row.get("total"),
        "photo": draft.row.get("photo"),
        "amount": each.amount,
        "signs": each.signs,
        "reader": draft.reader,
        "by": each.proposer,
        "opened": each.opened,
    }
