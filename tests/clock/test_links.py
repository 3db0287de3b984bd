"""Bytes under way."""

import asyncio
from socket import AF_INET, AF_INET6, AddressFamily, create_server

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import LinkEnd, RealClock, link_key
from clock.links import Links, is_level
from clock.tally import Tally

ACTS = st.lists(st.tuples(st.booleans(), st.sampled_from(["sent", "received"]), st.integers(1, 3)), max_size=20)


def act(end: LinkEnd, kind: str, n: int) -> None:
    """Count `n` bytes at an end."""
    (end.sent if kind == "sent" else end.received)(n)


@given(acts=ACTS)
def test_a_connection_is_level_when_each_end_has_what_the_other_sent(acts: list[tuple[bool, str, int]]) -> None:
    """A connection is at rest exactly when both ends are known and both directions are equal."""
    links = Links(lambda: None)
    left = links.open("x")
    assert links.moving == {"x"}
    right = links.open("x")
    for is_left, kind, n in acts:
        act(left if is_left else right, kind, n)
        level = left.count[0] == right.count[1] and right.count[0] == left.count[1]
        assert links.moving == (set() if level else {"x"})
    left.lost()
    assert links.moving == {"x"}
    right.lost()
    assert links.moving == frozenset()


@given(acts=ACTS)
def test_a_late_count_does_not_revive_a_lost_connection(acts: list[tuple[bool, str, int]]) -> None:
    """Counts at an end that is lost change nothing, not even for a new connection of the same name."""
    told: list[None] = []
    links = Links(lambda: told.append(None))
    old = links.open("x")
    old.lost()
    old.lost()
    new, other = links.open("x"), links.open("x")
    assert len(told) == 4
    for _, kind, n in acts:
        act(old, kind, n)
    assert len(told) == 4
    assert (new.count, other.count, links.moving) == ((0, 0), (0, 0), frozenset())


@given(data=st.data())
def test_the_tally_of_several_processes_agrees_with_one(data: st.DataObject) -> None:
    """Told in parts by two processes, the counts are level exactly when they are so in one."""
    whole, tally = Links(lambda: None), Tally()
    parts = {name: Links(lambda: None) for name in ("here", "there")}
    ends = [(whole.open("x"), parts[name].open("x")) for name in parts]
    for is_left, kind, n in data.draw(ACTS):
        for end in ends[is_left]:
            act(end, kind, n)
    for name, links in parts.items():
        tally.take(name, links.drain())
    assert tally.is_level() == (not whole.moving)
    tally.forget("there")
    assert set(tally.moving()) == {"x"}
    ends[0][1].lost()
    tally.take("here", parts["here"].drain())
    assert tally.is_level()
    assert tally.moving() == {}


def test_one_end_alone_is_under_way() -> None:
    """A connection that only one end knows is being made or being lost."""
    assert not is_level([(0, 0)])
    assert is_level([(3, 1), (1, 3)])
    assert not is_level([(3, 1), (3, 1)])
    assert not is_level([(0, 0)] * 3)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("listen", "family", "dial"),
    [("127.0.0.1", AF_INET, "127.0.0.1"), ("::1", AF_INET6, "::1"), ("::", AF_INET6, "127.0.0.1")],
)
async def test_both_ends_of_a_connection_have_one_key(listen: str, family: AddressFamily, dial: str) -> None:
    """The key is the same at both ends, over IPv4, IPv6 and a listener for both, and unlike any other's."""
    loop = asyncio.get_running_loop()
    accepted: asyncio.Queue[str] = asyncio.Queue()

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.put_nowait(link_key(transport))

    listener = create_server((listen, 0), family=family, dualstack_ipv6=listen == "::")
    server = await loop.create_server(Server, sock=listener)
    port = listener.getsockname()[1]
    dialled = [(await loop.create_connection(asyncio.Protocol, dial, port))[0] for _ in range(2)]
    keys = {await accepted.get() for _ in dialled}
    assert keys == {link_key(transport) for transport in dialled}
    assert len(keys) == 2
    for transport in dialled:
        transport.close()
    server.close()


def test_real_time_counts_no_bytes() -> None:
    """On the real clock an end may be told anything and nothing follows."""
    end = RealClock().link("x")
    end.sent(3)
    end.lost()
    end.received(1)
    assert not end.open
