"""Whatever happens on the way to a secured DL/T 698.45 meter: nothing plain moves it, nothing false is believed."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Association,
    Chip,
    Fault,
    Level,
    Opening,
    Protected,
    RelayState,
    Release,
    SecuredAnswer,
    SecurityModuleError,
    Silent,
    Told,
)
from drivers.meter.software_security import SoftwareModule
from protocols import dlt698
from protocols.dlt698 import Dar
from protocols.labcipher import ROOT_KEY
from simulators.field import Hop
from simulators.meter import Relay, Server698
from simulators.meter import Silence as Deaf
from tests.drivers.scene import NEW, Scene, in_field
from tests.drivers.test_secured import Gate, module
from tests.drivers.test_secured698 import SECURED, chip, exchange_meter

MONTH = timedelta(days=30)
OWN_CONTROL = frozenset({0x8000, 0x8001})


class Mischief(Enum):
    """What becomes of what the meter answers."""

    NONE = "it arrives"
    LOST = "it is lost"
    CHANGED = "a byte of it is changed, and the check sums are made anew"
    OLD = "the last answer comes in its place"
    PLAIN = "a plain success comes in its place"
    BARE = "a refusal without a proof comes in its place"
    AGAIN = "the question is put to the meter a second time before, and once more after it"


class Meddler(Hop):
    """A power line with somebody on it, who sees every complete frame and may touch every answer."""

    mischief = Mischief.NONE
    place = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[bytes] = []
        self.reached: list[bytes] = []
        self._last = b""

    async def forward(self, frame: bytes, until: datetime) -> bytes:
        """Carry a frame, and do the mischief."""
        self.seen.append(frame)
        if self.mischief is Mischief.AGAIN:
            await super().forward(frame, until)
        answer = await super().forward(frame, until)
        if answer:
            self.reached.append(frame)
        if self.mischief is Mischief.AGAIN:
            await super().forward(frame, until)
        last, self._last = self._last, answer
        return last if self.mischief is Mischief.OLD else self._touched(answer)

    def _touched(self, answer: bytes) -> bytes:
        if self.mischief is Mischief.LOST or not answer:
            return b""
        link = dlt698.parse_link(answer)
        data = bytearray(link.user_data)
        if self.mischief is Mischief.CHANGED:
            data[self.place % len(data)] ^= 1 + self.place % 255
        elif self.mischief is Mischief.PLAIN:
            done = dlt698.ActionResult(dlt698.recipes.trip().omd, Dar.SUCCESS)
            data = bytearray(dlt698.build_apdu(dlt698.ActionNormalResponse(dlt698.Piid(self.place % 64), done)))
        elif self.mischief is Mischief.BARE:
            data = bytearray(dlt698.build_apdu(dlt698.SecurityResponse(Dar(self.place % 36), None)))
        return dlt698.build_link(replace(link, user_data=bytes(data)))


class Moody(SoftwareModule):
    """A module that fails at one of its works, as long as it is told to."""

    fails = ""

    def __init__(self) -> None:
        super().__init__(ROOT_KEY, Random(1))

    def _check(self, work: str) -> None:
        if work == self.fails:
            raise SecurityModuleError(Fault.UNAVAILABLE, "down")

    async def offer(self, chip: Chip) -> Opening:
        """Serve, or not."""
        self._check("offer")
        return await super().offer(chip)

    async def accept(self, chip: Chip, opening: Opening, rn: bytes, signature: bytes) -> bytes:
        """Serve, or not."""
        self._check("accept")
        return await super().accept(chip, opening, rn, signature)

    async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
        """Serve, or not."""
        self._check("protect")
        return await super().protect(association, number, level, apdu)

    async def open(self, protected: Protected, answer: SecuredAnswer) -> bytes:
        """Serve, or not."""
        self._check("open")
        return await super().open(protected, answer)


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens before and on the way, and what is wanted."""

    order: str
    mischief: Mischief = Mischief.NONE
    place: int = 0
    minutes: int = 0
    ended: bool = False  # somebody else has ended the association
    replaced: bool = False  # another meter hangs there now
    deaf: bool = False
    drift: int = 0  # minutes by which the meter's clock is set wrong
    fails: str = ""  # at which work the module fails


turns = st.builds(
    Turn,
    order=st.sampled_from(["trip", "close", "permit", "keep", "release", "read"]),
    mischief=st.sampled_from([Mischief.NONE, *Mischief]),
    place=st.integers(0, 1000),
    minutes=st.sampled_from([0, 1, 20, 40]),
    ended=st.booleans(),
    replaced=st.booleans(),
    deaf=st.sampled_from([False, False, True]),
    drift=st.sampled_from([0, 0, 10, -600]),
    fails=st.sampled_from(["", "", "", "offer", "accept", "protect", "open"]),
)


def befall(scene: Scene, turn: Turn, module: Moody, line: Meddler) -> None:
    """Let happen what happens before."""
    physical, now = scene.meters[NEW], scene.clock.now()
    if turn.ended and physical.memory.chip is not None:
        chip(scene).end()
    if turn.replaced:
        exchange_meter(scene)
    physical.silences = (Deaf(now, now + MONTH),) if turn.deaf else ()
    physical.drift = timedelta(minutes=turn.drift)
    module.fails, line.mischief, line.place = turn.fails, turn.mischief, turn.place


async def wanted(scene: Scene, turn: Turn, gate: Gate) -> Answer[Accepted] | Answer[RelayState]:
    """Order, or read."""
    meter, until = scene.meter(NEW), scene.clock.now() + timedelta(hours=1)
    match turn.order:
        case "trip":
            return await meter.trip(Release(17, NEW, until, "zhang"), gate, until=until)
        case "close":
            return await meter.close(go=gate)
        case "permit":
            return await meter.permit(go=gate)
        case "keep" | "release":
            return await meter.keep(turn.order == "keep", go=gate)
        case _:
            return await meter.relay(rank=Rank.CHECK)


def requests(frames: list[bytes]) -> list[dlt698.Apdu]:
    """Read what was put on the line."""
    return [dlt698.parse_apdu(dlt698.parse_link(frame).user_data) for frame in frames]


def orders_in(frames: list[bytes]) -> list[dlt698.SecurityRequest]:
    """List the orders among the frames; nothing plain may be one."""
    found = []
    for request in requests(frames):
        assert not isinstance(request, dlt698.ActionRequest | dlt698.SetRequest), request
        if isinstance(request, dlt698.SecurityRequest) and isinstance(request.verification, dlt698.SidMac):
            assert isinstance(request.data, dlt698.Ciphertext)
            found.append(request)
    return found


def state(relay: Relay) -> tuple[object, ...]:
    """Give all that an order can change of a relay."""
    return (relay.open, relay.command_open, relay.permitted, relay.protected, tuple(relay.movements))


def replay(scene: Scene, frames: list[bytes]) -> None:
    """Put everything that has ever reached a meter here to the one that is here now once more: nothing of it moves.

    It is done to its double, as wrong MACs are counted.
    """
    now = scene.clock.now()
    scene.relay(NEW)
    double = deepcopy(scene.meters[NEW])
    server = Server698(double)
    for frame in frames:
        link = dlt698.parse_link(frame)
        server.answer(dlt698.parse_apdu(link.user_data), now, client=link.client)
        assert state(double.relay(now)) == state(scene.relay(NEW))


def judge(scene: Scene, turn: Turn, answer: Answer[Accepted] | Answer[RelayState], gate: Gate, sent: int) -> None:
    """Hold an answer against what had happened, and against what the relay does."""
    relay = scene.relay(NEW)
    assert sent <= (1 if turn.order == "trip" else 4)
    assert len(gate.asked) == min(sent, 1)
    if turn.fails in {"offer", "protect"} and isinstance(answer, Silent) and turn.order != "read":
        assert answer.sent == (sent > 0)
    if isinstance(answer, Told):
        told = {
            "trip": relay.command_open,
            "close": not relay.open,
            "permit": not relay.command_open,
            "keep": relay.protected,
            "release": not relay.protected,
        }
        if isinstance(answer.value, RelayState):
            seen = answer.value
            assert (seen.open, seen.command_open, seen.keep_power) == (relay.open, relay.command_open, relay.protected)
        else:
            assert told[turn.order]
    elif isinstance(answer, Silent):
        assert answer.sent == (sent > 0) or turn.order == "read"
    undisturbed = turn.mischief is Mischief.NONE and not turn.deaf and not turn.fails
    if undisturbed and turn.order != "trip":
        assert isinstance(answer, Told), answer


@given(history=st.lists(turns, min_size=1, max_size=6))
def test_orders_of_any_history(history: list[Turn]) -> None:
    """No plain order reaches the meter, a trip leaves once, replays move nothing, and what is told is true."""
    machine = Moody()

    async def story(scene: Scene) -> None:
        line = scene.hop
        assert isinstance(line, Meddler)
        for turn in history:
            await scene.clock.sleep(timedelta(minutes=turn.minutes))
            befall(scene, turn, machine, line)
            gate, before = Gate(scene), len(line.seen)
            answer = await wanted(scene, turn, gate)
            frames = line.seen[before:]
            judge(scene, turn, answer, gate, len(orders_in(frames)))
            replay(scene, line.reached)

    in_field(story, troubles=SECURED, security=machine, hop=Meddler)


def test_secrets_are_in_no_repr() -> None:
    """Neither keys nor MACs nor the plaintext of an order can be read off what is handed about or logged."""
    told: list[object] = []

    class Watched(SoftwareModule):
        """A module that remembers what it was given and gave."""

        async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
            """Protect, and remember."""
            made = await super().protect(association, number, level, apdu)
            told.extend((association, made))
            secrets.extend((association.keys, made.data, made.mac, apdu))
            return made

        async def open(self, protected: Protected, answer: SecuredAnswer) -> bytes:
            """Open, and remember."""
            plain = await super().open(protected, answer)
            told.append(answer)
            secrets.extend((answer.data, answer.mac or b"\0" * 9, plain))
            return plain

        async def offer(self, chip: Chip) -> Opening:
            """Offer, and remember."""
            made = await super().offer(chip)
            told.append(made)
            secrets.extend((made.ciphertext, made.signature, made.secret))
            return made

    secrets: list[bytes] = [ROOT_KEY]

    async def story(scene: Scene) -> None:
        told.append(await scene.meter(NEW).close())
        told.append(await scene.meter(NEW).relay(rank=Rank.CHECK))
        told.extend(scene.events)

    in_field(story, troubles=SECURED, security=Watched(ROOT_KEY, Random(1)))
    assert len(told) > 6
    text = repr(told)
    for secret in secrets:
        assert repr(secret)[2:-1] not in text
        assert secret.hex() not in text.lower()
    assert module().laboratory
