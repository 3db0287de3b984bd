"""What can change of a meter's entry: its profile, as only the field tells of which model it really is."""

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
