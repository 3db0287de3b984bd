"""Checks of the cuts: whom, after which notices, by whose authority."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from headend import archive, control, notify, strategy
from headend.archive import Flag, FlagKind
from headend.audit.model import Finding, Row, Truth
from headend.control import APPROVAL_LIFE, Authority, Command
from headend.store import BUSINESS_ZONE, View
from headend.strategy import State

NEVER_CUT = frozenset({FlagKind.PROTECTED, FlagKind.LOVE_CARE, FlagKind.HOLD})
CLASSES_NEVER_CUT = frozenset({"R2", "P1", "I1"})

URGINGS = ("S01", "S02", "S03", "S04", "S05")
NOTICE = "S06"

Fault = Callable[[Command, datetime], str | None]


def protected(view: View, _truth: Truth | None) -> Finding:
    """Find trips that were sent to somebody whom nobody may cut at that time (R1)."""
    return _of_trips(view, lambda trip, at: _protection(view, trip, at))


def notices(view: View, _truth: Truth | None) -> Finding:
    """Find trips without a delivered notice of enough hours, or without an urging delivered on an earlier day."""
    return _of_trips(view, lambda trip, at: _notice_fault(view, trip, at))


def authorities(view: View, _truth: Truth | None) -> Finding:
    """Find trips without a signed release, an approval in force, or a live read that confirmed the shortage."""
    return _of_trips(view, lambda trip, at: _authority_fault(view, trip, at))


def _of_trips(view: View, fault: Fault) -> Finding:
    """Ask for the fault of each trip at each instant at which a frame of it was sent."""
    sent = [(trip, event.at) for trip in control.sent_trips(view) for event in control.sendings(view, trip.id)]
    return Finding(len(sent), list(_rows(view, sent, fault)))


def _rows(view: View, sent: list[tuple[Command, datetime]], fault: Fault) -> Iterator[Row]:
    for trip, at in sent:
        why = fault(trip, at)
        if why is not None:
            yield {"account": archive.account(view, trip.account).no, "command": trip.id, "sent": at, "fault": why}


def _protection(view: View, trip: Command, at: datetime) -> str | None:
    held = {f.kind.value for f in archive.flag_history(view, trip.account) if f.kind in NEVER_CUT and _holds(f, at)}
    if held:
        return ", ".join(sorted(held))
    code = archive.account(view, trip.account).class_code
    return f"class {code}" if code in CLASSES_NEVER_CUT else None


def _holds(flag: Flag, at: datetime) -> bool:
    ends = [end for end in (flag.until, flag.ended) if end is not None]
    return flag.since <= at < min(ends, default=at + timedelta(days=1))


def _notice_fault(view: View, trip: Command, at: datetime) -> str | None:
    hours = timedelta(hours=archive.numbers(view, trip.account, _day(at)).notice_hours)
    told = notify.delivered(view, trip.account, [NOTICE], since=at - APPROVAL_LIFE, before=at)
    old_enough = [m for m in told if m.delivered is not None and m.delivered + hours <= at]
    if not old_enough:
        return f"no {NOTICE} delivered {hours} before"
    first = _midnight(old_enough[0].created)
    urged = notify.delivered(view, trip.account, URGINGS, before=first)
    return None if urged else "no urging (S01 to S05) delivered on an earlier day than the notice"


def _authority_fault(view: View, trip: Command, at: datetime) -> str | None:
    found = None if trip.release is None else control.authority(view, trip.release)
    if found is None:
        return "no release"
    fault = _release_fault(found, trip, at) or _approval_fault(found, at)
    if fault is None and not _confirmed_short(view, trip):
        return "no live read confirmed the shortage"
    return fault


def _release_fault(found: Authority, trip: Command, at: datetime) -> str | None:
    if found.genuine is None:
        return "no service key here to check the release's signature with; run the check where the daemon runs"
    if not found.genuine:
        return f"release {found.release} has a false signature"
    if (found.account, found.address) != (trip.account, trip.address):
        return f"release {found.release} is for another meter"
    return None if found.made <= at <= found.expires else f"release {found.release} was not valid then"


def _approval_fault(found: Authority, at: datetime) -> str | None:
    if found.approved is None or found.approved > found.made or at - found.approved > APPROVAL_LIFE:
        return f"proposal {found.proposal} had no approval in force"
    if found.approver == found.proposer and not found.automatic:
        return f"proposal {found.proposal} was signed by its proposer"
    return None


def _confirmed_short(view: View, trip: Command) -> bool:
    """Tell whether the order came from a move that a live read confirmed, and the last look before sending read too."""
    ordered = [
        move
        for move in strategy.transitions(view, trip.account)
        if move.moved and move.target is State.CUT_ORDERED and move.at <= trip.created
    ]
    return trip.live_register is not None and bool(ordered) and bool(ordered[-1].facts.get("live_short"))


def _day(at: datetime) -> date:
    return at.astimezone(BUSINESS_ZONE).date()


def _midnight(at: datetime) -> datetime:
    return datetime.combine(_day(at), datetime.min.time(), BUSINESS_ZONE)
