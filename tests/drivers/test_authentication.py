"""An authentication keeps power from nobody: neither a stuck module, nor another order's, nor one that was lost."""

from random import Random

import pytest

from clock import Clock
from drivers.link import Rank
from drivers.meter import Challenge, Silence, Silent, Told
from drivers.meter.serving import MODULE_PATIENCE
from drivers.meter.software_security import SoftwareModule
from protocols.labcipher import ROOT_KEY
from simulators.meter import esam
from tests.drivers.scene import OLD, Scene, in_field
from tests.drivers.test_secured import AUTHENTICATE, RELAY, SECURED, Gate, asked, module, trip

NEIGHBOUR = "000000001001"
QUEUE = 60
"""Checks of a neighbour that wait at the concentrator: some five minutes of its time."""
SOON = 60
"""Seconds in which a customer has power although others wait."""


class Stuck(SoftwareModule):
    """A module whose first connection neither answers nor closes."""

    def __init__(self) -> None:
        super().__init__(ROOT_KEY, Random(1))
        self.clock: Clock | None = None
        self.calls = 0

    async def challenge(self, factor: bytes) -> Challenge:
        """Hang at the first call, in its tidying up as well."""
        self.calls += 1
        if self.calls == 1:
            assert self.clock is not None
            try:
                await self.clock.sleep(3600)
            finally:
                await self.clock.sleep(3600)
        return await super().challenge(factor)


class Broken(SoftwareModule):
    """A module whose adapter has a fault."""

    async def challenge(self, factor: bytes) -> Challenge:
        """Fail in a way that nobody foresaw."""
        raise ZeroDivisionError(factor.hex())


def test_module_that_hangs_in_its_tidying_up_stops_nobody() -> None:
    """After the module's time the order is told as unsent, and the next one finds the way free."""
    stuck = Stuck()

    async def story(scene: Scene) -> None:
        stuck.clock = scene.clock
        begun = scene.clock.now()
        first = await scene.meter(OLD).close()
        assert isinstance(first, Silent), first
        assert (first.reason, first.sent) == (Silence.SECURITY, False)
        assert scene.clock.now() - begun < 2 * MODULE_PATIENCE
        assert isinstance(await scene.meter(OLD).close(), Told)

    in_field(story, troubles=SECURED, security=stuck)


def test_module_with_a_fault_has_not_served() -> None:
    """Whatever a module raises, nothing was sent, and what it said does not get into the answer."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(OLD).close()
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
        assert answer.detail == "security module unavailable: ZeroDivisionError"

    in_field(story, troubles=SECURED, security=Broken(ROOT_KEY, Random(1)))


def test_restore_does_not_wait_behind_the_authentication_of_a_trip() -> None:
    """What gives power authenticates by itself where a trip's authentication lies in a long queue."""

    async def story(scene: Scene) -> None:
        clock = scene.clock
        checks = [clock.spawn(scene.meter(NEIGHBOUR).relay(rank=Rank.CHECK), name="check") for _ in range(QUEUE)]
        cut = clock.spawn(trip(scene, OLD, Gate(scene)), name="trip")
        await clock.sleep(1)
        begun = clock.now()
        assert isinstance(await scene.meter(OLD).close(), Told)
        assert (clock.now() - begun).total_seconds() < SOON
        await clock.gather(*[clock.wait(each) for each in (cut, *checks)])

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("word", [b"\x01\x00", b"\x01", b"\x80\x00"])
def test_restore_renews_an_authentication_that_a_meter_lost_in_its_own_words(
    word: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal under an old authentication, whatever its word, is answered by one more try under a new one."""
    monkeypatch.setattr(esam, "UNAUTHENTICATED", word)

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(OLD).permit(), Told)
        chip = scene.meters[OLD].memory.esam
        assert chip is not None
        chip.end()
        closed = await scene.meter(OLD).close()
        assert isinstance(closed, Told), closed
        assert asked(closed) == [RELAY, AUTHENTICATE, RELAY]

    in_field(story, troubles=SECURED, security=module())
