"""Reading meters over every road, against the simulated field."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from drivers.errors import PlaceError
from drivers.link import Rank, UnaskedMeter
from drivers.meter import Answer, Dialect, Freeze, Place, Reason, Refused, Road, Silence, Silent, Told, Way
from simulators.localtime import SHANGHAI
from simulators.meter import Silence as Deaf
from tests.drivers.scene import A_698, A_DTU, NEW, OLD, OTHER, ROADS, SHOP, START, TODAY, Scene, Trouble, in_field

DEAF = Trouble(silences=(Deaf(START - timedelta(days=1), START + timedelta(days=30)),))
DAY = timedelta(days=1)


def kwh(register: int) -> Decimal:
    """Scale a register of the physical meter."""
    return Decimal(register).scaleb(-2)


@pytest.mark.parametrize("address", ROADS)
def test_daily_freeze_is_what_the_meter_froze(address: str) -> None:
    """The freeze of a day has the registers of its 00:00, total and tariffs, and its stamp in UTC."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(address).daily_freeze(TODAY)
        frozen = scene.meters[address].freeze(TODAY, scene.clock.now())
        assert isinstance(answer, Told), answer
        assert frozen is not None
        total, *tariffs = map(kwh, frozen.registers.block)
        midnight = datetime(2026, 9, 13, 16, 0, tzinfo=UTC)
        reverse = Decimal("0.00") if address == NEW else None
        assert answer.value == Freeze(TODAY, midnight, total, tuple(tariffs), reverse)
        assert answer.trace[0].way is Way.OUT

    in_field(story)


@pytest.mark.parametrize("address", ROADS)
def test_live_values(address: str) -> None:
    """Registers, clock, phases and relay are those of the physical meter when it was asked."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(address)
        registers = await meter.registers(rank=Rank.OPERATOR)
        assert isinstance(registers, Told), registers
        physical = scene.registers(address)
        assert registers.value.total is not None
        assert abs(registers.value.total - kwh(physical.total)) <= Decimal("0.02")
        assert sum(registers.value.tariffs) == registers.value.total
        clock = await meter.clock(rank=Rank.CHECK)
        assert isinstance(clock, Told), clock
        assert abs(clock.value - clock.at) < timedelta(seconds=10)
        phases = await meter.phases(rank=Rank.OPERATOR)
        assert isinstance(phases, Told), phases
        assert phases.value.voltages[0] is not None
        assert 200 < phases.value.voltages[0] < 250
        relay = await meter.relay(rank=Rank.CHECK)
        assert isinstance(relay, Told), relay
        state = relay.value
        assert (state.open, state.command_open, state.keep_power) == (False, False, False)
        assert state.address == address
        assert state.current == phases.value.currents[0]

    in_field(story)


@pytest.mark.parametrize("address", ROADS)
def test_older_freeze_is_found_by_its_day(address: str) -> None:
    """A freeze of some days ago is read as such; a day of which the meter keeps none is refused as no data."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(address).daily_freeze(TODAY)
        assert isinstance(answer, Told)
        assert answer.value.day == TODAY
        for day in (TODAY - DAY, TODAY + 2 * DAY):
            missing = await scene.meter(address).daily_freeze(day)
            assert isinstance(missing, Refused), missing
            assert missing.reason is Reason.NO_DATA

    in_field(story, at=START + timedelta(days=1, hours=14))


def test_slow_clock_does_not_shift_the_day() -> None:
    """A meter whose clock is slow has not frozen today yet: its newest freeze is not taken for today's."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(SHOP).daily_freeze(TODAY)
        assert isinstance(answer, Refused), answer
        assert answer.reason is Reason.NO_DATA
        await scene.clock.sleep(timedelta(minutes=30))
        again = await scene.meter(SHOP).daily_freeze(TODAY)
        assert isinstance(again, Told), again

    in_field(
        story,
        at=datetime(2026, 9, 14, 0, 15, tzinfo=SHANGHAI),
        troubles={SHOP: Trouble(drift=timedelta(minutes=-20))},
    )


def test_fast_clock_is_found_by_the_stamp() -> None:
    """Shortly before midnight a fast meter has frozen tomorrow already: the count is corrected by the stamp."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(OLD).daily_freeze(TODAY)
        assert isinstance(answer, Told), answer
        frozen = scene.meters[OLD].freeze(TODAY, scene.clock.now())
        assert frozen is not None
        assert answer.value.total == kwh(frozen.registers.total)

    in_field(
        story,
        at=datetime(2026, 9, 14, 23, 50, tzinfo=SHANGHAI),
        troubles={OLD: Trouble(drift=timedelta(minutes=20))},
    )


@pytest.mark.parametrize("address", ROADS)
def test_clock_error_is_read(address: str) -> None:
    """The meter's clock is told as it is, wrong as it may be."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(address).clock(rank=Rank.CHECK)
        assert isinstance(answer, Told), answer
        assert timedelta(minutes=6) < answer.at - answer.value < timedelta(minutes=8)

    in_field(story, troubles={address: Trouble(drift=timedelta(minutes=-7))})


@pytest.mark.parametrize("minute", [0, 59])
def test_clock_is_read_rightly_at_midnight(minute: int) -> None:
    """Date and time of a DL/T 645 meter are two reads; over midnight they are still one instant."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(OLD).clock(rank=Rank.CHECK)
        assert isinstance(answer, Told), answer
        assert abs(answer.value - answer.at) < timedelta(seconds=30)

    at = datetime(2026, 9, 13, 23, 59, 50, tzinfo=SHANGHAI) if minute else datetime(2026, 9, 14, tzinfo=SHANGHAI)
    in_field(story, at=at)


@pytest.mark.parametrize(("address", "seconds"), [(NEW, 3 * 45), (OLD, 3 * 45), (SHOP, 3 * 2.93375 + 2 * 10)])
def test_silent_meter_is_asked_three_times(address: str, seconds: float) -> None:
    """A read is repeated twice; then the meter is silent, with what was sent as the trace."""

    async def story(scene: Scene) -> None:
        began = scene.clock.now()
        answer = await scene.meter(address).registers(rank=Rank.OPERATOR)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.NO_ANSWER, True)
        assert sum(frame.way is Way.OUT for frame in answer.trace) == 3
        assert answer.at - began == timedelta(seconds=seconds)

    in_field(story, troubles={address: DEAF})


def test_silent_meter_backs_off_alone() -> None:
    """A meter that was silent is polled once only until it answers; people and checks still insist."""

    async def story(scene: Scene) -> None:
        async def tries(rank: Rank) -> int:
            answer = await scene.meter(SHOP).registers(rank=rank)
            return sum(frame.way is Way.OUT for frame in answer.trace)

        assert [await tries(rank) for rank in (Rank.POLL, Rank.POLL, Rank.CHECK, Rank.BACKFILL)] == [3, 1, 3, 1]
        scene.meters[SHOP].silences = ()
        assert isinstance(await scene.meter(SHOP).registers(rank=Rank.POLL), Told)
        scene.meters[SHOP].silences = DEAF.silences
        assert await tries(Rank.POLL) == 3

    in_field(story, troubles={SHOP: DEAF})


def test_relay_is_repeated_in_other_words() -> None:
    """A run state word that got no answer is read again by another identifier, at once and unmistakably."""

    async def story(scene: Scene) -> None:
        waiting = scene.clock.spawn(scene.meter(SHOP).relay(rank=Rank.CHECK), name="check")
        await scene.clock.sleep(2)
        scene.meters[SHOP].silences = ()
        answer = await scene.clock.wait(waiting)
        assert isinstance(answer, Told), answer
        assert not answer.value.open
        asked = [frame.data for frame in answer.trace if frame.way is Way.OUT]
        assert len(asked) == 3
        assert len(set(asked)) == 3
        assert answer.at - answer.trace[0].at < timedelta(seconds=6)

    in_field(story, troubles={SHOP: DEAF})


def test_answers_without_a_link() -> None:
    """A meter behind a link that is down is silent, and nothing was sent."""

    async def story(scene: Scene) -> None:
        await scene.links.close()
        with pytest.raises(Exception, match="closed"):
            await scene.meter(SHOP).registers(rank=Rank.POLL)

    in_field(story)


def test_freezes_of_a_concentrator() -> None:
    """One request gives a freeze for each meter it has collected, and a reason for each other one."""

    async def story(scene: Scene) -> None:
        asked = [NEW, OTHER, OLD, "000000009999"]
        answers = await scene.field.concentrator(A_698).daily_freezes(TODAY, asked)
        assert list(answers) == asked
        for address in (NEW, OLD):
            told = answers[address]
            assert isinstance(told, Told), told
            frozen = scene.meters[address].freeze(TODAY, scene.clock.now())
            assert frozen is not None
            assert told.value.total == kwh(frozen.registers.total)
            assert sum(frame.way is Way.OUT for frame in told.trace) == 1
        silent = answers[OTHER]
        assert isinstance(silent, Silent), silent
        assert silent.reason is Silence.NO_ANSWER
        unknown = answers["000000009999"]
        assert isinstance(unknown, Refused), unknown
        assert unknown.reason is Reason.NO_DATA
        assert scene.told(UnaskedMeter) == []

    in_field(story, troubles={OTHER: DEAF})


def test_many_meters_are_asked_in_pieces() -> None:
    """More meters than fit one answer are asked for in several requests, each of them once."""

    async def story(scene: Scene) -> None:
        asked = [NEW, *(f"{number:012d}" for number in range(5000, 5070))]
        answers = await scene.field.concentrator(A_698).daily_freezes(TODAY, [*asked, NEW])
        assert list(answers) == asked
        assert len({answer.trace[0].data for answer in answers.values()}) == 3

    in_field(story)


@pytest.mark.parametrize(
    ("dialect", "road", "link"),
    [
        (Dialect.DLT698, Road.DTU, A_DTU),
        (Dialect.DLT645, Road.PROXY, A_698),
        (Dialect.DLT645, Road.DTU, A_698),
        (Dialect.DLT698, Road.PROXY, A_DTU),
    ],
)
def test_place_that_no_road_reaches(dialect: Dialect, road: Road, link: str) -> None:
    """A place whose road does not carry its dialect is an error that names the meter."""

    async def story(scene: Scene) -> None:
        with pytest.raises(PlaceError, match=SHOP):
            scene.field.meter(Place(SHOP, dialect, road, link))

    in_field(story)


def test_unknown_meter_behind_a_concentrator() -> None:
    """What a concentrator says of a meter it does not hold is its refusal, not the meter's silence."""

    async def story(scene: Scene) -> None:
        meter = scene.field.meter(Place("000000009999", Dialect.DLT698, Road.PROXY, A_698))
        answer: Answer[object] = await meter.registers(rank=Rank.POLL)
        assert isinstance(answer, Refused), answer
        assert answer.code == "DAR 255"

    in_field(story)


@pytest.mark.parametrize(("profile", "told"), [("state-grid-2009", None), ("state-grid-2013", False)])
def test_a_meter_that_does_not_keep_the_protection_bit_tells_nothing_of_it(profile: str, told: bool | None) -> None:
    """The bit of a meter of 2009 is always 0: that is no word on whether the customer is protected."""

    async def story(scene: Scene) -> None:
        relay = await scene.meter(SHOP).relay(rank=Rank.CHECK)
        assert isinstance(relay, Told), relay
        assert relay.value.keep_power is told

    in_field(story, troubles={SHOP: Trouble(profile=profile)})
