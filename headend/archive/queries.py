"""Accounts, contacts, agreements, places of meters: the archive's SQL that reads for one or for a list."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Row, Select, or_, select

from headend.archive import tables
from headend.archive.errors import NoPlaceError, UnknownAccountError
from headend.archive.model import Account, Contact, ContactRef, Cycle, Opening, Place, Scope, Supply
from headend.archive.organisation import units_within
from headend.store import View

_area = tables.unit.alias("area")
_station = tables.unit.alias("station")

DECEMBER = 12


def account(view: View, account_id: int) -> Account:
    """Give an account by id. Raises :class:`UnknownAccountError`."""
    row = view.one(_accounts().where(tables.account.c.id == account_id))
    if row is None:
        raise UnknownAccountError(f"there is no account with id {account_id}")
    return _account(row)


def find(view: View, no: str) -> Account:
    """Give an account by its customer number (户号). Raises :class:`UnknownAccountError`."""
    row = view.one(_accounts().where(tables.account.c.no == no))
    if row is None:
        raise UnknownAccountError(f"no account has the number {no}; `headend account list` lists them")
    return _account(row)


def accounts(view: View, *, scope: Scope) -> list[Account]:
    """List the accounts of a scope, closed ones too, by number."""
    within = tables.account.c.unit.in_(units_within(scope))
    return [_account(row) for row in view.all(_accounts().where(within).order_by(tables.account.c.no))]


def chunks(view: View, size: int = 10_000) -> list[range]:
    """Cut the ids of the open accounts into ranges that hold at most ``size`` open accounts each."""
    ids = [
        row.id
        for row in view.all(
            select(tables.account.c.id).where(tables.account.c.closed.is_(None)).order_by(tables.account.c.id)
        )
    ]
    return [range(part[0], part[-1] + 1) for part in (ids[i : i + size] for i in range(0, len(ids), size))]


def contacts(view: View, account_id: int) -> list[Contact]:
    """Give whom to tell, the account contact (账务联系人) first."""
    c = tables.contact.c
    columns = (c.id, c.position, c.role, c.name, c.phone, c.proven)
    rows = view.all(select(*columns).where(c.account == account_id).order_by(c.position))
    return [Contact(**row._asdict()) for row in rows]


def contacts_by_phone(view: View, phone: str) -> list[ContactRef]:
    """Find whose phone it is among the contacts of open accounts: several where people share one."""
    c, a = tables.contact.c, tables.account.c
    found = select(c.account, c.id.label("contact")).join(tables.account, c.account == a.id)
    rows = view.all(found.where(c.phone == phone, a.closed.is_(None)).order_by(c.account, c.position))
    return [ContactRef(**row._asdict()) for row in rows]


def agreement_valid(view: View, account_id: int, day: date) -> bool:
    """Tell whether a fee-control agreement (费控协议) is signed and not past its end on that day (R6)."""
    a = tables.agreement.c
    return view.scalar(select(a.id).where(a.account == account_id, _covers(day))) is not None


def opening(view: View, account_id: int) -> Opening:
    """Give what the account brought along. Raises :class:`UnknownAccountError`."""
    row = view.one(select(tables.opening).where(tables.opening.c.account == account_id))
    if row is None:
        raise UnknownAccountError(f"account id {account_id} has no opening; import it from an archive file")
    return Opening(**row._asdict())


def cycle(view: View, account_id: int, day: date) -> Cycle:
    """Give the billing cycle of the energy day ``day``: its calendar month, from the opening on."""
    first = opening(view, account_id)
    start = day.replace(day=1)
    end = date(start.year + start.month // DECEMBER, start.month % DECEMBER + 1, 1)
    if start <= first.cycle_start < end:
        return Cycle(first.cycle_start, end, first.cycle_register)
    return Cycle(start, end, None)


def place(view: View, account_id: int, day: date) -> Place:
    """Give the meter installed for the account on that day. Raises :class:`NoPlaceError`."""
    row = view.one(_places().where(tables.point.c.account == account_id, _installed(day)))
    if row is None:
        raise NoPlaceError(f"account id {account_id} has no meter on {day}; record its installation")
    return Place(**row._asdict())


def places(view: View, day: date, link: str | None = None) -> list[Place]:
    """List the meters installed on that day, of open accounts, behind one link or behind all, by point."""
    rows = _places().where(_installed(day), tables.account.c.closed.is_(None)).order_by(tables.point.c.id)
    if link is not None:
        rows = rows.where(tables.concentrator.c.link == link)
    return [Place(**row._asdict()) for row in view.all(rows)]


def installations(view: View, point: int) -> list[Place]:
    """List every meter a point has had, oldest first: F3 needs first and last registers."""
    return installations_of(view, [point]).get(point, [])


def installations_of(view: View, points: Collection[int]) -> dict[int, list[Place]]:
    """Give the same for many points; one that never had a meter is left out."""
    i = tables.installation.c
    found: dict[int, list[Place]] = {}
    for row in view.all(_places().where(tables.point.c.id.in_(points)).order_by(i.since, i.id)):
        found.setdefault(row.point, []).append(Place(**row._asdict()))
    return found


def supplies(view: View, accounts: Collection[int]) -> dict[int, Supply]:
    """Give what may flow at many accounts, either way."""
    a = tables.account.c
    rows = view.all(select(a.id, a.capacity_w, a.generates).where(a.id.in_(accounts)))
    return {row.id: Supply(_kilowatts(row.capacity_w), row.generates) for row in rows}


def placements(day: date) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` with the columns of :class:`Place` for that day."""
    return _places().where(_installed(day))


def openings() -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` with the columns of :class:`Opening`."""
    return select(tables.opening)


def customers() -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` (every account): class_code, price_code, area, capacity_w, closed."""
    a = tables.account.c
    return select(a.id.label("account"), a.class_code, a.price_code, a.unit.label("area"), a.capacity_w, a.closed)


def profiles(view: View) -> frozenset[tuple[str, str]]:
    """Give dialects and profiles of the meters installed today or later; what was removed is not spoken to."""
    i, m = tables.installation.c, tables.meter.c
    spoken_to = or_(i.until.is_(None), i.until > view.today)
    used = select(m.dialect, m.profile).join(tables.installation, i.meter == m.id).where(spoken_to)
    return frozenset((row.dialect, row.profile) for row in view.all(used.distinct()))


def links(view: View) -> dict[str, tuple[str, str]]:
    """Give kind and endpoint of all devices that meters are reached through, by the key of their link."""
    c = tables.concentrator.c
    return {row.link: (row.kind, row.endpoint) for row in view.all(select(c.link, c.kind, c.endpoint))}


def link_unit(view: View, link: str) -> int | None:
    """Give the unit that a link belongs to; None where there is no such link."""
    c = tables.concentrator.c
    found: int | None = view.scalar(select(c.unit).where(c.link == link))
    return found


def links_within(scope: Scope) -> Select[tuple[str]]:
    """Give a selectable of the links that belong to a scope."""
    return select(tables.concentrator.c.link).where(tables.concentrator.c.unit.in_(units_within(scope)))


def accounts_within(scope: Scope) -> Select[tuple[int]]:
    """Give a selectable of the ids of the accounts of a scope, closed ones too."""
    return select(tables.account.c.id).where(tables.account.c.unit.in_(units_within(scope)))


def link_areas(view: View, link: str | None = None) -> dict[str, str]:
    """Give the code of the transformer area that each link serves, or that one of them does."""
    c = tables.concentrator.c
    found = select(c.link, tables.unit.c.code).join(tables.unit, c.unit == tables.unit.c.id)
    rows = view.all(found if link is None else found.where(c.link == link))
    return {row.link: row.code for row in rows}


def _covers(day: date) -> ColumnElement[bool]:
    a = tables.agreement.c
    return (a.signed <= day) & or_(a.ends.is_(None), a.ends >= day)


def _installed(day: date) -> ColumnElement[bool]:
    i = tables.installation.c
    return (i.since <= day) & or_(i.until.is_(None), i.until > day)


def _accounts() -> Select[tuple[object, ...]]:
    a = tables.account.c
    own = ("id", "no", "unit", "person", "class_code", "price_code", "capacity_w", "enrolled", "closed")
    marks = (a.relation_verified, a.cut_before, a.generates, a.sim)
    above = (_area.c.code.label("area_code"), _area.c.stage, _station.c.code.label("station"))
    return (
        select(*(a[name] for name in own), *marks, *above)
        .join(_area, a.unit == _area.c.id)
        .join(_station, _area.c.parent == _station.c.id)
    )


def _account(row: Row[tuple[object, ...]]) -> Account:
    values = row._asdict()
    watts = values.pop("capacity_w")
    return Account(**values, capacity_kw=_kilowatts(watts))


def _kilowatts(watts: int | None) -> Decimal | None:
    return None if watts is None else Decimal(watts).scaleb(-3)


def _places() -> Select[tuple[object, ...]]:
    i, m, p = tables.installation.c, tables.meter.c, tables.point.c
    own = ("point", "meter", "road", "multiplier", "since", "until", "first_register", "last_register")
    plate = ("address", "asset", "dialect", "profile", "current_max_a", "phases", "digits", "sim")
    return (
        select(p.account, i.id.label("installation"), *(i[n] for n in own), *(m[n] for n in plate))
        .add_columns(tables.concentrator.c.link)
        .join(tables.point, i.point == p.id)
        .join(tables.account, p.account == tables.account.c.id)
        .join(tables.meter, i.meter == m.id)
        .join(tables.concentrator, i.concentrator == tables.concentrator.c.id)
    )
