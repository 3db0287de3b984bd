"""Relay control of meters with a security chip, under an identity authentication, against the simulated field."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Authenticated,
    Challenge,
    EventKind,
    Fault,
    How,
    MeterSettings,
    Reason,
    Refused,
    Release,
    SecurityModuleError,
    Silence,
    Silent,
    Told,
    Way,
)
from drivers.meter.serving import MODULE_PATIENCE
from drivers.meter.software_security import SoftwareModule
from protocols import dlt645, dlt698
from protocols.dlt645 import Function
from protocols.errors import ProtocolError
from protocols.labcipher import ROOT_KEY
from simulators.meter import Silence as Deaf
from simulators.meter.esam import Esam
from tests.drivers.scene import OLD, SHOP, START, Scene, Trouble, in_field

HOUR = timedelta(hours=1)
ROADS = [OLD, SHOP]
PROFILE = "state-grid-2013"
SECURED = dict.fromkeys(ROADS, Trouble(profile=PROFILE))
OTHER_ROOT = bytes(range(16))
READ, AUTHENTICATE, RELAY = Function.READ, Function.SECURITY, Function.RELAY


def module(root: bytes = ROOT_KEY) -> SoftwareModule:
    """Make a laboratory's module whose random numbers are the same in each run."""
    return SoftwareModule(root, Random(1))


def asked(answer: Answer[Accepted]) -> list[int]:
    """List the functions of the DL/T 645 frames that went out for an answer."""
    return [frame.control.function for frame in outgoing(answer)]


def outgoing(answer: Answer[Accepted]) -> list[dlt645.Frame]:
    """List the DL/T 645 frames that went out for an answer."""
    return [inner(frame.data) for frame in answer.trace if frame.way is Way.OUT]


def inner(data: bytes) -> dlt645.Frame:
    """Take a DL/T 645 frame off its road."""
    try:
        return dlt645.parse_frame(data)
    except ProtocolError:
        request = dlt698.parse_apdu(dlt698.parse_link(data).user_data)
        assert isinstance(request, dlt698.ProxyTransRequest)
        return dlt645.parse_frame(request.frame)


def exchange_meter(scene: Scene, address: str) -> None:
    """Hang another meter there, with the next number and a security chip of its own."""
    physical = scene.meters[address]
    number = f"{int(physical.plate.asset) + 1:012d}"
    physical.plate = replace(physical.plate, asset=number)
    physical.memory.esam = Esam(number, 7)


class Gate:
    """A gate that lets everything pass and remembers when it was asked."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.asked: list[datetime] = []

    async def __call__(self) -> bool:
        """Agree."""
        self.asked.append(self._scene.clock.now())
        return True


async def trip(scene: Scene, address: str, gate: Gate) -> Answer[Accepted]:
    """Trip a meter."""
    until = scene.clock.now() + HOUR
    return await scene.meter(address).trip(Release(17, address, until, "zhang"), gate, until=until)


@pytest.mark.parametrize("address", ROADS)
def test_secured_meter_obeys_an_authenticated_order(address: str) -> None:
    """Trip, permit, close and keep work under one authentication, which is made once for all of them."""

    async def story(scene: Scene) -> None:
        meter, gate = scene.meter(address), Gate(scene)
        tripped = await trip(scene, address, gate)
        assert isinstance(tripped, Told), tripped
        assert asked(tripped) == [READ, AUTHENTICATE, RELAY]
        assert gate.asked == [tripped.trace[-2].at]
        assert scene.relay(address).open
        permitted = await meter.permit()
        assert isinstance(permitted, Told), permitted
        assert asked(permitted) == [RELAY]
        assert scene.relay(address).permitted
        assert isinstance(await meter.close(), Told)
        assert not scene.relay(address).open
        kept = await meter.keep(on=True)
        assert isinstance(kept, Told), kept
        assert kept.value == Accepted(How.NOW)
        refused = await trip(scene, address, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.OTHER, "ERR 01")
        assert isinstance(await meter.keep(on=False), Told)

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("address", ROADS)
def test_release_is_in_the_evidence_of_the_meter(address: str) -> None:
    """The record that the meter keeps of a secured trip names the release."""

    async def story(scene: Scene) -> None:
        assert isinstance(await trip(scene, address, Gate(scene)), Told)
        records = await scene.meter645(address).event_records(EventKind.TRIP)
        assert isinstance(records, Told), records
        (record,) = records.value
        assert record.at is not None
        assert abs(record.at - scene.relay(address).movements[-1].at) <= timedelta(seconds=1)
        assert record.values[1] == "00000017"

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("address", ROADS)
def test_no_plain_order_to_a_secured_meter(address: str) -> None:
    """Without a security module nothing at all is sent, be it a trip or what gives power."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        answers = [await trip(scene, address, gate), await scene.meter(address).close(go=gate)]
        for answer in answers:
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent, answer.trace) == (Silence.SECURITY, False, ())
            assert "absent" in answer.detail
        assert gate.asked == []

    in_field(story, troubles=SECURED)


@pytest.mark.parametrize("address", ROADS)
def test_wrong_key_is_refused_once(address: str) -> None:
    """A meter that refuses the authentication gets no order: nothing counts as sent, and nothing is tried again."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        answer = await trip(scene, address, gate)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent, gate.asked) == (Silence.SECURITY, False, [])
        assert answer.detail == "authentication refused: SERR 0008"
        assert asked(answer) == [READ, AUTHENTICATE]
        closed = await scene.meter(address).close(go=gate)
        assert isinstance(closed, Silent), closed
        assert (closed.reason, closed.sent, gate.asked) == (Silence.SECURITY, False, [])

    in_field(story, troubles=SECURED, security=module(OTHER_ROOT))


@pytest.mark.parametrize("address", ROADS)
def test_authentication_that_another_has_ended(address: str) -> None:
    """What gives power goes once more under a new authentication when the meter says that the old one has ended."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        assert isinstance(await scene.meter(address).permit(), Told)
        esam = scene.meters[address].memory.esam
        assert esam is not None
        esam.end()
        closed = await scene.meter(address).close(go=gate)
        assert isinstance(closed, Told), closed
        assert asked(closed) == [RELAY, AUTHENTICATE, RELAY]
        assert len(gate.asked) == 1

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("address", ROADS)
def test_refused_trip_is_not_repeated_through_its_gate(address: str) -> None:
    """A trip without a valid authentication is refused and ends so; the next one authenticates anew."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        assert isinstance(await scene.meter(address).permit(), Told)
        esam = scene.meters[address].memory.esam
        assert esam is not None
        esam.end()
        refused = await trip(scene, address, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.AUTHENTICATION, "SERR 0008")
        assert asked(refused) == [RELAY]
        again = await trip(scene, address, gate)
        assert isinstance(again, Told), again
        assert asked(again) == [AUTHENTICATE, RELAY]

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("address", ROADS)
def test_authentication_is_renewed_before_it_runs_out(address: str) -> None:
    """Near the end of its validity an authentication is not used any more: no order is lost to that."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).permit(), Told)
        await scene.clock.sleep(timedelta(minutes=20))
        used = await scene.meter(address).permit()
        assert asked(used) == [RELAY]
        await scene.clock.sleep(timedelta(minutes=5))
        renewed = await scene.meter(address).permit()
        assert isinstance(renewed, Told), renewed
        assert asked(renewed) == [AUTHENTICATE, RELAY]

    in_field(story, troubles=SECURED, security=module())


def test_short_validity_is_used_at_once_and_not_again() -> None:
    """Where authentications hold no longer than an order may lie in a queue, each order has one of its own."""

    async def story(scene: Scene) -> None:
        for expected in ([READ, AUTHENTICATE, RELAY], [AUTHENTICATE, RELAY]):
            answer = await scene.meter(SHOP).permit()
            assert isinstance(answer, Told), answer
            assert asked(answer) == expected

    short = replace(dlt645.profile(PROFILE), authentication_minutes=5)
    in_field(
        story,
        troubles=SECURED,
        security=module(),
        settings=MeterSettings(profiles={PROFILE: short, "standard": dlt645.STANDARD}),
    )


@pytest.mark.parametrize("address", ROADS)
def test_silence_after_a_secured_order_is_never_repeated(address: str) -> None:
    """Once the order is out, no answer is no leave to send it again."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        assert isinstance(await scene.meter(address).permit(), Told)
        scene.meters[address].silences = (Deaf(scene.clock.now(), scene.clock.now() + HOUR),)
        answer = await scene.meter(address).close(go=gate)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent, len(gate.asked)) == (Silence.NO_ANSWER, True, 1)
        assert asked(answer) == [RELAY]

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize(("rank", "tries"), [(Rank.CUT, 1), (Rank.RESTORE, 3)])
@pytest.mark.parametrize("address", ROADS)
def test_silence_before_an_order_is_no_sending(address: str, rank: Rank, tries: int) -> None:
    """A meter that is silent at the authentication has got no order; only what gives power asks it again."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        deaf = (Deaf(scene.clock.now(), scene.clock.now() + HOUR),)
        scene.meters[address].silences = deaf
        answer = await (trip(scene, address, gate) if rank is Rank.CUT else scene.meter(address).close(go=gate))
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent, gate.asked) == (Silence.NO_ANSWER, False, [])
        assert asked(answer) == [READ] * tries

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("address", ROADS)
def test_meter_that_was_replaced_under_its_address(address: str) -> None:
    """Another meter with another number is proved to by its own number, in the same order."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).permit(), Told)
        exchange_meter(scene, address)
        closed = await scene.meter(address).close()
        assert isinstance(closed, Told), closed
        assert asked(closed) == [RELAY, AUTHENTICATE, READ, AUTHENTICATE, RELAY]

    in_field(story, troubles=SECURED, security=module())


class Unfit(SoftwareModule):
    """A module whose blocks are a byte short."""

    async def control(self, session: Authenticated, plaintext: bytes) -> bytes:
        """Cut a block."""
        return (await super().control(session, plaintext))[1:]


def test_module_that_makes_what_does_not_fit() -> None:
    """A block of a wrong length is the module's fault: nothing of the order is sent, and nothing breaks."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        answer = await trip(scene, SHOP, gate)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent, gate.asked) == (Silence.SECURITY, False, [])
        assert "unfit" in answer.detail

    in_field(story, troubles=SECURED, security=Unfit(ROOT_KEY, Random(1)))


def test_orders_at_the_same_time_share_an_authentication() -> None:
    """Two orders to one meter at once make one authentication, and both are obeyed."""

    async def story(scene: Scene) -> None:
        answers = await scene.clock.gather(scene.meter(SHOP).permit(), scene.meter(SHOP).close())
        assert all(isinstance(answer, Told) for answer in answers), answers
        functions = [function for answer in answers for function in asked(answer)]
        assert sorted(functions) == sorted([READ, AUTHENTICATE, RELAY, RELAY])

    in_field(story, troubles=SECURED, security=module())


class Failing(SoftwareModule):
    """A module that can fail, or hang, at either of its calls."""

    def __init__(self, scene_clock: list[Scene], *, at: str, hangs: bool) -> None:
        super().__init__(ROOT_KEY, Random(1))
        self._scene = scene_clock
        self._at = at
        self._hangs = hangs

    async def challenge(self, factor: bytes) -> Challenge:
        """Fail here."""
        await self._fail("challenge")
        return await super().challenge(factor)

    async def control(self, session: Authenticated, plaintext: bytes) -> bytes:
        """Fail here."""
        await self._fail("control")
        return await super().control(session, plaintext)

    async def _fail(self, call: str) -> None:
        if call != self._at:
            return
        if self._hangs:
            await self._scene[0].clock.sleep(timedelta(days=1))
        raise SecurityModuleError(Fault.UNAVAILABLE, "connection refused")


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize("call", ["challenge", "control"])
def test_module_that_does_not_serve(call: str, hangs: bool) -> None:
    """A module that fails or hangs costs its time at most: the order is not sent, and says why."""
    scenes: list[Scene] = []

    async def story(scene: Scene) -> None:
        scenes.append(scene)
        gate = Gate(scene)
        began = scene.clock.now()
        answers = await trip(scene, SHOP, gate), await scene.meter(SHOP).close(go=gate)
        assert scene.clock.now() - began < 2 * MODULE_PATIENCE + timedelta(seconds=5)
        for answer in answers:
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
            assert "unavailable" in answer.detail
            assert RELAY not in asked(answer)
        assert gate.asked == []

    in_field(story, troubles=SECURED, security=Failing(scenes, at=call, hangs=hangs))


@pytest.mark.parametrize("address", ROADS)
def test_secured_order_is_valid_by_the_clock_of_the_meter(address: str) -> None:
    """The hidden end of validity is by the meter's own clock, once that was read."""

    async def story(scene: Scene) -> None:
        refused = await trip(scene, address, Gate(scene))
        assert isinstance(refused, Refused), refused
        assert refused.code == "ERR 01"
        assert isinstance(await scene.meter(address).clock(rank=Rank.CHECK), Told)
        assert isinstance(await trip(scene, address, Gate(scene)), Told)

    in_field(story, troubles={address: Trouble(profile=PROFILE, drift=timedelta(minutes=20))}, security=module())


def test_secrets_are_not_shown() -> None:
    """Neither an authentication nor what a module made shows its bytes."""
    challenge = Challenge(b"\xa1" * 8, b"\xa2" * 8)
    session = Authenticated(bytes(8), b"\xa3" * 4, bytes(8), START)
    assert "\\xa" not in repr(challenge) + repr(session)
