"""Meters of DL/T 645-1997, played from the protocol's own declarations, over every road that carries them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from drivers.errors import PlaceError
from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Dialect,
    Field,
    How,
    Meter,
    Meter1997,
    MeterSettings,
    Phases,
    Place,
    Reason,
    Refused,
    Release,
    Road,
    Silence,
    Silent,
    Told,
)
from protocols import dlt645, dlt698
from protocols.dlt645 import Stamp
from protocols.errors import LocalProtocolError
from tests.drivers.peers import A_698, A_DTU, Office, Peer, apdu_in, frame_698, in_office
from tests.drivers.scene import OLD as OLD_METER
from tests.drivers.scene import SHOP, Scene, Trouble, in_field

ADDRESS = "000000004001"
PASSWORD = dlt645.Password(2, "123456")
HOUR = timedelta(hours=1)
ITEMS = {
    0x901F: bytes.fromhex("78563400 11000000 22000000 33000000 44000000 AA"),
    0x9010: bytes.fromhex("78563400"),
    0xB611: bytes.fromhex("2102"),
    0xB621: bytes.fromhex("3412"),
    0xC032: bytes.fromhex("014000000000"),
}
TOTALS = tuple(map(Decimal, ("3456.78", "0.11", "0.22", "0.33", "0.44")))
DATE, TIME, PRIVATE = 0xC010, 0xC011, 0x2356
ILLEGAL, UNKNOWN, WRONG_PASSWORD = b"\x01", b"\x02", b"\x04"


@dataclass
class Old:
    """A meter that was never replaced: it reads, takes its password, and has a clock that stands."""

    items: dict[int, bytes] = field(default_factory=lambda: dict(ITEMS))
    shows: datetime = datetime(2026, 9, 14, 8, 0)  # noqa: DTZ001  a meter knows no zone
    echoes_wildcard: bool = False
    refuses_unknown: bool = False
    part: int = 200
    loses_parts: bool = False
    rest: dlt645.Remainder = field(default_factory=dlt645.Remainder)
    written: list[tuple[int, bytes]] = field(default_factory=list)
    frames: int = 0

    def answer(self, raw: bytes) -> bytes:
        """Answer a frame; nothing to a function of the later edition."""
        request = dlt645.parse_frame(raw)
        told = self._told(request)
        if told is None:
            return b""
        self.frames += 1
        address = request.address if self.echoes_wildcard else dlt645.Address.meter(ADDRESS)
        return dlt645.build_frame(dlt645.build_message(address, told))

    def _told(self, request: dlt645.Frame) -> dlt645.Message | None:
        match dlt645.parse_message(request, dlt645.Edition.E1997):
            case dlt645.Read1997Request(di=di):
                payload = self._clock().get(di) or self.items.get(di)
                if not payload:
                    return self._refusal(request, UNKNOWN)
                parts = dlt645.parts_of(dlt645.Read1997Answer(di, payload), self.part)
                self.rest = dlt645.Remainder(parts)
                return parts[0]
            case dlt645.ReadNext1997Request() as following:
                return None if self.loses_parts else self.rest.give(following)
            case dlt645.Write1997Request(password=password) if password != PASSWORD:
                return self._refusal(request, WRONG_PASSWORD)
            case dlt645.Write1997Request(di=di, payload=payload):
                self.written.append((di, payload))
                self._set(di, payload)
                return dlt645.Write1997Answer()
            case _:
                return self._refusal(request, ILLEGAL) if self.refuses_unknown else None

    def _clock(self) -> dict[int, bytes]:
        return {DATE: Stamp.of("YYMMDDWW", self.shows).pack(), TIME: Stamp.of("hhmmss", self.shows).pack()}

    def _set(self, di: int, payload: bytes) -> None:
        digits = payload[::-1].hex()
        if di == DATE:
            day = datetime.strptime(digits[:6], "%y%m%d")  # noqa: DTZ007  a meter knows no zone
            self.shows = datetime.combine(day, self.shows.time())
        elif di == TIME:
            self.shows = datetime.combine(self.shows, datetime.strptime(digits, "%H%M%S").time())  # noqa: DTZ007

    def _refusal(self, request: dlt645.Frame, word: bytes) -> dlt645.Refusal:
        return dlt645.Refusal(request.control.function, word)


async def on_line(peer: Peer, old: Old) -> None:
    """Answer on a raw line."""
    receiver = dlt645.Receiver()
    while True:
        for event in receiver.receive(await peer.inbox.get()):
            assert isinstance(event, dlt645.FrameReceived)
            peer.send(old.answer(event.raw))


async def forwarding(peer: Peer, old: Old) -> None:
    """Forward what comes, as a concentrator does."""
    while True:
        request = apdu_in(await peer.inbox.get())
        assert isinstance(request, dlt698.ProxyTransRequest)
        peer.send(frame_698(dlt698.ProxyTransResponse(request.piid, request.port, old.answer(request.frame))))


def with_old(
    road: Road, story: Callable[[Office, Field, Meter], Awaitable[None]], old: Old, profile: str = "1997"
) -> None:
    """Run a story with one old meter on a road."""

    async def main(office: Office) -> None:
        if road is Road.DTU:
            office.clock.spawn(on_line(await office.dtu(), old), name="line")
        else:
            office.clock.spawn(forwarding(await office.concentrator(), old), name="concentrator")
        fields = Field(office.clock, office.links, MeterSettings(password=PASSWORD))
        place = Place(ADDRESS, Dialect.DLT645, road, A_DTU if road is Road.DTU else A_698, profile)
        await story(office, fields, fields.meter(place))

    in_office(main)


on_both_roads = pytest.mark.parametrize("road", [Road.DTU, Road.FORWARD])


@on_both_roads
def test_registers_come_in_a_block(road: Road) -> None:
    """Total and tariffs are read at once, and the block's end mark is no register."""

    async def story(_: Office, __: Field, meter: Meter) -> None:
        answer = await meter.registers(rank=Rank.POLL)
        assert isinstance(answer, Told), answer
        assert (answer.value.total, *answer.value.tariffs) == TOTALS

    with_old(road, story, Old())


@on_both_roads
def test_registers_come_one_by_one(road: Road) -> None:
    """A meter without the block tells its total, and no tariffs where it has none."""

    async def story(_: Office, __: Field, meter: Meter) -> None:
        answer = await meter.registers(rank=Rank.POLL)
        assert isinstance(answer, Told), answer
        assert (answer.value.total, answer.value.tariffs) == (TOTALS[0], ())

    with_old(road, story, Old({di: item for di, item in ITEMS.items() if di != 0x901F}))


@on_both_roads
def test_phases_that_are_not_fitted(road: Road) -> None:
    """Voltages and currents are whole volts and hundredths of an ampere; other phases are none."""

    async def story(_: Office, __: Field, meter: Meter) -> None:
        answer = await meter.phases(rank=Rank.POLL)
        assert isinstance(answer, Told), answer
        assert answer.value == Phases((Decimal(221), None, None), (Decimal("12.34"), None, None))

    with_old(road, story, Old())


@on_both_roads
def test_clock_is_read_and_set(road: Road) -> None:
    """The clock is that of the meter; set, it is read back."""
    old = Old()

    async def story(office: Office, _: Field, meter: Meter) -> None:
        shown = await meter.clock(rank=Rank.POLL)
        assert isinstance(shown, Told), shown
        assert shown.value == datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
        answer = await meter.set_clock()
        assert isinstance(answer, Told), answer
        assert answer.value == Accepted(How.NOW)
        assert [di for di, _ in old.written] == [DATE, TIME]
        again = await meter.clock(rank=Rank.POLL)
        assert isinstance(again, Told), again
        assert abs(again.value - office.clock.now()) < timedelta(seconds=5)

    with_old(road, story, old)


def test_what_the_edition_has_not() -> None:
    """No daily freeze, no relay: refused with the reason, and not a byte is sent."""
    old = Old()

    async def story(office: Office, _: Field, meter: Meter) -> None:
        async def never() -> bool:
            pytest.fail("go was asked")

        until = office.clock.now() + HOUR
        refusals = {
            "profile 1997 has no daily freeze of 2026-09-14": await meter.daily_freeze(date(2026, 9, 14)),
            "profile 1997 tells no relay state": await meter.relay(rank=Rank.CHECK),
            "profile 1997 has no relay": await meter.close(go=never),
        }
        for code, answer in refusals.items():
            assert isinstance(answer, Refused), answer
            assert (answer.code, answer.trace) == (code, ())
        tripped = await meter.trip(Release(1, ADDRESS, until, "zhang"), never, until=until)
        assert isinstance(tripped, Refused), tripped
        assert tripped.reason is Reason.OBJECT_UNDEFINED
        assert old.frames == 0

    with_old(Road.DTU, story, old)


@on_both_roads
def test_private_relay_of_a_vendor(road: Road) -> None:
    """A profile's own writes switch the relay, through the gate; a command that it has not is refused."""
    old = Old()

    async def story(office: Office, _: Field, meter: Meter) -> None:
        asked: list[int] = []

        async def go() -> bool:
            asked.append(len(old.written))
            return True

        until = office.clock.now() + HOUR
        tripped = await meter.trip(Release(1, ADDRESS, until, "zhang"), go, until=until)
        assert isinstance(tripped, Told), tripped
        assert tripped.value == Accepted(How.UNKNOWN)
        assert isinstance(await meter.close(go=go), Told)
        assert old.written == [(PRIVATE, b"\x01"), (PRIVATE, b"\x00")]
        assert asked == [0, 1]
        refused = await meter.permit()
        assert isinstance(refused, Refused), refused
        assert refused.code == "profile 1997-prepaid has no permit_close"

    with_old(road, story, old, "1997-prepaid")


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("echoes", [False, True])
def test_old_meter_is_found(echoes: bool, refuses: bool) -> None:
    """The only meter on a line that does not know the later question, or refuses it, is found by its number."""

    async def story(_: Office, fields: Field, __: Meter) -> None:
        answer = await fields.identify(A_DTU)
        assert isinstance(answer, Told), answer
        assert answer.value == ADDRESS

    with_old(Road.DTU, story, Old(echoes_wildcard=echoes, refuses_unknown=refuses))


@pytest.mark.parametrize("road", [Road.DTU, Road.FORWARD])
def test_any_item_of_an_old_meter_is_read(road: Road) -> None:
    """An item comes with its name and values; one that the table lacks is no question."""

    async def story(_: Office, __: Field, meter: Meter) -> None:
        assert isinstance(meter, Meter1997)
        answer = await meter.read(0xB611)
        assert isinstance(answer, Told), answer
        assert (answer.value.identifier.name_en, answer.value.value) == ("phase A voltage", Decimal(221))
        with pytest.raises(LocalProtocolError, match="0001"):
            await meter.read(1)

    with_old(road, story, Old())


def test_number_that_is_none_identifies_nobody() -> None:
    """A wildcard repeated with a number of no digits is no address."""

    async def story(_: Office, fields: Field, __: Meter) -> None:
        answer = await fields.identify(A_DTU)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.GARBLED

    with_old(Road.DTU, story, Old({0xC032: b"\xff" * 6}, echoes_wildcard=True))


@pytest.mark.parametrize("payload", [b"\xaa" * 4, b"\x01"])
def test_nonsense_of_an_old_meter_is_garbled(payload: bytes) -> None:
    """Digits that are none, and a length of no item, are no reading."""

    async def story(_: Office, __: Field, meter: Meter) -> None:
        answer = await meter.registers(rank=Rank.POLL)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.GARBLED

    with_old(Road.FORWARD, story, Old({0x9010: payload}))


@pytest.mark.parametrize(("lost", "reads"), [(False, True), (True, False)])
def test_long_item_of_an_old_meter(lost: bool, reads: bool) -> None:
    """Parts are put together; a lost one is not asked for again, as the meter may have counted on."""
    old = Old(part=8, loses_parts=lost)

    async def story(_: Office, __: Field, meter: Meter) -> None:
        answer = await meter.registers(rank=Rank.POLL)
        if reads:
            assert isinstance(answer, Told), answer
            assert (answer.value.total, *answer.value.tariffs) == TOTALS
        else:
            assert isinstance(answer, Silent), answer
            assert old.frames == 1

    with_old(Road.DTU, story, old)


def test_wrong_password_of_an_old_meter() -> None:
    """A refused password is told as such, and not tried again for a setting."""

    async def story(office: Office, _: Field, __: Meter) -> None:
        wrong = Field(office.clock, office.links, MeterSettings(password=dlt645.Password(2, "000000")))
        meter = wrong.meter(Place(ADDRESS, Dialect.DLT645, Road.DTU, A_DTU, "1997"))
        refused = await meter.set_clock()
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.NOT_AUTHORISED, "ERR 04")
        held = await meter.set_clock()
        assert isinstance(held, Silent), held
        assert (held.reason, held.sent) == (Silence.SECURITY, False)

    with_old(Road.DTU, story, Old())


def test_unknown_profile_is_named() -> None:
    """A profile that nobody knows is an error that names the meter, it, and the known ones."""

    async def story(_: Office, fields: Field, __: Meter) -> None:
        place = Place(ADDRESS, Dialect.DLT645, Road.DTU, A_DTU, "sate-grid")
        with pytest.raises(PlaceError, match=rf"{ADDRESS}.*'sate-grid'.*state-grid-2013"):
            fields.meter(place)

    with_old(Road.DTU, story, Old())


@pytest.mark.parametrize("address", [OLD_METER, SHOP])
def test_old_meter_of_the_field(address: str) -> None:
    """A simulated meter of 1997 is read, set right and switched like any other, over both roads."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(address)
        registers = await meter.registers(rank=Rank.POLL)
        assert isinstance(registers, Told), registers
        assert registers.value.total == Decimal(scene.registers(address).total).scaleb(-2)
        phases = await meter.phases(rank=Rank.POLL)
        assert isinstance(phases, Told), phases
        assert phases.value.voltages[0] is not None
        assert isinstance(await meter.set_clock(), Told)
        assert abs(scene.meters[address].drift) < timedelta(seconds=10)

        async def go() -> bool:
            return True

        until = scene.clock.now() + HOUR
        assert isinstance(await meter.trip(Release(1, address, until, "zhang"), go, until=until), Told)
        assert scene.relay(address).open
        assert isinstance(await meter.close(), Told)
        assert not scene.relay(address).open

    in_field(story, troubles={address: Trouble(profile="1997-prepaid", drift=timedelta(minutes=20))})
