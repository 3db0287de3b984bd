"""What a frame says to a question, before the instants and the trace are put to it."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from drivers.meter.model import Reason, Silence
from protocols import dlt645, dlt698
from protocols.dlt698 import Dar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Got(Generic[T]):
    """A value."""

    value: T


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal."""

    reason: Reason
    code: str


@dataclass(frozen=True, slots=True)
class Missing:
    """No answer of the meter; `detail` says more where there is more to say."""

    reason: Silence
    detail: str = ""


Reply: TypeAlias = Got[T] | Denied | Missing

_DAR_REASONS = {
    Dar.HARDWARE_FAILURE: Reason.HARDWARE,
    Dar.TEMPORARILY_UNAVAILABLE: Reason.BUSY,
    Dar.REFUSED: Reason.REFUSED,
    Dar.OBJECT_UNDEFINED: Reason.OBJECT_UNDEFINED,
    Dar.INTERFACE_CLASS_MISMATCH: Reason.OBJECT_UNDEFINED,
    Dar.OBJECT_DOES_NOT_EXIST: Reason.OBJECT_UNDEFINED,
    Dar.TYPE_MISMATCH: Reason.BAD_VALUE,
    Dar.OUT_OF_RANGE: Reason.BAD_VALUE,
    Dar.BLOCK_UNAVAILABLE: Reason.NO_DATA,
    Dar.FRAGMENTATION_CANCELLED: Reason.BUSY,
    Dar.NOT_IN_FRAGMENTATION: Reason.BUSY,
    Dar.BLOCK_WRITE_CANCELLED: Reason.BUSY,
    Dar.NO_BLOCK_WRITE: Reason.BUSY,
    Dar.BLOCK_NUMBER_INVALID: Reason.BUSY,
    Dar.NOT_AUTHORISED: Reason.NOT_AUTHORISED,
    Dar.BAUD_RATE_FIXED: Reason.BAD_VALUE,
    Dar.SEASONS_EXCEEDED: Reason.BAD_VALUE,
    Dar.SLOTS_EXCEEDED: Reason.BAD_VALUE,
    Dar.TARIFFS_EXCEEDED: Reason.BAD_VALUE,
    Dar.AUTHENTICATION_MISMATCH: Reason.AUTHENTICATION,
    Dar.REPEATED_RECHARGE: Reason.REFUSED,
    Dar.ESAM_VERIFICATION_FAILED: Reason.AUTHENTICATION,
    Dar.AUTHENTICATION_FAILED: Reason.AUTHENTICATION,
    Dar.CUSTOMER_MISMATCH: Reason.BAD_VALUE,
    Dar.PURCHASE_COUNT_ERROR: Reason.BAD_VALUE,
    Dar.HOARDING_LIMIT: Reason.BAD_VALUE,
    Dar.ADDRESS_ERROR: Reason.ADDRESS,
    Dar.SYMMETRIC_DECRYPTION_ERROR: Reason.AUTHENTICATION,
    Dar.ASYMMETRIC_DECRYPTION_ERROR: Reason.AUTHENTICATION,
    Dar.SIGNATURE_ERROR: Reason.AUTHENTICATION,
    Dar.METER_SUSPENDED: Reason.SUSPENDED,
    Dar.TIME_TAG_INVALID: Reason.TIME_TAG,
    Dar.ESAM_P1P2_ERROR: Reason.AUTHENTICATION,
    Dar.ESAM_LC_ERROR: Reason.AUTHENTICATION,
    Dar.COMPARE_FAILED: Reason.NOT_TAKEN,
    Dar.OTHER: Reason.OTHER,
}
"""Every DAR that is a refusal; SUCCESS is none, and REQUEST_TIMEOUT tells of silence."""
_OF_THE_CONCENTRATOR = {Dar.OTHER: Reason.ADDRESS}
"""What a concentrator means otherwise when it speaks for itself: it does not know the meter."""
_ERROR_REASONS = {1: Reason.NOT_UNDERSTOOD, 2: Reason.NOT_UNDERSTOOD}
"""Error of ERROR-Response: the APDU cannot be parsed, the service is not supported; 255 is any other."""
_ERR_REASONS = {
    "no_requested_data": Reason.NO_DATA,
    "wrong_identifier": Reason.NO_DATA,
    "illegal_data": Reason.BAD_VALUE,
    "password_or_unauthorised": Reason.NOT_AUTHORISED,
    "esam_verification_failed": Reason.AUTHENTICATION,
    "identity_authentication_failed": Reason.AUTHENTICATION,
}


def of_dar(dar: Dar, *, by_concentrator: bool = False) -> Denied | Missing:
    """Understand a DAR: a time-out tells of the meter's silence, the others are refusals.

    `by_concentrator`: it stands for the meter as a whole, so that it is the concentrator who says so.
    """
    if dar is Dar.REQUEST_TIMEOUT:
        return Missing(Silence.NO_ANSWER)
    own = _OF_THE_CONCENTRATOR.get(dar) if by_concentrator else None
    return Denied(own or _DAR_REASONS.get(dar, Reason.OTHER), f"DAR {int(dar)}")


def of_refusal(refusal: dlt645.Refusal) -> Denied:
    """Understand an error word; of several bits the first that says something is told."""
    kind = "SERR" if refusal.is_security else "ERR"
    told = (_ERR_REASONS[bit.word] for bit in refusal.reasons if bit.word in _ERR_REASONS)
    return Denied(next(told, Reason.OTHER), f"{kind} {refusal.word[::-1].hex().upper()}")


def of_error(error: dlt698.ServerErrorResponse) -> Denied:
    """Understand an ERROR-Response: the device could not make sense of the request."""
    return Denied(_ERROR_REASONS.get(error.error, Reason.OTHER), f"ERROR {error.error}")
