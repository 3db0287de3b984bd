"""The command line of the master: what it refuses before a byte leaves, and what it tells of nobody."""

import json

import pytest
from typer.testing import CliRunner, Result

from drivers.link import Parity, SerialPort, Tcp, Topic
from simulators.cli.app import app
from simulators.master import ReachError, over_mqtt, over_serial, over_tcp

NOBODY = ("--tcp", "127.0.0.1:1")


def run(*arguments: str, **environment: str) -> Result:
    """Run a command of the master."""
    return CliRunner().invoke(app, ["master", *arguments], env=environment)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("read", "1", "00010000"), "how the line is reached"),
        (("read", "1", "00010000", *NOBODY, "--serial", "/dev/ttyS0"), "how the line is reached"),
        (("read", "12345678901234", "00010000", *NOBODY), "is no address"),
        (("read", "12A4", "00010000", *NOBODY), "is no address"),
        (("read", "1", "00010000", *NOBODY, "--profile", "1997"), "is none of dlt645"),
        (("clock", "1", "--set", *NOBODY, "--password", "123"), "six digits"),
        (("clock", "1", "--set", *NOBODY, "--operator", "x"), "operator code"),
        (("read", "1", "00010000", *NOBODY, "--protocol", "modbus"), "modbus"),
    ],
)
def test_bad_usage_ends_in_code_2(arguments: tuple[str, ...], told: str) -> None:
    """What cannot be meant is told at once, and nobody is called."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_password_is_not_told() -> None:
    """A password that is none is not repeated on the screen."""
    wrong = "12345x"
    result = run("clock", "1", "--set", *NOBODY, METERSIM_PASSWORD=wrong)
    assert result.exit_code == 2
    assert wrong not in result.output


@pytest.mark.parametrize("text", ["zzz", "AB0000", "voltage"])
def test_unknown_item_has_an_object_of_its_own(text: str) -> None:
    """An item that is none, or several, says why under the name that was typed; nobody is called for it alone."""
    result = run("read", "1", text, "--json", *NOBODY)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["item"], told["name"], told["value"], told["ok"]) == (text, "", None, False)
    assert text in told["error"]
    assert "127.0.0.1" not in told["error"]


def test_without_a_connection_each_item_has_that_for_its_error() -> None:
    """A script finds an object for each item, in their order, and code 1."""
    result = run("read", "123456", "02010100", "forward active energy total", "--json", *NOBODY)
    assert result.exit_code == 1
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["item"], one["ok"], one["value"]) for one in told] == [
        ("02010100", False, None),
        ("00010000", False, None),
    ]
    assert all("127.0.0.1:1" in one["error"] for one in told)


def test_digits_in_no_table_are_asked_for() -> None:
    """Eight hex digits may be an item of the model's own: no mistake, and the name says that nobody knows it."""
    result = run("read", "1", "deadbeef", "--json", *NOBODY)
    told = json.loads(result.stdout)
    assert (told["item"], told["name"]) == ("DEADBEEF", "in no table, bytes in hex, highest first")
    assert "127.0.0.1:1" in told["error"]
    result = run("read", "1", "dead", "--json", "--protocol", "dlt645-1997", *NOBODY)
    assert "not in the tables" in json.loads(result.stdout)["error"]


@pytest.mark.parametrize("command", ["clock", "relay", "freeze"])
def test_without_a_connection_an_object_says_so(command: str) -> None:
    """So does the one object of the other commands."""
    result = run(command, "123456", "--json", *NOBODY)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["address"], told["ok"]) == ("000000123456", False)
    assert "127.0.0.1:1" in told["error"]


@pytest.mark.parametrize("order", ["trip", "close", "permit", "keep"])
def test_master_has_no_order_that_switches(order: str) -> None:
    """No command of a technician's master moves a relay, and its help says why."""
    assert run(order, "123456", *NOBODY).exit_code == 2
    assert "trips and closes no relay" in " ".join(run("--help").output.split())


def test_roads_are_read_as_they_are_written() -> None:
    """A serial port has 2400 baud and even parity unless said otherwise."""
    assert over_tcp("meter.example:10001").endpoint == Tcp("meter.example", 10001)
    assert over_serial("/dev/ttyUSB0").endpoint == SerialPort("/dev/ttyUSB0", 2400, Parity.EVEN)
    assert over_serial("/dev/ttyUSB0:9600").endpoint == SerialPort("/dev/ttyUSB0", 9600, Parity.EVEN)
    assert over_serial("/dev/ttyUSB0:9600:n").endpoint == SerialPort("/dev/ttyUSB0", 9600, Parity.NONE)


@pytest.mark.parametrize("text", ["", ":9600", "/dev/ttyUSB0:1", "/dev/ttyUSB0:9600:X", "/dev/ttyUSB0:9600:E:1"])
def test_bad_serial_port_is_told(text: str) -> None:
    """No device, no such speed, no such parity, or more than that."""
    with pytest.raises(ReachError, match="DEVICE:BAUD:PARITY"):
        over_serial(text)


@pytest.mark.parametrize("text", ["", "meter", "meter:", ":10001", "meter:70000", "a:1/x"])
def test_bad_listener_is_told(text: str) -> None:
    """No host, no port, or something behind it."""
    with pytest.raises(ReachError, match="HOST:PORT"):
        over_tcp(text)


def test_device_at_a_broker_is_read_as_it_is_written() -> None:
    """Host, port by the scheme, name and password with their marks; each master has a name of its own at the broker."""
    way = over_mqtt("mqtt://tech:p%40ss@broker.example/SHED-7")
    assert way.endpoint == Topic("SHED-7")
    assert way.broker is not None
    assert (way.broker.host, way.broker.port, way.broker.tls) == ("broker.example", 1883, None)
    assert (way.broker.username, way.broker.password) == ("tech", "p@ss")
    other = over_mqtt("mqtts://broker.example:8884/SHED-7").broker
    assert other is not None
    assert (other.port, other.tls is None) == (8884, False)
    assert other.client_id != way.broker.client_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "broker.example/X",
        "http://h/X",
        "mqtt:///X",
        "mqtt://h",
        "mqtt://h/a b",
        "mqtt://h:0x/X",
        "mqtt://u:secret@/X",
    ],
)
def test_bad_broker_is_told_without_its_password(text: str) -> None:
    """No host, no name, or another scheme: the form is told, and not what was given for a password."""
    with pytest.raises(ReachError, match="mqtt") as told:
        over_mqtt(text)
    assert "secret" not in str(told.value)


def test_authorities_that_are_not_there_are_told() -> None:
    """A certificate file that cannot be read is named."""
    with pytest.raises(ReachError, match="/nowhere"):
        over_mqtt("mqtts://broker.example/SHED-7?ca=/nowhere.pem")
