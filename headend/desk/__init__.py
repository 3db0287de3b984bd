"""The desk (前台): every act of a person or an outside system as one function, by one table of permissions."""

from headend.desk.acts import ACTS
from headend.desk.errors import (
    ArgumentsError,
    DeskError,
    NotFoundError,
    NotPermittedError,
    RefusedError,
    UnknownActError,
)
from headend.desk.model import Act, Caller, Peer, Role, Way
from headend.desk.service import Desk, read

__all__ = [
    "ACTS",
    "Act",
    "ArgumentsError",
    "Caller",
    "Desk",
    "DeskError",
    "NotFoundError",
    "NotPermittedError",
    "Peer",
    "RefusedError",
    "Role",
    "UnknownActError",
    "Way",
    "read",
]
