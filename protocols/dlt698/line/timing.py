"""How long things take between a client and a server, and what a login tells about clocks. Nobody waits here.

The standard leaves time-outs to the parties; these are the ones that head-ends and terminals in the field use.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from protocols.dlt698.apdu.action import ActionThenGetRequest
from protocols.dlt698.apdu.common import Apdu
from protocols.dlt698.apdu.get import GetMd5Request, GetNextRequest, GetRecordListRequest, GetRecordRequest
from protocols.dlt698.apdu.proxy import (
    ProxyActionListRequest,
    ProxyActionThenGetListRequest,
    ProxyGetListRequest,
    ProxyGetRecordRequest,
    ProxySetListRequest,
    ProxySetThenGetListRequest,
    ProxyTransRequest,
    Target,
)
from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.apdu.security import Ciphertext, Plaintext, SecurityRequest
from protocols.dlt698.apdu.set import SetThenGetRequest
from protocols.errors import RemoteProtocolError

BYTE_GAP = timedelta(seconds=6)
"""Longest pause inside of a frame on TCP; terminals drop what pauses longer."""
DIRECT = timedelta(seconds=30)
"""An answer that a server gives out of itself: 10 to 30 s in head-ends, the longest of them for cellular links."""
RECORDS = timedelta(seconds=60)
"""An answer that a server has to gather from its store: rows of tables, and whatever cannot be looked into."""
MARGIN = timedelta(seconds=10)
"""What the link adds to the time that a server has been given for its own work, at least."""
SERVER_CHOICE = timedelta(seconds=60)
"""What a concentrator may take for one meter when it is given no time-out (0): power lines take 2 to 60 s."""
LATE = timedelta(seconds=10)
"""How long after its deadline an answer may still come in; its service number rests for as long."""
COPY = timedelta(seconds=2)
"""How long after an answer a copy of it may still come in."""
ACKNOWLEDGE = timedelta(seconds=10)
"""How long a piece of a fragmented APDU waits for its acknowledgement before it is sent again."""
PIECE_TRIES = 3
"""How often a piece is sent before the transfer is given up."""
PIECE_GAP = (PIECE_TRIES + 1) * ACKNOWLEDGE
"""Longest pause between two pieces: the sender may have to send one of them several times."""


def patience(request: Apdu, *, direct: timedelta = DIRECT, records: timedelta = RECORDS) -> timedelta:
    """Say how long the answer to a request is waited for, counted from its last byte sent.

    A PROXY-Request is given its own total time-out and the link's margin, as it may be answered only then; where
    it leaves the time to the concentrator (0), as long as each of its meters may take. Transparent forwarding
    (透明转发) is given its waits and the margin. What follows a delay (ThenGet) is waited for that much longer.
    A road that is shorter than a cellular link has ``direct`` and ``records`` of its own.
    """
    match request:
        case SecurityRequest(data=data):
            time = _of_secured(data, direct, records)
        case ProxyTransRequest(frame_wait=frame_wait, byte_wait=byte_wait):
            time = _granted(frame_wait) + timedelta(milliseconds=byte_wait) + MARGIN
        case ProxyGetRecordRequest(timeout=timeout):
            time = _granted(timeout) + MARGIN
        case ProxyGetListRequest() | ProxySetListRequest() | ProxyActionListRequest():
            time = _of_list(request.timeout, request.targets)
        case ProxySetThenGetListRequest() | ProxyActionThenGetListRequest():
            time = _of_list(request.timeout, request.targets)
        case GetRecordRequest() | GetRecordListRequest() | GetNextRequest() | GetMd5Request():
            time = records
        case SetThenGetRequest(settings=settings):
            time = direct + timedelta(seconds=sum(setting.delay for setting in settings))
        case ActionThenGetRequest(actions=actions):
            time = direct + timedelta(seconds=sum(action.delay for action in actions))
        case _:
            time = direct
    return time


def _granted(seconds: int) -> timedelta:
    return timedelta(seconds=seconds) or SERVER_CHOICE


def _of_list(total: int, targets: Sequence[Target[Any]]) -> timedelta:
    each = (_granted(target.timeout) for target in targets)
    return (timedelta(seconds=total) or sum(each, timedelta())) + MARGIN


def _of_secured(data: Plaintext | Ciphertext, direct: timedelta, records: timedelta) -> timedelta:
    """Take the time of the APDU inside, the longest of plain ones where it cannot be read."""
    if not isinstance(data, Plaintext):
        return records
    try:
        inner = parse_apdu(data.apdu)
    except RemoteProtocolError:
        return records
    return records if isinstance(inner, SecurityRequest) else patience(inner, direct=direct, records=records)


class ClockOffset(NamedTuple):
    """What a terminal learns from an answered LINK-Request."""

    offset: timedelta  # to be added to the terminal's clock
    round_trip: timedelta


def clock_offset(t1: datetime, t2: datetime, t3: datetime, t4: datetime) -> ClockOffset:
    """Compare a terminal's clock with the head-end's: asked T1, received T2, answered T3, answer received T4.

    Only where the answer says that the head-end's clock is to be trusted may it be followed.
    """
    return ClockOffset(((t2 - t1) - (t4 - t3)) / 2, (t4 - t1) - (t3 - t2))


def clock_error(t1: datetime, t2: datetime, round_trip: timedelta = timedelta()) -> timedelta:
    """Estimate how far a terminal's clock is ahead of the head-end's: it said T1, which arrived at T2.

    The head-end takes ``round_trip`` from a question of its own; the way here is taken for half of it.
    """
    return t1 + round_trip / 2 - t2
