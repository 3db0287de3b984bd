"""When an account has to be looked at again although nothing about it changes: each such instant is a mark."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from headend import archive
from headend.strategy.look import LEAD, Look, reached
from headend.strategy.machine import State

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

NOTICE_WAIT = DAY
RELAY_READS = 10 * MINUTE
LIVE_READS = 10 * MINUTE
STOP_LIFE = 72 * HOUR


def next_look(look: Look) -> datetime | None:
    """Give the first instant after now at which time alone may change what holds; None if there is none."""
    find = TIMERS.get(look.state)
    if find is None:
        return None
    return min((at for at in find(look) if at is not None and at > look.view.now), default=None)


def _noticed(look: Look) -> Iterator[datetime | None]:
    """Wait for the notice to grow old enough, its printed time to come, or a day without receipt."""
    hours = timedelta(hours=look.numbers.notice_hours)
    yield look.cut_time
    yield look.cut_time and look.cut_time - LEAD
    if look.notice is not None and look.notice.delivered is not None:
        yield look.notice.delivered + hours
    if look.noticed is not None:
        yield look.noticed.at + NOTICE_WAIT
    yield from _stopped(look)


def _scheduled(look: Look) -> Iterator[datetime | None]:
    """Wait for the next window and its notice, the 30 minutes after it, the window's end, the next live read."""
    if look.window is not None:
        yield look.window.start - LEAD
        yield look.window.start
        yield look.window.end
    inside = archive.window_at(look.view, look.view.now)
    if inside is not None:
        yield inside.end
        yield look.view.now + LIVE_READS
    if look.last_notices:
        told = reached(look.last_notices[-1])
        yield told and told + LEAD
    yield from _stopped(look)


def _ordered(look: Look) -> Iterator[datetime | None]:
    """Wait for the end of the order's window."""
    inside = archive.window_at(look.view, look.view.now)
    yield None if inside is None else inside.end


def _failed(look: Look) -> Iterator[datetime | None]:
    """Wait for the next window's notice."""
    yield None if look.window is None else look.window.start - LEAD


def _restore_due(look: Look) -> Iterator[datetime | None]:
    """Wait a day: a check that is still open then keeps nobody dark."""
    yield look.now_at.since + DAY


def _restore_ordered(look: Look) -> Iterator[datetime | None]:
    """Wait ten minutes for verified closing, or for the target of a site job."""
    yield look.now_at.since + 10 * MINUTE
    yield look.now_at.since + 120 * MINUTE


def _await_key(look: Look) -> Iterator[datetime | None]:
    """Wait for the next relay read, the call to the customer, and a day without the key."""
    yield look.view.now + RELAY_READS
    yield look.now_at.since + HOUR
    yield look.now_at.since + DAY


def _stopped(look: Look) -> Iterator[datetime | None]:
    yield look.stopped_since and look.stopped_since + STOP_LIFE


TIMERS: Mapping[State, Callable[[Look], Iterator[datetime | None]]] = {
    State.PENDING_APPROVAL: _stopped,
    State.NOTICED: _noticed,
    State.CUT_SCHEDULED: _scheduled,
    State.CUT_ORDERED: _ordered,
    State.CUT_FAILED: _failed,
    State.RESTORE_DUE: _restore_due,
    State.RESTORE_ORDERED: _restore_ordered,
    State.AWAIT_KEY: _await_key,
}
"""State → the instants at which something may be due. The day's comparison looks at every account besides."""
