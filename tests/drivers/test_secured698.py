"""Relay control of DL/T 698.45 meters with an ESAM, by complete secured frames, against the simulated field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from clock import Clock
from drivers.errors import PlaceError
from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Association,
    Chip,
    Fault,
    How,
    Level,
    MeterSettings,
    Opening,
    Protected,
    Reason,
    Refused,
    Release,
    SecuredAnswer,
    SecurityModuleError,
    Silence,
    Silent,
    Told,
    Way,
)
from drivers.meter.serving import MODULE_PATIENCE
from drivers.meter.software_security import SoftwareModule
from protocols import dlt698, labchip
from protocols.dlt698 import Dar
from protocols.dlt698.models import models
from protocols.labcipher import ROOT_KEY
from simulators.meter import Silence as Deaf
from simulators.meter.esam698 import Esam698
from tests.drivers.scene import NEW, OLD, OTHER, START, Scene, Trouble, in_field
from tests.drivers.test_secured import HOUR, Gate, module, trip

MODEL = "state-grid-698"
SECURED = {NEW: Trouble(profile=MODEL)}
FORWARDED = {NEW: Trouble(profile="test-forward-698")}
GET, CONNECT, SECURITY, PROXY_GET = "GET", "CONNECT", "SECURITY", "PROXY"


def inner(data: bytes) -> dlt698.Apdu:
    """Take what a frame says to the meter off its road: the APDU in a complete frame, or the PROXY-Request itself."""
    outer = dlt698.parse_apdu(dlt698.parse_link(data).user_data)
    if isinstance(outer, dlt698.ProxyTransRequest):
        return dlt698.parse_apdu(dlt698.parse_link(outer.frame).user_data)
    return outer


def outgoing(answer: Answer[object]) -> list[dlt698.Apdu]:
    """List what went out to the meter for an answer."""
    return [inner(frame.data) for frame in answer.trace if frame.way is Way.OUT]


def asked(answer: Answer[object]) -> list[str]:
    """List the services that went out for an answer, and whether they were a SECURITY-Request's."""
    return [request.service.removesuffix("-Request") for request in outgoing(answer)]


def chip(scene: Scene, address: str = NEW) -> Esam698:
    """Look at the security chip of the physical meter."""
    found = scene.meters[address].memory.chip
    assert found is not None
    return found


def exchange_meter(scene: Scene, address: str = NEW) -> None:
    """Hang another meter there, with the next number and a security chip of its own."""
    physical = scene.meters[address]
    number = f"{int(physical.plate.asset) + 1:012d}"
    physical.plate = replace(physical.plate, asset=number)
    physical.memory.chip = Esam698(number, 7)


def test_secured_meter_obeys_orders_under_an_association() -> None:
    """Trip, permit, close and keep work under one association, which is made once for all of them."""

    async def story(scene: Scene) -> None:
        meter, gate = scene.meter(NEW), Gate(scene)
        tripped = await trip(scene, NEW, gate)
        assert isinstance(tripped, Told), tripped
        assert asked(tripped) == [GET, CONNECT, SECURITY]
        assert tripped.value == Accepted(How.UNKNOWN)
        assert gate.asked == [tripped.trace[-2].at]
        assert scene.relay(NEW).open
        permitted = await meter.permit()
        assert isinstance(permitted, Told), permitted
        assert asked(permitted) == [SECURITY]
        assert scene.relay(NEW).permitted
        assert isinstance(await meter.close(), Told)
        assert not scene.relay(NEW).open
        kept = await meter.keep(on=True)
        assert isinstance(kept, Told), kept
        assert kept.value == Accepted(How.NOW)
        refused = await trip(scene, NEW, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.KEEP_POWER, "DAR 3")
        assert asked(refused) == [SECURITY]
        assert isinstance(await meter.keep(on=False), Told)

    in_field(story, troubles=SECURED, security=module())


def test_order_is_hidden_and_has_a_mac() -> None:
    """An order leaves as ciphertext with SID_MAC, in a frame for the meter under the keys of the head-end."""

    async def story(scene: Scene) -> None:
        closed = await scene.meter(NEW).close()
        assert isinstance(closed, Told), closed
        (last,) = [frame.data for frame in closed.trace if frame.way is Way.OUT][-1:]
        outer = dlt698.parse_apdu(dlt698.parse_link(last).user_data)
        assert isinstance(outer, dlt698.ProxyTransRequest)
        frame = dlt698.parse_link(outer.frame)
        assert (frame.address.digits, frame.client) == (NEW, 0xA1)
        order = dlt698.parse_apdu(frame.user_data)
        assert isinstance(order, dlt698.SecurityRequest)
        assert isinstance(order.data, dlt698.Ciphertext)
        assert isinstance(order.verification, dlt698.SidMac)

    in_field(story, troubles=SECURED, security=module())


def test_port_and_its_settings_are_the_models() -> None:
    """A meter on RS-485 is reached by that port at its speed."""

    async def story(scene: Scene) -> None:
        closed = await scene.meter(NEW).close()
        assert isinstance(closed, Told), closed
        outer = dlt698.parse_apdu(dlt698.parse_link(closed.trace[0].data).user_data)
        assert isinstance(outer, dlt698.ProxyTransRequest)
        assert (str(outer.port), outer.settings) == ("F2010201", dlt698.BAUD_9600_8E1)

    in_field(story, troubles={NEW: Trouble(profile="state-grid-698-rs485")}, security=module())


def test_relay_is_read_with_a_proof_of_origin() -> None:
    """The read-back of a secured meter is plaintext with RN, and a repeat does not use the same number."""

    async def story(scene: Scene) -> None:
        now = scene.clock.now()
        scene.meters[NEW].silences = (Deaf(now + timedelta(seconds=20), now + timedelta(seconds=60)),)
        assert isinstance(await scene.meter(NEW).relay(rank=Rank.CHECK), Told)
        await scene.clock.sleep_until(now + timedelta(seconds=25))
        told = await scene.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert (told.value.open, told.value.address, told.value.word) == (False, NEW, "0000")
        requests = [request for request in outgoing(told) if isinstance(request, dlt698.SecurityRequest)]
        numbers = [request.verification for request in requests]
        assert len(numbers) == len(set(numbers)) == 2
        assert all(isinstance(number, dlt698.RandomNumber) for number in numbers)

    in_field(story, troubles=SECURED, security=module())


def test_registers_freezes_and_clock_go_by_proxy() -> None:
    """What is no order and proves no relay is asked of the concentrator, with or without a module."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(NEW)
        read = await meter.registers(rank=Rank.CHECK)
        assert isinstance(read, Told), read
        assert asked(read) == [PROXY_GET]
        assert isinstance(await meter.clock(rank=Rank.CHECK), Told)
        assert isinstance(await meter.phases(rank=Rank.CHECK), Told)

    in_field(story, troubles=SECURED)


def test_clock_is_set_under_an_association() -> None:
    """A secured meter takes the time hidden and proven, and shows it; its wrong clock does not keep it from that."""

    async def story(scene: Scene) -> None:
        done = await scene.meter(NEW).set_clock()
        assert isinstance(done, Told), done
        assert done.value == Accepted(How.NOW)
        assert abs(scene.meters[NEW].drift) <= timedelta(seconds=20)
        assert asked(done)[:3] == [GET, CONNECT, SECURITY]

    in_field(story, troubles={NEW: Trouble(profile=MODEL, drift=timedelta(hours=3))}, security=module())


@pytest.mark.parametrize("profile", ["standard", "test-forward-698", MODEL])
@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=400)])
def test_what_gives_power_reaches_a_clock_that_nobody_knows(profile: str, ahead: timedelta) -> None:
    """On DAR 32 the meter's clock is read and the order goes out once more; the gate is asked once."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        scene.relay(NEW).trip(scene.clock.now())
        closed = await scene.meter(NEW).close(go=gate)
        assert isinstance(closed, Told), closed
        assert len(gate.asked) == 1
        assert not scene.relay(NEW).open

    in_field(story, troubles={NEW: Trouble(profile=profile, drift=ahead)}, security=module())


@pytest.mark.parametrize("profile", ["standard", "test-forward-698", MODEL])
def test_trip_by_a_wrong_clock_goes_out_once(profile: str) -> None:
    """A trip that had expired by the meter's clock stays refused, and no clock is read for it."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        refused = await trip(scene, NEW, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.TIME_TAG, "DAR 32")
        assert len(gate.asked) == 1
        assert not scene.relay(NEW).open
        assert len(outgoing(refused)) == (3 if profile == MODEL else 1)

    in_field(story, troubles={NEW: Trouble(profile=profile, drift=timedelta(minutes=10))}, security=module())


@pytest.mark.parametrize("profile", ["standard", "test-forward-698"])
def test_meter_without_security_takes_plain_orders_by_the_road_of_its_model(profile: str) -> None:
    """A list in the concentrator's words, or a complete plain frame; a module is not needed for either."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(NEW)
        tripped = await trip(scene, NEW, Gate(scene))
        assert isinstance(tripped, Told), tripped
        assert asked(tripped) == ["PROXY" if profile == "standard" else "ACTION"]
        assert scene.relay(NEW).open
        told = await meter.relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert told.value.open
        assert isinstance(await meter.close(), Told)
        assert isinstance(await meter.set_clock(), Told)
        assert isinstance(await meter.keep(on=True), Told)
        kept = await trip(scene, NEW, Gate(scene))
        assert isinstance(kept, Refused), kept
        assert (kept.reason, kept.code) == (Reason.KEEP_POWER, "DAR 3")

    in_field(story, troubles={NEW: Trouble(profile=profile)})


@pytest.mark.parametrize("profile", ["standard", "test-forward-698"])
def test_secured_meter_that_is_taken_for_a_plain_one_refuses(profile: str) -> None:
    """A plain order does not move a secured meter's relay, by whichever road it comes: DAR 15."""

    async def story(scene: Scene) -> None:
        physical = scene.meters[NEW]
        meter = scene.meter(NEW)
        physical.plate = replace(physical.plate, profile=MODEL)
        refused = await meter.close()
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.NOT_AUTHORISED, "DAR 15")

    in_field(story, troubles={NEW: Trouble(profile=profile)})


def test_without_a_module_nothing_leaves() -> None:
    """No order is sent, in plaintext least of all, and no state is told that nobody could check."""

    async def story(scene: Scene) -> None:
        meter, gate = scene.meter(NEW), Gate(scene)
        for answer in (await meter.close(go=gate), await trip(scene, NEW, gate), await meter.set_clock()):
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent, answer.trace) == (Silence.SECURITY, False, ())
            assert "none is configured" in answer.detail
        told = await meter.relay(rank=Rank.CHECK)
        assert isinstance(told, Silent), told
        assert (told.reason, told.trace) == (Silence.SECURITY, ())
        assert gate.asked == []

    in_field(story, troubles=SECURED)


class Failing(SoftwareModule):
    """A module that fails at one of its works, in one way or another."""

    def __init__(self, at: str, clock: Clock | None = None, *, error: Exception | None = None) -> None:
        super().__init__(ROOT_KEY, Random(1))
        self._at = at
        self.clock = clock
        self._error = error or SecurityModuleError(Fault.UNAVAILABLE, "down")

    async def _fail(self, work: str) -> None:
        if work != self._at:
            return
        if self.clock is not None:
            await self.clock.sleep(3600)
        raise self._error

    async def offer(self, chip: Chip) -> Opening:
        """Fail, or serve."""
        await self._fail("offer")
        return await super().offer(chip)

    async def accept(self, chip: Chip, opening: Opening, rn: bytes, signature: bytes) -> bytes:
        """Fail, or serve."""
        await self._fail("accept")
        return await super().accept(chip, opening, rn, signature)

    async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
        """Fail, or serve."""
        await self._fail("protect")
        return await super().protect(association, number, level, apdu)

    async def ask(self, chip: Chip, apdu: bytes) -> Protected:
        """Fail, or serve."""
        await self._fail("ask")
        return await super().ask(chip, apdu)

    async def open(self, protected: Protected, answer: SecuredAnswer) -> bytes:
        """Fail, or serve."""
        await self._fail("open")
        return await super().open(protected, answer)


@pytest.mark.parametrize("work", ["offer", "accept", "protect"])
@pytest.mark.parametrize("error", [None, ZeroDivisionError("key 00112233")])
def test_module_that_fails_before_the_order_leaves_it_unsent(work: str, error: Exception | None) -> None:
    """Whatever a module raises, the order was not sent, the gate not asked, and no word of it gets out."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        for answer in (await scene.meter(NEW).close(go=gate), await trip(scene, NEW, gate)):
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
            assert "security module unavailable" in answer.detail
            assert "0011" not in repr(answer)
            assert SECURITY not in asked(answer)
        assert gate.asked == []

    in_field(story, troubles=SECURED, security=Failing(work, error=error))


def test_module_that_hangs_stops_nobody() -> None:
    """After the module's time the order is told as unsent."""
    stuck = Failing("protect")

    async def story(scene: Scene) -> None:
        stuck.clock = scene.clock
        begun = scene.clock.now()
        answer = await scene.meter(NEW).close()
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
        assert scene.clock.now() - begun < 3 * MODULE_PATIENCE

    in_field(story, troubles=SECURED, security=stuck)


def test_answer_that_cannot_be_opened_is_not_believed() -> None:
    """A module that fails after the order has left makes it unknown what the meter did: sent, and no answer."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(NEW).close()
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.SECURITY, True)
        assert asked(answer).count(SECURITY) == 1
        told = await scene.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Silent), told
        assert told.reason is Silence.SECURITY

    in_field(story, troubles=SECURED, security=Failing("open"))


class Unfit(SoftwareModule):
    """A module whose protection is none: plaintext, another level, or parts of another size."""

    def __init__(self, changes: dict[str, object]) -> None:
        super().__init__(ROOT_KEY, Random(1))
        self._changes = changes

    async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
        """Make something unfit."""
        made = await super().protect(association, number, level, apdu)
        return replace(made, **({"data": apdu} if not self._changes else self._changes))


@pytest.mark.parametrize(
    "changes",
    [{}, {"level": Level.ORIGIN, "rn": b"1"}, {"level": Level.MACED}, {"level": Level.HIDDEN}, {"identifier": b"1"}],
    ids=["plaintext", "random number", "only a MAC", "no MAC", "identifier"],
)
def test_what_a_module_has_not_protected_does_not_leave(changes: dict[str, object]) -> None:
    """An order that should be hidden and proven leaves so or not at all, whatever a module takes for protection."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(NEW).close()
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
        assert "unfit" in answer.detail
        assert SECURITY not in asked(answer)

    in_field(story, troubles=SECURED, security=Unfit(changes))


def test_keys_of_another_utility_open_nothing() -> None:
    """A meter whose keys are others' refuses the association: the order is unsent and the code told."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter(NEW).close()
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.SECURITY, False)
        assert answer.detail == "association refused: CONNECT 4"
        told = await scene.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Silent), told
        assert (told.reason, "unproven" in told.detail) == (Silence.SECURITY, True)

    in_field(story, troubles=SECURED, security=module(bytes(range(16))))


def test_meter_without_a_chip_takes_no_association() -> None:
    """A meter that the archive takes for a secured one by mistake gets nothing plain."""

    async def story(scene: Scene) -> None:
        physical = scene.meters[NEW]
        meter = scene.meter(NEW)
        physical.plate = replace(physical.plate, profile="standard")
        answer = await meter.close()
        assert not isinstance(answer, Told), answer
        assert asked(answer) == [GET]

    in_field(story, troubles=SECURED, security=module())


@pytest.mark.parametrize("lose", [lambda scene: chip(scene).end(), exchange_meter], ids=["ended", "exchanged"])
def test_lost_association_is_made_anew_for_what_gives_power(lose: Callable[[Scene], None]) -> None:
    """A meter that refuses for want of an association gets the order once more under a new one; a trip does not."""

    async def story(scene: Scene) -> None:
        meter, gate = scene.meter(NEW), Gate(scene)
        assert isinstance(await meter.permit(), Told)
        lose(scene)
        closed = await meter.close(go=gate)
        assert isinstance(closed, Told), closed
        assert asked(closed).count(SECURITY) == 2
        assert len(gate.asked) == 1
        lose(scene)
        refused = await trip(scene, NEW, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.AUTHENTICATION, "DAR 22")
        assert asked(refused) == [SECURITY]
        assert isinstance(await trip(scene, NEW, gate), Told)
        assert scene.relay(NEW).open

    in_field(story, troubles=SECURED, security=module())


def test_exchanged_meter_proves_what_it_tells() -> None:
    """Another ESAM under the same address is noticed by its wrong proof, asked for itself, and believed then."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(NEW).relay(rank=Rank.CHECK), Told)
        exchange_meter(scene)
        told = await scene.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert asked(told) == [SECURITY, GET, SECURITY]

    in_field(story, troubles=SECURED, security=module())


def test_association_runs_out_before_the_meter_thinks_so() -> None:
    """An association that the meter granted for ten minutes is made anew after four, as an order may lie in a queue."""
    known = {**models(), MODEL: replace(models()[MODEL], association_minutes=10)}

    async def story(scene: Scene) -> None:
        for minutes, services in ((0, [GET, CONNECT, SECURITY]), (3, [SECURITY]), (2, [CONNECT, SECURITY])):
            await scene.clock.sleep(minutes * 60)
            closed = await scene.meter(NEW).close()
            assert isinstance(closed, Told), closed
            assert asked(closed) == services

    in_field(story, troubles=SECURED, security=module(), settings=MeterSettings(models=known))


def test_suspended_meter_is_told_as_suspended() -> None:
    """A meter that has suspended itself refuses with DAR 31; what gives power is not tried for ever."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(NEW).permit(), Told)
        wrong = dlt698.SidMac(dlt698.SID(labchip.IDENTIFIER, bytes(6)), bytes(4))
        for _ in range(5):
            chip(scene).open(dlt698.SecurityRequest(dlt698.Ciphertext(bytes(16)), wrong), scene.clock.now())
        refused = await scene.meter(NEW).close()
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.SUSPENDED, "DAR 31")
        assert asked(refused).count(SECURITY) == 1

    in_field(story, troubles=SECURED, security=module())


def test_held_back_trip_leaves_no_secured_frame() -> None:
    """A gate that says no keeps the order from leaving; what came before it is no sending of it."""

    async def story(scene: Scene) -> None:
        async def closed_gate() -> bool:
            return False

        until = scene.clock.now() + HOUR
        answer = await scene.meter(NEW).trip(Release(1, NEW, until, "zhang"), closed_gate, until=until)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.HELD_BACK, False)
        assert asked(answer) == [GET, CONNECT]

    in_field(story, troubles=SECURED, security=module())


def test_restore_does_not_wait_behind_the_association_of_a_trip() -> None:
    """What gives power negotiates by itself where a trip's association lies in a long queue."""

    async def story(scene: Scene) -> None:
        clock = scene.clock
        checks = [clock.spawn(scene.meter(OTHER).relay(rank=Rank.CHECK), name="check") for _ in range(60)]
        cut = clock.spawn(trip(scene, NEW, Gate(scene)), name="trip")
        await clock.sleep(1)
        begun = clock.now()
        assert isinstance(await scene.meter(NEW).close(), Told)
        assert clock.now() - begun < timedelta(seconds=90)
        await clock.gather(*[clock.wait(each) for each in (cut, *checks)])

    in_field(story, troubles=SECURED, security=module())


def test_two_orders_at_once_share_one_association() -> None:
    """Orders given together are told apart by their numbers, and none is taken for the other's replay."""

    async def story(scene: Scene) -> None:
        clock, meter = scene.clock, scene.meter(NEW)
        assert isinstance(await meter.permit(), Told)
        tasks = [clock.spawn(meter.close(), name="close"), clock.spawn(meter.keep(on=True), name="keep")]
        closed, kept = await clock.gather(*[clock.wait(task) for task in tasks])
        assert isinstance(closed, Told), closed
        assert isinstance(kept, Told), kept
        assert asked(closed) == asked(kept) == [SECURITY]

    in_field(story, troubles=SECURED, security=module())


def test_read_back_tells_what_a_lost_answer_did_not() -> None:
    """A meter that falls silent after it has obeyed leaves the order unknown, and is not ordered twice."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(NEW).permit(), Told)
        now: datetime = scene.clock.now()
        scene.meters[NEW].silences = (Deaf(now, now + timedelta(minutes=2)),)
        answer = await trip(scene, NEW, Gate(scene))
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.NO_ANSWER, True)
        assert asked(answer) == [SECURITY]
        await scene.clock.sleep(180)
        told = await scene.meter(NEW).relay(rank=Rank.CHECK)
        assert isinstance(told, Told), told
        assert not told.value.open

    in_field(story, troubles=SECURED, security=module())


def test_unknown_meter_is_told_by_its_concentrator() -> None:
    """DAR 255 in PROXY is the concentrator's word for a meter that it does not have, whatever it was asked for."""

    async def story(scene: Scene) -> None:
        place = replace(scene.meter(NEW).place, address="000000009999")
        meter = scene.field.meter(place)
        for answer in (
            await meter.registers(rank=Rank.CHECK),
            await meter.daily_freeze(START.date(), rank=Rank.CHECK),
            await meter.relay(rank=Rank.CHECK),
            await meter.close(),
            await meter.set_clock(),
        ):
            assert isinstance(answer, Refused), answer
            assert (answer.reason, answer.code) == (Reason.ADDRESS, f"DAR {int(Dar.OTHER)}")

    in_field(story)


@pytest.mark.parametrize(
    ("address", "profile", "known"),
    [(NEW, "state-grid-2013", "state-grid-698"), (OLD, MODEL, "state-grid-2013"), (NEW, "grid", "test-forward-698")],
)
def test_profile_of_the_other_dialect_is_refused(address: str, profile: str, known: str) -> None:
    """A meter is not spoken to by a model that is none of its dialect: the error names those that are."""

    async def story(scene: Scene) -> None:
        with pytest.raises(PlaceError, match=f"{profile}.*{known}"):
            scene.field.meter(replace(scene.meter(address).place, profile=profile))

    in_field(story)
