"""`metersim master` as a process before meters of others: PyPI `dlt645` over TCP and a serial line, and `dlt698`."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from dlt645.service.serversvc.server_service import MeterServerService
from dlt698 import ConnectionProfile, Data, DataType, SessionOptions
from dlt698.protocol.link import ServerAddress
from dlt698.service import AttributeSchema
from dlt698.session import Engine, Role
from paho.mqtt.enums import CallbackAPIVersion

from clock import RealClock
from protocols import dlt645
from simulators import meter as models
from tests.acceptance.foreign import PATIENCE, Foreign, Store, local_time, moment, objects_of, schema_of, terminal
from tests.acceptance.wires import serial_line
from tests.broker import Mosquitto, mosquitto

OLD, NEW = "000000123456", "000000001001"
ENERGIES = {"00010000": 1234.56, "00010100": 1000.06, "00010200": 234.50}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Give the objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def master(*arguments: str) -> Ended:
    """Run the master to its end."""
    command = [sys.executable, "-m", "simulators.cli", "master", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def furnish(server: MeterServerService) -> None:
    """Give a meter of `dlt645` its address, which that package takes in the order of the wire, and what it shows."""
    server.set_address(bytes.fromhex(OLD)[::-1])
    for di, value in ENERGIES.items():
        assert server.set_00(int(di, 16), value)
    assert server.set_02(0x02010100, 221.5)


@pytest.fixture(params=["tcp", "serial"])
def old_meter(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Run a meter of `dlt645` and give the option by which it is reached, at a port or at the end of a line."""
    if request.param == "tcp":
        server = MeterServerService.new_tcp_server("127.0.0.1", 0, timeout=2.0)
        furnish(server)
        assert server.start()
        yield "--tcp", f"127.0.0.1:{server.server.port}"
        assert server.stop()
        return
    with serial_line() as (ours, theirs):
        server = MeterServerService.new_rtu_server(theirs, 8, 1, 9600, "N", 2.0)
        furnish(server)
        assert server.start()
        yield "--serial", f"{ours}:9600:N"
        assert server.stop()


def test_meter_of_dlt645_is_read(old_meter: tuple[str, str]) -> None:
    """Energies and a voltage come as exact decimal texts, by digits and by names, in the order of the items."""
    ended = master("read", "123456", "00010000", "A相电压", "forward active energy T2 peak", *old_meter, "--json")
    assert ended.code == 0, ended
    assert [(one["item"], one["value"], one["unit"], one["ok"], one["error"]) for one in ended.objects] == [
        ("00010000", "1234.56", "kWh", True, None),
        ("02010100", "221.5", "V", True, None),
        ("00010200", "234.50", "kWh", True, None),
    ]


def test_item_that_it_lacks_is_told_beside_the_others(old_meter: tuple[str, str]) -> None:
    """A refused item has its error, and so has one that nobody knows; the others are read, and the code is 1."""
    ended = master("read", OLD, "0001FF00", "ABCDEF00", "00010100", *old_meter, "--json")
    assert ended.code == 1
    refused, unknown, told = ended.objects
    assert (unknown["item"], unknown["ok"], unknown["value"]) == ("ABCDEF00", False, None)
    assert (refused["ok"], refused["value"]) == (False, None)
    assert "ERR 02" in refused["error"]
    assert told["value"] == "1000.06"


def test_meter_whose_address_nobody_knows_is_found(old_meter: tuple[str, str]) -> None:
    """The only meter on the line tells its address, and is read by the wildcard."""
    assert master("address", *old_meter, "--json").objects == [{"address": OLD, "ok": True, "error": None}]
    ended = master("read", "A" * 12, "00010000", *old_meter, "--json")
    assert [one["value"] for one in ended.objects] == ["1234.56"]


def test_relay_is_told_in_words(old_meter: tuple[str, str]) -> None:
    """People read how the relay stands, in the language that they ask for."""
    ended = master("relay", OLD, *old_meter, "--lang", "zh")
    assert ended.code == 0, ended
    assert "闭合" in ended.out


def test_frames_are_shown_beside_what_was_read(old_meter: tuple[str, str]) -> None:
    """With --frames both frames stand on standard error, taken apart; the table stays clean."""
    ended = master("read", OLD, "00010000", *old_meter, "--frames", "--lang", "en")
    assert ended.code == 0, ended
    assert "1234.56" in ended.out
    assert "68" not in ended.out
    assert ended.err.count("11H read data") >= 2


def test_silent_meter_ends_in_code_1(old_meter: tuple[str, str]) -> None:
    """A meter that is not there is silent, after as many tries as were asked for, or refuses."""
    ended = master("read", "99", "00010000", "--timeout", "0.3", "--retries", "0", *old_meter, "--json")
    assert ended.code == 1
    (told,) = ended.objects
    assert (told["item"], told["ok"], told["value"]) == ("00010000", False, None)
    assert told["error"]


def new_meter() -> Store:
    """Give what a meter of `dlt698` holds."""
    energies = Data.array([Data.uint32(123_456), Data.uint32(100_006), Data.uint32(23_450)])
    return Store(
        {
            "00100200": energies,
            "20000200": Data.array([Data.uint16(2215)]),
            "40000200": moment(2026, 9, 14, 10, 11, 12),
            "40010200": Data.octet_string(bytes.fromhex(NEW)),
        }
    )


def before_a_new_meter(story: Callable[[tuple[str, str]], None]) -> None:
    """Run a story with a meter of `dlt698` that listens; its association is preset, as that of public reading is."""

    async def main() -> None:
        clock = RealClock()
        options = SessionOptions(
            server=ServerAddress(bytes=bytes.fromhex(NEW)[::-1]),
            client_address=0x10,
            calendar_clock=lambda: local_time(clock),
            preset_association=True,
            require_login=False,
        )
        kinds = {0x0010: DataType.array, 0x2000: DataType.array, 0x4000: DataType.date_time_s}
        kinds[0x4001] = DataType.octet_string
        schemas = [
            schema_of(oi, [AttributeSchema(number=2, readable=True, writable=True, type=kind)])
            for oi, kind in kinds.items()
        ]

        def listen(engine: Engine) -> int:
            return engine.listen("127.0.0.1", 0, ConnectionProfile.local_preset, role=Role.server)

        with Foreign(clock, terminal(options, lambda: objects_of(new_meter(), schemas)), listen) as foreign:
            await asyncio.to_thread(story, ("--tcp", f"127.0.0.1:{foreign.begun.result()}"))

    asyncio.run(main())


def test_meter_of_dlt698_is_read() -> None:
    """Arrays come with their parts, moments in ISO form, what it lacks with its DAR."""

    def story(reached: tuple[str, str]) -> None:
        items = ("正向有功电能", "20000200", "clock", "60000200")
        ended = master("read", "1001", *items, "--protocol", "dlt698", *reached, "--json")
        assert ended.code == 1, ended
        energy, voltage, clock, lacks = ended.objects
        assert (energy["item"], energy["value"], energy["unit"]) == ("00100200", "1234.56, 1000.06, 234.50", "kWh")
        assert [one["value"] for one in energy["values"]] == ["1234.56", "1000.06", "234.50"]
        assert (voltage["value"], voltage["unit"]) == ("221.5", "V")
        assert clock["value"] == "2026-09-14T10:11:12"
        assert (lacks["ok"], "DAR" in lacks["error"]) == (False, True)

    before_a_new_meter(story)


def test_clock_of_a_meter_of_dlt698_is_looked_at() -> None:
    """The deviation is what its clock is ahead of ours, in seconds."""

    def story(reached: tuple[str, str]) -> None:
        (seen,) = master("clock", "1001", "--protocol", "dlt698", *reached, "--json").objects
        assert seen["meter"] == "2026-09-14T10:11:12+08:00"
        assert float(seen["deviation"]) != 0

    before_a_new_meter(story)


@contextmanager
def at_broker(broker: Mosquitto, identity: str) -> Iterator[None]:
    """Have our simulated meter answer at a broker, by the topics of its name."""
    meter = models.Meter(
        models.Plate(OLD, "370000123456", models.Dialect.DLT645),
        models.Load(7, OLD, models.Household.FAMILY, 600),
        start=RealClock().now(),
        register=421_137,
    )
    server = models.Server645(meter, dlt645.Password(2, "123456"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    subscribed = threading.Event()

    def answer(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        for event in dlt645.Receiver().receive(bytes(message.payload)):
            assert isinstance(event, dlt645.FrameReceived)
            told = server.answer(event.frame, RealClock().now())
            if told is not None:
                client.publish(f"headend/{identity}/up", dlt645.build_frame(told), qos=1)

    client.on_message = answer
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe(f"headend/{identity}/down", qos=1)
    assert subscribed.wait(PATIENCE)
    client.publish(f"headend/{identity}/status", b"online", qos=1, retain=True).wait_for_publish(PATIENCE)
    try:
        yield
    finally:
        client.disconnect()
        client.loop_stop()


def test_meter_at_a_broker_is_read() -> None:
    """A meter is read by its topics; one that has said nothing at the broker is told as not there."""
    with mosquitto() as broker, at_broker(broker, "SHED-7"):
        ended = master("read", "123456", "00010000", "--mqtt", f"{broker.url}/SHED-7", "--json")
        assert ended.code == 0, ended
        assert ended.objects[0]["value"] == "4211.37"
        nobody = master("read", "123456", "00010000", "--mqtt", f"{broker.url}/SHED-8", "--json")
        assert nobody.code == 1
        assert "status topic" in nobody.objects[0]["error"]
