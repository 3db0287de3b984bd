"""Reports of a concentrator: kept first, then acknowledged; those inside of SECURITY by whoever holds the keys."""

from dataclasses import replace

import pytest

from drivers.link import Answered, FollowReport, ReportReceived, SecuredReport, StrayFrame, StrayReason
from protocols import dlt698
from protocols.dlt698.apdu.common import FollowNormal
from protocols.dlt698.apdu.security import Mac, Plaintext, RandomNumberMac
from protocols.errors import LocalProtocolError
from tests.drivers.peers import A_698, Office, apdu_in, ask_698, frame_698, get_response, in_office

REPORTED = dlt698.OAD.parse("33200200")
NUMBER = dlt698.Piid(7, acd=True)
RESULT = dlt698.ResultNormal(REPORTED, dlt698.Value(dlt698.DataType.UNSIGNED, 1))
REPORT = dlt698.ReportListNotification(NUMBER, (RESULT,))
TAKEN = dlt698.ReportListResponse(dlt698.Piid(7), (REPORTED,))
SECURED = frame_698(
    dlt698.SecurityRequest(Plaintext(dlt698.build_apdu(REPORT)), RandomNumberMac(bytes(12), b"\x01\x02\x03\x04")), 0x83
)
ANSWER = dlt698.SecurityResponse(Plaintext(dlt698.build_apdu(TAKEN)), Mac(b"\x05\x06\x07\x08"))


def test_a_repeat_of_a_report_is_told_as_one() -> None:
    """Until it is acknowledged; the acknowledgement has no ACD bit."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        for _ in range(2):
            peer.send(frame_698(REPORT, 0x83))
            await office.clock.sleep(5)
        told = office.told(ReportReceived)
        assert [one.repeated for one in told] == [False, True]
        office.links.acknowledge(told[1])
        assert apdu_in(await peer.inbox.get()) == TAKEN

    in_office(story)


def test_a_secured_report_is_told_as_it_came_and_answered_by_what_is_given() -> None:
    """Nobody here reads it; the SECURITY-Response goes out under C = 03."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        for _ in range(2):
            peer.send(SECURED)
            await office.clock.sleep(5)
        assert office.told(ReportReceived) == []
        told, again = office.told(SecuredReport)
        assert (told.link, told.epoch, told.frame, told.repeated) == (A_698, 1, SECURED, False)
        assert again.repeated
        office.links.acknowledge(told, dlt698.build_apdu(ANSWER))
        assert await peer.inbox.get() == frame_698(ANSWER, 0x03)

    in_office(story)


@pytest.mark.parametrize("answer", [None, dlt698.build_apdu(TAKEN)], ids=["none", "a plain one"])
def test_a_secured_report_is_never_answered_in_plaintext(answer: bytes | None) -> None:
    """Without a SECURITY-Response nothing is sent at all."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.send(SECURED)
        await office.clock.sleep(1)
        [told] = office.told(SecuredReport)
        with pytest.raises(LocalProtocolError, match="SECURITY-Response"):
            office.links.acknowledge(told, answer)
        await office.clock.sleep(1)
        assert peer.inbox.try_get() is None

    in_office(story)


def test_a_report_in_pieces_is_acknowledged_like_any_other() -> None:
    """It is told as the one frame that it would have been."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        pieces = dlt698.Fragmenter(dlt698.parse_link(frame_698(REPORT, 0x83)), 5)
        peer.send(dlt698.build_link(pieces.current))
        while not pieces.done:
            acknowledged = dlt698.parse_link(await peer.inbox.get())
            assert acknowledged.control.octet == 0x23
            following = pieces.acknowledged(acknowledged)
            assert following is not None
            peer.send(dlt698.build_link(following))
        await office.clock.sleep(1)
        [told] = office.told(ReportReceived)
        assert told.frame == frame_698(REPORT, 0x83)
        office.links.acknowledge(told)
        assert apdu_in(await peer.inbox.get()) == TAKEN

    in_office(story)


def test_a_report_of_a_later_edition_is_told_and_not_answered() -> None:
    """What cannot be read is not kept, so the device must go on repeating it."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        frame = dlt698.parse_link(frame_698(REPORT, 0x83))
        later = dlt698.LinkFrame(frame.control, frame.address, 0, b"\x88\x04" + frame.user_data[2:])
        peer.send(dlt698.build_link(later))
        await office.clock.sleep(1)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.BAD_CONTENT]
        assert peer.inbox.try_get() is None

    in_office(story)


def test_long_acknowledgements_do_not_pile_up() -> None:
    """A device that acknowledges none of their pieces gets so many and no more; it repeats its reports anyway."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        for number in range(20):
            peer.send(frame_698(replace(REPORT, piid=dlt698.Piid(number), results=(RESULT,) * 300), 0x83))
        await office.clock.sleep(1)
        for told in office.told(ReportReceived):
            office.links.acknowledge(told)
        await office.clock.sleep(20 * 60)
        pieces = set()
        while (data := peer.inbox.try_get()) is not None:
            pieces.add(data)
        assert len(pieces) == 17

    in_office(story)


def test_what_follows_an_answer_is_told() -> None:
    """A device that reports along with an answer does not say it again, so nobody has to ask for it."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        answer = apdu_in(get_response(3))
        assert isinstance(answer, dlt698.GetNormalResponse)
        raw = frame_698(replace(answer, follow=FollowNormal((RESULT,))))
        peer.send(raw)
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == raw
        assert [told.frame for told in office.told(FollowReport)] == [raw]

    in_office(story)
