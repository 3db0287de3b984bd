"""The transactions of a relay command's way: begin, pass the checks, be sent, be answered, be read back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from drivers.meter import RelayState, Release
from headend import archive, collect, settle
from headend.collect import RelaySeen
from headend.control import releases
from headend.control.interlocks import live_result, passes, record_refusals
from headend.control.machine import Event, State
from headend.control.model import (
    ANSWER_TIMEOUT,
    GIVES_POWER,
    LATER_READ_BACK,
    READ_BACKS,
    TRIPS_PER_WINDOW,
    UNSECURED_AGAIN,
    Command,
    Kind,
    Refusal,
    Step,
    timing,
)
from headend.control.ordering import apply, back_off, get, trips_in_window, unconfirmed_trip
from headend.control.tables import command
from headend.store import Fact, Tx, View

c = command.c

NO_LOAD = Decimal("0.1")
"""A current up to this many ampere on the load side is none: what the meter itself and its noise may show."""


TURN = timedelta(minutes=1)
"""After it a command in PRECHECK that nobody is working on is put back."""


@dataclass(frozen=True, slots=True)
class Live:
    """What PRECHECK read from the meter itself."""

    relay: RelayState
    register: Decimal | None = None


def installed(view: View, known: Command) -> archive.Place:
    """Give where the meter of a command is, by its installation, and how it is spoken to at this moment."""
    return next(p for p in archive.installations(view, known.point) if p.installation == known.installation)


def begin(tx: Tx, command_id: int) -> Command | None:
    """Give the command for its live reads; None where its life is over or it has ended meanwhile."""
    known = get(tx, command_id)
    tx.lock(known.account)
    known = get(tx, command_id)
    if known.state not in {State.QUEUED, State.RETRY}:
        return None
    if tx.now >= known.expires:
        apply(tx, known.id, Event.GIVE_UP if known.ever_sent else Event.EXPIRE, {"reason": "life_over"})
        return None
    apply(tx, known.id, Event.BEGIN, due=tx.now + TURN, prechecks=known.prechecks + 1)
    return get(tx, command_id)


def interrupted(tx: Tx, command_id: int) -> None:
    """Put a command back whose turn ended without a word: its worker failed or was killed."""
    known = get(tx, command_id)
    tx.lock(known.account)
    apply(tx, command_id, Event.INTERRUPTED, {"reason": "no_word"}, due=tx.now)


def unreachable(tx: Tx, command_id: int, reason: str, *, unsecured: bool = False) -> None:
    """Note that in PRECHECK the meter could not be read, or its command not be secured (``unsecured``): later again."""
    known = _in(tx, command_id, State.PRECHECK)
    if known is not None:
        soon = tx.now + UNSECURED_AGAIN if unsecured and known.kind in GIVES_POWER else known.expires
        due = min(_next_try(tx, known, known.prechecks), known.expires, soon)
        apply(tx, known.id, Event.AGAIN, {"reason": reason}, due=due)


def precheck(tx: Tx, command_id: int, live: Live, operator: str) -> Release | bool:
    """Decide after the live reads: False ends the turn here, else the command may be sent.

    A trip gets its :class:`Release`; every safety rule is asked again. What gives power is asked nothing.
    """
    known = _in(tx, command_id, State.PRECHECK)
    if known is None:
        return False
    note_relay(tx, known, live.relay, "precheck")
    if _is_as_wanted(tx, known, live.relay):
        apply(tx, known.id, Event.AS_WANTED, {"word": live.relay.word})
        return False
    return _precheck_trip(tx, known, live, operator) if known.kind is Kind.TRIP else True


def _precheck_trip(tx: Tx, known: Command, live: Live, operator: str) -> Release | bool:
    tx.execute(command.update().where(c.id == known.id).values(live_register=live.register))
    why: Refusal | None = None
    if live.relay.address != known.address:
        why = Refusal("R11", {"answered": live.relay.address})
    elif live.relay.keep_power:
        why = Refusal("KEEP", {"word": live.relay.word})
    elif live.register is None:
        why = Refusal("R4", {"live": "none"})
    elif passes(tx, known.account, Step.RELEASE, register=live.register):
        verified = releases.verify(tx, known.release or 0, operator)
        if not isinstance(verified, Refusal):
            return verified
        why = verified
    return _block(tx, known, why)


def mark_sent(tx: Tx, command_id: int, profile: str) -> bool:
    """Commit SENT; the next byte on the line is the command's. False: it must not leave, for whatever reason.

    ``profile`` is the one its frame is made by: a trip leaves only by the profile that the meter has at this moment.

    The point of no return. For a trip the rules of this step are asked in this very transaction, by this moment's
    ledger, with the budget of its area; a payment either came before it, and it refuses, or comes after it, and finds
    the trip sent.
    """
    known = get(tx, command_id)
    tx.lock(known.account)
    known = get(tx, command_id)
    if known.state is not State.PRECHECK:
        return False
    if known.kind is Kind.TRIP and not _may_trip(tx, known, profile):
        return False
    sent = {"tries": known.tries + 1, "checks": 0, "sent_at": tx.now, "due": tx.now + ANSWER_TIMEOUT + READ_BACKS[0]}
    apply(tx, known.id, Event.SEND, None, **sent)
    return True


def answered(tx: Tx, command_id: int, event: Event, code: str = "") -> None:
    """Take the answer (ACCEPTED, REFUSED, SILENT): a refused command is tried again, any other is read back."""
    known = get(tx, command_id)
    tx.lock(known.account)
    detail = {"code": code} if code else {}
    to = apply(tx, command_id, event, detail)
    if to in {State.ACKED, State.UNKNOWN}:
        apply(tx, command_id, Event.CHECK, due=max(tx.now, (known.sent_at or tx.now) + READ_BACKS[0]))
    elif to is State.NACKED:
        _again_or_give_up(tx, get(tx, command_id), f"refused {code}")


def read_back(tx: Tx, command_id: int, relay: RelayState | None, reason: str = "") -> State | None:
    """Judge a read-back: DONE if the relay stands as ordered, else look again, and after the last look try again."""
    known = get(tx, command_id)
    tx.lock(known.account)
    known = get(tx, command_id)
    if relay is not None:
        note_relay(tx, known, relay, "verify")
    if known.state is not State.VERIFY:
        return None
    if relay is not None and is_done(known.kind, relay):
        later = tx.now + LATER_READ_BACK
        return apply(tx, known.id, Event.CONFIRMED, {"word": relay.word}, due=later)
    checks = known.checks + 1
    if checks < len(READ_BACKS):
        due = max(tx.now, (known.sent_at or tx.now) + READ_BACKS[checks])
        tx.execute(command.update().where(c.id == known.id).values(checks=checks, due=due))
        return None
    return _again_or_give_up(tx, known, reason or "relay_did_not_move")


def later_read_back(tx: Tx, command_id: int, relay: RelayState | None) -> bool:
    """Take the second read-back of a success, half an hour later; False if the relay stands otherwise by now."""
    known = get(tx, command_id)
    tx.lock(known.account)
    tx.execute(command.update().where(c.id == known.id).values(due=None))
    if relay is None:
        return True
    note_relay(tx, known, relay, "later")
    return is_done(known.kind, relay)


def state_read(tx: Tx, command_id: int, relay: RelayState | None, reason: str = "") -> None:
    """End a READ_STATE with what was read, or try again."""
    known = _in(tx, command_id, State.PRECHECK)
    if known is None:
        return
    if relay is None:
        apply(tx, known.id, Event.AGAIN, {"reason": reason}, due=_next_try(tx, known, known.prechecks))
        return
    note_relay(tx, known, relay, "read")
    apply(tx, known.id, Event.AS_WANTED, {"word": relay.word})


def note_relay(tx: Tx, known: Command, relay: RelayState, source: str) -> None:
    """Keep a relay state as a reading, and remember an open relay on every trip that was sent and may have done it."""
    seen = RelaySeen(relay.open, relay.command_open, relay.keep_power, relay.current, relay.address, tx.now, source)
    before = collect.relay(tx, known.account)
    collect.note_relay(tx, known.account, seen)
    if relay.open:
        trips = (c.account == known.account) & (c.kind == Kind.TRIP.value) & (c.tries > 0) & c.seen_open.is_(False)
        tx.execute(command.update().where(trips).values(seen_open=True))
    if before is None or (before.open, before.command_open) != (relay.open, relay.command_open):
        tx.changed(known.account, Fact.RELAY, known.id)


def is_done(kind: Kind, relay: RelayState) -> bool:
    """Tell whether the relay stands as a command of the kind wants it.

    A trip wants it open with no current on the load side; a permit only that the meter has taken it: the customer's
    key closes.
    """
    if kind is Kind.TRIP:
        return relay.open and (relay.current is None or abs(relay.current) <= NO_LOAD)
    return not relay.open if kind is Kind.CLOSE else not relay.command_open


def _is_as_wanted(tx: Tx, known: Command, relay: RelayState) -> bool:
    """Tell whether nothing is to be sent. After a trip that was never read back open it could still open: no NOOP."""
    if known.ever_sent and known.kind is Kind.TRIP:
        return relay.open
    if known.kind in GIVES_POWER and unconfirmed_trip(tx, known.account) is not None and not known.ever_sent:
        return False
    if known.kind is Kind.CLOSE:
        return not relay.open and not relay.command_open
    return is_done(known.kind, relay)


def _may_trip(tx: Tx, known: Command, profile: str) -> bool:
    account = archive.account(tx, known.account)
    present = installed(tx, known).profile
    if present != profile:
        return _block(tx, known, Refusal("R14", {"profile": present, "made_by": profile}))
    window = archive.window_at(tx, tx.now)
    if window is None or (known.window_end is not None and tx.now >= known.window_end):
        return _block(tx, known, Refusal("R2", {"at": tx.now.isoformat()}))
    if trips_in_window(tx, account.unit, window.start) >= TRIPS_PER_WINDOW:
        return _block(tx, known, Refusal("BUDGET", {"area": account.area_code, "trips": str(TRIPS_PER_WINDOW)}))
    if not passes(tx, known.account, Step.SENT):
        return _block(tx, known, None)
    return True if _still_short(tx, known) else _block(tx, known, Refusal("R4", {"ledger": "not_short"}))


def _still_short(tx: Tx, known: Command) -> bool:
    """Ask this moment's ledger, up to the live register of PRECHECK, whether the account is still SHORT."""
    found = live_result(tx, known.account, known.live_register)
    return found is settle.Result.SHORT


def _block(tx: Tx, known: Command, why: Refusal | None) -> bool:
    if why is not None:
        record_refusals(tx, known.account, Step.RELEASE, (why,))
    apply(tx, known.id, Event.BLOCK, {"reason": "rules" if why is None else why.rule})
    return False


def _again_or_give_up(tx: Tx, known: Command, reason: str) -> State | None:
    limit = timing(known.kind).tries
    due = _next_try(tx, known, known.tries)
    over = (limit is not None and known.tries >= limit) or due >= known.expires
    event = Event.GIVE_UP if over else Event.AGAIN
    return apply(tx, known.id, event, {"reason": reason}, **({} if over else {"due": due}))


def _next_try(tx: Tx, known: Command, count: int) -> datetime:
    return tx.now + max(back_off(known.kind, max(count, 1)), timedelta(seconds=1))


def _in(tx: Tx, command_id: int, state: State) -> Command | None:
    """Give the command under its account's lock, if it still is in that state."""
    known = get(tx, command_id)
    tx.lock(known.account)
    known = get(tx, command_id)
    return known if known.state is state else None
