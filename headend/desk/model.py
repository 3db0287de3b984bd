"""Who calls, what an act is, and the roles (岗位) that may do it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Protocol, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from headend.archive import StaffMember


class Role(StrEnum):
    """The roles of the business; a channel (缴费渠道) is an outside system that brings payments."""

    ADMIN = "ADMIN"  # 系统管理员
    ACQ = "ACQ"  # 采集运维员
    FEE = "FEE"  # 费控专责
    BILL = "BILL"  # 电费核算员
    APPR_1 = "APPR-1"  # 供电所长
    APPR_2 = "APPR-2"  # 营销部主任
    MGR = "MGR"  # 分管领导
    OPR = "OPR"  # 值班员
    CS = "CS"  # 客服
    AM = "AM"  # 台区经理
    COUNTER = "COUNTER"  # 营业厅收费员
    TECH = "TECH"  # 现场技术员
    AUDIT = "AUDIT"  # 稽查员
    LEGAL = "LEGAL"  # 法律专责
    VIEW = "VIEW"  # 领导看板
    CHANNEL = "CHANNEL"


class Peer(Protocol):
    """Who is at the other end of a connection; in a laboratory scripts give themselves a name and a role."""

    @property
    def uid(self) -> int:
        """The user id that the kernel tells."""

    @property
    def user(self) -> str:
        """Its user name on this machine."""

    @property
    def named(self) -> Mapping[str, str] | None:
        """``{"user": …, "role": …}`` of a script."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the desk, in one role.

    They see the objects of the unit that the archive has them in; without an entry there, of the whole company.
    ``every_role``: the administrator of a laboratory, who may try everything.
    """

    user: str
    role: Role
    member: StaffMember | None = None
    every_role: bool = False

    @property
    def actor(self) -> str:
        """The name written into every row this caller causes."""
        return f"{self.role.value.lower()}:{self.user}"

    def is_any(self, roles: frozenset[Role]) -> bool:
        """Tell whether the caller has one of the roles."""
        return self.every_role or self.role in roles


def _exact(value: object) -> object:
    """Refuse binary fractions: 0.1 as a JSON number is not one tenth."""
    if isinstance(value, float):
        raise ValueError('write the amount as a text, such as "50.00"')  # noqa: TRY004 - pydantic takes ValueError
    return value


Amount = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, decimal_places=2, max_digits=12)]
AccountNo = Annotated[str, Field(pattern=r"^[0-9]{6,16}$")]
Address = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Instant = AwareDatetime


class Arguments(BaseModel):
    """Arguments of an act: checked whole, unknown names refused.

    What may hold personal data is declared with ``exclude=True``: the trail keeps the rest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NoArguments(Arguments):
    """An act without arguments."""


class Target(Arguments):
    """One customer, named by the customer number (户号) or by the address of the meter."""

    account: AccountNo | None = None
    meter: Address | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.account is None) == (self.meter is None):
            raise ValueError("name the customer by `account`, or by the address of the `meter`")
        return self


class Way(StrEnum):
    """How an act is done."""

    READ = "read"  # one snapshot
    WRITE = "write"  # one transaction, with its trail row
    LIVE = "live"  # it asks meters, or takes several transactions


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person or an outside system may do: who, with which arguments, by which function.

    The function takes the snapshot, transaction or desk (see ``way``), the caller and the arguments.
    """

    name: str
    roles: frozenset[Role]
    arguments: type[Arguments]
    function: Callable[..., Any]
    way: Way


@dataclass(frozen=True, slots=True)
class Line:
    """One fact for the log, told once the transaction is committed."""

    event: str
    values: Mapping[str, object]
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Done:
    """What a writing act did: its answer, and what the log says of it."""

    result: Mapping[str, object]
    told: tuple[Line, ...] = field(default=())


def line(event: str, **values: object) -> Line:
    """Make a line for the log."""
    return Line(event, values)


__all__ = [
    "AccountNo",
    "Act",
    "Address",
    "Amount",
    "Arguments",
    "Caller",
    "Done",
    "Instant",
    "Line",
    "NoArguments",
    "Peer",
    "Reason",
    "Role",
    "Target",
    "Way",
    "line",
]
