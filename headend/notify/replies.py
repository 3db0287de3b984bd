"""What customers text back (上行短信): kept, and a dispute (异议) holds the cut."""

from datetime import timedelta

from sqlalchemy import select

from drivers.sms import Reply
from headend import archive, work
from headend.archive import FlagKind
from headend.notify.tables import customer_reply
from headend.store import Tx
from headend.work import OrderKind

DISPUTE = "异议"
"""The word that opens a dispute; a longer text that begins with it does too."""

HOLD = timedelta(hours=24)
ANSWER_WITHIN = timedelta(hours=24)


def keep_reply(tx: Tx, reply: Reply) -> int | None:
    """Keep a customer's reply, once per reference of the centre; give the account it is about, None if nobody's.

    A dispute opens a case, which freezes cuts (R12), and holds the account for a day (R1). The row names the contact
    and the kind of text, never the number or the words.
    """
    r = customer_reply.c
    if tx.one(select(r.id).where(r.ref == reply.ref)) is not None:
        return None
    contact = archive.contact_by_phone(tx, reply.phone)
    account = None if contact is None else contact.account
    kind = "dispute" if reply.text.strip().startswith(DISPUTE) else "other"
    number = None if contact is None else contact.contact
    new = tx.insert(customer_reply, ref=reply.ref, contact=number, account=account, kind=kind, **tx.stamp())
    if account is not None and kind == "dispute":
        tx.lock(account)
        due = tx.now + ANSWER_WITHIN
        work.open_order(tx, OrderKind.DISPUTE, account=account, due=due, values={"reply": str(new)})
        archive.set_flag(tx, account, FlagKind.HOLD, until=tx.now + HOLD, reason="dispute by reply")
    return account
