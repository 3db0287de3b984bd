"""Meters played by hand: items in several frames, objects that are not there, freezes that move under the reader."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from drivers.link import Rank
from drivers.meter import (
    Answer,
    Dialect,
    Field,
    MeterSettings,
    Place,
    Reason,
    Refused,
    RelayState,
    Road,
    Silence,
    Silent,
    Told,
)
from protocols import dlt645, dlt698
from protocols.dlt698 import TSA, Dar, DataType, Value, array
from tests.drivers.peers import A_698, A_DTU, Office, Peer, apdu_in, frame_698, in_office

SHOP = "000000003001"
NEW = "000000001001"
METER = dlt645.Address.meter(SHOP)
PAYLOAD = bytes.fromhex("78563400 11000000 22000000 33000000 44000000")
TOTALS = tuple(map(Decimal, ("3456.78", "0.11", "0.22", "0.33", "0.44")))

Answer645 = Callable[[dlt645.Message], dlt645.Message | None]


async def play(peer: Peer, answer: Answer645) -> None:
    """Answer each request of a raw line."""
    receiver = dlt645.Receiver()
    while True:
        for event in receiver.receive(await peer.inbox.get()):
            assert isinstance(event, dlt645.FrameReceived)
            told = answer(dlt645.parse_message(event.frame))
            if told is not None:
                peer.send(dlt645.build_frame(dlt645.build_message(METER, told)))


def on_line(answer: Answer645, story: Callable[[Field], object], *, minutes: float = 60) -> None:
    """Run a story with one meter of a DTU line played by hand."""

    async def main(office: Office) -> None:
        peer = await office.dtu()
        office.clock.spawn(play(peer, answer), name="meter")
        await story(Field(office.clock, office.links, MeterSettings()))  # type: ignore[misc]  # a coroutine function

    in_office(main, minutes=minutes)


def shop(field: Field) -> Place:
    """Give the place of the meter played here."""
    assert field is not None
    return Place(SHOP, Dialect.DLT645, Road.DTU, A_DTU)


def in_parts(size: int, *, spoil: bool = False) -> Answer645:
    """Answer a read in parts of that many bytes, the second one perhaps under a wrong number."""
    parts = dlt645.parts_of(dlt645.ReadAnswer(dlt645.DI.parse("0001FF00"), PAYLOAD), size)

    def answer(request: dlt645.Message) -> dlt645.Message | None:
        if isinstance(request, dlt645.ReadRequest):
            return parts[0]
        assert isinstance(request, dlt645.ReadNextRequest)
        part = parts[request.seq]
        assert isinstance(part, dlt645.ReadNextAnswer)
        return dlt645.ReadNextAnswer(part.di, part.payload, part.seq + spoil, part.more)

    return answer


@pytest.mark.parametrize("size", [4, 7, 19, 20])
def test_long_item_is_put_together(size: int) -> None:
    """An item that comes in parts is read to its end, and is one item."""

    async def story(field: Field) -> None:
        answer = await field.meter(shop(field)).registers(rank=Rank.POLL)
        assert isinstance(answer, Told), answer
        assert (answer.value.total, *answer.value.tariffs) == TOTALS

    on_line(in_parts(size), story)


def test_part_under_another_number_is_nobodys() -> None:
    """A part that is not the one asked for completes nothing."""

    async def story(field: Field) -> None:
        answer = await field.meter(shop(field)).registers(rank=Rank.POLL)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.NO_ANSWER

    on_line(in_parts(4, spoil=True), story)


def test_expectation_of_a_part_names_its_number() -> None:
    """Two parts of one item are two questions."""
    first, second = (
        dlt645.build_message(dlt645.Address(SHOP), dlt645.ReadNextRequest(dlt645.DI.parse("0001FF00"), seq))
        for seq in (1, 2)
    )
    assert dlt645.Expected.of(first) != dlt645.Expected.of(second)


@pytest.mark.parametrize("moves", [False, True])
def test_freeze_read_at_midnight(moves: bool) -> None:
    """Around midnight the stamp is read again after the energies: if the freezes moved meanwhile, nothing counts."""
    asked: list[str] = []

    def answer(request: dlt645.Message) -> dlt645.Message:
        assert isinstance(request, dlt645.ReadRequest)
        asked.append(str(request.di))
        if str(request.di) != "05060001":
            return dlt645.ReadAnswer(request.di, PAYLOAD)
        day = datetime(2026, 9, 15 if moves and len(asked) > 1 else 14)  # noqa: DTZ001  a meter knows no zone
        payload = dlt645.write_payload(request.di, dlt645.Stamp.of("YYMMDDhhmm", day))
        return dlt645.ReadAnswer(request.di, payload)

    async def main(office: Office) -> None:
        peer = await office.dtu()
        office.clock.spawn(play(peer, answer), name="meter")
        office.clock.spawn(keep_up(office, peer), name="heartbeat")
        await office.clock.sleep_until(datetime.fromisoformat("2026-09-14T23:55:00+08:00"))
        field = Field(office.clock, office.links, MeterSettings())
        told = await field.meter(shop(field)).daily_freeze(date(2026, 9, 14))
        assert asked == ["05060001", "05060101", "05060001"]
        if moves:
            assert isinstance(told, Refused), told
            assert told.reason is Reason.BUSY
        else:
            assert isinstance(told, Told), told
            assert told.value.total == TOTALS[0]

    in_office(main, minutes=60 * 24)


async def keep_up(office: Office, peer: Peer) -> None:
    """Repeat the registration."""
    while True:
        await office.clock.sleep(timedelta(minutes=1))
        peer.send(b"REG:SHOPS-01\r\n")


def relay_of(told: dict[str, Value | Dar]) -> Answer[RelayState]:
    """Read the relay of a 698 meter that tells these attributes; all others it has not."""
    answers: list[Answer[RelayState]] = []

    async def main(office: Office) -> None:
        peer = await office.concentrator()

        async def concentrator() -> None:
            while True:
                request = apdu_in(await peer.inbox.get())
                assert isinstance(request, dlt698.ProxyGetListRequest)
                results = tuple(
                    dlt698.ResultNormal(oad, told.get(str(oad), Dar.OBJECT_UNDEFINED))
                    for oad in request.targets[0].items
                )
                result = dlt698.TargetResult(TSA.of(NEW), results)
                peer.send(frame_698(dlt698.ProxyGetListResponse(request.piid, (result,))))

        office.clock.spawn(concentrator(), name="concentrator")
        field = Field(office.clock, office.links, MeterSettings())
        place = Place(NEW, Dialect.DLT698, Road.PROXY, A_698)
        answers.append(await field.meter(place).relay(rank=Rank.CHECK))

    in_office(main)
    return answers[0]


def bits(text: str) -> Value:
    """Make a bit-string, bit 0 first."""
    return Value(DataType.BIT_STRING, text)


def test_relay_word_tells_the_relay() -> None:
    """Bits 4, 6 and 12 of status word 3, and what the meter says of itself."""
    currents = array(Value(DataType.DOUBLE_LONG, -12_345), dlt698.NULL, Value(DataType.DOUBLE_LONG, 17))
    answer = relay_of(
        {
            "20140203": bits("0000101000001000"),
            "20010200": currents,
            "20000200": array(Value(DataType.LONG_UNSIGNED, 2205)),
            "40010200": Value(DataType.OCTET_STRING, bytes.fromhex("000000001099")),
        }
    )
    assert isinstance(answer, Told), answer
    assert answer.value == RelayState(
        open=True,
        command_open=True,
        keep_power=True,
        current=Decimal("12.345"),
        address="000000001099",
        word="1050",
        voltage=Decimal("220.5"),
    )


def test_relay_without_word_is_read_from_its_object() -> None:
    """A meter that has no status word 3 tells the relay by object 8000; what it does not tell is None."""
    answer = relay_of({"80000300": bits("10000000"), "80000500": bits("00000000")})
    assert isinstance(answer, Told), answer
    state = answer.value
    assert (state.open, state.command_open, state.keep_power, state.word) == (True, False, None, "")
    assert (state.current, state.voltage, state.address) == (None, None, NEW)


@pytest.mark.parametrize("told", [{}, {"80000300": Dar.NOT_AUTHORISED}])
def test_relay_that_is_not_told_is_refused(told: dict[str, Value | Dar]) -> None:
    """Without any word on the relay there is no state: neither open nor closed is assumed."""
    answer = relay_of(told)
    assert isinstance(answer, Refused), answer


def test_relay_half_told_is_garbled() -> None:
    """The relay without its command is not a state."""
    answer = relay_of({"80000300": bits("00000000"), "20140203": dlt698.NULL})
    assert isinstance(answer, Silent), answer
    assert answer.reason is Silence.GARBLED
