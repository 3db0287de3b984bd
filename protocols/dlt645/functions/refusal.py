"""Refusals of a meter: ERR (错误信息字) and SERR (安全认证错误信息字), DL/T 645-2007, 7.1 and its extension.

A refusal is an answer, so it is a value and never raised. Meters send bits and words nobody documents: the
raw bytes stay, and whatever they are, the request was refused.
"""

from dataclasses import dataclass

from protocols.dlt645.items.named import NamedBit, bits, on
from protocols.dlt645.items.profile import Edition

_SERR_SIZE = 2

ERR_BITS = bits(
    (0, "other_error", "其他错误"),
    (1, "no_requested_data", "无请求数据"),
    (2, "password_or_unauthorised", "密码错/未授权"),
    (3, "baud_not_changeable", "通信速率不能更改"),
    (4, "year_time_zones_exceeded", "年时区数超"),
    (5, "day_slots_exceeded", "日时段数超"),
    (6, "tariffs_exceeded", "费率数超"),
    (7, "reserved", "保留"),
)
"""ERR, one byte."""

ERR_1997_BITS = bits(
    (0, "illegal_data", "非法数据"),
    (1, "wrong_identifier", "数据标识错"),
    (2, "password_or_unauthorised", "密码错"),
    (4, "year_time_zones_exceeded", "年时区数超"),
    (5, "day_slots_exceeded", "日时段数超"),
    (6, "tariffs_exceeded", "费率数超"),
)
"""ERR of DL/T 645-1997, one byte; what means the same as in 2007 has the same word."""

SERR_BITS = bits(
    (0, "other_error", "其他错误"),
    (1, "repeated_recharge", "重复充值"),
    (2, "esam_verification_failed", "ESAM验证失败"),
    (3, "identity_authentication_failed", "身份认证失败"),
    (4, "customer_number_mismatch", "客户编号不匹配"),
    (5, "recharge_count_wrong", "充值次数错误"),
    (6, "hoarding_limit_exceeded", "购电超囤积"),
)
"""SERR, two bytes; later grid supplements define more."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Abnormal answer (异常应答) to a request of ``function``; ``word`` in wire order, usually 1 or 2 bytes.

    Two bytes are a SERR, whatever the function; one byte is an ERR. Other lengths have been seen nowhere
    and carry no named reason. The bits of an ERR mean what the ``edition`` says whose function was refused.
    """

    function: int
    word: bytes
    edition: Edition = Edition.E2007

    @property
    def is_security(self) -> bool:
        """Whether the word is a SERR."""
        return len(self.word) == _SERR_SIZE

    @property
    def number(self) -> int:
        """The word as a number."""
        return int.from_bytes(self.word, "little")

    @property
    def bits(self) -> tuple[NamedBit, ...]:
        """What each bit of the word can mean, whether it is set or not."""
        if self.is_security:
            return SERR_BITS
        if len(self.word) != 1:
            return ()
        return ERR_1997_BITS if self.edition is Edition.E1997 else ERR_BITS

    @property
    def reasons(self) -> tuple[NamedBit, ...]:
        """Reasons given, possibly several, possibly none that has a name."""
        return on(self.bits, self.number)

    def gives(self, word: str) -> bool:
        """Whether a reason such as ``no_requested_data`` is among those given."""
        return any(reason.word == word for reason in self.reasons)
