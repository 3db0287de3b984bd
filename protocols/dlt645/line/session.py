"""The master's end of a DL/T 645 line without the line: bytes in, events out, DL/T 645-2007, 5 and 7.

One question is out at a time, as the line is half duplex. The session knows neither clock nor wire: its user writes
the bytes of `MasterSession.ask`, hands over what comes in, and says when the line has been silent (`quiet`) or
patience is over (`abandon`). What an older question may still bring in is remembered, so that it is never credited
to the next one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from protocols.dlt645.functions.refusal import Refusal
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.line.matching import Expected, Match
from protocols.dlt645.line.past import Owed, Past
from protocols.dlt645.line.receiver import Event, FrameReceived, Garbage, Receiver
from protocols.dlt645.messages import Message
from protocols.dlt645.wire.frame import STANDARD_WAKEUP, WAKEUP, Frame, build_frame
from protocols.errors import LocalProtocolError

__all__ = ["Answered", "Echo", "MasterEvent", "MasterSession", "Stray"]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the question that was out; a refusal is one too.

    ``ambiguous``: an older question in the same words may be the one that was answered (`MasterSession.in_the_way`).
    """

    message: Message
    frame: Frame = field(repr=False)
    raw: bytes = field(repr=False)
    ambiguous: bool = False

    @property
    def refused(self) -> bool:
        """Whether it is a refusal."""
        return isinstance(self.message, Refusal)


@dataclass(frozen=True, slots=True)
class Echo:
    """So many bytes of our own request came back, as they do from many RS-485 adapters; all of it or a piece."""

    count: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """A good frame that answers nothing, and why. Another master's can hold a password, so nothing is shown."""

    reason: Match
    frame: Frame = field(repr=False)
    raw: bytes = field(repr=False)


MasterEvent = Answered | Echo | Stray | Garbage


class MasterSession:
    """Asks, and tells answers from everything else that comes in.

    Holds the beginning of one frame, the last request, and at most `past.MOST_REMEMBERED` older questions.
    """

    def __init__(self, edition: Edition = Edition.E2007) -> None:
        self._edition = edition
        self._receiver = Receiver()
        self._out: Expected | None = None
        self._sent = b""
        self._echoed = 0
        self._past = Past()

    @property
    def out(self) -> Expected | None:
        """How the answer to the question that is out is known; None when none is."""
        return self._out

    @property
    def pending(self) -> bytes:
        """Bytes that may yet become a frame."""
        return self._receiver.pending

    @property
    def remembered(self) -> tuple[Expected, ...]:
        """Older questions of which something may still come in, the oldest first."""
        return tuple(self._past)

    def ask(self, request: Frame, *, edition: Edition | None = None, wakeup: int = STANDARD_WAKEUP) -> bytes:
        """Put a question and return the bytes to write; one that nobody answers is over with that.

        ``edition`` is that of the meter asked, where a line has meters of both. Raises LocalProtocolError while
        another question is out, and for a frame that is no request.
        """
        expected = Expected.of(request, edition or self._edition)
        sent = build_frame(request, wakeup=wakeup)
        self.asked(expected, sent)
        return sent

    def asked(self, expected: Expected, sent: bytes) -> None:
        """Note a question whose bytes, wake-up bytes included, the caller writes. Raises as `ask` does."""
        if self._out is not None:
            raise LocalProtocolError("a question is out already")
        self._out = expected if expected.comes else None
        self._sent = sent
        self._echoed = 0

    def receive(self, data: bytes) -> list[MasterEvent]:
        """Take bytes off the line; returns what they are, in order. Never raises."""
        return self._take_all(self._receiver.receive(data))

    def quiet(self) -> list[MasterEvent]:
        """Take note that the line has been silent for longer than `timing.BYTE_GAP`: what was begun is no frame."""
        return self._take_all(self._receiver.quiet())

    def take(self, received: Event) -> MasterEvent:
        """Tell what a frame or garbage is that a `Receiver` outside of this session has found. Never raises."""
        if isinstance(received, Garbage):
            return self._take_garbage(received)
        if received.raw == self._sent.lstrip(bytes([WAKEUP])):
            self._echoed = len(self._sent)
            return Echo(received.wakeup + len(received.raw), whole=True)
        frame, out = received.frame, self._out
        if not frame.control.from_slave:
            return Stray(Match.NOT_FROM_SLAVE, frame, received.raw)
        reason, message = (Match.UNASKED, None) if out is None else out.judge(frame)
        if out is not None and message is not None and reason is Match.ANSWER and not self._is_doubtful(out, frame):
            return self._credit(out, received, message)
        return Stray(self._origin(frame, reason), frame, received.raw)

    def abandon(self) -> Expected | None:
        """Give up the question that is out and remember it, as its answer may come late; returns it."""
        out, self._out = self._out, None
        if out is not None:
            self._past.owe(out, Owed.ANSWER)
        return out

    def forget(self, expected: Expected | None = None) -> None:
        """Forget an older question, or all: its late answer cannot come any more."""
        if expected is None:
            self._past.clear()
        else:
            self._past.forget(expected)

    def in_the_way(self, expected: Expected) -> tuple[Expected, ...]:
        """Older questions whose late answers or copies would be taken for the answer to this one, if it were asked.

        An unanswered question in other words is none of them: a refusal that could be its as well is not credited.
        """
        return tuple(
            older
            for older, owed in self._past.akin(expected)
            if owed is Owed.REFUSAL_COPY or older.shares_answers(expected)
        )

    def is_ambiguous(self, request: Frame, *, edition: Edition | None = None) -> bool:
        """Whether nobody could tell the answer to this request from what an older one may still bring in."""
        return bool(self.in_the_way(Expected.of(request, edition or self._edition)))

    def _take_all(self, received: Iterable[Event]) -> list[MasterEvent]:
        return [self.take(event) for event in received]

    def _take_garbage(self, garbage: Garbage) -> Echo | Garbage:
        """Tell a piece of the echo from other noise: bytes of the request, in their order, none of them twice."""
        at = self._sent.find(garbage.data, self._echoed)
        if at < 0:
            return garbage
        self._echoed = at + len(garbage.data)
        return Echo(len(garbage.data), whole=False)

    def _credit(self, out: Expected, received: FrameReceived, message: Message) -> Answered:
        frame = received.frame
        ambiguous = any(
            older.shares_answers(out) and (owed is not Owed.REFUSAL_COPY or frame.control.abnormal)
            for older, owed in self._past.akin(out)
        )
        self._out = None
        self._echoed = len(self._sent)
        self._past.owe(out, Owed.REFUSAL_COPY if frame.control.abnormal else Owed.COPY)
        return Answered(message, frame, received.raw, ambiguous)

    def _is_doubtful(self, out: Expected, frame: Frame) -> bool:
        """Whether it is a refusal that may be of an older question in other words."""
        return frame.control.abnormal and any(
            owed is not Owed.COPY and not older.shares_answers(out) for older, owed in self._past.akin(out)
        )

    def _origin(self, frame: Frame, reason: Match) -> Match:
        """Find the older question that a stray answer is for; ``reason`` where it is for none."""
        if reason is Match.ANSWER:
            return Match.DOUBTFUL
        owed = {
            owed
            for older, owed in self._past.items()
            if older.match(frame) is Match.ANSWER and (owed is Owed.ANSWER or _is_copy(owed, frame))
        }
        if Owed.ANSWER in owed:
            return Match.LATE
        return Match.COPY if owed else reason


def _is_copy(owed: Owed, frame: Frame) -> bool:
    return (owed is Owed.REFUSAL_COPY) == frame.control.abnormal
