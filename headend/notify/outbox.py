"""Putting messages into the outbox, and taking back those that have been overtaken."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from headend.notify.errors import MissingValueError
from headend.notify.machine import move, record
from headend.notify.model import MOVES, Event, Per, State, Template, Wish
from headend.notify.render import needed
from headend.notify.sending import WORKER
from headend.notify.tables import message
from headend.notify.templates import newest
from headend.notify.window import sending_time
from headend.store import BUSINESS_ZONE, Tx

m = message.c


def put(
    tx: Tx,
    account: int,
    template: str,
    values: Mapping[str, str],
    *,
    once: str | None = None,
    at: datetime | None = None,
) -> int | None:
    """Put a message to the customer into the outbox and give its id.

    ``once`` is the key of what it tells, such as ``S07:command:17``: the same key again gives the same message. A type
    that goes once per day needs none, and is not put a second time for one customer and day: None. It goes at ``at``
    (default: now) or, where its type keeps to the message window, when that opens. Of ``values`` those are kept that
    the text needs. Raises :class:`UnknownTemplateError` and :class:`MissingValueError`.
    """
    return put_many(tx, template, [Wish(account, values, once)], at=at)[0]


def put_many(tx: Tx, template: str, wishes: Sequence[Wish], *, at: datetime | None = None) -> list[int | None]:
    """Put a message of one type for many accounts, each as :func:`put` does; give their ids in order."""
    text = newest(tx, template)
    accounts = {wish.account for wish in wishes}
    tx.lock(*accounts)
    goes = sending_time(text, max(at or tx.now, tx.now))
    day = goes.astimezone(BUSINESS_ZONE).date()
    known = _known(tx, [wish.once for wish in wishes if wish.once is not None])
    told = _told(tx, text, accounts, day)
    ids: list[int | None] = []
    for wish in wishes:
        if wish.once is None and text.per is Per.EVENT:
            raise MissingValueError(f"{template} goes once per event; name the event by `once`")
        if wish.once in known:
            ids.append(known[wish.once])
        elif wish.account in told:
            ids.append(None)
        else:
            new = _insert(tx, text, wish, goes, day)
            ids.append(new)
            known |= {} if wish.once is None else {wish.once: new}
            told |= {wish.account} if text.per is Per.DAY else set()
    tx.nudge(WORKER)
    return ids


def expire(tx: Tx, account: int, templates: Collection[str] | None, reason: str) -> int:
    """Expire the account's queued messages of these types (None: of all), as something has overtaken them.

    Give how many there were. What has gone to the gateway is gone.
    """
    tx.lock(account)
    queued = select(message).where(m.account == account, m.state == State.QUEUED.value)
    if templates is not None:
        queued = queued.where(m.template.in_(templates))
    rows = tx.all(queued)
    for row in rows:
        move(tx, row, Event.EXPIRED, detail=reason, reason=reason)
    return len(rows)


def _known(tx: Tx, keys: Sequence[str]) -> dict[str, int]:
    return {row.once: row.id for row in tx.all(select(m.once, m.id).where(m.once.in_(keys)))}


def _told(tx: Tx, text: Template, accounts: Collection[int], day: date) -> set[int]:
    """Give which of the accounts have had, or will have, this type of message on that day, if it goes once per day."""
    if text.per is Per.EVENT or not accounts:
        return set()
    among = m.account.between(min(accounts), max(accounts))
    told = select(m.account).where(among, m.template == text.code, m.day == day, m.state != State.EXPIRED.value)
    return {row.account for row in tx.all(told)}


def _insert(tx: Tx, text: Template, wish: Wish, goes: datetime, day: date) -> int:
    new = tx.insert(
        message,
        account=wish.account,
        template=text.code,
        version=text.version,
        values=needed(text, wish.values),
        once=wish.once,
        day=day,
        urgency=text.urgency,
        state=MOVES[None, Event.PUT].value,
        created=tx.now,
        not_before=goes,
        due=goes,
    )
    record(tx, new, Event.PUT)
    return new
