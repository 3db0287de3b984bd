"""18H change a password (修改密码), DL/T 645-2007, 7.10."""

from dataclasses import dataclass

from construct import Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER
from protocols.dlt645.wire.password import PASSWORD, Password
from protocols.errors import LocalProtocolError

_FIRST = 0x04000C01
_LEVELS = range(10)


def password_identifier(level: int) -> DI:
    """Give the identifier under which the password of a level (0..9) is changed."""
    if level not in _LEVELS:
        raise LocalProtocolError(f"level {level} has no password, levels are 0 to 9")
    return DI(_FIRST + level)


@dataclass(frozen=True, slots=True)
class ChangePasswordRequest:
    """Replace a password, authorised by one of the same or a higher level."""

    di: DI
    old: Password
    new: Password

    @property
    def level(self) -> int | None:
        """Level whose password is replaced; None where ``di`` names none."""
        level = self.di - _FIRST
        return level if level in _LEVELS else None


@dataclass(frozen=True, slots=True)
class ChangePasswordAnswer:
    """The new password back."""

    new: Password


FORMS = (
    Form(
        ChangePasswordRequest,
        Function.CHANGE_PASSWORD,
        False,
        Struct("di" / IDENTIFIER, "old" / PASSWORD, "new" / PASSWORD),
        {12},
    ),
    Form(ChangePasswordAnswer, Function.CHANGE_PASSWORD, True, Struct("new" / PASSWORD), {4}),
)
