"""Who may order what: password levels (密级), the lock after three wrong ones, and levels 98H and 99H."""

from datetime import datetime

from protocols.dlt645 import CIPHERTEXT_LEVEL, Password
from simulators.meter.refusing import NOT_AUTHORISED, RefusedError
from simulators.meter.slave645.unit import Unit

__all__ = ["check_password", "check_plain", "open_order"]


def check_plain(unit: Unit, password: Password, level: int, now: datetime) -> None:
    """Let an order in plain form pass with a password of that level or a higher one; secured meters take none."""
    if unit.is_secured:
        raise RefusedError(NOT_AUTHORISED)
    check_password(unit, password, level, now)


def check_password(unit: Unit, password: Password, level: int, now: datetime) -> None:
    """Refuse a wrong password, one of a lower level (a higher number), and any of a level that is locked."""
    lock = unit.memory.locks.get(password.level)
    if lock is None or unit.memory.is_locked(now) or password.level > level or not lock.opens(password.digits, now):
        raise RefusedError(NOT_AUTHORISED)


def open_order(unit: Unit, password: Password, block: bytes, now: datetime) -> bytes:
    """Give the plaintext of an order at level 98H."""
    if password.level != CIPHERTEXT_LEVEL:
        raise RefusedError(NOT_AUTHORISED)
    return unit.esam.open_order(block, now)
