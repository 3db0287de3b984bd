"""Whatever happens on a secured meter's side, no order leaves that should not, and none is lost that need not be."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from drivers.meter import Accepted, Answer, Authenticated, Challenge, Fault, Release, SecurityModuleError, Silent, Told
from drivers.meter.software_security import SoftwareModule
from protocols import dlt645
from protocols.dlt645 import Function
from protocols.labcipher import ROOT_KEY
from simulators.meter import Silence as Deaf
from tests.drivers.scene import OLD, SHOP, Scene, Trouble, in_field
from tests.drivers.test_secured import Gate, asked, exchange_meter, outgoing

MONTH = timedelta(days=30)


class Moody(SoftwareModule):
    """A module that serves as long as it is told to."""

    def __init__(self) -> None:
        super().__init__(ROOT_KEY, Random(1))
        self.serves = True

    async def challenge(self, factor: bytes) -> Challenge:
        """Serve, or not."""
        self._check()
        return await super().challenge(factor)

    async def control(self, session: Authenticated, plaintext: bytes) -> bytes:
        """Serve, or not."""
        self._check()
        return await super().control(session, plaintext)

    def _check(self) -> None:
        if not self.serves:
            raise SecurityModuleError(Fault.UNAVAILABLE, "down")


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens before an order, and the order."""

    order: str
    minutes: int = 0
    ended: bool = False  # somebody else has ended the authentication
    replaced: bool = False  # another meter hangs there now
    deaf: bool = False
    down: bool = False  # the module


turns = st.builds(
    Turn,
    order=st.sampled_from(["trip", "close", "permit"]),
    minutes=st.sampled_from([0, 1, 20, 40]),
    ended=st.booleans(),
    replaced=st.booleans(),
    deaf=st.booleans(),
    down=st.booleans(),
)


async def ordered(scene: Scene, address: str, turn: Turn, gate: Gate) -> Answer[Accepted]:
    """Give the order of a turn."""
    meter, until = scene.meter(address), scene.clock.now() + timedelta(hours=1)
    if turn.order == "trip":
        return await meter.trip(Release(17, address, until, "zhang"), gate, until=until)
    return await (meter.close(go=gate) if turn.order == "close" else meter.permit(go=gate))


def befall(scene: Scene, address: str, turn: Turn, module: Moody) -> None:
    """Let happen what happens before an order."""
    physical = scene.meters[address]
    if turn.ended and physical.memory.esam is not None:
        physical.memory.esam.end()
    if turn.replaced:
        exchange_meter(scene, address)
    physical.silences = (Deaf(scene.clock.now(), scene.clock.now() + MONTH),) if turn.deaf else ()
    module.serves = not turn.down


def judge(turn: Turn, answer: Answer[Accepted], gate: Gate) -> None:
    """Hold an answer against what had happened."""
    relays = asked(answer).count(Function.RELAY)
    levels = {
        message.password.level
        for message in map(dlt645.parse_message, outgoing(answer))
        if isinstance(message, dlt645.RelayRequest | dlt645.RelaySecuredRequest)
    }
    assert levels <= {dlt645.CIPHERTEXT_LEVEL}
    assert len(gate.asked) == min(relays, 1)
    assert relays <= (1 if turn.order == "trip" else 2)
    if isinstance(answer, Silent):
        assert answer.sent == (relays > 0)
        assert turn.deaf or turn.down
    if turn.deaf or turn.down:
        assert not isinstance(answer, Told) or not turn.deaf
    elif turn.order != "trip":
        assert isinstance(answer, Told), answer


@given(history=st.lists(turns, min_size=1, max_size=6), address=st.sampled_from([OLD, SHOP]))
def test_orders_of_any_history(history: list[Turn], address: str) -> None:
    """What gives power is obeyed at once when meter and module can; the gate stands before the order's own frame."""
    module = Moody()

    async def story(scene: Scene) -> None:
        for turn in history:
            await scene.clock.sleep(timedelta(minutes=turn.minutes))
            befall(scene, address, turn, module)
            gate = Gate(scene)
            judge(turn, await ordered(scene, address, turn, gate), gate)

    in_field(story, troubles={address: Trouble(profile="state-grid-2013")}, security=module)
