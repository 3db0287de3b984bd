"""Requests and answers that are too long for one frame: in pieces both ways, on lines that lose some of them."""

from datetime import timedelta

from drivers.link import Answered, Exchange, Expect698, GarbageSkipped, NoAnswer, Rank, StrayFrame, StrayReason
from protocols import dlt698
from tests.drivers.peers import (
    A_698,
    CONCENTRATOR,
    Office,
    Peer,
    ask_698,
    frame_698,
    get_request,
    get_response,
    in_office,
    link_request,
)

OADS = tuple(dlt698.OAD(0x0010, 2, index) for index in range(256))
REQUEST = frame_698(dlt698.GetListRequest(dlt698.Piid(3), OADS), 0x43)
RESPONSE = frame_698(dlt698.GetListResponse(dlt698.Piid(3), ()))


def ask_long(office: Office, patience: float = 60) -> Exchange:
    """Make an exchange whose request is longer than the 1024 bytes that any terminal takes."""
    return Exchange(
        link=A_698,
        epoch=None,
        request=REQUEST,
        expects=Expect698(CONCENTRATOR, 3, 133, frozenset({2})),
        rank=Rank.POLL,
        expires=office.clock.now() + timedelta(minutes=30),
        patience=timedelta(seconds=patience),
    )


class Device:
    """A device that joins the pieces of a request."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.pieces = dlt698.Reassembler()

    async def hear(self) -> tuple[dlt698.LinkFrame, bytes, dlt698.Taken]:
        """Wait for a piece: as a frame, its bytes, and what follows from it."""
        raw = await self.peer.inbox.get()
        frame = dlt698.parse_link(raw)
        assert frame.control.fragmented
        assert len(raw) <= 1024
        return frame, raw, self.pieces.take(frame)

    async def join(self) -> dlt698.LinkFrame:
        """Acknowledge pieces until the request is whole."""
        while True:
            _, _, taken = await self.hear()
            if taken.complete is not None:
                return taken.complete
            assert taken.acknowledge is not None
            self.peer.send(dlt698.build_link(taken.acknowledge))


def test_a_long_request_goes_out_in_pieces() -> None:
    """Each fits into the smallest frame that terminals take; the request arrives as it was, and is answered."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_long(office)), name="asker")
        assert await Device(peer).join() == dlt698.parse_link(REQUEST)
        peer.send(RESPONSE)
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == RESPONSE

    in_office(story)


def test_a_piece_is_sent_again_when_its_acknowledgement_is_lost() -> None:
    """After its time-out, as it was; heartbeats in between are answered at once."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_long(office)), name="asker")
        device = Device(peer)
        _, first, taken = await device.hear()
        began = office.clock.now()
        peer.send(link_request(dlt698.LinkKind.HEARTBEAT))
        await peer.inbox.get()
        assert office.clock.now() == began
        assert await peer.inbox.get() == first
        assert office.clock.now() == began + timedelta(seconds=10)
        assert taken.acknowledge is not None
        peer.send(dlt698.build_link(taken.acknowledge))
        await device.join()
        peer.send(RESPONSE)
        assert isinstance(await office.clock.wait(asked), Answered)

    in_office(story)


def test_no_piece_goes_out_after_the_time_of_its_question() -> None:
    """A late acknowledgement brings nothing more of a request that was told as unanswered."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_long(office, patience=5)), name="asker")
        _, _, taken = await Device(peer).hear()
        assert isinstance(await office.clock.wait(asked), NoAnswer)
        assert taken.acknowledge is not None
        peer.send(dlt698.build_link(taken.acknowledge))
        await office.clock.sleep(60)
        assert peer.inbox.try_get() is None
        office.clock.spawn(office.links.ask(ask_698(office, 4)), name="next")
        assert await peer.inbox.get() == get_request(4)

    in_office(story)


def test_the_next_long_request_is_not_held_up() -> None:
    """It begins as soon as the one before is over."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        await office.links.ask(ask_long(office, patience=5))
        await peer.inbox.get()
        began = office.clock.now()
        office.clock.spawn(office.links.ask(ask_long(office)), name="next")
        await office.clock.sleep(1)
        assert peer.inbox.try_get() is None  # its number rests
        await Device(peer).hear()
        assert office.clock.now() == began + timedelta(seconds=10)

    in_office(story)


def test_frames_are_as_long_as_connect_has_agreed() -> None:
    """From the answer on, what would go out in pieces before goes out whole."""
    can = dlt698.Conformance(0x0016, bytes(8), bytes(16))
    limits = dlt698.Limits(4096, 4096, 1, 8000)
    request = dlt698.ConnectRequest(dlt698.Piid(9), can, limits, 7200, dlt698.NullSecurity())
    response = dlt698.ConnectResponse(dlt698.Piid(9), " " * 32, can, limits, 7200, 0, None)

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        connect = ask_long(office)._replace(request=frame_698(request, 0x43), expects=Expect698(CONCENTRATOR, 9, 130))
        asked = office.clock.spawn(office.links.ask(connect), name="asker")
        await peer.inbox.get()
        peer.send(frame_698(response))
        assert isinstance(await office.clock.wait(asked), Answered)
        office.clock.spawn(office.links.ask(ask_long(office)), name="long")
        assert await peer.inbox.get() == REQUEST

    in_office(story)


def test_a_repeated_piece_of_an_answer_is_acknowledged_again() -> None:
    """And joined once."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        pieces = dlt698.Fragmenter(dlt698.parse_link(get_response(3)), 5)
        while not pieces.done:
            peer.send(dlt698.build_link(pieces.current))
            once = await peer.inbox.get()
            peer.send(dlt698.build_link(pieces.current))
            assert await peer.inbox.get() == once
            pieces.acknowledged(dlt698.parse_link(once))
        peer.send(dlt698.build_link(pieces.current))
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == get_response(3)

    in_office(story)


def test_pieces_without_their_rest_are_told() -> None:
    """As bytes that belong to nothing; the login is none the worse."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        first = dlt698.build_link(dlt698.Fragmenter(dlt698.parse_link(get_response(3)), 5).current)
        peer.send(first)
        await peer.inbox.get()
        await office.clock.sleep(60)
        [skipped] = office.told(GarbageSkipped)
        assert (skipped.reason, skipped.count) == ("unfinished", len(first))
        assert office.links.is_up(A_698)

    in_office(story)


def test_pieces_of_another_address_are_not_acknowledged() -> None:
    """One connection is one device."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        foreign = dlt698.parse_link(get_response(3, address="000000000002"))
        peer.send(dlt698.build_link(dlt698.Fragmenter(foreign, 5).current))
        await office.clock.sleep(1)
        assert peer.inbox.try_get() is None
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.WRONG_ADDRESS]

    in_office(story)


def test_an_answer_without_end_is_stopped() -> None:
    """Pieces beyond what one frame could hold are stray, and the device is heard on."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        frame = dlt698.LinkFrame(dlt698.RESPONSE, dlt698.Address.single(CONCENTRATOR), 0x10, bytes(40_000))
        pieces = dlt698.Fragmenter(frame, 2000)
        peer.send(dlt698.build_link(pieces.current))
        while not office.told(StrayFrame):
            acknowledged = await peer.inbox.get()
            following = pieces.acknowledged(dlt698.parse_link(acknowledged))
            assert following is not None
            peer.send(dlt698.build_link(following))
            await office.clock.sleep(0.1)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.BAD_CONTENT]
        peer.send(get_response(3))
        assert isinstance(await office.clock.wait(asked), Answered)

    in_office(story)
