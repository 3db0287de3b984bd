"""A master and its meters over a faulty line: what is lost, late, doubled or echoed is never credited wrongly."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocols.dlt645 import (
    DI,
    Address,
    Answered,
    Asked,
    Echo,
    Frame,
    LongRead,
    MasterEvent,
    MasterSession,
    Overheard,
    ReadAnswer,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Refusal,
    Reply,
    SlaveSession,
    build_frame,
    build_message,
)
from tests.protocols.dlt645.strategies import noise

A, B, STRANGER = (Address.meter(f"2010000000{number}") for number in (12, 13, 99))
SHORT = Address.short("0012")
ENERGY, RECORD, MISSING, GONE = (DI.parse(text) for text in ("00010000", "03300D01", "04000503", "040005FF"))
REFUSED = {MISSING, GONE}
Request = ReadRequest | ReadNextRequest
WORDS: tuple[Request, ...] = (
    *map(ReadRequest, (ENERGY, RECORD, MISSING, GONE)),
    *(ReadNextRequest(RECORD, seq) for seq in (1, 2)),
)
STRANGE = (
    b"",
    build_frame(build_message(STRANGER, ReadRequest(ENERGY))),
    build_frame(build_message(STRANGER, ReadAnswer(ENERGY, bytes(4)))),
)
"""What another master says to a meter of its own, and that one's answer."""
PART = 15
NUMBER = 4
salts = st.just(b"") | noise


@dataclass(frozen=True)
class Question:
    """What was asked last: of whom, in which words, and as the how manieth."""

    to: Address
    request: Request
    number: int


class Meter:
    """A meter whose items begin with the number of the question they answer; some it refuses."""

    def __init__(self, address: Address) -> None:
        self.session = SlaveSession(address)

    def item(self, di: DI, number: int) -> bytes:
        """All of an item: it tells what it is and whose, the record at some length."""
        size = 3 if di == RECORD else 1
        return number.to_bytes(NUMBER, "big") + size * (int(di).to_bytes(4, "little") + self.session.address.to_wire())

    def hear(self, raw: bytes, number: int) -> bytes:
        """Answer the request in what came off the line, if one is for this meter."""
        said = b""
        for event in self.session.receive(raw) + self.session.quiet():
            match event:
                case Reply(frame=frame):
                    said += build_frame(frame, wakeup=1)
                case Asked(request=ReadRequest(di=di)) if di not in REFUSED:
                    said += self.session.answer(ReadAnswer(di, self.item(di, number)), cut=PART)
                case Asked(frame=frame):
                    said += self.session.answer(Refusal(frame.control.function, number.to_bytes(NUMBER, "big")))
        return said


class FaultyLine(RuleBasedStateMachine):
    """The master asks; what comes back is up to the line."""

    def __init__(self) -> None:
        super().__init__()
        self.master = MasterSession()
        self.meters = {address: Meter(address) for address in (A, B)}
        self.asked: dict[int, Question] = {}
        self.out: Question | None = None
        for meter in self.meters.values():  # so that there are parts to be asked for
            meter.hear(build_frame(build_message(meter.session.address, ReadRequest(RECORD))), 0)
        self.flight: list[bytes] = []
        self.sent = b""

    @rule(
        to=st.sampled_from([A, A, B, SHORT]),
        request=st.sampled_from(WORDS),
        again=st.sampled_from([True, False, False]),
        lost=st.sampled_from([False, False, False, True]),
        at_once=st.booleans(),
    )
    def ask(self, to: Address, request: Request, again: bool, lost: bool, at_once: bool) -> None:
        """Put a question on the line, which may lose it, after giving up the one before; or put the last one again.

        The answer is then under way unless it was lost, and perhaps comes in at once.
        """
        self.lose_patience()
        if again and self.asked:
            last = self.asked[len(self.asked)]
            to, request = last.to, last.request
        self.out = question = Question(to, request, len(self.asked) + 1)
        self.asked[question.number] = question
        self.sent = self.master.ask(build_message(to, request))
        answers = b"".join(meter.hear(self.sent, question.number) for meter in self.meters.values())
        if not lost:
            self.flight.append(answers)
            self.hear(self.master.receive(answers) if at_once else [])

    @precondition(lambda self: self.flight)
    @rule(back=st.integers(1, 4), salt=salts, place=st.integers(0, 300))
    def deliver(self, back: int, salt: bytes, place: int) -> None:
        """Bring one of the last answers, for the first time or once more, salted in front and cut in two."""
        data = salt + self.flight[-min(back, len(self.flight))]
        place %= len(data)
        self.hear(self.master.receive(data[:place]))
        self.hear(self.master.receive(data[place:]))

    @rule(begin=st.integers(0, 20), end=st.integers(0, 20), salt=salts, stranger=st.sampled_from(STRANGE))
    def interfere(self, begin: int, end: int, salt: bytes, stranger: bytes) -> None:
        """Return what was sent last, or a piece of it, with noise, and let others speak on the line."""
        self.hear(self.master.receive(self.sent[begin : len(self.sent) - end] + salt + stranger))

    @rule()
    def lose_patience(self) -> None:
        """Give up the question that is out, after a silence."""
        self.hear(self.master.quiet())
        assert self.master.pending == b""
        self.master.abandon()
        self.out = None

    def teardown(self) -> None:
        """When nothing is under way any more and the line is healthy, every item is read to its end."""
        self.lose_patience()
        self.master.forget()
        for meter in self.meters.values():
            number = len(self.asked) + 1
            whole = LongRead(self.master, meter.session.address, ReadRequest(RECORD))
            todo: bytes | None = whole.begin()
            while todo is not None:
                [event] = self.master.receive(meter.hear(todo, number))
                todo = whole.take(event)
            assert whole.payload == meter.item(RECORD, number), meter.session.address

    @invariant()
    def memory_is_bounded(self) -> None:
        """Less than a frame is kept, and the session agrees on whether a question is out."""
        assert len(self.master.pending) < 267 + 64
        assert (self.master.out is None) == (self.out is None)

    def hear(self, events: list[MasterEvent]) -> None:
        """Check that what is credited is the answer to the question that is out."""
        for event in events:
            if isinstance(event, Answered):
                self.check(event)
                self.out = None

    def check(self, answered: Answered) -> None:
        """Compare with what was asked; where the session has no doubt it is the very question, not one like it."""
        question, message = self.out, answered.message
        assert question is not None
        meter = self.meters[answered.frame.address]
        assert question.to.covers(meter.session.address)
        if isinstance(message, Refusal):
            number = int.from_bytes(message.word, "big")
        else:
            assert isinstance(message, ReadAnswer | ReadNextAnswer)
            assert message.di == question.request.di
            seq = message.seq if isinstance(message, ReadNextAnswer) else 0
            assert seq == getattr(question.request, "seq", 0)
            number = int.from_bytes(message.payload[:NUMBER], "big") if seq == 0 else question.number
        first = self.asked[number]
        assert first.request == question.request
        assert answered.ambiguous or number == question.number


TestFaultyLine = FaultyLine.TestCase
TestFaultyLine.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def told_by(act: Callable[[MasterSession, bytes], list[MasterEvent]]) -> list[MasterEvent]:
    """Put one question and let something come back."""
    master = MasterSession()
    return act(master, master.ask(build_message(A, ReadRequest(ENERGY))))


def test_an_echo_on_a_line_of_meters_disturbs_nobody() -> None:
    """Meters overhear each other's answers and the echo of none: only one is asked, and it answers once."""
    meters = [SlaveSession(address) for address in (A, B)]

    def exchange(master: MasterSession, sent: bytes) -> list[MasterEvent]:
        answer = build_frame(build_message(A, ReadAnswer(ENERGY, bytes(4))))
        heard = [event for meter in meters for event in meter.receive(sent + answer)]
        assert [type(event) for event in heard] == [Asked, Overheard, Overheard, Overheard]
        return master.receive(sent + answer)

    assert [type(event) for event in told_by(exchange)] == [Echo, Answered]


def test_a_meter_hears_no_echo_of_its_own_answer() -> None:
    """What it has said comes back as a frame of a slave, to which nobody may say anything."""
    meter = SlaveSession(A)
    meter.hear(build_message(A, ReadRequest(ENERGY)))
    [event] = meter.receive(meter.answer(ReadAnswer(ENERGY, bytes(4))))
    assert isinstance(event, Overheard)
    assert isinstance(event.frame, Frame)
