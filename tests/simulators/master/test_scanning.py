"""Finding out who is on a line: simulated meters over real TCP on a stepped clock, whose answers collide."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from clock import SteppedClock, run_virtual
from drivers.link import Tcp
from drivers.meter import Way as WireWay
from drivers.meter import WireFrame
from protocols import dlt645
from protocols.catalogue import Protocol
from simulators.cli.app import app
from simulators.faults import Fault, Faults
from simulators.master import Way
from simulators.master.patterns import DIALECTS, Heard
from simulators.master.scanning import Progress, Scan, Scanned, window_of
from simulators.master.wires import at_wire
from simulators.ports import TcpServer
from tests.broker import mosquitto
from tests.simulators.calling import make_bench
from tests.simulators.conftest import NOON
from tests.simulators.processes import metersim

WINDOW = timedelta(milliseconds=700)
HOUR = timedelta(hours=1)
ADDRESS = st.from_regex(r"[0-9]{4}", fullmatch=True).map(lambda end: f"1234560{end[0]}00{end[1:]}"[-12:].zfill(12))
"""Addresses that often end alike."""
QUESTION = DIALECTS[Protocol.DLT645].ask("A" * 12)
ANSWERS = [
    dlt645.build_frame(dlt645.build_message(address, dlt645.ReadAddressAnswer(address)))
    for address in (dlt645.Address.meter("1001"), dlt645.Address.meter("1002"))
]


class Search:
    """A line with meters, and what a search on it did."""

    def __init__(self, protocol: Protocol, *addresses: str, faults: tuple[Fault, ...] = ()) -> None:
        self.told: list[str] = []
        self.seen: list[Progress] = []
        self.frames: list[WireFrame] = []
        self.took = timedelta()
        self._protocol = protocol
        self._addresses = addresses
        self._faults = faults

    def run(self, span: timedelta = 10 * HOUR, **how: object) -> Scanned:
        """Search for so long."""
        done: list[Scanned] = []

        async def main(clock: SteppedClock) -> None:
            faults = Faults(clock.now(), self._faults)
            bench = make_bench(clock, self._protocol, *self._addresses, baud=None, faults=faults)
            server = TcpServer(clock, "127.0.0.1", 0)
            await server.open()
            device = clock.spawn(bench.run(server), name="bench")
            async with at_wire(clock, Way(Tcp("127.0.0.1", server.port))) as wire:
                scan = Scan(clock, wire, self._protocol, WINDOW, watch=self.frames.append, **how)  # type: ignore[arg-type]
                done.append(await scan.run(clock.now() + span, self.told.append, self.seen.append))
                self.took = clock.now() - NOON
            await clock.cancel(device)

        run_virtual(main, NOON)
        return done[0]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(Protocol), st.sets(ADDRESS, min_size=1, max_size=4))
def test_all_meters_are_found_and_nobody_else(protocol: Protocol, addresses: set[str]) -> None:
    """However alike their addresses are, each meter is told once, as soon as it is found, and nothing is left."""
    search = Search(protocol, *addresses)
    done = search.run()
    assert set(done.found) == addresses
    assert search.told == list(done.found)
    assert done.left == 0
    assert [seen.asked for seen in search.seen] == list(range(done.asked))


def test_the_only_meter_is_found_by_the_wildcard_alone() -> None:
    """It is asked twice, as the louder of two answers may hide the other, and that is all."""
    search = Search(Protocol.DLT645, "000000001001")
    assert search.run() == Scanned(("000000001001",), 1, 0)
    assert [frame.way for frame in search.frames] == [WireWay.OUT, WireWay.IN] * 2


def test_a_search_ends_when_its_time_is_over() -> None:
    """What was found by then is told, with how much was not asked; no question leaves after the end."""
    search = Search(Protocol.DLT645, "000000001001", "000000001002")
    done = search.run(timedelta(seconds=5))
    assert done.found == ("000000001001", "000000001002")
    assert done.left > 80
    assert search.took < timedelta(seconds=5) + WINDOW
    assert search.seen[-1].left == done.left + 1


def test_an_empty_line_costs_two_questions() -> None:
    """Where nobody answers to the wildcard there is nothing to be parted."""
    search = Search(Protocol.DLT645, "000000001001", faults=(Fault("silent"),))
    assert search.run() == Scanned((), 1, 0)
    assert len(search.frames) == 2


def test_answers_that_are_lost_in_a_collision_are_searched_for_deeply() -> None:
    """Where two answers are heard as nothing, the meters are found by their last digits all the same."""
    lost = (Fault("lost", count=2),)
    assert Search(Protocol.DLT645, "000000001001", "000000001002", faults=lost).run().found == ()
    done = Search(Protocol.DLT645, "000000001001", "000000001002", faults=lost).run(deep=True)
    assert done == Scanned(("000000001001", "000000001002"), 101, 0)


def test_a_silent_pattern_is_asked_again() -> None:
    """An answer that was lost once costs a meter only where nothing is asked twice."""
    lost = (Fault("lost", begin=WINDOW, count=1),)
    addresses = ("000000000100", "000000000001")
    assert len(Search(Protocol.DLT645, *addresses, faults=lost).run().found) == 1
    assert len(Search(Protocol.DLT645, *addresses, faults=lost).run(retries=1).found) == 2


@pytest.mark.parametrize(
    ("data", "heard", "is_crowd"),
    [
        (b"", Heard(), False),
        (QUESTION, Heard(), False),
        (QUESTION + ANSWERS[0], Heard(frozenset({"000000001001"})), False),
        (ANSWERS[0] + b"\x00\xff", Heard(frozenset({"000000001001"}), 2), False),
        (ANSWERS[0] + b"\x00\xff\x12", Heard(frozenset({"000000001001"}), 3), True),
        (ANSWERS[0] + ANSWERS[1], Heard(frozenset({"000000001001", "000000001002"})), True),
        (b"\x12", Heard(frozenset(), 1), True),
        (ANSWERS[0][:-3], Heard(frozenset(), len(ANSWERS[0].lstrip(b"\xfe")) - 3), True),
    ],
    ids=["silence", "echo", "echo-answer", "glitch", "noise", "two", "one-byte", "broken"],
)
def test_what_came_is_understood(data: bytes, heard: Heard, is_crowd: bool) -> None:
    """Echoes are nobody, two bytes beside an answer are the line's own, more of them, or two answers, are a crowd."""
    told = DIALECTS[Protocol.DLT645].understand(data)
    assert (told, told.is_crowd) == (heard, is_crowd)


@given(st.sampled_from(Protocol), st.binary(max_size=200))
def test_no_bytes_make_it_fail(protocol: Protocol, data: bytes) -> None:
    """Whatever comes is noise, or somebody's address of twelve digits."""
    told = DIALECTS[protocol].understand(data)
    assert all(len(address) == 12 and address.isdecimal() for address in told.addresses)


@pytest.mark.parametrize("protocol", Protocol)
def test_a_question_waits_as_long_as_its_road_takes(protocol: Protocol) -> None:
    """Through a network it is a second more than what the slowest meter of 2400 baud needs."""
    window = window_of(Way(Tcp("127.0.0.1", 1)), protocol)
    assert timedelta(seconds=1.7) < window < timedelta(seconds=4)


def scanned(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    """Run the command, and give its code and what it printed."""
    done = CliRunner().invoke(app, ["master", "scan", "--json", *arguments])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("road", [("--listen", "127.0.0.1:0"), ("--pty",)], ids=["tcp", "serial"])
def test_the_command_prints_each_meter_and_a_summary(road: tuple[str, ...]) -> None:
    """An object for each meter, then one with what was asked; where nobody answers, the code is 1 and it says why."""
    with metersim("meter", "1001", "--baud", "0", *road) as running:
        option, place = running.first.partition("; try: ")[2].split()[5:7]
        assert scanned(option, place, "--timeout", "0.7") == (
            0,
            [
                {"address": "000000001001", "protocol": "dlt645", "ok": True, "error": None},
                {"found": 1, "asked": 1, "left": 0, "ok": True, "error": None},
            ],
        )
        code, (summary,) = scanned(option, place, "--timeout", "0.2", "--protocol", "dlt698")
        assert (code, summary["found"], summary["ok"]) == (1, 0, False)
        assert "--deep" in str(summary["error"])


def test_without_a_connection_the_summary_says_so() -> None:
    """A line that is not there is named."""
    code, (summary,) = scanned("--tcp", "127.0.0.1:1")
    assert (code, summary["ok"]) == (1, False)
    assert "127.0.0.1:1" in str(summary["error"])


def test_a_gateway_at_a_broker_is_searched() -> None:
    """What goes down its topic is answered up the other."""
    with mosquitto() as broker, metersim("meter", "1001", "--mqtt", f"{broker.url}/M7", "--baud", "0"):
        code, told = scanned("--mqtt", f"{broker.url}/M7", "--timeout", "1.5")
        assert (code, told[0]["address"]) == (0, "000000001001")
