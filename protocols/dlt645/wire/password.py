"""Passwords (密码), their levels (密级) and operator codes (操作者代码), DL/T 645-2007, 5.2.9."""

from dataclasses import dataclass, field

from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError

_PASSWORD_DIGITS = 6
_OPERATOR_DIGITS = 8
_PLAIN_LEVELS = range(10)
CIPHERTEXT_LEVEL = 0x98
"""Level of ciphertext + MAC (密文+MAC)."""
PLAINTEXT_LEVEL = 0x99
"""Level of plaintext + MAC (明文+MAC)."""


@dataclass(frozen=True, slots=True)
class Password:
    """Level PA beside the password proper, six digits in display order, most significant first.

    Levels 0 (highest) to 9 go with a password; 98H and 99H, and their regional twins 96H and 97H, go with
    a MAC, where meters ignore the digits. The digits stay out of ``repr``, hence out of logs.
    """

    level: int
    digits: str = field(default="0" * _PASSWORD_DIGITS, repr=False)

    def __post_init__(self) -> None:
        _check_hex("password", self.digits, _PASSWORD_DIGITS, show=False)
        if not 0 <= self.level <= 0xFF:  # noqa: PLR2004  one byte
            raise LocalProtocolError(f"password level {self.level} is not one byte")

    @property
    def is_plain(self) -> bool:
        """Whether the level is one of the password levels 0 to 9."""
        return self.level in _PLAIN_LEVELS


@dataclass(frozen=True, slots=True)
class Operator:
    """Operator code, eight hex digits in display order; the meter keeps it in its event records."""

    digits: str = "0" * _OPERATOR_DIGITS

    def __post_init__(self) -> None:
        _check_hex("operator code", self.digits, _OPERATOR_DIGITS, show=True)

    def __str__(self) -> str:
        return self.digits


def _check_hex(name: str, digits: str, count: int, *, show: bool) -> None:
    if len(digits) != count or not set(digits) <= set("0123456789ABCDEF"):
        what = repr(digits) if show else f"of {len(digits)} characters"
        raise LocalProtocolError(f"{name} {what} is not {count} upper-case hex digits")


PASSWORD = Fixed(
    1 + _PASSWORD_DIGITS // 2,
    lambda wire: Password(wire[0], wire[:0:-1].hex().upper()),
    lambda password: bytes([password.level]) + bytes.fromhex(password.digits)[::-1],
)
"""PA P0 P1 P2 as a `Password`."""

OPERATOR = Fixed(
    _OPERATOR_DIGITS // 2,
    lambda wire: Operator(wire[::-1].hex().upper()),
    lambda operator: bytes.fromhex(operator.digits)[::-1],
)
"""C0 C1 C2 C3 as an `Operator`."""
