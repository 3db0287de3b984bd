"""Payments (缴费) as channels and counters bring them."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from headend import settle, strategy
from headend.desk.errors import ArgumentsError, NotPermittedError
from headend.desk.model import AccountNo, Amount, Arguments, Caller, Done, Instant, Line, Role, line
from headend.desk.telling import moves
from headend.settle import Posted
from headend.store import Tx, View

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead of ours a channel's clock may be."""


class Pay(Arguments):
    """A payment; ``channel`` and ``serial`` together make it one payment, however often it is told."""

    account: AccountNo
    amount: Amount
    channel: Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,16}$")]
    serial: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: Instant | None = None


def pay(tx: Tx, caller: Caller, args: Pay) -> Done:
    """Post a payment and let what follows from it follow at once: a cut is off, or the power comes back."""
    if caller.role is Role.CHANNEL and args.channel != caller.user:
        raise NotPermittedError(f"channel {caller.user} can't bring payments of channel {args.channel}")
    paid_at = args.paid_at or tx.now
    if paid_at > tx.now + CLOCKS_DIFFER:
        raise ArgumentsError(f"pay: paid_at {paid_at.isoformat()} lies in the future; it is when the customer paid")
    payment = settle.Payment(args.account, args.channel, args.serial, args.amount, paid_at)
    posted = settle.post(tx, payment)
    result = {"posted": posted.id, "already": posted.already, "account": args.account}
    told: tuple[Line, ...] = ()
    if not posted.already:
        event = "pay.posted" if posted.account is not None else "pay.suspense"
        heard = line(event, account=args.account, amount=str(args.amount), channel=args.channel, serial=args.serial)
        told = (heard, *_follow(tx, posted, args.account))
    return Done({**result, **_standing(tx, posted.account)}, told)


def _follow(tx: Tx, posted: Posted, no: str) -> tuple[Line, ...]:
    """Let follow what follows from a payment, and tell of it.

    A look that fails is undone, but not the payment: it is in the books, and its mark stays for the next look.
    """
    if posted.account is None:
        return ()
    point = tx.conn.begin_nested()
    try:
        told = moves(tx, strategy.after_payment(tx, posted.account, posted))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with an account, its money is not lost for it
        point.rollback()
        return (Line("pay.look_failed", {"account": no, "payment": posted.id, "reason": repr(error)}, "error"),)
    point.commit()
    return told


def _standing(view: View, account: int | None) -> dict[str, object]:
    """Give what the payer wants to know: what is available now, and the state; nothing of a payment in suspense."""
    if account is None:
        return {"available": None, "state": None}
    found = strategy.find_state(view, account)
    return {"available": settle.available(view, account).a, "state": found and found.state}
