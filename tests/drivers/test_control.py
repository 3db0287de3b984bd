"""Relay control over every road, against the simulated field."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from drivers.errors import ReleaseError
from drivers.link import Rank
from drivers.meter import (
    FRAME_LIFE,
    Accepted,
    Answer,
    How,
    MeterSettings,
    Reason,
    Refused,
    RelayState,
    Release,
    Silence,
    Silent,
    Told,
    Way,
)
from protocols import dlt645, dlt698
from simulators.meter import Relay, Stuck
from simulators.meter import Silence as Deaf
from tests.drivers.scene import NEW, OLD, PASSWORD, ROADS, SHOP, START, Scene, Trouble, in_field

HOUR = timedelta(hours=1)
DEAF = Trouble(silences=(Deaf(START - timedelta(days=1), START + timedelta(days=30)),))


def release_for(scene: Scene, address: str, life: timedelta = HOUR, number: int = 17) -> Release:
    """Make a release, as the control room would."""
    return Release(number, address, scene.clock.now() + life, "zhang")


async def agree() -> bool:
    """Let a trip go."""
    return True


async def trip(scene: Scene, address: str) -> Answer[Accepted]:
    """Trip a meter."""
    until = scene.clock.now() + HOUR
    return await scene.meter(address).trip(release_for(scene, address), agree, until=until)


async def state(scene: Scene, address: str) -> RelayState:
    """Read the relay."""
    answer = await scene.meter(address).relay(rank=Rank.CHECK)
    assert isinstance(answer, Told), answer
    return answer.value


@pytest.mark.parametrize("address", ROADS)
def test_trip_permit_and_close(address: str) -> None:
    """Each command is accepted without a word on what the relay does; the read-back tells that."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(address)
        tripped = await trip(scene, address)
        assert isinstance(tripped, Told), tripped
        assert tripped.value == Accepted(How.UNKNOWN)
        opened = await state(scene, address)
        assert (opened.open, opened.command_open, opened.current) == (True, True, Decimal(0))
        permitted = await meter.permit()
        assert isinstance(permitted, Told), permitted
        waiting = await state(scene, address)
        assert (waiting.open, waiting.command_open) == (True, False)
        closed = await meter.close()
        assert isinstance(closed, Told), closed
        again = await state(scene, address)
        assert (again.open, again.command_open) == (False, False)
        assert [frame.way for frame in closed.trace] == [Way.OUT, Way.IN]

    in_field(story)


@pytest.mark.parametrize("plate", ["000000009999", "12345678901F"])
def test_relay_comes_with_the_address_of_the_meter_that_answers(plate: str) -> None:
    """A concentrator that asks another meter is found out; an odd number of digits is told without its pad."""

    async def story(scene: Scene) -> None:
        physical = scene.meters[NEW]
        physical.plate = replace(physical.plate, address=plate)
        assert (await state(scene, NEW)).address == plate.removesuffix("F")

    in_field(story)


@pytest.mark.parametrize("address", ROADS)
def test_protection_refuses_a_trip(address: str) -> None:
    """With supply protection on the meter refuses a trip; off again, it takes it."""

    async def story(scene: Scene) -> None:
        kept = await scene.meter(address).keep(on=True)
        assert isinstance(kept, Told), kept
        assert kept.value == Accepted(How.NOW)
        assert (await state(scene, address)).keep_power is True
        refused = await trip(scene, address)
        assert isinstance(refused, Refused), refused
        expected = (Reason.KEEP_POWER, "DAR 3") if address == NEW else (Reason.OTHER, "ERR 01")
        assert (refused.reason, refused.code) == expected
        assert isinstance(await scene.meter(address).keep(on=False), Told)
        assert isinstance(await trip(scene, address), Told)

    in_field(story)


@pytest.mark.parametrize("address", ROADS)
def test_held_back_trip_sends_nothing(address: str) -> None:
    """When go says no, the meter never hears of the trip."""

    async def story(scene: Scene) -> None:
        async def refuse() -> bool:
            return False

        until = scene.clock.now() + HOUR
        answer = await scene.meter(address).trip(release_for(scene, address), refuse, until=until)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent, answer.trace) == (Silence.HELD_BACK, False, ())
        await scene.clock.sleep(60)
        assert scene.relay(address).open is False

    in_field(story)


def test_release_of_another_meter_is_an_error() -> None:
    """A release trips its own meter and no other; go is not even asked."""

    async def story(scene: Scene) -> None:
        async def never() -> bool:
            pytest.fail("go was asked")

        with pytest.raises(ReleaseError, match=f"release 17 is for meter {OLD}, not for {NEW}"):
            await scene.meter(NEW).trip(release_for(scene, OLD), never, until=scene.clock.now() + HOUR)

    in_field(story)


@pytest.mark.parametrize(("life", "window"), [(timedelta(), HOUR), (HOUR, timedelta(seconds=-1))])
def test_trip_after_its_time_sends_nothing(life: timedelta, window: timedelta) -> None:
    """An expired release and a closed window send nothing."""

    async def story(scene: Scene) -> None:
        release = release_for(scene, NEW, life)
        answer = await scene.meter(NEW).trip(release, agree, until=scene.clock.now() + window)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.EXPIRED, False)

    in_field(story)


@pytest.mark.parametrize("address", ROADS)
def test_silent_meter_is_commanded_once(address: str) -> None:
    """A command without an answer is not repeated: whether it arrived, only a read-back tells."""

    async def story(scene: Scene) -> None:
        answer = await trip(scene, address)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.NO_ANSWER, True)
        assert sum(frame.way is Way.OUT for frame in answer.trace) == 1

    in_field(story, troubles={address: DEAF})


@pytest.mark.parametrize("address", ROADS)
def test_wrong_clock_refuses_until_it_is_known(address: str) -> None:
    """A meter whose clock is off refuses a short-lived command; once its clock was read, the life is by that."""

    async def story(scene: Scene) -> None:
        refused = await trip(scene, address)
        assert isinstance(refused, Refused), refused
        assert refused.code == ("DAR 32" if address == NEW else "ERR 01")
        assert isinstance(await scene.meter(address).clock(rank=Rank.CHECK), Told)
        assert isinstance(await trip(scene, address), Told)

    in_field(story, troubles={address: Trouble(drift=timedelta(minutes=20))})


@pytest.mark.parametrize("address", ROADS)
def test_clock_can_be_set(address: str) -> None:
    """Setting the clock makes it right to seconds."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).set_clock(), Told)
        assert abs(scene.meters[address].drift) < timedelta(seconds=10)

    in_field(story, troubles={address: Trouble(drift=timedelta(minutes=20))})


@pytest.mark.parametrize("address", [OLD, SHOP])
def test_wrong_password_is_not_authorised(address: str) -> None:
    """A DL/T 645 meter with another password refuses, and the word says why."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(address).close()
        assert isinstance(answer, Refused), answer
        assert (answer.reason, answer.code) == (Reason.NOT_AUTHORISED, "ERR 04")

    in_field(story, settings=MeterSettings(password=dlt645.Password(2, "000000")))


def test_accepted_is_not_executed() -> None:
    """A meter that accepts a trip and does not move is told apart by the read-back only."""

    async def story(scene: Scene) -> None:
        assert isinstance(await trip(scene, SHOP), Told)
        read = await state(scene, SHOP)
        assert (read.open, read.command_open) == (False, True)

    in_field(story, troubles={SHOP: Trouble(relay=Relay(stuck=Stuck.CLOSED))})


def test_trip_frame_of_a_645_meter() -> None:
    """Password, the release as operator code, and an end of life five minutes off by the meter's clock."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(SHOP).clock(rank=Rank.CHECK), Told)
        now = scene.clock.now()
        release = release_for(scene, SHOP, number=1_234_567_890)
        answer = await scene.meter(SHOP).trip(release, agree, until=now + HOUR)
        assert isinstance(answer, Told), answer
        frame = dlt645.parse_frame(answer.trace[0].data)
        message = dlt645.parse_message(frame)
        assert isinstance(message, dlt645.RelayRequest)
        assert message.password == PASSWORD
        assert message.operator == dlt645.Operator("34567890")
        shown = message.expires.instant()
        assert shown is not None
        expected = (now + timedelta(minutes=20) + FRAME_LIFE + timedelta(hours=8)).replace(tzinfo=None)
        assert abs(shown - expected) < timedelta(seconds=5)
        assert PASSWORD.digits not in repr(answer)
        assert answer.trace[0].data.hex() not in repr(answer)

    in_field(story, troubles={SHOP: Trouble(drift=timedelta(minutes=20))})


def test_life_of_a_trip_frame_ends_with_the_window() -> None:
    """Close to the end of its window a trip is valid only as long as that, whatever the usual life."""

    async def story(scene: Scene) -> None:
        until = scene.clock.now() + timedelta(seconds=90)
        answer = await scene.meter(NEW).trip(release_for(scene, NEW), agree, until=until)
        assert isinstance(answer, Told), answer
        request = dlt698.parse_apdu(dlt698.parse_link(answer.trace[0].data).user_data)
        assert isinstance(request, dlt698.ProxyActionListRequest)
        assert request.timetag is not None
        assert request.timetag.allowed == dlt698.TI(dlt698.TimeUnit.SECOND, 90)

    in_field(story)


def test_go_is_asked_when_nothing_can_come_between() -> None:
    """A trip behind polls has its go asked only at its turn, and leaves in that instant."""

    async def story(scene: Scene) -> None:
        asked: list[datetime] = []

        async def go() -> bool:
            asked.append(scene.clock.now())
            return True

        polls = [scene.clock.spawn(scene.meter(NEW).registers(rank=Rank.POLL), name=f"{n}") for n in range(3)]
        await scene.clock.sleep(0.1)
        until = scene.clock.now() + HOUR
        answer = await scene.meter(NEW).trip(release_for(scene, NEW), go, until=until)
        assert isinstance(answer, Told), answer
        assert asked == [answer.trace[0].at]
        ended = [await scene.clock.wait(poll) for poll in polls]
        assert all(poll.at <= asked[0] for poll in ended)

    in_field(story)


def test_restore_goes_before_polls() -> None:
    """A restore waits for the one exchange that is out and not for the polls behind it."""

    async def story(scene: Scene) -> None:
        polls = [scene.clock.spawn(scene.meter(OLD).registers(rank=Rank.POLL), name=f"{n}") for n in range(5)]
        await scene.clock.sleep(0.1)
        closed = await scene.meter(NEW).close()
        assert isinstance(closed, Told), closed
        ended = [await scene.clock.wait(poll) for poll in polls]
        assert sum(poll.at <= closed.trace[0].at for poll in ended) == 1

    in_field(story)


def test_settings_hide_the_password() -> None:
    """The password shows in no repr."""
    settings = replace(MeterSettings(), password=dlt645.Password(2, "246813"))
    assert "246813" not in repr(settings)
