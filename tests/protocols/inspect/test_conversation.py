"""Which frame of a record answers which."""

from protocols.dissection import Language, Words
from protocols.dlt645 import (
    DI,
    Address,
    Frame,
    Match,
    ReadAnswer,
    ReadNextRequest,
    ReadRequest,
    build_message,
    parts_of,
)
from protocols.inspect import Conversation

METER, OTHER = Address.meter("202311150001"), Address.meter("202311150002")
TOTAL = DI(0x00010000)
COVER = DI(0x03300D01)
FIRST, SECOND, THIRD = (Words(f"line {number}", f"第{number}行") for number in (1, 2, 3))


def ask(di: DI = TOTAL, meter: Address = METER) -> Frame:
    """Request of an item."""
    return build_message(meter, ReadRequest(di))


def tell(di: DI = TOTAL, meter: Address = METER) -> Frame:
    """Answer of an item."""
    return build_message(meter, ReadAnswer(di, bytes(4)))


def test_an_answer_names_the_request_it_answers() -> None:
    """By the place of the request."""
    talk = Conversation()
    assert talk.hear(ask(), FIRST) is None
    turn = talk.hear(tell(), SECOND)
    assert turn is not None
    assert (turn.match, turn.request) == (Match.ANSWER, FIRST)
    assert turn.words.said(Language.ENGLISH) == "answers the request of line 1"


def test_an_answer_to_something_else_says_why() -> None:
    """Another address, another item, an echo."""
    talk = Conversation()
    talk.hear(ask(), FIRST)
    for frame, match in (
        (tell(meter=OTHER), Match.OTHER_ADDRESS),
        (tell(di=COVER), Match.OTHER_IDENTIFIER),
        (ask(), Match.ECHO),
    ):
        turn = talk.hear(frame, SECOND)
        assert turn is not None
        assert turn.match is match
        assert "does not answer" in turn.words.said(Language.BOTH)


def test_an_answer_without_a_request_is_no_turn() -> None:
    """A record may begin anywhere."""
    assert Conversation().hear(tell(), FIRST) is None


def test_the_last_part_of_a_long_item_brings_the_whole() -> None:
    """Parts are put together while they follow each other."""
    talk = Conversation()
    payload = bytes(range(60))
    asked = [ask(COVER), *(build_message(METER, ReadNextRequest(COVER, seq)) for seq in (1, 2))]
    turns = []
    for request, answer in zip(asked, parts_of(ReadAnswer(COVER, payload), 25), strict=True):
        talk.hear(request, FIRST)
        turns.append(talk.hear(build_message(METER, answer), SECOND))
    assert [turn and turn.whole for turn in turns] == [None, None, ReadAnswer(COVER, payload)]


def test_a_part_that_is_missing_leaves_the_item_open() -> None:
    """A whole is never told from pieces that do not belong together."""
    talk = Conversation()
    first, second, third = parts_of(ReadAnswer(COVER, bytes(range(60))), 25)
    for request, answer in ((ask(COVER), first), (build_message(METER, ReadNextRequest(COVER, 2)), third)):
        talk.hear(request, FIRST)
        turn = talk.hear(build_message(METER, answer), SECOND)
        assert turn is not None
        assert turn.whole is None
    assert second.payload


def test_what_follows_an_answer_is_no_echo() -> None:
    """A poll repeats its question; only what comes before any answer can be the adapter's echo."""
    talk = Conversation()
    assert talk.hear(ask(), FIRST) is None
    assert talk.hear(tell(), SECOND) is not None
    assert talk.hear(ask(), THIRD) is None
    again = talk.hear(ask(), FIRST)
    assert again is not None
    assert (again.match, again.request) == (Match.ECHO, THIRD)
    assert "an echo of the adapter, or a repeat" in again.words.said(Language.ENGLISH)


def test_items_of_two_meters_in_parts_stay_apart() -> None:
    """Parts that come in turns, and one of them twice, make the item of each meter."""
    talk = Conversation()
    wholes: dict[Address, list[bytes]] = {METER: [], OTHER: []}
    items = {meter: parts_of(ReadAnswer(COVER, bytes([number]) * 60), 20) for number, meter in enumerate(wholes, 1)}
    for seq in range(3):
        for meter, parts in items.items():
            talk.hear(build_message(meter, ReadNextRequest(COVER, seq)) if seq else ask(COVER, meter), FIRST)
            for _ in range(1 + (seq == 1)):
                turn = talk.hear(build_message(meter, parts[seq]), SECOND)
                assert turn is not None
                if isinstance(turn.whole, ReadAnswer):
                    wholes[meter].append(turn.whole.payload)
    assert wholes == {METER: [bytes([1]) * 60], OTHER: [bytes([2]) * 60]}
