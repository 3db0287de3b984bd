"""Who is calling: a member of staff by the user of this machine, or in a laboratory by the name it gives itself."""

from collections.abc import Mapping

from headend import archive
from headend.archive import UnknownStaffError
from headend.desk.errors import NotPermittedError
from headend.desk.model import Caller, Peer, Role
from headend.store import View

ROOT = 0


def resolve(view: View, peer: Peer, own_uid: int) -> Caller:
    """Tell who the peer is.

    ``root`` and the daemon's own user administrate; in a laboratory they may do everything. Raises
    :class:`NotPermittedError` for users whom the archive does not know.
    """
    if peer.named is not None:
        return _named(view, peer.named)
    if peer.uid in {ROOT, own_uid}:
        return Caller(peer.user, Role.ADMIN, every_role=view.site.lab)
    return _member(view, peer.user)


def _named(view: View, named: Mapping[str, str]) -> Caller:
    """Believe a script's name. A role that is not the member's own in the archive is a slip of the script."""
    user, role = named.get("user", ""), named.get("role", "")
    if role == Role.CHANNEL:
        return Caller(user, Role.CHANNEL)
    caller = _member(view, user)
    if role and role != caller.role:
        raise NotPermittedError(f"{user} is {caller.role.value} in the archive, not {role}")
    return caller


def _member(view: View, user: str) -> Caller:
    try:
        found = archive.staff(view, user)
    except UnknownStaffError as error:
        raise NotPermittedError(str(error)) from error
    try:
        role = Role(found.role)
    except ValueError as error:
        raise NotPermittedError(f"{user} has the role {found.role}, which may do nothing here") from error
    return Caller(user, role, found)
