"""The access list that the page about MQTT gives for Mosquitto, at a real one."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clock import Clock
from drivers.link import BrokerCallFailed, BrokerDown, LinkLost, LinkUp
from protocols import dlt645, dlt698
from tests.broker import Mosquitto, mosquitto
from tests.drivers.at_broker import (
    A_698,
    A_LINE,
    DEVICES,
    Office,
    ask_645,
    device,
    office,
    run,
    settings_for,
)
from tests.drivers.peers import apdu_in, link_request

PAGE = Path(__file__).parents[2] / "docs" / "mqtt.md"
PASSWORD = "a word"  # noqa: S105
METER, WORD = "000000003001", "04000503"


@contextmanager
def guarded(without: str = "") -> Iterator[Mosquitto]:
    """Run a broker with the page's access list, or all of it but a line, and a password for everybody."""
    found = re.search(r"```acl\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    rights = found[1].splitlines(keepends=True)
    assert not without or f"{without}\n" in rights
    with TemporaryDirectory(prefix="access-") as name:
        access, passwords = Path(name, "acl"), Path(name, "passwd")
        access.write_text("".join(right for right in rights if right != f"{without}\n"), "utf-8")
        passwords.touch()
        for user in ("headend", "conc-1", "dtu.7"):
            subprocess.run(["mosquitto_passwd", "-b", passwords, user, PASSWORD], check=True)
        for path in (Path(name), access, passwords):
            path.chmod(0o755)  # started by root the broker goes on as a user of its own
        more = f"allow_anonymous false\npassword_file {passwords}\nacl_file {access}\n"
        with mosquitto(more=more) as running:
            yield running


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """Run a broker with the page's access list."""
    with guarded() as running:
        yield running


def test_a_device_speaks_and_hears_for_itself_alone(broker: Mosquitto) -> None:
    """With its ID as username it has its own three topics, and nobody else's."""

    async def story(clock: Clock) -> None:
        settings = settings_for(broker, username="headend", password=PASSWORD)
        async with (
            office(clock, settings) as at,
            device(clock, broker, "conc-1", password=PASSWORD) as peer,
            device(clock, broker, "dtu.7", password=PASSWORD) as line,
        ):
            await peer.client.subscribe("headend/+/down", qos=1)
            await peer.client.publish("headend/dtu.7/status", "online", qos=1, retain=True)
            await peer.say(link_request(dlt698.LinkKind.LOGIN))
            assert isinstance(apdu_in(await peer.hear()), dlt698.LinkResponse)
            await at.up(A_698)
            assert not at.links.is_up(A_LINE)
            await line.tell("online")
            await at.up(A_LINE)
            asked = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="asker")
            assert dlt645.parse_frame(await line.hear()).address == dlt645.Address.meter(METER)
            await peer.say(link_request(dlt698.LinkKind.HEARTBEAT))
            assert isinstance(apdu_in(await peer.hear()), dlt698.LinkResponse)
            assert peer.inbox.try_get() is None
            await clock.cancel(asked)
            assert [up.link for up in at.told(LinkUp)] == [A_698, A_LINE]

    run(story)


def test_a_list_that_keeps_us_from_our_mark_is_told() -> None:
    """As we could not tell old messages from new ones, the connection is given up with the topic that is missing."""

    async def story(clock: Clock) -> None:
        with guarded(without="topic write headend/~/up") as broker:
            async with office(clock, settings_for(broker, username="headend", password=PASSWORD)) as at:
                assert "does not let us write to headend/~/up" in (await at.until(BrokerDown)).error

    run(story)


def test_a_list_that_keeps_us_from_a_device_loses_its_questions() -> None:
    """The broker says at once that it does not deliver them."""

    async def story(clock: Clock) -> None:
        with guarded(without="topic write headend/+/down") as broker:
            settings = settings_for(broker, username="headend", password=PASSWORD)
            async with office(clock, settings) as at, device(clock, broker, "dtu.7", password=PASSWORD) as line:
                await line.tell("online")
                await at.up(A_LINE)
                assert isinstance(await at.links.ask(ask_645(clock, METER, WORD, patience=3600)), LinkLost)

    run(story)


def test_a_wrong_password_is_told(broker: Mosquitto) -> None:
    """With what the broker says of it, and we call again."""

    async def story(clock: Clock) -> None:
        at = Office(clock, settings_for(broker, username="headend", password="another"))  # noqa: S106
        at.links.admit(DEVICES)
        failed = await at.until(BrokerCallFailed, 2)
        assert "authori" in failed.error.lower()
        await at.links.close()

    run(story)
