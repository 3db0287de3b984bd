"""03H security authentication (安全认证), fee-control extension of DL/T 645-2007."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from protocols.dlt645 import SecurityAnswer, SecurityRequest
from protocols.dlt645.functions.authentication import (
    SET_VALIDITY,
    Authenticate,
    AuthenticateAnswer,
    EndAuthentication,
    EndAuthenticationAnswer,
    SetValidity,
)
from protocols.dlt645.functions.purse import OpenAccount, QueryState, QueryStateAnswer, Recharge
from protocols.dlt645.functions.security import SecurityPayload, read_security, write_security
from protocols.dlt645.secured import Maced, apdu_header
from protocols.dlt645.wire.bcd import wire_of
from simulators.meter.refusing import SECURITY_OTHER, UNAUTHENTICATED, RefusedError
from simulators.meter.slave645.unit import Unit

__all__ = ["secure"]

KEYS = bytes(4)
"""Key state: none of the bits that say "production key" is on."""


def secure(unit: Unit, request: SecurityRequest, now: datetime) -> SecurityAnswer:
    """Carry out a security command; what the chip does not know it refuses, and everything while it is locked."""
    if unit.memory.is_locked(now):
        raise RefusedError(UNAUTHENTICATED)
    asked = read_security(request.di, request.payload, from_slave=False)
    act = ACTS.get(type(asked))
    if act is None:
        raise RefusedError(SECURITY_OTHER)
    told: SecurityPayload | None = act(unit, asked, now)
    return SecurityAnswer(request.di, b"" if told is None else write_security(told))


def _authenticate(unit: Unit, asked: Authenticate, now: datetime) -> AuthenticateAnswer:
    random2 = unit.esam.authenticate(asked.random1, asked.ciphertext, asked.factor, now)
    return AuthenticateAnswer(random2, unit.esam.number)


def _set_validity(unit: Unit, asked: SetValidity, now: datetime) -> None:
    minutes = wire_of(f"{asked.minutes:04d}")[::-1]
    header = apdu_header(SET_VALIDITY, len(minutes), unit.profile)
    unit.esam.check_setting(header, Maced(minutes, asked.mac), now)
    unit.esam.validity = timedelta(minutes=asked.minutes)


def _end(unit: Unit, _asked: EndAuthentication, _now: datetime) -> EndAuthenticationAnswer:
    unit.esam.end()
    purse = unit.esam.purse
    return EndAuthenticationAnswer(purse.customer, purse.remaining_fen, purse.count, KEYS)


def _open_account(unit: Unit, asked: OpenAccount, now: datetime) -> None:
    before = _balance(unit, now)
    unit.esam.open_account(asked.amount_fen, asked.count, asked.mac1, asked.customer, asked.mac2, now)
    unit.meter.note_purchase(now, asked.amount_fen, before)


def _recharge(unit: Unit, asked: Recharge, now: datetime) -> None:
    before = _balance(unit, now)
    unit.esam.recharge(asked.amount_fen, asked.count, asked.mac1, asked.customer, asked.mac2, now)
    unit.meter.note_purchase(now, asked.amount_fen, before)


def _balance(unit: Unit, now: datetime) -> int:
    """Give the balance before a purchase, with what was used up to now."""
    unit.meter.advance(now)
    return unit.esam.purse.balance_fen


def _tell_state(unit: Unit, _asked: QueryState, now: datetime) -> QueryStateAnswer:
    unit.meter.advance(now)
    purse, proof = unit.esam.purse, unit.esam.mac_of_purse
    macs = proof(purse.remaining_fen, now), proof(purse.count, now)
    return QueryStateAnswer(purse.remaining_fen, macs[0], purse.count, macs[1], purse.customer, KEYS)


ACTS: dict[type, Callable[[Unit, Any, datetime], SecurityPayload | None]] = {
    Authenticate: _authenticate,
    SetValidity: _set_validity,
    EndAuthentication: _end,
    OpenAccount: _open_account,
    Recharge: _recharge,
    QueryState: _tell_state,
}
"""By what is asked. Keys are not updated here, and nobody reads the chip's files."""
