"""Live reads (透抄): only what the meter itself answered, by the head-end's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Row, select

from headend import archive
from headend.collect import queries
from headend.collect.duty_tables import live_read, want
from headend.collect.frames import keep_frames
from headend.collect.model import Registers
from headend.collect.validation import judge_live
from headend.store import Due, Fact, Rank, Tx, View

TRIES = 3
"""How often a wish is tried before it has failed."""

TRY_AGAIN_AFTER = timedelta(minutes=2)

WORKER = "collect.wants"


@dataclass(frozen=True, slots=True)
class Live:
    """A live read of the total register (kWh, before the multiplier); ``total`` None with the reason why."""

    want: int
    account: int
    at: datetime
    address: str
    total: Decimal | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Want:
    """A wish for a live read that is due."""

    id: int
    account: int
    rank: int
    tries: int


def ask_live(tx: Tx, account: int, *, rank: Rank = Rank.FIELD, at: datetime | None = None) -> int:
    """Wish for a live read of an account's register, from ``at`` on; one open wish per account and instant.

    An open wish that is due as early serves the new one too, at the more urgent rank of both.
    """
    due = at or tx.now
    same = select(want.c.id).where(want.c.account == account, want.c.state == "open", want.c.due <= due)
    if (standing := tx.scalar(same.order_by(want.c.id))) is not None:
        more_urgent = (want.c.id == standing) & (want.c.rank > int(rank))
        tx.execute(want.update().where(more_urgent).values(rank=int(rank)))
        return int(standing)
    tx.nudge(WORKER)
    return tx.insert(want, account=account, state="open", due=due, rank=int(rank), **tx.stamp())


def due_wants(view: View, limit: int) -> Due[Want]:
    """Find the wishes due now, the most urgent first, and when the next one is."""
    columns = (want.c.id, want.c.account, want.c.rank, want.c.tries)
    now = (want.c.state == "open") & (want.c.due <= view.now)
    rows = view.all(select(*columns).where(now).order_by(want.c.rank, want.c.due, want.c.id).limit(limit))
    later = (want.c.state == "open") & (want.c.due > view.now)
    return Due(
        [Want(**row._asdict()) for row in rows], view.scalar(select(want.c.due).where(later).order_by(want.c.due))
    )


def answer(
    tx: Tx,
    wish: Want,
    point: int,
    address: str,
    total: Decimal | None,
    reason: str | None,
    frames: tuple[tuple[str, datetime, bytes], ...] = (),
) -> bool:
    """Store what a live read brought. A silent meter is tried again; the wish ends with a value or the last try.

    Gives whether the wish has ended.
    """
    tx.lock(wish.account)
    keep_frames(tx, frames)
    ended = total is not None or wish.tries + 1 >= TRIES
    state = "done" if total is not None else ("failed" if ended else "open")
    changes = {"state": state, "tries": wish.tries + 1, "due": tx.now + (TRY_AGAIN_AFTER if not ended else timedelta())}
    tx.execute(want.update().where(want.c.id == wish.id, want.c.state == "open").values(**changes))
    if ended:
        row = {"want": wish.id, "account": wish.account, "point": point, "address": address}
        new = tx.insert(live_read, **row, total=total, reason=reason, **tx.stamp())
        tx.changed(wish.account, Fact.LIVE_READ, new)
    return ended


def give_up(tx: Tx, wish: Want) -> None:
    """End a wish that no meter is there to fulfil: who waits for it finds no live read, and may not act without."""
    tx.execute(want.update().where(want.c.id == wish.id, want.c.state == "open").values(state="failed"))


def last_live(view: View, account: int) -> Live | None:
    """Give the newest live read of an account that has ended, with a value or without."""
    statement = select(live_read).where(live_read.c.account == account).order_by(live_read.c.id.desc()).limit(1)
    row = view.one(statement)
    return None if row is None else _live(row)


def plausible_live(view: View, account: int, total: Decimal) -> bool:
    """Tell whether a live register may be true: not below the last good freeze, and no more than F5 above it.

    False where there is no good freeze to compare with: what can't be judged confirms nothing.
    """
    place = archive.place(view, account, view.today)
    before = queries.last_good(view, place.point, view.today)
    if before is None:
        return False
    capacity = archive.account(view, account).capacity_kw
    meters = archive.installations(view, place.point)
    return not judge_live(Registers(total), view.now, before, meters, capacity)


def live(view: View, want_id: int) -> Live | None:
    """Give what a wish brought; None while it is open."""
    row = view.one(select(live_read).where(live_read.c.want == want_id))
    return None if row is None else _live(row)


def _live(row: Row[tuple[object, ...]]) -> Live:
    return Live(row.want, row.account, row.at, row.address, row.total, row.reason)
