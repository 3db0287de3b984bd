"""What an audit (稽查) looks at: the trips that were sent, by whose authority, and the commands that ended well."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from headend.control.history import CommandEvent, history
from headend.control.machine import Event, State
from headend.control.model import Command, Decision, Kind
from headend.control.ordering import select_commands
from headend.control.proposals import AUTO
from headend.control.releases import signature_of
from headend.control.tables import approval, command, proposal, release
from headend.store import View

c = command.c


@dataclass(frozen=True, slots=True)
class Authority:
    """By what a trip was released: its release, and the approval that the release refers to.

    ``genuine``: the signature is the service key's; None where there is no key to tell by. ``automatic``: no person
    signed, as agreement and stage of the area allow it.
    """

    release: int
    account: int
    address: str
    made: datetime
    expires: datetime
    genuine: bool | None
    proposal: int
    proposer: str
    approver: str | None
    approved: datetime | None
    automatic: bool


def sent_trips(view: View) -> list[Command]:
    """List every trip of which a frame was sent, oldest first."""
    return select_commands(view, (c.kind == Kind.TRIP.value) & (c.tries > 0))


def commands_in(view: View, states: Iterable[State]) -> list[Command]:
    """List every command that stands in one of the states, oldest first."""
    return select_commands(view, c.state.in_([state.value for state in states]))


def sendings(view: View, command_id: int) -> tuple[CommandEvent, ...]:
    """Give the events at which a command's frames were sent, oldest first."""
    return tuple(event for event in history(view, command_id) if event.event is Event.SEND and event.after is not None)


def authority(view: View, release_id: int) -> Authority | None:
    """Give by what a trip was released; None if there is no such release."""
    r, p, a = release.c, proposal.c, approval.c
    row = view.one(select(release, p.proposer).join(proposal, r.proposal == p.id).where(r.id == release_id))
    if row is None:
        return None
    approvals = select(a.actor, a.at, a.role).where(a.proposal == row.proposal, a.decision == Decision.APPROVE.value)
    signed = view.all(approvals.where(a.at <= row.at).order_by(a.id.desc()).limit(1))
    genuine = None
    if view.site.service_key:
        made_so = (row.account, row.installation, row.address, row.proposal, row.expires)
        genuine = hmac.compare_digest(signature_of(view, *made_so), row.signature)
    return Authority(
        release=row.id,
        account=row.account,
        address=row.address,
        made=row.at,
        expires=row.expires,
        genuine=genuine,
        proposal=row.proposal,
        proposer=row.proposer,
        approver=signed[0].actor if signed else None,
        approved=signed[0].at if signed else None,
        automatic=bool(signed) and signed[0].role == AUTO,
    )
