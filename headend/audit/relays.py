"""Checks of the relays: each stands where its account's state wants it, and each success was read back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from headend import archive, collect, control, strategy, work
from headend.audit.model import CLOSED, OPEN, Finding, Truth
from headend.collect import RelaySeen
from headend.control import Command, Kind
from headend.control import State as CommandState
from headend.store import View
from headend.strategy import State
from headend.work import OrderKind


class Wanted(StrEnum):
    """Where the relay of an account has to stand."""

    CLOSED = "closed"
    OPEN = "open"
    MOVING = "moving"  # either; but open only while something is being done about it
    KEY = "key"  # either: the customer may press the key at any time
    ANY = "any"


WANTED: Mapping[State, Wanted] = {
    State.PENDING_ENROL: Wanted.ANY,
    State.NORMAL: Wanted.CLOSED,
    State.REMINDED: Wanted.CLOSED,
    State.WARNED: Wanted.CLOSED,
    State.ARREARS: Wanted.CLOSED,
    State.PENDING_APPROVAL: Wanted.CLOSED,
    State.NOTICED: Wanted.CLOSED,
    State.CUT_SCHEDULED: Wanted.MOVING,  # a trip of an earlier window may have opened it
    State.CUT_ORDERED: Wanted.MOVING,
    State.CUT: Wanted.OPEN,
    State.CUT_FAILED: Wanted.MOVING,
    State.RESTORE_DUE: Wanted.MOVING,
    State.RESTORE_ORDERED: Wanted.MOVING,
    State.AWAIT_KEY: Wanted.KEY,
    State.RESTORE_FAILED: Wanted.MOVING,
    State.CLOSED: Wanted.ANY,
}

EXPLAINS = frozenset(
    {
        OrderKind.RESTORE_FAILED,
        OrderKind.SITE_CLOSE,
        OrderKind.RELAY_ODD,
        OrderKind.CUT_FAILED,
        OrderKind.IDENTITY_CHECK,
        OrderKind.SAFETY_TAG,
        OrderKind.CALL_CUSTOMER,
    }
)
"""Open work orders that say why a relay stands otherwise than wanted: somebody is on it."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """How an account's relay stands; ``open`` None: it was never read, and nobody ever switched it."""

    account: int
    state: State
    open: bool | None


def positions(view: View, truth: Truth | None) -> Finding:
    """Find relays that stand otherwise than their account's state wants, and nobody is on it.

    By the physical truth where it is known, else by the last read-back.
    """
    stands = list(_stands(view, truth))
    rows = [
        {
            "account": archive.account(view, s.account).no,
            "state": s.state.value,
            "relay": OPEN if s.open else CLOSED,
        }
        for s in stands
        if _is_odd(s) and not _explained(view, s.account)
    ]
    return Finding(len(stands), rows)


def read_back(view: View, _truth: Truth | None) -> Finding:
    """Find commands that ended as done without a read of the relay that says so."""
    done = control.commands_in(view, [CommandState.DONE])
    rows = [
        {"command": command.id, "kind": command.kind.value, "sent": command.sent_at}
        for command in done
        if not any(_shows(command, seen) for seen in collect.relays(view, command.account))
    ]
    return Finding(len(done), rows)


def _shows(command: Command, seen: RelaySeen) -> bool:
    """Tell whether a read, after the last frame and up to the end, shows what the command wanted."""
    if command.sent_at is None or command.ended is None or not command.sent_at <= seen.at <= command.ended:
        return False
    match command.kind:
        case Kind.TRIP:
            return seen.open
        case Kind.CLOSE:
            return not seen.open
        case Kind.PERMIT:
            return not seen.command_open
        case Kind.READ_STATE:
            return True


def _stands(view: View, truth: Truth | None) -> Iterator[_Stand]:
    """Look at every open account: its state, and its relay as it is, or as it was last read."""
    states, placed = strategy.states().subquery(), archive.placements(view.today).subquery()
    customers = archive.customers().subquery()
    rows = view.all(
        select(customers.c.account, states.c.state, placed.c.address)
        .join(states, states.c.account == customers.c.account)
        .outerjoin(placed, placed.c.account == customers.c.account)
        .where(customers.c.closed.is_(None))
        .order_by(customers.c.account)
    )
    read = collect.open_relays(view)
    for row in rows:
        known = None if truth is None else truth.open.get(row.address)
        yield _Stand(row.account, State(row.state), read.get(row.account) if known is None else known)


def _is_odd(stand: _Stand) -> bool:
    wanted = WANTED[stand.state]
    if wanted is Wanted.OPEN:
        return stand.open is not True
    return bool(stand.open) and wanted in {Wanted.CLOSED, Wanted.MOVING}


def _explained(view: View, account: int) -> bool:
    return bool(control.open_commands(view, account)) or bool(work.open_kinds(view, account) & EXPLAINS)
