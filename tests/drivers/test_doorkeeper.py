"""How many strangers are let in, and who is let in no more."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from drivers.link import LinkLimits, StrangerClosed, StrangerReason
from drivers.link.doorkeeper import Doorkeeper
from protocols.dlt698 import LinkKind
from tests.drivers.peers import A_698, Office, in_office, limits_with, link_request

HOSTS = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"])
ENDS = st.sampled_from([None, *StrangerReason])


@dataclass
class Model:
    """What the doorkeeper has to know, in the plainest form."""

    inside: list[str] = field(default_factory=list)
    nuisances: Counter[str] = field(default_factory=Counter)


@given(st.lists(st.tuples(HOSTS, st.booleans(), ENDS), max_size=60), st.integers(1, 12), st.integers(1, 6))
def test_counts_are_those_of_the_strangers_inside(
    steps: list[tuple[str, bool, StrangerReason | None]], most: int, from_host: int
) -> None:
    """Whoever comes and goes, a stranger has to leave if and only if too many are inside, of its address or in all."""
    doorkeeper, model = (
        Doorkeeper(LinkLimits(strangers=most, strangers_per_host=from_host, strangers_of_nuisance=2)),
        Model(),
    )
    for host, comes, end in steps:
        if comes:
            allowed = min(2, from_host) if model.nuisances[host] >= 2 else from_host
            model.inside.append(host)
            expected = StrangerReason.TOO_MANY_FROM_HOST if model.inside.count(host) > allowed else None
            if len(model.inside) > most:
                expected = StrangerReason.TOO_MANY
            assert doorkeeper.enter(host) is expected
        elif host in model.inside:
            model.inside.remove(host)
            doorkeeper.leave(host, end)
            if end is None:
                model.nuisances[host] = 0
            elif end in {StrangerReason.TOO_SLOW, StrangerReason.TOO_MANY_BYTES}:
                model.nuisances[host] += 1


def test_a_nuisance_is_forgotten_in_its_turn() -> None:
    """Only the last few thousand addresses are remembered as a nuisance, so that inventing addresses costs nothing."""
    doorkeeper = Doorkeeper(LinkLimits(strangers_of_nuisance=1))
    for number in range(5000):
        doorkeeper.enter(str(number))
        doorkeeper.leave(str(number), StrangerReason.TOO_SLOW)
    verdicts = {}
    for host in ("0", "4999"):
        doorkeeper.enter(host)
        verdicts[host] = doorkeeper.enter(host)
    assert verdicts == {"0": None, "4999": StrangerReason.TOO_MANY_FROM_HOST}


def test_who_kept_silent_may_have_few_until_a_device_logs_in() -> None:
    """An address whose strangers said nothing is held to a few of them; a login from it gives it back what it had."""

    async def story(office: Office) -> None:
        silent = [await office.connect() for _ in range(3)]
        await office.clock.wait(silent[-1].gone)
        few = [await office.connect() for _ in range(3)]
        await office.clock.wait(few[2].gone)
        few[0].send(link_request(LinkKind.LOGIN))
        assert await office.links.wait_up(A_698, office.clock.now() + timedelta(seconds=1))
        assert [await office.connect() for _ in range(3)]
        await office.clock.sleep(1)
        reasons = Counter(closed.reason for closed in office.told(StrangerClosed))
        assert reasons == {StrangerReason.TOO_SLOW: 3, StrangerReason.TOO_MANY_FROM_HOST: 1}

    in_office(story, limits_with(strangers_per_host=5, strangers_of_nuisance=2))


def test_connections_are_limited_in_all() -> None:
    """Beyond the limit a new connection is closed at once, and those that have logged in count, too."""

    async def story(office: Office) -> None:
        await office.concentrator()
        await office.connect()
        peer = await office.connect()
        await office.clock.wait(peer.gone)
        assert [closed.reason for closed in office.told(StrangerClosed)] == [StrangerReason.TOO_MANY]
        assert office.links.is_up(A_698)

    in_office(story, limits_with(connections=2))
