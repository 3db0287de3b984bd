"""Approvals, manual restores, holds, the kill switch and the mass check: what people decide about cuts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from headend import archive, control, strategy, work
from headend.archive import FlagKind
from headend.control import Decision, ProposalState
from headend.desk import approvals, corrections, objects
from headend.desk.errors import ArgumentsError, NotFoundError, NotPermittedError, RefusedError
from headend.desk.model import AccountNo, Arguments, Caller, Done, Reason, Role, Target, line
from headend.desk.telling import moves
from headend.store import Tx, View
from headend.work import OrderKind

HOUR = timedelta(hours=1)

HOLD_HOURS = {
    Role.OPR: 24,
    Role.CS: 24,
    Role.APPR_1: 72,
    Role.APPR_2: 72,
    Role.FEE: 30 * 24,
}
"""For how long at most each role may hold a cut."""

SIGNED: Mapping[Decision, ProposalState] = {
    Decision.APPROVE: ProposalState.APPROVED,
    Decision.REJECT: ProposalState.REJECTED,
}
"""The state that a decision leaves a proposal in."""


LISTS = {"approvals": approvals.waiting, "corrections": corrections.waiting}
"""What may wait for a decision, by kind."""


class WorkList(Arguments):
    """Which list of things waiting for a decision: proposed cuts, or corrections of readings."""

    kind: Literal["approvals", "corrections"] = "approvals"


class Sign(Arguments):
    """A decision about a proposed cut; a rejection needs its reason."""

    proposal: int
    decision: Decision
    reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _reasoned(self) -> "Sign":
        if self.decision is Decision.REJECT and not self.reason:
            raise ValueError("a rejection needs its reason")
        return self


class Restore(Target):
    """A manual restore; the reason is for the trail and for whoever looks into it later."""

    reason: Reason


class Hold(Arguments):
    """A hold (暂缓停电) of some hours."""

    account: AccountNo
    hours: Annotated[int, Field(ge=1, le=30 * 24)]
    reason: Reason


class Switch(Arguments):
    """The kill switch (总闸) of a county, station or area, by its code."""

    unit: Annotated[str, Field(min_length=1, max_length=32)]
    reason: Reason


class MassRelease(Arguments):
    """The day whose held cuts may pass."""

    day: date


def work_list(view: View, caller: Caller, args: WorkList) -> list[dict[str, object]]:
    """List what waits for a signature: for those who sign theirs, for others all they may see."""
    return LISTS[args.kind](view, caller)


def sign(tx: Tx, caller: Caller, args: Sign) -> Done:
    """Approve or reject a proposed cut; the same decision of the same person again changes nothing."""
    found = control.proposal(tx, args.proposal)
    if not objects.sees(tx, caller, found.account):
        raise NotFoundError(f"there is no proposal {args.proposal}; `headend work list` shows those that wait")
    no = archive.account(tx, found.account).no
    again = found.approver == caller.actor and found.state is SIGNED[args.decision]
    moved = []
    if not again:
        control.sign(tx, args.proposal, args.decision, caller.user, args.reason)
        moved = strategy.react(tx, found.account)
    state = strategy.state(tx, found.account).state
    result = {"proposal": args.proposal, "account": no, "decision": args.decision, "already": again, "state": state}
    told = line("sign.done", account=no, proposal=args.proposal, decision=args.decision.value, by=caller.user)
    return Done(result, () if again else (told, *moves(tx, moved)))


def restore(tx: Tx, caller: Caller, args: Restore) -> Done:
    """Restore by hand (T28), with a reason, also while the customer is in arrears; no safety rule is asked."""
    account = objects.find_target(tx, caller, args)
    if OrderKind.SAFETY_TAG in work.open_kinds(tx, account.id):
        raise RefusedError(f"account {account.no}: somebody works on that line (safety tag, R18); lift the tag first")
    moved = strategy.restore(tx, account.id, args.reason)
    commands = [command.id for command in control.open_commands(tx, account.id, control.GIVES_POWER)]
    state = strategy.state(tx, account.id).state
    result = {"account": account.no, "state": state, "commands": commands}
    told = line("restore.asked", account=account.no, by=caller.user, reason=args.reason)
    return Done(result, (told, *moves(tx, moved)))


def hold(tx: Tx, caller: Caller, args: Hold) -> Done:
    """Hold a cut for some hours; what was ordered and not sent is off."""
    most = max(HOLD_HOURS.values()) if caller.every_role else HOLD_HOURS[caller.role]
    if args.hours > most:
        raise NotPermittedError(f"{caller.user} ({caller.role.value}) may hold for {most} hours; ask FEE for longer")
    account = objects.find_account(tx, caller, args.account)
    standing = [
        flag
        for flag in archive.active_flags(tx, account.id)
        if (flag.kind, flag.author, flag.reason) == (FlagKind.HOLD, caller.actor, args.reason)
    ]
    until = standing[-1].until if standing else tx.now + args.hours * HOUR
    moved = []
    if not standing:
        archive.set_flag(tx, account.id, FlagKind.HOLD, until=until, reason=args.reason)
        moved = strategy.react(tx, account.id)
    state = strategy.state(tx, account.id).state
    result = {"account": account.no, "until": until, "already": bool(standing), "state": state}
    told = line("hold.set", account=account.no, hours=args.hours, by=caller.user, reason=args.reason)
    return Done(result, () if standing else (told, *moves(tx, moved)))


def stop(tx: Tx, caller: Caller, args: Switch) -> Done:
    """Turn the kill switch of a unit on: from this commit on nobody in it is cut (R16)."""
    return _switch(tx, caller, args, stopped=True)


def resume(tx: Tx, caller: Caller, args: Switch) -> Done:
    """Turn the kill switch of a unit off."""
    return _switch(tx, caller, args, stopped=False)


def mass_check(view: View, _caller: Caller, _args: Arguments) -> dict[str, object]:
    """Tell today's verdict of the mass check (R15)."""
    verdict = control.mass_verdict(view, view.today)
    return {
        "day": view.today,
        "verdict": verdict.word,
        "candidates": verdict.candidates,
        "reasons": verdict.reasons or {},
    }


def mass_release(tx: Tx, caller: Caller, args: MassRelease) -> Done:
    """Let the held cuts of a day pass, in a manager's name."""
    if args.day != tx.today:
        raise ArgumentsError(f"mass_release: only today's ({tx.today}) held cuts can pass; {args.day} is over")
    if control.mass_verdict(tx, args.day).word == "not_done":
        raise NotFoundError(f"there was no mass check on {args.day} yet; it is due at 08:30")
    verdict = control.mass_release(tx, args.day, caller.user)
    told = line("control.mass_released", day=str(args.day), by=caller.user, candidates=verdict.candidates)
    return Done({"day": args.day, "verdict": verdict.word, "candidates": verdict.candidates}, (told,))


def _switch(tx: Tx, caller: Caller, args: Switch, *, stopped: bool) -> Done:
    unit = archive.unit_id(tx, args.unit)
    within = {row.id for row in tx.all(archive.units_within(objects.scope(tx, caller)))}
    if unit not in within:
        raise NotFoundError(f"no unit has the code {args.unit}")
    now = any(each.unit_code == args.unit for each in archive.stops(tx))
    if now is not stopped:
        (archive.stop if stopped else archive.resume)(tx, args.unit, args.reason)
    event = "switch.stopped" if stopped else "switch.resumed"
    told = line(event, unit=args.unit, by=caller.user, reason=args.reason)
    return Done({"unit": args.unit, "stopped": stopped, "already": now is stopped}, () if now is stopped else (told,))
