"""The organisation tree, who works in it, what they may see, and the kill switch (总闸) on its branches."""

from sqlalchemy import Select, func, select

from headend.archive import tables
from headend.archive.errors import UnknownAccountError, UnknownStaffError, UnknownUnitError
from headend.archive.model import Scope, StaffMember, Stop, UnitKind
from headend.store import Tx, View

AREA_STAGES = range(5)

_area = tables.unit.alias("area")
_station = tables.unit.alias("station")


def units_within(scope: Scope) -> Select[tuple[int]]:
    """Give a selectable of the ids of the scope's unit and of all units below it."""
    tree = select(tables.unit.c.id).where(tables.unit.c.id == scope.unit).cte(recursive=True)
    tree = tree.union_all(select(tables.unit.c.id).join(tree, tables.unit.c.parent == tree.c.id))
    return select(tree.c.id)


def unit_id(view: View, code: str) -> int:
    """Give the id of a county, station or area by its code. Raises :class:`UnknownUnitError`."""
    found = view.scalar(select(tables.unit.c.id).where(tables.unit.c.code == code))
    if found is None:
        raise UnknownUnitError(f"no unit has the code {code}; `headend account show` tells those of an account")
    return int(found)


def whole(view: View) -> Scope:
    """Give the scope of the whole company: for the system itself and for roles that see everything."""
    found = view.scalar(select(tables.unit.c.id).where(tables.unit.c.parent.is_(None)).order_by(tables.unit.c.id))
    if found is None:
        raise UnknownUnitError("the archive is empty; import an archive file first")
    return Scope(int(found))


def staff(view: View, user: str) -> StaffMember:
    """Give a member of staff by user name. Raises :class:`UnknownStaffError`, also for a disabled one."""
    found = view.one(_staff_select().where(tables.staff.c.user == user))
    if found is None:
        raise UnknownStaffError(f"{user} is no active member of staff; ask ADMIN to enter or enable the user")
    return StaffMember(**found._asdict())


def nearest_staff(view: View, account_id: int, role: str) -> StaffMember | None:
    """Give who of that role is nearest to the account: in its area, else its station, else the county."""
    for unit in branch(view, account_id):
        found = view.all(
            _staff_select()
            .where(tables.staff.c.role == role, tables.staff.c.unit == unit)
            .order_by(tables.staff.c.id)
            .limit(1)
        )
        if found:
            return StaffMember(**found[0]._asdict())
    return None


def scope_of(member: StaffMember) -> Scope:
    """Give what a member of staff may see: the unit they work for and all below it."""
    return Scope(member.unit)


def in_scope(view: View, member: StaffMember, account_id: int) -> bool:
    """Tell whether the account belongs to the member's unit or to one below it."""
    found = select(tables.account.c.id).where(
        tables.account.c.id == account_id, tables.account.c.unit.in_(units_within(scope_of(member)))
    )
    return view.one(found) is not None


def branch(view: View, account_id: int) -> tuple[int, int, int]:
    """Give the ids of the account's area, station and county. Raises :class:`UnknownAccountError`."""
    found = view.one(
        select(_area.c.id, _station.c.id.label("station"), _station.c.parent.label("county"))
        .join(_station, _area.c.parent == _station.c.id)
        .join(tables.account, tables.account.c.unit == _area.c.id)
        .where(tables.account.c.id == account_id)
    )
    if found is None:
        raise UnknownAccountError(f"there is no account with id {account_id}")
    return found.id, found.station, found.county


def stop(tx: Tx, unit_code: str, reason: str) -> int:
    """Turn the kill switch of a county, station or area on: from this commit on nobody in it is cut (R16)."""
    return _switch(tx, unit_code, reason, stopped=True)


def resume(tx: Tx, unit_code: str, reason: str) -> int:
    """Turn the kill switch of a unit off; a switch above it stays as it is."""
    return _switch(tx, unit_code, reason, stopped=False)


def stopped(view: View, account_id: int) -> bool:
    """Tell whether the kill switch is on for the account's area, its station or the county."""
    return view.scalar(_stops().where(tables.switch.c.unit.in_(branch(view, account_id)))) is not None


def stops(view: View) -> list[Stop]:
    """List the kill switches that are on, the oldest first."""
    rows = view.all(_stops().order_by(tables.switch.c.at, tables.switch.c.id))
    return [Stop(r.unit_code, r.actor, r.reason, r.at) for r in rows]


def set_stage(tx: Tx, area_code: str, stage: int) -> None:
    """Move an area to a roll-out stage: 0 archive, 1 shadow, 2 message, 3 approved cuts, 4 automatic cuts."""
    if stage not in AREA_STAGES:
        raise ValueError(f"stage {stage} of area {area_code}: stages are 0 to 4")
    changed = tx.execute(
        tables.unit.update()
        .where(tables.unit.c.code == area_code, tables.unit.c.kind == UnitKind.AREA.value)
        .values(stage=stage)
    )
    if changed.rowcount == 0:
        raise UnknownUnitError(
            f"no transformer area has the code {area_code}; `headend account show` tells an account's"
        )


def _switch(tx: Tx, unit_code: str, reason: str, *, stopped: bool) -> int:
    return tx.insert(tables.switch, unit=unit_id(tx, unit_code), stopped=stopped, reason=reason, **tx.stamp())


def _stops() -> Select[tuple[object, ...]]:
    """Select the newest switch row of each unit where it says stopped."""
    newest = select(func.max(tables.switch.c.id)).group_by(tables.switch.c.unit)
    return (
        select(tables.unit.c.code.label("unit_code"), tables.switch.c.actor, tables.switch.c.reason, tables.switch.c.at)
        .join(tables.unit, tables.switch.c.unit == tables.unit.c.id)
        .where(tables.switch.c.id.in_(newest), tables.switch.c.stopped.is_(True))
    )


def _staff_select() -> Select[tuple[object, ...]]:
    columns = [tables.staff.c[name] for name in ("id", "user", "role", "unit")]
    return (
        select(*columns, tables.person.c.name, tables.person.c.phone)
        .join(tables.person, tables.staff.c.person == tables.person.c.id)
        .where(tables.staff.c.disabled.is_(False))
    )
