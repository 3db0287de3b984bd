"""Payloads that move money: account opening (开户), recharge (充值), purse (钱包), fee-control extension.

Amounts are binary numbers of fen (0.01 yuan), not BCD. A purchase count is what the meter's will be afterwards,
its present one + 1: the meter refuses another one, and so never books a purchase twice.
"""

from dataclasses import dataclass, field

from construct import Byte, Int32ul, Struct

from protocols.dlt645.functions.payload import PayloadForm, number, secret
from protocols.dlt645.wire.di import DI

OPEN_ACCOUNT = DI(0x070101FF)
"""Account opening (开户), allowed once."""
RECHARGE = DI(0x070102FF)
"""Recharge (充值)."""
INITIALISE_PURSE = DI(0x070103FF)
"""Purse initialisation (钱包初始化)."""
REFUND = DI(0x070108FF)
"""Refund (退费) of one export vendor."""
QUERY_STATE = DI(0x078102FF)
"""State query (状态查询)."""
SWITCH_MODE = DI(0x07A006FF)
"""Local or remote fee control (本地费控/远程费控模式切换), South Grid."""


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Open the account with a first purchase; the MACs (4 each) cover the money and the customer number."""

    amount_fen: int
    count: int
    mac1: bytes = field(repr=False)
    customer: str
    mac2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recharge:
    """Buy for an opened account; the MACs (4 each) cover the money and the customer number."""

    amount_fen: int
    count: int
    mac1: bytes = field(repr=False)
    customer: str
    mac2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InitialisePurse:
    """Set the purse to an amount and a purchase count, each under its MAC (4)."""

    amount_fen: int
    mac1: bytes = field(repr=False)
    count: int
    mac2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VendorPurseOrder:
    """Recharge or refund of one export vendor: an order number (8) and, in place of MACs (4), zeros."""

    amount_fen: int
    order_no: bytes
    mac1: bytes = field(repr=False)
    meter: str
    mac2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueryState:
    """Ask for the state of the purse."""


@dataclass(frozen=True, slots=True)
class QueryStateAnswer:
    """Money left and purchase count, each under its MAC (4), customer number and key information (4)."""

    balance_fen: int
    mac1: bytes = field(repr=False)
    count: int
    mac2: bytes = field(repr=False)
    customer: str
    key_info: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SwitchMode:
    """Switch between local and remote fee control: dispersion factor (8), mode byte, and the purse's new state."""

    factor: bytes
    mode: int
    mac1: bytes = field(repr=False)
    amount_fen: int
    count: int
    mac2: bytes = field(repr=False)


_PURCHASE = Struct(
    "amount_fen" / Int32ul, "count" / Int32ul, "mac1" / secret(4), "customer" / number(6), "mac2" / secret(4)
)
_PURSE = Struct("amount_fen" / Int32ul, "mac1" / secret(4), "count" / Int32ul, "mac2" / secret(4))
_VENDOR = Struct(
    "amount_fen" / Int32ul, "order_no" / secret(8), "mac1" / secret(4), "meter" / number(6), "mac2" / secret(4)
)
_STATE = Struct(
    "balance_fen" / Int32ul,
    "mac1" / secret(4),
    "count" / Int32ul,
    "mac2" / secret(4),
    "customer" / number(6),
    "key_info" / secret(4),
)
_MODE = Struct(
    "factor" / secret(8),
    "mode" / Byte,
    "mac1" / secret(4),
    "amount_fen" / Int32ul,
    "count" / Int32ul,
    "mac2" / secret(4),
)

FORMS = (
    PayloadForm(OpenAccount, (OPEN_ACCOUNT,), False, _PURCHASE, 22),
    PayloadForm(Recharge, (RECHARGE,), False, _PURCHASE, 22, recharge=True),
    PayloadForm(InitialisePurse, (INITIALISE_PURSE,), False, _PURSE, 16),
    PayloadForm(VendorPurseOrder, (RECHARGE, REFUND), False, _VENDOR, 26, recharge=True),
    PayloadForm(QueryState, (QUERY_STATE,), False, Struct(), 0),
    PayloadForm(QueryStateAnswer, (QUERY_STATE,), True, _STATE, 26),
    PayloadForm(SwitchMode, (SWITCH_MODE,), False, _MODE, 25),
)
