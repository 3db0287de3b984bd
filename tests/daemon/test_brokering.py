"""The broker of the settings, and what a daemon does with reports that come by it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from clock import Clock, RealClock, SteppedClock
from drivers.link import LinkLimits, Links
from headend.collect.duty_tables import device_report
from headend.config import ConfigError, Mqtt, Settings
from headend.daemon import open_store
from headend.daemon.brokering import broker_settings
from headend.daemon.observing import LinkObserver
from protocols import dlt698
from tests.broker import Mosquitto, mosquitto
from tests.certificates import Authority
from tests.drivers.at_broker import A_698, DEVICES, SOON, device, report, run
from tests.drivers.peers import apdu_in


def test_without_a_host_there_is_none() -> None:
    """Who has no devices at a broker names none."""
    assert broker_settings(Mqtt(), RealClock()) is None


def test_a_stepped_clock_has_no_broker() -> None:
    """It would stand still for ever; what to do is said."""
    with pytest.raises(ConfigError, match=r"mqtt\.host: .*--follow"):
        broker_settings(Mqtt(host="127.0.0.1"), SteppedClock(datetime(2026, 9, 14, tzinfo=UTC)))


def test_topics_that_tell_no_devices_apart_are_named() -> None:
    """By their key."""
    with pytest.raises(ConfigError, match=r"^mqtt: down: "):
        broker_settings(Mqtt(host="127.0.0.1", down="headend/down"), RealClock())


@pytest.mark.parametrize("missing", ["tls_authorities", "tls_key"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, missing: str) -> None:
    """All of them, as the library does not say which one it means."""
    authority = Authority(tmp_path)
    ours = authority.sign("headend")
    files = {"tls_authorities": authority.certificate, "tls_certificate": ours.certificate, "tls_key": ours.key}
    assert broker_settings(Mqtt.model_validate({"host": "x", "tls": True, **files}), RealClock()) is not None
    files[missing] = tmp_path / "none.pem"
    with pytest.raises(ConfigError, match=r"^mqtt: .*mend .*none\.pem"):
        broker_settings(Mqtt.model_validate({"host": "x", "tls": True, **files}), RealClock())


def test_reports_are_in_the_database_when_their_device_is_answered(tmp_path: Path) -> None:
    """One that came while the daemon was away too: the broker had it."""
    paths = {"database": tmp_path / "headend.db", "socket": tmp_path / "api.sock"}

    async def serve(clock: Clock, broker: Mosquitto, number: int) -> list[bytes]:
        """Be a daemon's links until a report has been answered; gives what is kept by then."""
        mqtt = {"host": broker.host, "port": broker.port}
        settings = Settings.model_validate({"paths": paths, "control": {"service_key": "0" * 32}, "mqtt": mqtt})
        store = open_store(settings, clock)
        observer = LinkObserver(store, clock)
        at_broker = broker_settings(settings.mqtt, clock)
        links = observer.links = Links(clock, LinkLimits(), observe=observer, broker=at_broker)
        links.admit(DEVICES)
        try:
            async with device(clock, broker, "conc-1") as peer:
                await peer.tell("online")
                assert await links.wait_up(A_698, clock.now() + SOON)
                await peer.say(report(number))
                answer = apdu_in(await peer.hear())
                while not isinstance(answer, dlt698.ReportListResponse) or answer.piid.number != number:
                    answer = apdu_in(await peer.hear())
            return store.read_now(lambda view: [row.data for row in view.all(select(device_report.c.data))])
        finally:
            await links.close()
            store.close()

    async def story(clock: Clock) -> None:
        with mosquitto() as broker:
            assert await serve(clock, broker, 1) == [report(1)]
            async with device(clock, broker, "conc-1") as peer:
                await peer.say(report(2))
            assert await serve(clock, broker, 3) == [report(1), report(2), report(3)]

    run(story)
