"""What gives power reaches a meter whose clock runs ahead, even when nobody knows that any more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from clock import Clock
from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Challenge,
    Fault,
    Field,
    Meter,
    MeterSettings,
    Reason,
    Refused,
    SecurityModuleError,
    Silence,
    Silent,
    Told,
)
from drivers.meter.software_security import SoftwareModule
from drivers.zone import BEIJING
from protocols import dlt645
from protocols.dlt645 import DI, Function, Stamp
from protocols.labcipher import ROOT_KEY
from tests.drivers.peers import Office, in_office
from tests.drivers.scene import OLD, PASSWORD, SHOP, Scene, Trouble, in_field
from tests.drivers.test_by_hand import play, shop
from tests.drivers.test_secured import Gate, asked, trip

AHEAD = timedelta(minutes=10)
PROFILES = ["standard", "state-grid-2013"]
DATE, TIME = DI.parse("04000101"), DI.parse("04000102")
READ, SECURITY, RELAY = Function.READ, Function.SECURITY, Function.RELAY
OTHER, WRONG_PASSWORD = b"\x01", b"\x04"


def restart(scene: Scene) -> None:
    """Lose all that is remembered of meters, as a restart does."""
    module = SoftwareModule(ROOT_KEY, Random(2))
    scene.field = Field(scene.clock, scene.links, MeterSettings(password=PASSWORD), module)


def in_ahead(story: Callable[[Scene], Awaitable[None]], address: str, profile: str, ahead: timedelta = AHEAD) -> None:
    """Run a story with a meter whose clock is that far ahead."""
    troubles = {address: Trouble(profile=profile, drift=ahead)}
    in_field(story, troubles=troubles, security=SoftwareModule(ROOT_KEY, Random(1)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("address", [OLD, SHOP])
def test_what_opened_before_a_restart_closes_after_it(address: str, profile: str) -> None:
    """A meter that was tripped by its own clock is closed though that clock was forgotten; the gate is asked once."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).clock(rank=Rank.CHECK), Told)
        assert isinstance(await trip(scene, address, Gate(scene)), Told)
        assert scene.relay(address).open
        restart(scene)
        gate = Gate(scene)
        closed = await scene.meter(address).close(go=gate)
        assert isinstance(closed, Told), closed
        assert [function for function in asked(closed) if function != SECURITY][-4:] == [RELAY, READ, READ, RELAY]
        assert asked(closed).count(RELAY) == 2
        assert len(gate.asked) == 1
        assert not scene.relay(address).open
        again = await scene.meter(address).close()
        assert isinstance(again, Told), again
        assert asked(again) == [RELAY]

    in_ahead(story, address, profile)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(hours=30), timedelta(days=400)])
def test_permission_reaches_a_clock_however_far_ahead(profile: str, ahead: timedelta) -> None:
    """A permit to close is obeyed whether the clock is minutes or a year ahead."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(SHOP).clock(rank=Rank.CHECK), Told)
        assert isinstance(await trip(scene, SHOP, Gate(scene)), Told)
        restart(scene)
        permitted = await scene.meter(SHOP).permit()
        assert isinstance(permitted, Told), permitted
        assert scene.relay(SHOP).permitted

    in_ahead(story, SHOP, profile, ahead)


@pytest.mark.parametrize("profile", PROFILES)
def test_clock_that_was_set_by_another_is_read_again(profile: str) -> None:
    """An error of the clock that is remembered and holds no more keeps nobody in the dark either."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(SHOP).clock(rank=Rank.CHECK), Told)
        assert isinstance(await trip(scene, SHOP, Gate(scene)), Told)
        now = scene.clock.now()
        scene.meters[SHOP].set_clock(now, scene.meters[SHOP].clock(now) + AHEAD)
        assert isinstance(await scene.meter(SHOP).close(), Told)
        assert not scene.relay(SHOP).open

    in_ahead(story, SHOP, profile, -AHEAD)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("address", [OLD, SHOP])
def test_refused_trip_is_not_looked_into(address: str, profile: str) -> None:
    """A trip that had expired by the meter's clock stays refused: it goes out once, and no clock is read for it."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        refused = await trip(scene, address, gate)
        assert isinstance(refused, Refused), refused
        assert refused.code == "ERR 01"
        assert asked(refused).count(RELAY) == 1
        assert asked(refused)[-1] == RELAY
        assert len(gate.asked) == 1
        assert not scene.relay(address).open

    in_ahead(story, address, profile)


class ServesOnce(SoftwareModule):
    """A module that breaks down after one authentication."""

    served = False

    async def challenge(self, factor: bytes) -> Challenge:
        """Serve the first time."""
        if self.served:
            raise SecurityModuleError(Fault.UNAVAILABLE, "down")
        self.served = True
        return await super().challenge(factor)


def test_second_order_that_cannot_be_made_leaves_the_refusal() -> None:
    """What came of the order is the refusal, not that nobody could make it again."""

    async def story(scene: Scene) -> None:
        refused = await scene.meter(SHOP).close()
        assert isinstance(refused, Refused), refused
        assert refused.code == "ERR 01"
        assert asked(refused).count(RELAY) == 1

    troubles = {SHOP: Trouble(profile="state-grid-2013", drift=AHEAD)}
    in_field(story, troubles=troubles, security=ServesOnce(ROOT_KEY, Random(1)))


@dataclass
class Refusing:
    """A meter that shows its own time, and answers relay orders with these error words, one after the other."""

    clock: Clock
    ahead: timedelta
    words: list[bytes | None]  # None: silence
    tells_time: bool = True
    ends: list[Stamp] = field(default_factory=list)

    def answer(self, request: dlt645.Message) -> dlt645.Message | None:
        """Answer a request."""
        if isinstance(request, dlt645.RelayRequest):
            self.ends.append(request.expires)
            word = self.words.pop(0)
            return None if word is None else dlt645.Refusal(Function.RELAY, word)
        assert isinstance(request, dlt645.ReadRequest)
        if not self.tells_time:
            return None
        layout = {DATE: "YYMMDDWW", TIME: "hhmmss"}[request.di]
        shown = (self.clock.now() + self.ahead).astimezone(BEIJING)
        return dlt645.ReadAnswer(request.di, dlt645.write_payload(request.di, Stamp.of(layout, shown)))


def closed(
    words: list[bytes | None], ahead: timedelta = AHEAD, *, tells_time: bool = True, life: timedelta | None = None
) -> tuple[Answer[Accepted], Refusing]:
    """Close the relay of such a meter."""
    told: list[tuple[Answer[Accepted], Refusing]] = []

    async def main(office: Office) -> None:
        peer = await office.dtu()
        physical = Refusing(office.clock, ahead, words, tells_time)
        office.clock.spawn(play(peer, physical.answer), name="meter")
        fields = Field(office.clock, office.links, MeterSettings())
        meter: Meter = fields.meter(shop(fields))
        until = None if life is None else office.clock.now() + life
        told.append((await meter.close(until=until), physical))

    in_office(main)
    return told[0]


def test_refusal_for_another_reason_goes_out_twice_at_most() -> None:
    """A meter ahead that refuses the right end of validity too is left alone; the second end was later."""
    answer, physical = closed([OTHER] * 5)
    assert isinstance(answer, Refused), answer
    assert (answer.reason, answer.code) == (Reason.OTHER, "ERR 01")
    first, second = (end.instant() for end in physical.ends)
    assert first is not None
    assert second is not None
    assert abs(second - first - AHEAD) < timedelta(seconds=5)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=4), -AHEAD])
def test_order_that_had_not_expired_is_not_repeated(ahead: timedelta) -> None:
    """Where the order was valid by the meter's clock, the refusal has another reason, and stands."""
    answer, physical = closed([OTHER] * 5, ahead)
    assert isinstance(answer, Refused), answer
    assert len(physical.ends) == 1


def test_refused_password_is_not_tried_twice() -> None:
    """A meter counts wrong passwords: a refusal that names the password is none of the clock."""
    answer, physical = closed([WRONG_PASSWORD] * 5)
    assert isinstance(answer, Refused), answer
    assert answer.reason is Reason.NOT_AUTHORISED
    assert asked(answer) == [RELAY]
    assert len(physical.ends) == 1


def test_silence_after_the_second_order_is_silence() -> None:
    """The second order may have been obeyed: it is not hidden behind the first refusal, and not repeated."""
    answer, physical = closed([OTHER, None, OTHER])
    assert isinstance(answer, Silent), answer
    assert (answer.reason, answer.sent) == (Silence.NO_ANSWER, True)
    assert len(physical.ends) == 2


def test_silence_after_the_first_order_is_not_looked_into() -> None:
    """Without an answer nothing is known: no clock is read, nothing is repeated."""
    answer, _ = closed([None])
    assert isinstance(answer, Silent), answer
    assert asked(answer) == [RELAY]


def test_clock_that_cannot_be_read_leaves_the_refusal() -> None:
    """The clock is asked for three times; without it the order stays refused."""
    answer, _ = closed([OTHER] * 5, tells_time=False)
    assert isinstance(answer, Refused), answer
    assert asked(answer) == [RELAY, READ, READ, READ]


def test_nothing_leaves_after_the_order_has_ended() -> None:
    """Once the caller's time is over while the clock is being read, the order stays refused."""
    answer, physical = closed([OTHER] * 5, tells_time=False, life=timedelta(seconds=2))
    assert isinstance(answer, Refused), answer
    assert len(physical.ends) == 1
    assert len(asked(answer)) < 4
