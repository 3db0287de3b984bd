"""Releases (停电许可): made at T13, signed with the service key, valid four hours. No release, no trip."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select

from drivers.meter import Release
from headend import archive
from headend.control import proposals
from headend.control.errors import NotOrderableError
from headend.control.model import APPROVAL_LIFE, RELEASE_LIFE, Refusal
from headend.control.tables import release
from headend.store import Tx, View

r = release.c


def make(tx: Tx, account: int) -> int:
    """Make and sign the release of a cut for the meter installed today, and give its id.

    It refers to the approval in force. Raises :class:`NotOrderableError` without an approval or a service key.
    """
    tx.lock(account)
    approved = proposals.approved(tx, account, life=APPROVAL_LIFE)
    if approved is None:
        raise NotOrderableError(f"account id {account} has no approval in force; a cut needs one")
    place = archive.place(tx, account, tx.today)
    expires = tx.now + RELEASE_LIFE
    signature = signature_of(tx, account, place.installation, place.address, approved.id, expires)
    row = {"account": account, "installation": place.installation, "address": place.address}
    return tx.insert(release, **row, proposal=approved.id, expires=expires, signature=signature, **tx.stamp())


def verify(view: View, release_id: int, operator: str) -> Release | Refusal:
    """Check a release: signature, age, approval, and that its meter is still the one installed.

    The only place at which a driver's :class:`~drivers.meter.Release` is made.
    """
    row = view.one(select(release).where(r.id == release_id))
    if row is None:
        return Refusal("R20", {"fault": "unknown_release", "release": str(release_id)})
    expected = signature_of(view, row.account, row.installation, row.address, row.proposal, row.expires)
    if not hmac.compare_digest(expected, row.signature):
        return Refusal("R20", {"fault": "signature", "release": str(release_id)})
    if view.now > row.expires:
        return Refusal("R20", {"fault": "release_too_old", "expired": row.expires.isoformat()})
    approved = proposals.approved(view, row.account, life=APPROVAL_LIFE)
    if approved is None or approved.id != row.proposal:
        return Refusal("R20", {"fault": "approval", "proposal": str(row.proposal)})
    place = archive.place(view, row.account, view.today)
    if (place.installation, place.address) != (row.installation, row.address):
        return Refusal("R11", {"fault": "meter_changed", "address": place.address})
    return Release(id=release_id, address=row.address, expires=row.expires, operator=operator)


def signature_of(view: View, account: int, installation: int, address: str, proposal: int, expires: datetime) -> str:
    """Give the signature that a release with this content has. Raises :class:`NotOrderableError` without a key."""
    if not view.site.service_key:
        raise NotOrderableError("there is no service key, so nothing can be released; set control.service_key")
    text = f"trip|{account}|{installation}|{address}|{proposal}|{expires.isoformat()}"
    return hmac.new(view.site.service_key, text.encode(), hashlib.sha256).hexdigest()
