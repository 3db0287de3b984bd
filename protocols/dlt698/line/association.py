"""The application association (应用连接) between one client and one server: CONNECT, RELEASE, and how it ends.

The machine looks at the APDUs that pass, so it is the same at either end.

======== ============================== =================================================================
state    what was seen                  what may be sent
======== ============================== =================================================================
CLOSED   nothing, or its end            public access: plain reads, frames of a safe size
OPENING  CONNECT-Request                as before; the answer decides
OPEN     CONNECT-Response, allowed      what was agreed
CLOSING  RELEASE-Request                as agreed, until the answer
======== ============================== =================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from protocols.dlt698.apdu.common import Apdu
from protocols.dlt698.apdu.conformance import ProtocolBit
from protocols.dlt698.apdu.connect import ConnectRequest, ConnectResponse, ConnectResult, Limits
from protocols.dlt698.apdu.release import ReleaseNotification, ReleaseRequest, ReleaseResponse
from protocols.dlt698.wire.address import Address

_SMALLEST_FRAME = 128  # whatever a side says; the answer to a login must fit into one frame


class State(Enum):
    """Where an association stands."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"


class Step(Enum):
    """What happens to an association."""

    ASKED = "asked"
    ALLOWED = "allowed"
    REFUSED = "refused"
    RELEASING = "releasing"
    RELEASED = "released"
    NOTIFIED = "notified"  # by the server: it has timed out
    TIMED_OUT = "timed out"
    LOST = "lost"  # the connection below


MOVES: Mapping[tuple[State, Step], State] = {
    (State.CLOSED, Step.ASKED): State.OPENING,
    (State.OPENING, Step.ASKED): State.OPENING,
    (State.OPENING, Step.ALLOWED): State.OPEN,
    (State.OPENING, Step.REFUSED): State.CLOSED,
    (State.OPENING, Step.LOST): State.CLOSED,
    (State.OPEN, Step.ASKED): State.OPENING,
    (State.OPEN, Step.RELEASING): State.CLOSING,
    (State.OPEN, Step.NOTIFIED): State.CLOSED,
    (State.OPEN, Step.TIMED_OUT): State.CLOSED,
    (State.OPEN, Step.LOST): State.CLOSED,
    (State.CLOSING, Step.RELEASED): State.CLOSED,
    (State.CLOSING, Step.ASKED): State.OPENING,
    (State.CLOSING, Step.NOTIFIED): State.CLOSED,
    (State.CLOSING, Step.TIMED_OUT): State.CLOSED,
    (State.CLOSING, Step.LOST): State.CLOSED,
}
"""What is not listed changes nothing: an answer that nobody waits for, the end of what has ended."""

_STEPS: Mapping[type[Apdu], Step] = {
    ConnectRequest: Step.ASKED,
    ReleaseRequest: Step.RELEASING,
    ReleaseResponse: Step.RELEASED,
    ReleaseNotification: Step.NOTIFIED,
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides can: the smaller of what they said, in bytes, frames and time without traffic."""

    to_server: int  # the longest link frame
    to_client: int
    window: int  # requests that may be open at a time
    apdu: int
    timeout: timedelta | None
    blocks: bool  # whether long answers may go as GetResponseNext


@dataclass(frozen=True, slots=True)
class AssociationMoved:
    """What happened to the association with a device, and what is agreed now; None = nothing, public access."""

    address: Address
    step: Step
    agreed: Agreed | None


class Association:
    """One association; instants are the caller's."""

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.agreed: Agreed | None = None
        self._request: ConnectRequest | None = None
        self._last: datetime | None = None

    def passed(self, apdu: Apdu, now: datetime) -> Step | None:
        """Look at an APDU that has been sent or received; tells what that did, None if nothing."""
        step = _step(apdu)
        moved = step is not None and self._move(step)
        if moved and isinstance(apdu, ConnectRequest):
            self._request = apdu
        elif moved and isinstance(apdu, ConnectResponse) and step is Step.ALLOWED and self._request is not None:
            self.agreed = _agree(self._request, apdu)
        self.touch(now)
        return step if moved else None

    def touch(self, now: datetime) -> None:
        """Note traffic without looking at it; its time-out runs from here."""
        self._last = now

    def deadline(self) -> datetime | None:
        """When it times out if nothing passes."""
        if self.agreed is None or self.agreed.timeout is None or self._last is None:
            return None
        return self._last + self.agreed.timeout

    def overdue(self, now: datetime) -> Step | None:
        """Let it time out if it is time."""
        deadline = self.deadline()
        return Step.TIMED_OUT if deadline is not None and deadline <= now and self._move(Step.TIMED_OUT) else None

    def lost(self) -> Step | None:
        """Let it end with its connection."""
        return Step.LOST if self._move(Step.LOST) else None

    def _move(self, step: Step) -> bool:
        state = MOVES.get((self.state, step))
        if state is None:
            return False
        self.state = state
        if state in {State.CLOSED, State.OPENING}:
            self.agreed = None
        return True


def _step(apdu: Apdu) -> Step | None:
    if isinstance(apdu, ConnectResponse):
        return Step.ALLOWED if apdu.result == ConnectResult.ALLOWED else Step.REFUSED
    return _STEPS.get(type(apdu))


def _agree(request: ConnectRequest, response: ConnectResponse) -> Agreed:
    client, server = request.limits, response.limits
    timeout = min(request.timeout, response.timeout) or max(request.timeout, response.timeout)
    return Agreed(
        to_server=_frame(client, server),
        to_client=_frame(server, client),
        window=max(1, min(client.window, server.window)),
        apdu=min(client.apdu, server.apdu),
        timeout=timedelta(seconds=timeout) if timeout else None,
        blocks=all(ProtocolBit.GET_NEXT in side.conformance.protocol_bits for side in (request, response)),
    )


def _frame(sender: Limits, receiver: Limits) -> int:
    return max(_SMALLEST_FRAME, min(sender.send_frame, receiver.receive_frame))
