"""One item read to its end through a session: first frame, follow-ups, and the repeats of what was lost."""

from protocols.dlt645.functions.read import ReadBlocksRequest, ReadBlocksSinceRequest, ReadRequest
from protocols.dlt645.functions.read_1997 import Read1997Request, ReadNext1997Request
from protocols.dlt645.functions.refusal import Refusal
from protocols.dlt645.line.assembly import Assembly, FirstPart, NextPart, NextRequest
from protocols.dlt645.line.session import Answered, MasterEvent, MasterSession
from protocols.dlt645.messages import build_message
from protocols.dlt645.wire.address import Address
from protocols.errors import RemoteProtocolError

__all__ = ["LongRead"]

FirstRequest = ReadRequest | ReadBlocksRequest | ReadBlocksSinceRequest | Read1997Request


class LongRead:
    """Drives an `Assembly` through a `MasterSession`, which must be free when it begins.

    Write what `begin`, `take` and `lost` return; None means that there is nothing to write. ``tries`` is how often
    each step is asked. A step of 2007 is repeated in the same words (12H with the same sequence number), so it
    cannot get into the wrong place. A lost follow-up of 1997 ends the read, as the meter may have counted on or not:
    begin a new one when no answer can come late any more. Follow-ups go to the meter that has answered first.
    """

    def __init__(self, session: MasterSession, address: Address, request: FirstRequest, *, tries: int = 3) -> None:
        self._session = session
        self._request = build_message(address, request)
        self._tries = tries
        self._left = tries
        self._assembly: Assembly | None = None
        self.refusal: Refusal | None = None
        """The refusal that ended the read."""
        self.fault: RemoteProtocolError | None = None
        """What was wrong with the answer that ended the read."""
        self.over = False
        """Whether the read has ended, one way or another."""

    @property
    def payload(self) -> bytes | None:
        """The whole item, None as long as it is not complete."""
        done = self._assembly is not None and self._assembly.next_request is None
        return self._assembly.payload if self._assembly is not None and done else None

    def begin(self) -> bytes:
        """Ask the first question."""
        return self._ask()

    def take(self, event: MasterEvent) -> bytes | None:
        """Act on an event of the session; only an answer moves the read on."""
        if self.over or not isinstance(event, Answered):
            return None
        message = event.message
        if isinstance(message, Refusal):
            self.refusal = message
            self.over = True
            return None
        try:
            following = self._put(message)
        except RemoteProtocolError as fault:
            self.fault = fault
            self.over = True
            return None
        if following is None:
            self.over = True
            return None
        self._request = build_message(event.frame.address, following)
        self._left = self._tries
        return self._ask()

    def lost(self) -> bytes | None:
        """Act on a time-out: ask the same step again, or end the read after the last try."""
        if self.over:
            return None
        self._session.abandon()
        following = self._assembly.next_request if self._assembly is not None else None
        if self._left == 0 or isinstance(following, ReadNext1997Request):
            self.over = True
            return None
        return self._ask()

    def _put(self, message: object) -> NextRequest | None:
        """Put an answer into the assembly and return the request after it."""
        if self._assembly is None:
            assert isinstance(message, FirstPart), "the session has matched the function"
            self._assembly = Assembly(message)
            return self._assembly.next_request
        assert isinstance(message, NextPart), "the session has matched the function"
        return self._assembly.add(message)

    def _ask(self) -> bytes:
        self._left -= 1
        return self._session.ask(self._request)
