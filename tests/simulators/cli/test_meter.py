"""``metersim meter``, ``concentrator`` and ``act`` as processes."""

import asyncio
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clock import RealClock
from protocols.catalogue import Protocol
from protocols.dlt698 import LinkKind
from simulators.cli.app import app
from simulators.connection import Connection
from simulators.errors import SimulatorError
from tests.broker import mosquitto
from tests.simulators.calling import ADDRESS, Caller
from tests.simulators.peer import HeadEnd
from tests.simulators.processes import Metersim, metersim


def refusal(*arguments: str) -> str:
    """Run a command that is refused, and give what it says."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code != 0, done.output
    return str(done.exception) if isinstance(done.exception, SimulatorError) else done.output


def run_example(running: Metersim) -> float:
    """Run the command that a meter tells, and give the first value that it reads."""
    words = shlex.split(running.first.partition("; try: ")[2])
    assert words[:3] == ["metersim", "master", "read"], running.first
    command = [sys.executable, "-m", "simulators.cli", *words[1:], "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read = json.loads(done.stdout.splitlines()[0])
    values = [part["value"] for part in read.get("values", [])] or [read["value"]]
    return float(values[0])


def read_at(port: int, protocol: Protocol = Protocol.DLT645, address: str = ADDRESS) -> str:
    """Read a meter at a TCP port."""

    async def main() -> str:
        clock = RealClock()
        connection = await Connection.dial(clock, "127.0.0.1", port)
        total = await Caller(clock, connection).total(address, protocol)
        connection.close()
        return str(total)

    return asyncio.run(main())


ROADS = (
    (Protocol.DLT645, ("--listen", "127.0.0.1:0")),
    (Protocol.DLT645_1997, ("--listen", "127.0.0.1:0")),
    (Protocol.DLT698, ()),
    (Protocol.DLT645, ("--pty",)),
)


@pytest.mark.parametrize(("protocol", "road"), ROADS, ids=["645", "1997", "698", "pty"])
def test_first_line_tells_how_to_read_it(protocol: Protocol, road: tuple[str, ...]) -> None:
    """The command that is told reads the meter: it shows the register that was asked for."""
    with metersim("meter", "1001", "--protocol", protocol, "--register", "50", "--baud", "0", *road) as running:
        assert 50 <= run_example(running) < 50.1
        assert running.end() == 0


def test_a_meter_at_a_broker_is_read_as_it_tells() -> None:
    """Its topics are named after its address unless the address of the broker says another name."""
    with mosquitto() as broker, metersim("meter", "1001", "--mqtt", f"{broker.url}/M7", "--register", "50") as running:
        assert "headend/M7/up" in running.first
        assert 50 <= run_example(running) < 50.1
        assert running.end() == 0


def test_frames_are_shown_decoded() -> None:
    """With --frames each frame is a line with its direction, bytes and what they say below."""
    with metersim("meter", "1001", "--frames", "--baud", "0", "--seed", "3") as running:
        read_at(_port(running.first))
        lines = [running.line() for _ in range(4)]
        assert "→ FE FE FE FE 68" in lines[0]
        assert "forward active energy" in lines[1]
        assert "←" in lines[2]
        assert lines[3].endswith("kWh")


def test_json_lines_are_for_programs(tmp_path: Path) -> None:
    """With --json every line is an object: where it is, then each frame with its bytes, its fault and what it says."""
    plan = tmp_path / "faults.toml"
    plan.write_text('[[fault]]\nkind = "garbage"\n', "utf-8")
    with metersim("meter", "1001", "--json", "--baud", "0", "--faults", str(plan)) as running:
        first = json.loads(running.first)
        assert first["event"] == "serving"
        read_at(_port(first["example"]))
        seen = [json.loads(running.line()) for _ in range(2)]
        assert [(row["way"], row["fault"]) for row in seen] == [("in", ""), ("out", "garbage")]
        assert seen[1]["decoded"]["frames"][0]["unit"] == "kWh"


def test_several_meters_share_a_line_and_are_acted_on(tmp_path: Path) -> None:
    """Both addresses answer at one port; acts from another terminal take effect, and refusals say what is meant."""
    socket = str(tmp_path / "line.sock")
    with metersim("meter", "1001", "1002", "--baud", "0", "--control", socket) as running:
        port = _port(running.first)
        assert float(read_at(port, address="000000001002")) > 0
        with metersim("act", socket, "refused", "code=2") as act:
            assert act.first == "refused is on: refuses with an error word or a DAR"
        assert read_at(port) == "None"
        assert "did you mean 'refused'" in refusal("act", socket, "refusd")
        with metersim("act", socket, "sound"):
            pass
        assert running.end() == 0
    assert "nobody listens" in refusal("act", socket, "faults")


def test_a_concentrator_logs_in_again_and_again(tmp_path: Path) -> None:
    """It dials in, logs in, and under a storm of reboots does so many times within seconds."""
    plan = tmp_path / "storm.toml"
    plan.write_text('[[fault]]\nkind = "reboots"\nlogins = 100\nup = 0.1\n', "utf-8")

    async def main() -> None:
        head_end = HeadEnd(RealClock())
        at = await head_end.listen()
        options = ["--meters", "3", "--old", "1", "--connect", f"{at.host}:{at.port}", "--faults", str(plan)]
        with metersim("concentrator", "1", *options) as running:
            assert "with 3 meters, 000000001001 to 000000001003" in running.first
            while sum(link.request is LinkKind.LOGIN for link in head_end.links) < 4:
                await head_end.connections.get()
            head_end.close()

    asyncio.run(main())


def test_acts_are_done_by_themselves(tmp_path: Path) -> None:
    """Those of the start and those of later are told as they are done; help tells what one takes."""
    socket = str(tmp_path / "acts.sock")
    acts = ("balance 20", "prepay on 0.55", "slow seconds=1 after 1s", "trip after 1.5s")
    options = [word for act in acts for word in ("--act", act)]
    with metersim("meter", "1001", "1002", "--control", socket, *options) as running:
        said = [running.line() for _ in acts]
        assert said == ["balance: done", "prepay: done", "slow is on: answers slowly", "taken 已接受"]
        with metersim("act", socket, "help", "prepay") as act:
            assert act.first.startswith("prepay STATE PRICE – let the meter live by its money")
            assert act.line() == "STATE: on or off"
            assert act.line().startswith("PRICE: price of all tariffs, 0 to 9999.9999 yuan/kWh")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("meter", "1", "--act", "powr off"), "there is no act 'powr': did you mean 'power'?"),
        (("meter", "1", "--act", "power off after"), "'power off after' is no act"),
        (("meter", "1", "--act", ""), "it is empty"),
        (("meter", "1", "--act", "trip after 5s", "--act", "power off"), "trip: there is no power"),
        (("meter", "1", "--act", "trip meter=2"), "there is no meter '2' here"),
        (("concentrator", "1", "--act", "load much"), "load: watts cannot be 'much'"),
        (("meter", "1", "--ct", "0"), "ct 0 is no ratio of a transformer"),
        (("meter", "1", "--baud", "-1"), "--baud"),
        (("meter", "10x"), "address '10x' is not one of a meter"),
        (("meter", "1", "--listen", "a:1", "--pty"), "--listen and --pty are several ports"),
        (("meter", "1", "--listen", "127.0.0.1:99999"), "is not HOST:PORT"),
        (("meter", "1", "--serial", "/nowhere/tty"), "/nowhere/tty cannot be opened"),
        (("meter", "1", "--serial", "/dev/ttyS0:2400:X"), "DEVICE[:BAUD[:PARITY]]"),
        (("meter", "1", "--mqtt", "tcp://h"), "is no broker"),
        (("meter", "1", "--login"), "give --protocol dlt698"),
        (("meter", "1", "--password", "12"), "six digits"),
        (("meter", "1", "--profile", "none"), "no dlt645 model 'none'"),
        (("meter", "1", "--faults", "/nowhere.toml"), "/nowhere.toml cannot be read"),
        (("concentrator", "1", "--meters", "2", "--old", "3"), "3 of 2 meters"),
        (("concentrator", "x"), "address 'x' is not one of a concentrator"),
    ],
)
def test_bad_wishes_are_refused(arguments: tuple[str, ...], said: str) -> None:
    """What cannot be served is refused in a sentence that names it."""
    assert said in re.sub(r"[\s│]+", " ", refusal(*arguments))


def _port(text: str) -> int:
    found = re.search(r"--tcp 127.0.0.1:(\d+)", text)
    assert found, text
    return int(found[1])
