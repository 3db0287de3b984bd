"""DL/T 698.45 meters that are asked themselves, without a concentrator, against the simulated meter over real TCP."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from drivers.errors import PlaceError, UnknownLinkError
from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Dialect,
    EventKind,
    How,
    Meter698,
    MeterSettings,
    Reason,
    Refused,
    Release,
    Road,
    Silence,
    Silent,
    Told,
    Way,
)
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD
from protocols.dlt698.objects import describe
from simulators.meter import Silence as Deaf
from tests.drivers.line698 import A_LINE, A_LOGIN, Shed, in_shed
from tests.drivers.scene import NEW, OTHER, TODAY, Scene, in_field
from tests.drivers.test_secured import module

BOTH = [NEW, OTHER]
SECURED = "state-grid-698"
ENERGY, CLOCK, ADDRESS = map(OAD.parse, ("00100200", "40000200", "40010200"))


async def agree() -> bool:
    """Let an order pass."""
    return True


async def trip(shed: Shed, address: str) -> Answer[Accepted]:
    """Trip a meter."""
    until = shed.clock.now() + timedelta(hours=1)
    return await shed.meter(address).trip(Release(17, address, until, "zhang"), agree, until=until)


def asked(answer: Answer[object]) -> list[str]:
    """List the services that went out for an answer, each in a frame for the meter itself."""
    frames = [dlt698.parse_link(frame.data) for frame in answer.trace if frame.way is Way.OUT]
    return [dlt698.parse_apdu(frame.user_data).service.removesuffix("-Request") for frame in frames]


@pytest.mark.parametrize("address", BOTH)
def test_meter_is_read_itself(address: str) -> None:
    """Registers, freeze, relay, phases and clock come by GET in a frame for the meter, on a line or over a login."""

    async def story(shed: Shed) -> None:
        meter, physical = shed.meter(address), shed.meters[address]
        registers = await meter.registers(rank=Rank.POLL)
        assert isinstance(registers, Told), registers
        assert asked(registers) == ["GET"]
        assert dlt698.parse_link(registers.trace[0].data).address == dlt698.Address.single(address)
        whole = physical.registers(registers.at).total
        assert registers.value.total is not None
        assert abs(registers.value.total - Decimal(whole).scaleb(-2)) <= Decimal("0.01")
        freeze = await meter.daily_freeze(TODAY)
        assert isinstance(freeze, Told), freeze
        assert freeze.value.day == TODAY
        assert freeze.value.total is not None
        assert freeze.value.total <= registers.value.total
        relay = await meter.relay(rank=Rank.CHECK)
        assert isinstance(relay, Told), relay
        assert (relay.value.open, relay.value.address) == (False, address)
        phases = await meter.phases(rank=Rank.CHECK)
        assert isinstance(phases, Told), phases
        assert phases.value.voltages[1:] == (None, None)
        assert isinstance(await meter.clock(rank=Rank.CHECK), Told)

    in_shed(story)


@pytest.mark.parametrize("address", BOTH)
@pytest.mark.parametrize("profile", ["standard", "test-forward-698"])
def test_meter_obeys_itself(address: str, profile: str) -> None:
    """Orders go by ACTION and SET in a frame for the meter, whatever road its model names behind a concentrator."""

    async def story(shed: Shed) -> None:
        meter = shed.meter(address)
        tripped = await trip(shed, address)
        assert isinstance(tripped, Told), tripped
        assert asked(tripped) == ["ACTION"]
        assert shed.meters[address].relay(shed.clock.now()).open
        assert isinstance(await meter.close(), Told)
        assert isinstance(await meter.keep(on=True), Told)
        kept = await trip(shed, address)
        assert isinstance(kept, Refused), kept
        assert (kept.reason, kept.code) == (Reason.KEEP_POWER, "DAR 3")
        shed.meters[address].drift = timedelta(hours=1)
        done = await meter.set_clock()
        assert isinstance(done, Told), done
        assert done.value == Accepted(How.NOW)
        assert abs(shed.meters[address].drift) < timedelta(seconds=2)

    in_shed(story, profile=profile)


@pytest.mark.parametrize("address", BOTH)
def test_secured_meter_obeys_itself_under_an_association(address: str) -> None:
    """The complete secured frame is the frame itself: association, hidden order and proven read-back alike."""

    async def story(shed: Shed) -> None:
        tripped = await trip(shed, address)
        assert isinstance(tripped, Told), tripped
        assert asked(tripped) == ["GET", "CONNECT", "SECURITY"]
        told = await shed.meter(address).relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert told.value.open
        assert asked(told) == ["SECURITY"]
        assert isinstance(await shed.meter(address).close(), Told)
        assert isinstance(await shed.meter(address).set_clock(), Told)

    in_shed(story, profile=SECURED, security=module())


def test_secured_meter_gets_nothing_in_plain() -> None:
    """Without a module nothing is ordered of a secured meter on a line either."""

    async def story(shed: Shed) -> None:
        for answer in (await shed.meter(NEW).close(), await trip(shed, NEW), await shed.meter(NEW).set_clock()):
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent, answer.trace) == (Silence.SECURITY, False, ())

    in_shed(story, profile=SECURED)


@pytest.mark.parametrize("address", BOTH)
def test_any_attribute_can_be_read(address: str) -> None:
    """An attribute, or one element of it, comes as the value that the meter sent; one that it lacks is refused."""

    async def story(shed: Shed) -> None:
        meter = shed.meter(address)
        told = await meter.read(ADDRESS)
        assert isinstance(told, Told), told
        assert describe(ADDRESS, told.value).value == address
        one = await meter.read(OAD.parse("00100201"))
        assert isinstance(one, Told), one
        assert describe(OAD.parse("00100201"), one.value).unit == "kWh"
        lacks = await meter.read(OAD.parse("60000200"))
        assert isinstance(lacks, Refused), lacks
        assert lacks.reason is Reason.OBJECT_UNDEFINED

    in_shed(story)


@pytest.mark.parametrize("blocks", [True, False])
def test_event_records_are_rows_of_a_table(blocks: bool) -> None:
    """Newest first, as many as are wanted, in one answer or in blocks of one; none where nothing happened."""

    async def story(shed: Shed) -> None:
        meter, physical = shed.meter(NEW), shed.meters[NEW]
        nothing = await meter.event_records(EventKind.TRIP)
        assert isinstance(nothing, Told), nothing
        assert nothing.value.result == ()
        for _ in range(5):
            now = shed.clock.now()
            physical.relay(now).trip(now)
            await shed.clock.sleep(60)
            physical.relay(shed.clock.now()).close(shed.clock.now())
            await shed.clock.sleep(60)
        told = await meter.event_records(EventKind.TRIP, 4)
        assert isinstance(told, Told), told
        assert isinstance(told.value.result, tuple)
        assert [row[0].value for row in told.value.result] == [5, 4, 3, 2]
        assert (len(asked(told)) > 1) is blocks

    in_shed(story, rules=dlt698.ServerRules(max_frame=96, blocks=blocks))


def test_any_attribute_can_be_read_by_proxy() -> None:
    """The same by way of a concentrator."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(NEW)
        assert isinstance(meter, Meter698)
        told = await meter.read(ADDRESS)
        assert isinstance(told, Told), told
        assert describe(ADDRESS, told.value).value == NEW
        lacks = await meter.read(OAD.parse("60000200"))
        assert isinstance(lacks, Refused), lacks
        assert lacks.reason is Reason.OBJECT_UNDEFINED
        records = await meter.event_records(EventKind.POWER_OFF)
        assert isinstance(records, Told), records
        assert records.value.result == ()

    in_field(story)


@pytest.mark.parametrize("blocks", [True, False])
def test_long_answer_comes_in_parts(blocks: bool) -> None:
    """What a meter sends in blocks, or in pieces of a frame, is one answer."""

    async def story(shed: Shed) -> None:
        told = await shed.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert told.value.address == NEW
        assert (len(asked(told)) > 1) is blocks

    in_shed(story, rules=dlt698.ServerRules(max_frame=96, blocks=blocks))


@pytest.mark.parametrize("link", [A_LINE, A_LOGIN])
def test_only_meter_tells_its_address(link: str) -> None:
    """A meter whose address nobody knows is asked by the wildcard, and told by the address that it answers under."""

    async def story(shed: Shed) -> None:
        told = await shed.field.identify(link)
        assert isinstance(told, Told), told
        assert told.value == (NEW if link == A_LINE else OTHER)

    in_shed(story)


def test_nobody_tells_an_address_on_a_silent_line() -> None:
    """A line on which nobody answers the wildcard is silent: asked as often, and waited for, as the settings say."""
    settings = MeterSettings(tries=2, line_patience=timedelta(seconds=1))

    async def story(shed: Shed) -> None:
        begun = shed.clock.now()
        shed.meters[NEW].silences = (Deaf(begun, begun + timedelta(hours=1)),)
        told = await shed.field.identify(A_LINE)
        assert isinstance(told, Silent), told
        assert told.reason is Silence.NO_ANSWER
        assert asked(told) == ["GET", "GET"]
        assert shed.clock.now() - begun == timedelta(seconds=2)

    in_shed(story, settings=settings)


def test_meter_on_a_line_is_not_waited_for_as_a_terminal_is() -> None:
    """A meter on a raw line has three seconds, the time of the bytes and a network's second, not a terminal's 30."""

    async def story(shed: Shed) -> None:
        begun = shed.clock.now()
        shed.meters[NEW].silences = (Deaf(begun, begun + timedelta(hours=1)),)
        told = await shed.meter(NEW).registers(rank=Rank.CHECK)
        assert isinstance(told, Silent), told
        wait = timedelta(seconds=4) + dlt645.transfer_time(len(told.trace[0].data) + 1024, 2400)
        assert shed.clock.now() - begun == 3 * wait

    in_shed(story)


def test_line_of_the_other_dialect_reaches_no_meter() -> None:
    """A DL/T 645 meter said to be on a line of DL/T 698.45 is an error that names it; nothing is asked of the line."""

    async def story(shed: Shed) -> None:
        wrong = replace(shed.place(NEW), dialect=Dialect.DLT645, road=Road.DTU)
        with pytest.raises(PlaceError, match=f"{wrong.address}.*dlt645.*{wrong.link}"):
            shed.field.meter(wrong)

    in_shed(story)


def test_direct_road_leads_to_one_meter_of_a_login_and_to_no_unknown_link() -> None:
    """A terminal's link leads to the meter that is the terminal, and to no other; an unknown link is told as such."""

    async def story(shed: Shed) -> None:
        place = shed.place(OTHER)
        with pytest.raises(PlaceError, match=f"{NEW}.*direct.*{A_LOGIN}"):
            shed.field.meter(replace(place, address=NEW))
        with pytest.raises(UnknownLinkError, match="line:NOWHERE"):
            shed.field.meter(replace(place, link="line:NOWHERE"))

    in_shed(story)
