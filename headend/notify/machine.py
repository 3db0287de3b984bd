"""Moving a message along its machine: the only place that writes a state."""

from typing import Any

from headend.notify.model import FINAL, MOVES, Event, State
from headend.notify.tables import message, message_event
from headend.store import Fact, Tx


def move(
    tx: Tx,
    row: Any,
    event: Event,
    *,
    of_attempt: int | None = None,
    detail: str | None = None,
    **columns: Any,
) -> State | None:
    """Let ``event`` happen to a message, whose row is given as it stands; give its new state.

    The history has a line for it and ``columns`` are set, in the same transaction; a message that has ended is not
    due any more and tells ``Fact.RECEIPT``. An event that the state has no move for is recorded nowhere: None.
    """
    before = State(row.state)
    to = MOVES.get((before, event))
    if to is None:
        return None
    if to in FINAL:
        columns |= {"due": None, "ended": tx.now}
    tx.execute(message.update().where(message.c.id == row.id).values(state=to.value, **columns))
    record(tx, row.id, event, of_attempt=of_attempt, detail=detail)
    if to in FINAL and to is not before:
        tx.changed(row.account, Fact.RECEIPT, row.id)
    return to


def record(tx: Tx, message_id: int, event: Event, *, of_attempt: int | None = None, detail: str | None = None) -> None:
    """Write a line of a message's history."""
    line = {"message": message_id, "event": event.value, "attempt": of_attempt, "detail": detail}
    tx.insert(message_event, **line, **tx.stamp())
