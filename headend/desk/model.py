"""Who calls, what an act is, and the roles (岗位) that may do it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from headend.desk.service import Desk


class Role(StrEnum):
    """The roles of the business; a channel (缴费渠道) is an outside system that brings payments."""

    ADMIN = "ADMIN"
    ACQ = "ACQ"
    FEE = "FEE"
    BILL = "BILL"
    APPR_1 = "APPR-1"
    APPR_2 = "APPR-2"
    MGR = "MGR"
    OPR = "OPR"
    CS = "CS"
    AM = "AM"
    COUNTER = "COUNTER"
    TECH = "TECH"
    AUDIT = "AUDIT"
    LEGAL = "LEGAL"
    VIEW = "VIEW"
    CHANNEL = "CHANNEL"


EVERYBODY = frozenset(Role) - {Role.CHANNEL}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the desk: a user with a role, seeing the objects of ``unit`` and below (None: the whole county)."""

    user: str
    role: Role
    unit: int | None = None

    @property
    def actor(self) -> str:
        """The name written into every row this caller causes."""
        return f"{self.role.value.lower()}:{self.user}"


class Arguments(BaseModel):
    """Arguments of an act: checked whole, unknown names refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NoArguments(Arguments):
    """An act without arguments."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person or an outside system may do: who, with which arguments, by which function."""

    name: str
    roles: frozenset[Role]
    arguments: type[Arguments]
    function: "Callable[[Desk, Caller, Any], Awaitable[Any]]"
    writes: bool
