"""What each frame off a link is to the question that is out: a session for each of the two dialects."""

from collections.abc import Collection
from typing import Protocol

from drivers.link.events import StrayReason
from drivers.link.model import SPEAK_698, DeviceKind, Exchange, Expect, Heard698, Understood
from protocols import dlt645, dlt698
from protocols.dlt645 import Match

_STRAYS = {
    Match.NOT_FROM_SLAVE: StrayReason.FROM_MASTER,
    Match.OTHER_ADDRESS: StrayReason.WRONG_ADDRESS,
    Match.OTHER_FUNCTION: StrayReason.OTHER_QUESTION,
    Match.OTHER_IDENTIFIER: StrayReason.OTHER_QUESTION,
    Match.OTHER_SEQUENCE: StrayReason.OTHER_QUESTION,
    Match.MALFORMED: StrayReason.BAD_CONTENT,
    Match.UNASKED: StrayReason.NO_QUESTION,
    Match.LATE: StrayReason.LATE,
    Match.COPY: StrayReason.COPY,
    Match.DOUBTFUL: StrayReason.DOUBTFUL,
}
_STRAYS_698 = {
    dlt698.Match.UNASKED: StrayReason.NO_QUESTION,
    dlt698.Match.OTHER_DEVICE: StrayReason.WRONG_ADDRESS,
    dlt698.Match.OTHER_QUESTION: StrayReason.OTHER_QUESTION,
    dlt698.Match.LATE: StrayReason.LATE,
    dlt698.Match.COPY: StrayReason.COPY,
}


Heard = dlt645.FrameReceived | Heard698


class Conversation(Protocol):
    """Questions put to one device, over as many logins as it takes; one is out at a time."""

    def ask(self, exchange: Exchange) -> None:
        """Note that this question goes out."""

    def hear(self, heard: Heard) -> Understood | dlt645.Echo | StrayReason:
        """Tell what a frame is; with its answer a question is out no more."""

    def abandon(self) -> None:
        """Give up the question that is out, if one is; its answer may come late."""

    def in_the_way(self, expects: Expect) -> Collection[Expect]:
        """Older questions, not forgotten yet, for whose answers one to this question could be taken."""

    def forget(self, expects: Expect) -> None:
        """Forget an older question: nothing can come in of it any more."""


class Conversation645:
    """The conversation with a raw line of DL/T 645 meters, whose frames carry no numbers."""

    def __init__(self) -> None:
        self._session = dlt645.MasterSession()

    def ask(self, exchange: Exchange) -> None:
        """See `Conversation.ask`."""
        assert isinstance(exchange.expects, dlt645.Expected), "a raw line is asked in DL/T 645"
        self._session.asked(exchange.expects, exchange.request)

    def hear(self, heard: Heard) -> dlt645.Answered | dlt645.Echo | StrayReason:
        """See `Conversation.hear`."""
        assert isinstance(heard, dlt645.FrameReceived), "a raw line speaks DL/T 645"
        told = self._session.take(heard)
        assert not isinstance(told, dlt645.Garbage), "a frame is none"
        return _STRAYS[told.reason] if isinstance(told, dlt645.Stray) else told

    def is_echo(self, garbage: dlt645.Garbage) -> bool:
        """Whether bytes that form no frame are a piece of the question, come back."""
        return isinstance(self._session.take(garbage), dlt645.Echo)

    def abandon(self) -> None:
        """See `Conversation.abandon`."""
        self._session.abandon()

    def in_the_way(self, expects: Expect) -> Collection[Expect]:
        """See `Conversation.in_the_way`; of a refusal its copy is enough, as it does not say what was refused."""
        assert isinstance(expects, dlt645.Expected), "a raw line is asked in DL/T 645"
        return self._session.in_the_way(expects)

    def forget(self, expects: Expect) -> None:
        """See `Conversation.forget`."""
        assert isinstance(expects, dlt645.Expected), "a raw line is asked in DL/T 645"
        self._session.forget(expects)


class Conversation698:
    """The conversation with devices of DL/T 698.45, whose service numbers come round after 64 questions."""

    def __init__(self) -> None:
        self._questions = dlt698.Questions()
        self._out: dlt698.Expected | None = None

    def ask(self, exchange: Exchange) -> None:
        """See `Conversation.ask`."""
        self._out = _of_698(exchange.expects)
        self._questions.ask(self._out)

    def hear(self, heard: Heard) -> Heard698 | StrayReason:
        """See `Conversation.hear`."""
        assert isinstance(heard, Heard698), "who is asked in DL/T 698.45 answers in it"
        match = self._questions.take(heard.frame.address, heard.apdu)
        return _STRAYS_698[match] if isinstance(match, dlt698.Match) else heard

    def abandon(self) -> None:
        """See `Conversation.abandon`."""
        if self._out is not None:
            self._questions.abandon(self._out)
            self._out = None

    def in_the_way(self, expects: Expect) -> Collection[Expect]:
        """See `Conversation.in_the_way`."""
        return self._questions.in_the_way(_of_698(expects))

    def forget(self, expects: Expect) -> None:
        """See `Conversation.forget`."""
        self._questions.forget(_of_698(expects))


def _of_698(expects: Expect) -> dlt698.Expected:
    assert isinstance(expects, dlt698.Expected), "this link is asked in DL/T 698.45"
    return expects


def conversation_with(kind: DeviceKind) -> Conversation:
    """Make the conversation that a kind of device has."""
    return Conversation698() if kind in SPEAK_698 else Conversation645()


def shown(heard: Heard) -> bytes:
    """Give what may be shown of a frame: nothing of a DL/T 645 master's, as that can hold a password."""
    if isinstance(heard, dlt645.FrameReceived) and not heard.frame.control.from_slave:
        return b""
    return heard.raw
