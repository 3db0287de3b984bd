"""Ordering, moving and ending relay commands: every step is one event with its history row."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from headend import archive
from headend.control.errors import NotOrderableError, UnknownCommandError
from headend.control.machine import FINAL, Event, State, after
from headend.control.model import GIVES_POWER, TRIP_GAP, Command, Kind, timing
from headend.control.tables import command, command_event, command_frame
from headend.store import Due, Fact, Tx, View

WORKER = "control.operator"

RANKS: Mapping[Kind, int] = {Kind.CLOSE: 0, Kind.PERMIT: 0, Kind.READ_STATE: 1, Kind.TRIP: 4}
"""Who goes first: what gives power back, then looks, then trips."""

c = command.c

_FINAL = [state.value for state in State if state in FINAL]
_RENAMED = {"kind": Kind, "state": State}


def get(view: View, command_id: int) -> Command:
    """Give a command. Raises :class:`UnknownCommandError`."""
    row = view.one(select(command).where(c.id == command_id))
    if row is None:
        raise UnknownCommandError(f"there is no relay command with id {command_id}")
    return _command(row)


def commands(view: View, account: int) -> list[Command]:
    """List the commands of an account, oldest first."""
    return [_command(row) for row in view.all(select(command).where(c.account == account).order_by(c.id))]


def open_commands(view: View, account: int, kinds: Iterable[Kind] = tuple(Kind)) -> list[Command]:
    """List the commands of an account that have not ended."""
    return select_commands(view, (c.account == account) & _open() & c.kind.in_([kind.value for kind in kinds]))


def last_command(view: View, account: int, kinds: Iterable[Kind]) -> Command | None:
    """Give the newest command of the kinds; None if there was none."""
    found = select_commands(view, (c.account == account) & c.kind.in_([kind.value for kind in kinds]))
    return found[-1] if found else None


def succeeded(known: Command) -> bool:
    """Tell whether a command ended as it was meant: read back as ordered, or found so."""
    return known.state in {State.DONE, State.NOOP}


def unconfirmed_trip(view: View, account: int) -> Command | None:
    """Give the newest trip that was sent and never read back open since: it may still open the relay."""
    last = select_commands(view, (c.account == account) & (c.kind == Kind.TRIP.value) & (c.tries > 0))
    return last[-1] if last and not last[-1].seen_open else None


def order(tx: Tx, account: int, kind: Kind, *, release: int | None = None, window_end: datetime | None = None) -> int:
    """Order a relay command and give its id; one that is open already for the same end is given instead.

    At most one TRIP and one CLOSE or PERMIT are open per meter, and CLOSE wins: a trip of which nothing was sent is
    CANCELLED, one that was sent is SUPERSEDED. Raises :class:`NotOrderableError` for a trip without release or window,
    or while power is being given back.
    """
    tx.lock(account)
    giving = open_commands(tx, account, GIVES_POWER)
    if standing := open_commands(tx, account, [kind]):
        _hasten(tx, standing[0])
        return standing[0].id
    if kind is Kind.TRIP:
        if release is None or window_end is None:
            raise NotOrderableError(f"account id {account}: a trip needs a release and a window")
        if giving:
            raise NotOrderableError(f"account id {account}: power is being given back (command {giving[0].id})")
    if kind in GIVES_POWER:
        for other in [*open_commands(tx, account, [Kind.TRIP]), *giving]:
            apply(tx, other.id, _overtaken(other), {"by": kind.value})
    return _create(tx, account, kind, release, window_end)


def _hasten(tx: Tx, known: Command) -> None:
    """Try again at once what gives power and waits for its next try: somebody has just asked for it anew."""
    if known.kind in GIVES_POWER and known.state is State.RETRY:
        tx.execute(command.update().where(c.id == known.id).values(due=tx.now))
        tx.nudge(WORKER)


def cancel(tx: Tx, account: int, reason: str) -> int:
    """Cancel the account's trips of which nothing was ever sent; give how many."""
    tx.lock(account)
    unsent = [known for known in open_commands(tx, account, [Kind.TRIP]) if not known.ever_sent]
    for known in unsent:
        apply(tx, known.id, Event.CANCEL, {"reason": reason})
    return len(unsent)


def apply(
    tx: Tx, command_id: int, event: Event, detail: Mapping[str, Any] | None = None, **changes: Any
) -> State | None:
    """Let an event happen: the state moves as the table says, with a history row; give the new state.

    An event that moves nothing is recorded and None is given; ``changes`` are columns that go with the move. The
    end of a command is told to those who decide (``Fact.COMMAND``), and so is its sending.
    """
    known = get(tx, command_id)
    to = after(known.state, event)
    tx.insert(
        command_event,
        command=command_id,
        event=event.value,
        before=known.state.value,
        after=to and to.value,
        detail=dict(detail or {}),
        **tx.stamp(),
    )
    if to is None:
        return None
    if to in FINAL:
        changes = {"ended": tx.now, "due": None, **changes}
    moved = {"state": to.value, "reason": _reason(detail), **changes}
    tx.execute(command.update().where(c.id == command_id).values(moved))
    if to in FINAL or to is State.SENT:
        tx.changed(known.account, Fact.COMMAND, command_id)
    tx.nudge(WORKER)
    return to


def keep_trace(tx: Tx, command_id: int, frames: Iterable[tuple[str, datetime, bytes]]) -> None:
    """Keep the frames of a command: direction, instant, raw bytes."""
    rows = [
        {**tx.stamp(), "command": command_id, "direction": direction, "data": data, "at": at}
        for direction, at, data in frames
    ]
    if rows:
        tx.execute(command_frame.insert(), rows)


def due_commands(view: View, limit: int) -> Due[int]:
    """Find the commands that are due, those that give power first, and when the next one is."""
    now = select(c.id).where(c.due <= view.now).order_by(c.rank, c.due, c.id).limit(limit)
    following = view.scalar(select(c.due).where(c.due > view.now).order_by(c.due).limit(1))
    return Due([row.id for row in view.all(now)], following)


def recover(tx: Tx) -> int:
    """After a restart: what was being sent is verified, what was being checked begins again; give how many moved."""
    interrupted = (State.PRECHECK, State.SENT, State.ACKED, State.UNKNOWN, State.NACKED)
    found = select_commands(tx, c.state.in_([state.value for state in interrupted]))
    for known in found:
        apply(tx, known.id, Event.INTERRUPTED, due=tx.now)
    return len(found)


def trips_in_window(view: View, unit: int, since: datetime) -> int:
    """Count the trips sent to an area since an instant."""
    customers = archive.customers().subquery()
    area = select(customers.c.account).where(customers.c.area == unit)
    return len(select_commands(view, (c.kind == Kind.TRIP.value) & (c.sent_at >= since) & c.account.in_(area)))


def _create(tx: Tx, account: int, kind: Kind, release: int | None, window_end: datetime | None) -> int:
    place = archive.place(tx, account, tx.today)
    life = window_end if kind is Kind.TRIP and window_end is not None else tx.now + timing(kind).life
    new = tx.insert(
        command,
        account=account,
        point=place.point,
        installation=place.installation,
        address=place.address,
        link=place.link,
        kind=kind.value,
        state=State.DRAFT.value,
        rank=RANKS[kind],
        created=tx.now,
        expires=life,
        window_end=window_end,
        release=release,
        actor=tx.actor,
        cause=tx.cause,
    )
    apply(tx, new, Event.RELEASE, {"release": release} if release else {}, due=_turn(tx, kind, place.link))
    return new


def _turn(tx: Tx, kind: Kind, link: str) -> datetime:
    """Give when a new command may begin: at once, but trips of one concentrator one after the other."""
    if kind is not Kind.TRIP:
        return tx.now
    waiting = (c.kind == Kind.TRIP.value) & (c.link == link) & (c.state == State.QUEUED.value)
    ahead = tx.scalar(select(c.due).where(waiting).order_by(c.due.desc()).limit(1))
    return tx.now if ahead is None else max(tx.now, ahead + TRIP_GAP)


def _overtaken(other: Command) -> Event:
    return Event.SUPERSEDE if other.ever_sent else Event.CANCEL


def _open() -> ColumnElement[bool]:
    return c.state.not_in(_FINAL)


def select_commands(view: View, condition: ColumnElement[bool]) -> list[Command]:
    """List the commands that meet a condition, oldest first."""
    return [_command(row) for row in view.all(select(command).where(condition).order_by(c.id))]


def _reason(detail: Mapping[str, Any] | None) -> str | None:
    return str(detail["reason"])[:200] if detail and "reason" in detail else None


def _command(row: Row[Any]) -> Command:
    values = row._asdict()
    return Command(**{**values, **{name: kind(values[name]) for name, kind in _RENAMED.items()}})


def back_off(kind: Kind, count: int) -> timedelta:
    """Give how long to wait before the ``count``-th new try, counted from 1."""
    steps = timing(kind).back_off
    return steps[min(count, len(steps)) - 1]
