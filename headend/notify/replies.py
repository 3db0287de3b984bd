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


def keep_reply(tx: Tx, reply: Reply) -> tuple[int, ...]:
    """Keep a customer's reply, once per reference of the centre; give the accounts whose contact the phone is.

    A dispute opens a case, which freezes cuts (R12), and holds the account for a day (R1): where several accounts share
    the phone, each of them, as nobody may be cut who objects. The row names the contact, if it is one, and the kind of
    text, never the number or the words.
    """
    r = customer_reply.c
    if tx.one(select(r.id).where(r.ref == reply.ref)) is not None:
        return ()
    contacts = archive.contacts_by_phone(tx, reply.phone)
    accounts = tuple(sorted({contact.account for contact in contacts}))
    tx.lock(*accounts)
    disputes = reply.text.strip().startswith(DISPUTE)
    whose = {"contact": contacts[0].contact, "account": accounts[0]} if len(accounts) == 1 else {}
    new = tx.insert(customer_reply, ref=reply.ref, kind="dispute" if disputes else "other", **whose, **tx.stamp())
    for account in accounts if disputes else ():
        due = tx.now + ANSWER_WITHIN
        work.open_order(tx, OrderKind.DISPUTE, account=account, due=due, values={"reply": str(new)})
        archive.set_flag(tx, account, FlagKind.HOLD, until=tx.now + HOLD, reason="dispute by reply")
    return accounts
