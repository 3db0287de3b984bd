"""Long items through two sessions, with steps lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    WILDCARD,
    Address,
    Asked,
    Edition,
    Function,
    LongRead,
    MasterSession,
    Message,
    Read1997Answer,
    Read1997Request,
    ReadAnswer,
    ReadNextAnswer,
    ReadRequest,
    Refusal,
    Reply,
    SlaveSession,
    build_frame,
    build_message,
)

A = Address.meter("201000000012")
RECORD = DI(0x03300D01)
CUT = 25


class Meter:
    """A meter with one item, on a line that loses what it is told to."""

    def __init__(self, payload: bytes, lost: list[bool], edition: Edition = Edition.E2007) -> None:
        self.session = SlaveSession(A, edition)
        self.payload = payload
        self.lost = lost
        self.asked: list[Message] = []

    def exchange(self, sent: bytes) -> bytes:
        """Answer what was written; nothing where request or answer is lost."""
        if self._loses():
            return b""
        [event] = self.session.receive(sent)
        if isinstance(event, Reply):
            answer = build_frame(event.frame)
        else:
            assert isinstance(event, Asked)
            self.asked.append(event.request)
            answer = self.session.answer(self._item(event.request), cut=CUT)
        return b"" if self._loses() else answer

    def _loses(self) -> bool:
        return bool(self.lost) and self.lost.pop(0)

    def _item(self, request: Message) -> Message:
        if isinstance(request, Read1997Request):
            return Read1997Answer(request.di, self.payload)
        assert isinstance(request, ReadRequest)
        return ReadAnswer(request.di, self.payload)


def read(read_: LongRead, master: MasterSession, meter: Meter) -> None:
    """Write what is to be written until nothing is; a step without an answer is lost."""
    todo: bytes | None = read_.begin()
    while todo is not None:
        events = master.receive(meter.exchange(todo))
        todo = read_.take(events[0]) if events else read_.lost()
    assert read_.over
    assert master.out is None


@given(st.binary(max_size=300), st.lists(st.booleans(), max_size=12), st.sampled_from([A, WILDCARD]))
def test_lost_steps_are_repeated_and_lose_nothing(payload: bytes, lost: list[bool], address: Address) -> None:
    """Whatever requests and answers are lost, the item comes whole, each part in its place."""
    master = MasterSession()
    whole = LongRead(master, address, ReadRequest(RECORD), tries=13)
    read(whole, master, Meter(payload, lost))
    assert whole.payload == payload
    assert whole.refusal is None
    assert whole.fault is None


def test_a_step_lost_too_often_ends_the_read() -> None:
    """Nothing of the item is given out, as what is there is not all."""
    master = MasterSession()
    whole = LongRead(master, A, ReadRequest(RECORD))
    read(whole, master, Meter(bytes(100), [False, False, *3 * [True]]))
    assert whole.payload is None
    assert whole.lost() is None


def test_a_refusal_ends_the_read() -> None:
    """Be it of the first step or of a later one."""
    master = MasterSession()
    whole = LongRead(master, A, ReadRequest(RECORD))
    whole.begin()
    refusal = Refusal(Function.READ, b"\x02")
    [event] = master.receive(build_frame(build_message(A, refusal)))
    assert whole.take(event) is None
    assert whole.refusal == refusal
    assert whole.payload is None


def test_a_chain_without_end_ends_the_read() -> None:
    """A meter that always promises more is stopped where sequence numbers run out."""
    master = MasterSession()
    whole = LongRead(master, A, ReadRequest(RECORD))
    todo: bytes | None = whole.begin()
    answers = 0
    while todo is not None:
        part = ReadNextAnswer(RECORD, b"x", answers, more=True) if answers else ReadAnswer(RECORD, b"x", more=True)
        [event] = master.receive(build_frame(build_message(A, part)))
        todo = whole.take(event)
        answers += 1
    assert answers == 256
    assert whole.fault is not None
    assert whole.fault.reason == "follow_up"
    assert whole.payload is None


def test_strays_do_not_move_the_read() -> None:
    """A late part of another item is no step."""
    master = MasterSession()
    whole = LongRead(master, A, ReadRequest(RECORD))
    whole.begin()
    [event] = master.receive(build_frame(build_message(A, ReadAnswer(DI(0x03300D02), b"\x01"))))
    assert whole.take(event) is None
    assert not whole.over


@given(st.binary(max_size=100))
def test_items_of_1997_are_read_to_their_end(payload: bytes) -> None:
    """Part behind part without numbers, as long as nothing is lost."""
    master = MasterSession(Edition.E1997)
    whole = LongRead(master, A, Read1997Request(0x901F))
    read(whole, master, Meter(payload, [], Edition.E1997))
    assert whole.payload == payload


@pytest.mark.parametrize("lost", [[False, False, True], [False, False, False, True]])
def test_a_lost_part_of_1997_ends_the_read(lost: list[bool]) -> None:
    """Whether the request or its answer was lost cannot be told, so a part might be skipped: nothing is given out."""
    master = MasterSession(Edition.E1997)
    whole = LongRead(master, A, Read1997Request(0x901F))
    read(whole, master, Meter(bytes(100), lost, Edition.E1997))
    assert whole.payload is None
    assert whole.refusal is None


def test_a_lost_first_step_of_1997_is_repeated() -> None:
    """01H begins anew in any case."""
    master = MasterSession(Edition.E1997)
    whole = LongRead(master, A, Read1997Request(0x901F))
    meter = Meter(bytes(100), [False, True, True], Edition.E1997)
    read(whole, master, meter)
    assert whole.payload == bytes(100)
    assert len(meter.asked) == 2
