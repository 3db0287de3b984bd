"""The transactions of sending: what is due, an attempt begins, the gateway has answered, a receipt has come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from drivers.sms import Accepted, Delivery, Receipt, Rejected, Submitted, Unavailable
from headend import archive
from headend.notify.machine import move
from headend.notify.model import Company, Event, Result, State, Template
from headend.notify.render import STAFF, Person, Surroundings, render
from headend.notify.tables import gateway_state, message, message_attempt
from headend.notify.templates import in_version
from headend.notify.window import sending_time
from headend.store import Due, Tx, View

m = message.c
a = message_attempt.c

WORKER = "notify"
"""The name by which the sender is nudged."""

GATEWAY = "sms"
"""The row of the gateway's state."""

RESUBMIT_AFTER = timedelta(minutes=1)
"""An attempt without the gateway's answer is submitted again, under the same id; longer than the port's patience."""

PROBE_AFTER = timedelta(seconds=30)
"""While the gateway is down one message at a time asks it again, at this pace."""

NO_CONTACT = "no_contact"
ALL_CONTACTS_FAILED = "all_contacts_failed"


@dataclass(frozen=True, slots=True)
class Submission:
    """What the gateway is asked to send; number and text never show."""

    attempt: int
    phone: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a message, for the log."""

    message: int
    account_no: str
    template: str
    state: State
    tried: int


def due(view: View, limit: int) -> Due[int]:
    """Find the messages with something to do now, the most urgent first and then by age.

    While the gateway is down only one goes, each time that which waits longest: no message keeps the others waiting.
    """
    down = gateway_state.c.name == GATEWAY, gateway_state.c.up.is_(False)
    asked: datetime | None = view.scalar(select(gateway_state.c.seen).where(*down))
    if asked is not None and view.now < asked + PROBE_AFTER:
        return Due((), asked + PROBE_AFTER)
    ready = select(m.id).where(m.due <= view.now)
    if asked is None:
        ready = ready.order_by(m.urgency, m.created, m.id).limit(limit)
    else:
        ready = ready.order_by(m.due, m.urgency, m.id).limit(1)
    later = view.scalar(select(func.min(m.due)).where(m.due > view.now))
    return Due([row.id for row in view.all(ready)], later)


def begin(tx: Tx, message_id: int, company: Company) -> Submission | Heard | None:
    """Begin what is due for a message.

    A :class:`Submission` is to be handed to the gateway; :class:`Heard` means that the message ended as no contact is
    left; None that it isn't due any more, or waits for the window.
    """
    row = _locked(tx, message_id)
    if row.due is None or row.due > tx.now:
        return None
    template = in_version(tx, row.template, row.version)
    if row.state == State.SENT.value:
        attempt = _attempt(tx, row.attempt)
        if attempt.accepted is None:
            move(tx, row, Event.RESUBMITTED, of_attempt=attempt.id, due=tx.now + RESUBMIT_AFTER)
            return _submission(tx, row, template, attempt.id, attempt.contact, company)
        _end_attempt(tx, attempt.id, Result.SILENT)
        return _next_contact(tx, row, template, Result.SILENT)
    goes = sending_time(template, tx.now)
    if goes > tx.now:
        move(tx, row, Event.POSTPONED, due=goes)
        return None
    contact = _contact_after(tx, row, template)
    if contact is None:
        move(tx, row, Event.EXHAUSTED, detail=NO_CONTACT, reason=NO_CONTACT)
        return _heard(tx, row.id)
    attempt_id = tx.insert(message_attempt, message=row.id, contact=contact.id, started=tx.now)
    columns = {"tried": row.tried + 1, "position": contact.position, "attempt": attempt_id}
    move(tx, row, Event.STARTED, of_attempt=attempt_id, due=tx.now + RESUBMIT_AFTER, **columns)
    return _submission(tx, row, template, attempt_id, contact.id, company)


def submitted(tx: Tx, attempt_id: int, answer: Submitted) -> Heard | None:
    """Record what the gateway said to a submission; give the message if this changed its fate."""
    attempt = _attempt(tx, attempt_id)
    row = _locked(tx, attempt.message)
    gateway_seen(tx, up=not isinstance(answer, Unavailable))
    under_way = row.state == State.SENT.value and row.attempt == attempt_id
    match answer:
        case Accepted(ref):
            tx.execute(message_attempt.update().where(a.id == attempt_id).values(accepted=tx.now, ref=ref))
            if under_way:
                template = in_version(tx, row.template, row.version)
                move(
                    tx,
                    row,
                    Event.ACCEPTED,
                    of_attempt=attempt_id,
                    due=tx.now + template.patience,
                    sent=row.sent or tx.now,
                )
                return _heard(tx, row.id)
        case Rejected(reason) if under_way:
            _end_attempt(tx, attempt_id, Result.REJECTED)
            return _next_contact(tx, row, in_version(tx, row.template, row.version), Result.REJECTED, reason)
        case Unavailable(reason) if under_way:
            move(tx, row, Event.UNAVAILABLE, of_attempt=attempt_id, detail=reason, due=tx.now + PROBE_AFTER)
    return None


def take_receipt(tx: Tx, receipt: Receipt) -> Heard | None:
    """Record an operator's receipt; give the message if this changed its fate.

    The same receipt again, and one for an attempt that nobody made, change nothing.
    """
    attempt = tx.one(select(message_attempt).where(a.id == receipt.message_id))
    if attempt is None or attempt.result == receipt.status.value:
        return None
    row = _locked(tx, attempt.message)
    if receipt.status is Delivery.DELIVERED:
        _end_attempt(tx, attempt.id, Result.DELIVERED)
        moved = move(tx, row, Event.DELIVERED, of_attempt=attempt.id, delivered=tx.now, sent=row.sent or tx.now)
        return None if moved is None else _heard(tx, row.id)
    if attempt.result is not None:
        return None
    _end_attempt(tx, attempt.id, Result.FAILED)
    if row.state != State.SENT.value or row.attempt != attempt.id:
        return None
    return _next_contact(tx, row, in_version(tx, row.template, row.version), Result.FAILED)


def gateway_seen(tx: Tx, *, up: bool) -> None:
    """Note whether the gateway could be reached just now."""
    stored = tx.one(select(gateway_state).where(gateway_state.c.name == GATEWAY))
    since = stored.since if stored is not None and stored.up == up else tx.now
    tx.upsert(gateway_state, keys=["name"], name=GATEWAY, up=up, since=since, seen=tx.now)


def _next_contact(tx: Tx, row: Any, template: Template, result: Result, reason: str | None = None) -> Heard:
    """Queue the message for its next contact, or end it if there is none."""
    detail = result.value if reason is None else f"{result.value}: {reason}"
    if _contact_after(tx, row, template) is None:
        move(tx, row, Event.EXHAUSTED, of_attempt=row.attempt, detail=detail, reason=ALL_CONTACTS_FAILED)
    else:
        goes = sending_time(template, tx.now)
        move(tx, row, Event.NEXT_CONTACT, of_attempt=row.attempt, detail=detail, due=goes)
        tx.nudge(WORKER)
    return _heard(tx, row.id)


def _contact_after(view: View, row: Any, template: Template) -> archive.Contact | None:
    """Give the next contact in order whom this type of message may go to."""
    later = (c for c in archive.contacts(view, row.account) if c.position > row.position)
    return next((c for c in later if c.proven is not template.to_unproven), None)


def _submission(
    view: View, row: Any, template: Template, attempt_id: int, contact_id: int, company: Company
) -> Submission:
    contact = next(c for c in archive.contacts(view, row.account) if c.id == contact_id)
    around = Surroundings(
        company, archive.account(view, row.account).no, contact.name, _person(view, row.values.get(STAFF))
    )
    return Submission(attempt_id, contact.phone.reveal(), render(template, row.values, around))


def _person(view: View, user: str | None) -> Person | None:
    """Give the employee a text names; None for one who has left meanwhile."""
    try:
        return None if user is None else Person.of(archive.staff(view, user))
    except archive.UnknownStaffError:
        return None


def _locked(tx: Tx, message_id: int) -> Any:
    """Give a message's row after its account was locked."""
    account = tx.scalar(select(m.account).where(m.id == message_id))
    tx.lock(account)
    return tx.one(select(message).where(m.id == message_id))


def _attempt(view: View, attempt_id: int) -> Any:
    return view.one(select(message_attempt).where(a.id == attempt_id))


def _end_attempt(tx: Tx, attempt_id: int, result: Result) -> None:
    tx.execute(message_attempt.update().where(a.id == attempt_id).values(result=result.value, ended=tx.now))


def _heard(view: View, message_id: int) -> Heard:
    row: Any = view.one(select(message).where(m.id == message_id))
    no = archive.account(view, row.account).no
    return Heard(row.id, no, row.template, State(row.state), row.tried)
