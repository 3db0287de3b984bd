"""Facts about the relay: what was ordered, what was sent, and what reads have shown since. An answer is no fact."""

from collections.abc import Mapping
from datetime import datetime

from headend import archive, control, work
from headend.archive import FlagKind
from headend.control import FINAL, GIVES_POWER, Command, Kind
from headend.control import State as CommandState
from headend.store import BUSINESS_ZONE
from headend.strategy import queries
from headend.strategy.look import Look
from headend.strategy.machine import State
from headend.strategy.spans import HOUR, MINUTE, Reader, age


def _trip(look: Look) -> str:
    """How far the trip of this order has come."""
    trip = look.trip
    if trip is None:
        return "none"
    if trip.state is CommandState.DONE:
        return "done"
    if trip.state is CommandState.NOOP:
        return "noop"
    if trip.state in FINAL:
        return "failed" if trip.ever_sent else "unsent_ended"
    return "sent" if trip.ever_sent else "unsent"


def _trip_sent(look: Look) -> bool:
    return look.trip is not None and look.trip.ever_sent


def _failed_windows(look: Look) -> int:
    """Count the cuts that failed since the cut was announced: one per window."""
    return 0 if look.noticed is None else queries.number_of(look.view, look.account_id, "T17", after=look.noticed.id)


def _since(look: Look, since: datetime | None) -> str | None:
    """Give how the relay stood in the newest read from an instant on."""
    if since is None or look.relay is None or look.relay.at < since:
        return None
    return "open" if look.relay.open else "closed"


def _since_trip(look: Look) -> str | None:
    return _since(look, look.trip.created if look.trip else None)


def _since_restore(look: Look) -> str | None:
    """How the relay stood after the restore's frame, or after its order where no frame was needed."""
    restore = look.restore
    if restore is None:
        return None
    if restore.kind is Kind.CLOSE and control.succeeded(restore):
        return "closed"
    return _since(look, restore.sent_at or (restore.created if control.succeeded(restore) else None))


def _load(look: Look) -> bool:
    """Whether the newest read shows current on the load side; one that can't be read is what the command judges."""
    return look.relay is not None and look.relay.current is not None and look.relay.current > control.NO_LOAD


def _cut_seen(look: Look) -> bool:
    """Whether a read showed the relay open: after a trip of this way, or in the state that it is restored from."""
    trips = [c for c in look.commands if c.kind is Kind.TRIP and look.noticed and c.created >= look.noticed.at]
    if any(c.seen_open or c.state is CommandState.NOOP for c in trips):
        return True
    due = queries.last_move(look.view, look.account_id, [State.RESTORE_DUE, State.RESTORE_ORDERED])
    before = queries.last_move(look.view, look.account_id, [State.CUT])
    found = due is not None and due.rule == "T36"
    return found or (before is not None and look.noticed is not None and before.id > look.noticed.id)


def _cut_unclear(look: Look) -> bool:
    """Whether a trip of an earlier window was sent and nothing has cleared it since: the relay may be open."""
    if look.state not in {State.CUT_SCHEDULED, State.CUT_ORDERED}:
        return False
    sent = [c.sent_at for c in look.commands if c.kind is Kind.TRIP and c.sent_at is not None and c is not look.trip]
    last = max(sent, default=None)
    cleared = [c.ended for c in look.commands if c.kind in GIVES_POWER and control.succeeded(c) and c.ended is not None]
    return last is not None and max(cleared, default=last) <= last


def _restore(look: Look) -> str:
    """How far the close or permit has come."""
    if look.restore is None:
        return "none"
    if control.succeeded(look.restore):
        return "done"
    return "ended" if look.restore.state in FINAL else "open"


def _permit_accepted(look: Look) -> bool:
    """Whether the meter has taken the permission, in this state: it was read back so."""
    permit = look.restore
    if permit is None or permit.kind is not Kind.PERMIT or permit.ended is None:
        return False
    return control.succeeded(permit) and permit.ended >= look.now_at.since


def _found_open(look: Look) -> bool:
    """Whether the relay was read open after our last restore had been verified."""
    restored, relay = look.restored_at, look.relay
    return restored is not None and relay is not None and relay.open and relay.at > restored


def _restored_hours(look: Look) -> int | None:
    return age(look, look.restored_at, HOUR)


def _relay_asked(look: Look) -> int | None:
    """Minutes since the relay was last asked for, in this state."""
    asked: list[Command] = [c for c in look.commands if c.kind is Kind.READ_STATE and c.created >= look.now_at.since]
    return age(look, asked[-1].created, MINUTE) if asked else None


def _meter_changed(look: Look) -> bool:
    cut = queries.last_move(look.view, look.account_id, [State.CUT])
    place = archive.place(look.view, look.account_id, look.view.today)
    return cut is not None and place.since >= cut.at.astimezone(BUSINESS_ZONE).date()


def _identity_open(look: Look) -> bool:
    """Whether a blacklisted customer's identity check stands before this restore: after a cut, not after a mistake."""
    if FlagKind.BLACKLISTED not in look.flags:
        return False
    due = queries.last_move(look.view, look.account_id, [State.RESTORE_DUE])
    checked = any(
        o.kind is work.OrderKind.IDENTITY_CHECK and o.closed is not None and due is not None and o.closed >= due.at
        for o in look.orders
    )
    return due is not None and due.rule == "T20" and not checked


RELAY_FACTS: Mapping[str, Reader] = {
    "trip": _trip,
    "trip_sent": _trip_sent,
    "trip_accepted": lambda look: look.trip is not None and look.accepted(look.trip),
    "failed_windows": _failed_windows,
    "relay_since_trip": _since_trip,
    "load_current": _load,
    "cut_seen": _cut_seen,
    "cut_unclear": _cut_unclear,
    "restore": _restore,
    "permit_accepted": _permit_accepted,
    "relay_since_restore": _since_restore,
    "found_open": _found_open,
    "restored_hours": _restored_hours,
    "relay_asked_minutes": _relay_asked,
    "meter_changed": _meter_changed,
    "identity_open": _identity_open,
}
