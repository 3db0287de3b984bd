"""What can change of the entries, as only the field tells: a meter's model, a generator, the way to a link."""

from sqlalchemy import select

from headend.archive import queries, tables
from headend.store import Fact, Tx


def set_profile(tx: Tx, account_id: int, profile: str) -> str:
    """Give the account's present meter another profile; gives the one it had.

    Which there are for its dialect the caller knows. Raises :class:`NoPlaceError`.
    """
    tx.lock(account_id)
    place = queries.place(tx, account_id, tx.today)
    if place.profile != profile:
        tx.execute(tables.meter.update().where(tables.meter.c.id == place.meter).values(profile=profile))
        tx.changed(account_id, Fact.ARCHIVE, place.meter)
    return place.profile


def set_generates(tx: Tx, account_id: int, generates: bool) -> bool:
    """Say whether a customer has a generator (分布式电源); gives what was said before.

    Raises :class:`UnknownAccountError`.
    """
    tx.lock(account_id)
    before = queries.account(tx, account_id).generates
    if before != generates:
        tx.execute(tables.account.update().where(tables.account.c.id == account_id).values(generates=generates))
        tx.changed(account_id, Fact.ARCHIVE)
    return before


def set_endpoint(tx: Tx, link: str, endpoint: str) -> str:
    """Say how a link is reached from now on; gives the endpoint that it had. The caller knows both to be good."""
    this = tables.concentrator.c.link == link
    before = str(tx.scalar(select(tables.concentrator.c.endpoint).where(this)))
    if before != endpoint:
        tx.execute(tables.concentrator.update().where(this).values(endpoint=endpoint))
    return before
