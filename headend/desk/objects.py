"""Finding what an act is about, within what the caller may see: outside of it nothing exists."""

from sqlalchemy import select

from headend import archive, work
from headend.archive import Account, NoPlaceError, Place, Scope, UnknownAccountError
from headend.desk.errors import NotFoundError
from headend.desk.model import Caller, Target
from headend.store import View
from headend.work import Order, UnknownOrderError


def scope(view: View, caller: Caller) -> Scope:
    """Give what the caller may see: the unit they work for and all below it, or the whole company."""
    return archive.whole(view) if caller.member is None else archive.scope_of(caller.member)


def sees(view: View, caller: Caller, account_id: int) -> bool:
    """Tell whether the caller may see an account."""
    return caller.member is None or archive.in_scope(view, caller.member, account_id)


def find_account(view: View, caller: Caller, no: str) -> Account:
    """Give an account by its number. Raises :class:`NotFoundError`."""
    try:
        found = archive.find(view, no)
    except UnknownAccountError as error:
        raise NotFoundError(str(error)) from error
    if not sees(view, caller, found.id):
        raise NotFoundError(f"no account has the number {no}; `headend account list` lists them")
    return found


def find_target(view: View, caller: Caller, target: Target) -> Account:
    """Give the account that is named by its number or by its meter. Raises :class:`NotFoundError`."""
    if target.account is not None:
        return find_account(view, caller, target.account)
    placed = archive.placements(view.today).subquery()
    found = view.scalar(select(placed.c.account).where(placed.c.address == target.meter))
    if found is None or not sees(view, caller, found):
        raise NotFoundError(f"no meter with the address {target.meter} is installed; `headend account list` lists them")
    return archive.account(view, found)


def find_place(view: View, account: Account) -> Place:
    """Give the meter installed today. Raises :class:`NotFoundError`."""
    try:
        return archive.place(view, account.id, view.today)
    except NoPlaceError as error:
        raise NotFoundError(f"account {account.no} has no meter; record its installation") from error


def sees_link(view: View, caller: Caller, link: str) -> bool:
    """Tell whether there is a link of that name in what the caller may see."""
    unit = archive.link_unit(view, link)
    within = archive.units_within(scope(view, caller)).subquery()
    return unit is not None and view.scalar(select(within.c.id).where(within.c.id == unit)) is not None


def check_link(view: View, caller: Caller, link: str) -> None:
    """See that there is a link of that name in what the caller may see. Raises :class:`NotFoundError`."""
    if not sees_link(view, caller, link):
        raise NotFoundError(f"there is no link {link}; `headend link list` lists them")


def find_order(view: View, caller: Caller, order_id: int) -> Order:
    """Give a work order. Raises :class:`NotFoundError`."""
    try:
        found = work.order(view, order_id)
    except UnknownOrderError as error:
        raise NotFoundError(str(error)) from error
    within = archive.units_within(scope(view, caller)).subquery()
    if view.scalar(select(within.c.id).where(within.c.id == found.unit)) is None:
        raise NotFoundError(f"there is no work order {order_id}; `headend work orders` lists the open ones")
    return found
