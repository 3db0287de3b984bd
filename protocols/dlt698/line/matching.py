"""Which answer belongs to which request: by device, service number (PIID), service and kind.

The priority bit says nothing about it. The answer to a request that was protected may be unreadable without
keys; such answers are told apart by their order.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Self

from protocols.dlt698.apdu.common import PIIDS, Apdu, ClientApdu, ServerApdu
from protocols.dlt698.apdu.error import ServerErrorResponse
from protocols.dlt698.apdu.get import (
    GetListRequest,
    GetNextResponse,
    GetNormalRequest,
    GetRecordListRequest,
    GetRecordRequest,
)
from protocols.dlt698.apdu.security import Ciphertext, Plaintext, SecurityRequest, SecurityResponse
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.wire.address import Address, AddressKind
from protocols.errors import LocalProtocolError

_RESPONSE = 0x80  # tag of an answer = tag of its request + 128
_LONG_READS = GetNormalRequest | GetListRequest | GetRecordRequest | GetRecordListRequest
_WITHOUT_KIND = frozenset({1, 2, 3, 4, 110})  # LINK, CONNECT, RELEASE, ERROR: the number follows the tag at once


class Match(Enum):
    """Why an APDU answers nothing."""

    UNASKED = "unasked"  # nothing is open
    OTHER_DEVICE = "other device"
    OTHER_QUESTION = "other question"
    LATE = "late"  # the answer to a request whose time is over
    COPY = "copy"  # of an answer that was taken


@dataclass(frozen=True, slots=True)
class Expected:
    """How the answer to a request is known.

    ``server`` and ``logical`` are the device's address, digits of A standing for any; ``piid`` is the number
    0..63, None where it travels encrypted; ``service`` is the tag of the response and ``kinds`` its admissible
    kinds, none for a service without kinds.
    """

    server: str
    piid: int | None
    service: int
    kinds: frozenset[int] = frozenset()
    logical: int = 0

    @classmethod
    def of(cls, address: Address, request: ClientApdu | SecurityRequest) -> Self:
        """Say what answers a request; GetResponseNext may take the place of the answer to a long read."""
        server, logical = address.key
        if isinstance(request, SecurityRequest):
            return cls(server, inner_number(request.data), SecurityResponse.tag, logical=logical)
        kinds = _kinds_of(request.kind, isinstance(request, _LONG_READS))
        return cls(server, request.piid.number, request.tag + _RESPONSE, kinds, logical)

    def asks(self, address: Address) -> bool:
        """Whether an answer from this address can be the device's."""
        if "A" in self.server:
            return Address.wildcard(self.server).matches(address)
        return address.key == (self.server, self.logical)

    def fits(self, address: Address, apdu: Apdu) -> bool:
        """Whether this is the answer. An ERROR-Response of the number answers any service."""
        if not self.asks(address):
            return False
        if isinstance(apdu, SecurityResponse):
            inner = inner_number(apdu.data)
            return self.service == apdu.tag and (inner == self.piid or None in {inner, self.piid})
        if not isinstance(apdu, ServerApdu) or apdu.piid.number != self.piid:
            return False
        if isinstance(apdu, ServerErrorResponse):
            return True
        return apdu.tag == self.service and (apdu.kind in self.kinds or not self.kinds)


@cache
def _kinds_of(asked: int | None, may_be_long: bool) -> frozenset[int]:
    """Tell the admissible kinds of the answers to requests of one kind."""
    kinds = frozenset() if asked is None else frozenset({asked})
    return kinds | {GetNextResponse.kind} if may_be_long else kinds


def inner_number(data: Plaintext | Ciphertext | Dar) -> int | None:
    """Look for the service number of the APDU inside a protected one, without reading the rest of it."""
    if not isinstance(data, Plaintext) or not data.apdu:
        return None
    at = 1 if data.apdu[0] & ~_RESPONSE in _WITHOUT_KIND else 2
    return data.apdu[at] % PIIDS if at < len(data.apdu) else None


class Questions:
    """Requests that are open, and older ones of which something may still come in.

    Knows no time: its user abandons a request when its time is over, and forgets it when nothing can come any more.
    """

    def __init__(self) -> None:
        self._open: dict[Expected, None] = {}
        self._past: dict[Expected, Match] = {}

    def ask(self, expected: Expected) -> None:
        """Note that a request goes out; raises LocalProtocolError while another of its number is open."""
        if any(_same_number(other, expected) for other in self._open):
            raise LocalProtocolError(f"service number {expected.piid} of {expected.server} is open")
        self._past.pop(expected, None)
        self._open[expected] = None

    def take(self, address: Address, apdu: Apdu) -> Expected | Match:
        """Tell what an APDU answers, the oldest first; that request is open no more."""
        for expected in self._open:
            if expected.fits(address, apdu):
                self._leave(expected, Match.COPY)
                return expected
        for expected, match in self._past.items():
            if expected.fits(address, apdu):
                return match
        if not self._open:
            return Match.UNASKED
        return Match.OTHER_QUESTION if any(one.asks(address) for one in self._open) else Match.OTHER_DEVICE

    def abandon(self, expected: Expected) -> None:
        """Give up an open request; its answer may come late."""
        if expected in self._open:
            self._leave(expected, Match.LATE)

    def forget(self, expected: Expected) -> None:
        """Forget an older request: nothing can come in of it any more."""
        self._past.pop(expected, None)

    def open_to(self, address: Address) -> int:
        """How many requests to a device are open."""
        return sum(one.asks(address) for one in self._open)

    def in_the_way(self, expected: Expected) -> Collection[Expected]:
        """List requests whose answer could be taken for the answer to this one: of its number, open or older.

        Protected requests are answered in order, so what is open is not in the way of another; but the late answer
        to an older one could be taken for the next.
        """
        number = expected.piid
        found = [one for one in (*self._open, *self._past) if one.piid == number and _same_number(one, expected)]
        if expected.service == SecurityResponse.tag:
            found += [one for one, match in self._past.items() if match is Match.LATE and _unnumbered(one, expected)]
        return list(dict.fromkeys(found))

    def _leave(self, expected: Expected, match: Match) -> None:
        del self._open[expected]
        self._past[expected] = match


def _same_number(one: Expected, other: Expected) -> bool:
    """Whether both are asked of one device under one number; an ERROR-Response names no service besides it."""
    return one.piid is not None and one.piid == other.piid and _meet(one, other)


def _unnumbered(one: Expected, other: Expected) -> bool:
    """Whether both may be answered without a readable number: encrypted, or by a bare refusal."""
    return one.service == other.service == SecurityResponse.tag and _meet(one, other)


def _meet(one: Expected, other: Expected) -> bool:
    """Whether one device could answer both."""
    if "A" not in one.server + other.server:
        return (one.server, one.logical) == (other.server, other.logical)
    return len(one.server) == len(other.server) and all(
        "A" in pair or pair[0] == pair[1] for pair in zip(one.server, other.server, strict=True)
    )


def is_answered(address: Address) -> bool:
    """Whether requests to an address are answered: groups and broadcasts obey in silence."""
    return address.kind in {AddressKind.SINGLE, AddressKind.WILDCARD}
