"""What is said of a broker: names of topics, TLS, and what happens without one."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import Clock, SteppedClock, run_virtual
from drivers.errors import BrokerError
from drivers.link import (
    BrokerCallFailed,
    BrokerSettings,
    Device,
    DeviceKind,
    LinkEvent,
    LinkLimits,
    Links,
    LinkUp,
    Topic,
    Unreachable,
)
from drivers.link.mqtt import MARK, Template
from protocols import dlt698
from tests.broker import mosquitto
from tests.certificates import Authority
from tests.drivers.at_broker import DEVICES, LIMITS, Office, device, office, run, settings_for
from tests.drivers.peers import link_request

LEVELS = st.lists(st.text("abc-_. 电", min_size=1, max_size=5), max_size=3)
IDENTITIES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)


@given(LEVELS, LEVELS, IDENTITIES)
def test_topic_of_a_device_tells_whose_it_is(before: list[str], after: list[str], identity: str) -> None:
    """Whatever stands around the name, and by no other topic."""
    template = Template("up", "/".join([*before, MARK, *after]))
    topic = template.topic(identity)
    assert template.identity(topic) == identity
    assert template.filter == "/".join([*before, "+", *after])
    for other in (f"{topic}/more", f"more/{topic}", topic.replace(identity, f"{identity}/x"), topic[1:]):
        assert template.identity(other) != identity or template.topic(identity) == other


@pytest.mark.parametrize(
    "text",
    [
        "headend/up",
        "headend/x{id}/up",
        "{id}/{id}",
        "headend/+/{id}",
        "headend/{id}/#",
        "$share/a/{id}",
        "{id}" * 2,
        "",
    ],
)
@pytest.mark.parametrize("name", ["up", "down", "status"])
def test_template_that_tells_no_devices_apart_is_refused(name: str, text: str) -> None:
    """The error begins with the name of the field."""
    with pytest.raises(BrokerError, match=f"^{name}: "):
        BrokerSettings("127.0.0.1", **{name: text})  # type: ignore[arg-type]


def test_topics_that_are_the_same_are_refused() -> None:
    """What goes up must not come down again."""
    with pytest.raises(BrokerError, match="three different topics"):
        BrokerSettings("127.0.0.1", down="headend/{id}/up")


def test_session_without_a_name_is_refused() -> None:
    """The broker could not keep it."""
    with pytest.raises(BrokerError, match="client_id"):
        BrokerSettings("127.0.0.1", client_id="")


def test_password_is_not_shown() -> None:
    """Whoever prints the settings does not print it."""
    password = "secret word"  # noqa: S105
    assert password not in repr(BrokerSettings("127.0.0.1", username="headend", password=password))


def test_device_with_topics_needs_a_broker() -> None:
    """Without one it is told by name what is missing, and the others are admitted all the same."""

    async def main(clock: SteppedClock) -> None:
        events: list[LinkEvent] = []
        links = Links(clock, LinkLimits(), observe=events.append)
        links.admit({"dtu:HERE": Device(DeviceKind.DTU), "dtu:THERE": Device(DeviceKind.DTU, Topic("there"))})
        [told] = events
        assert isinstance(told, Unreachable)
        assert (told.link, told.endpoint) == ("dtu:THERE", "mqtt:there")
        assert "no MQTT broker is set" in told.why
        assert len(links.status()) == 2
        await links.close()

    run_virtual(main, datetime(2026, 9, 14, tzinfo=UTC))


def test_devices_are_reached_over_tls() -> None:
    """By a broker whose certificate is held to the authorities that are given."""

    async def story(clock: Clock) -> None:
        with mosquitto(tls=True) as broker:
            settings = settings_for(broker, tls=ssl.create_default_context(cafile=broker.ca))
            async with office(clock, settings) as at, device(clock, broker, "conc-1") as peer:
                await peer.say(link_request(dlt698.LinkKind.LOGIN))
                await at.until(LinkUp)
                await peer.hear()

    run(story)


@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")  # paho's, collected
def test_broker_of_another_authority_is_not_spoken_to(tmp_path: Path) -> None:
    """What is wrong with its certificate is told, and it is called again."""

    async def story(clock: Clock) -> None:
        with mosquitto(tls=True) as broker:
            stranger = ssl.create_default_context(cafile=Authority(tmp_path).certificate)
            at = Office(clock, settings_for(broker, tls=stranger), LIMITS)
            at.links.admit(DEVICES)
            failed = await at.until(BrokerCallFailed, 2)
            assert "certificate verify failed" in failed.error
            assert failed.again > failed.at + timedelta()
            await at.links.close()

    run(story)
