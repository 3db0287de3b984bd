"""The devices at an MQTT broker: one connection of ours to it, and a connection to each device that is there."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import aiomqtt

from clock import DeadlineError, Waiter
from drivers.dial import Dialler
from drivers.link.connection import Begin
from drivers.link.endpoints import Topic
from drivers.link.events import (
    BrokerCallFailed,
    BrokerDown,
    BrokerUp,
    DownReason,
    GarbageSkipped,
    UnknownDevice,
    Unreachable,
)
from drivers.link.line import Line, Means
from drivers.link.mqtt import BrokerSettings
from drivers.link.session import Letter, Session
from drivers.link.topic import TopicConnection

_ONLINE, _OFFLINE = b"online", b"offline"
_LONGEST_SHOWN = 64  # of a name that is nobody's


@dataclass(eq=False, slots=True)
class _Station:
    """A device at the broker. `present`: its presence says so, whatever else is known of it."""

    line: Line
    identity: str
    connection: TopicConnection | None = None
    present: bool = False


class Broker:
    """Keeps one connection to the broker up, over which all its devices are reached.

    Two subscriptions with a wildcard serve any number of devices: what a device may send to is for the broker's access
    list to say, and a device of the archive is known by its name in the topic. A device is up from its `online`, or the
    first message that it sends, until its `offline`, or the broker is lost. One that stays online comes back by itself
    after its login has ended, as one does that we dial.

    For the real clock alone: the library waits by itself, which would hold stepped time for ever.
    """

    def __init__(self, settings: BrokerSettings, means: Means, begin: Callable[[Line], Begin]) -> None:
        self._settings = settings
        self._means = means
        self._clock = means.clock
        self._observe = means.observe
        self._begin = begin
        self._stations: dict[str, _Station] = {}
        self._session: Session | None = None
        self._started = False
        self._closed = False
        self._dialler = Dialler(
            means.clock, settings.peer, self._reach, settings.pauses, factory=self._made, failed=self._call_failed
        )

    def admit(self, lines: Iterable[Line]) -> None:
        """Know all of these, and begin to call the broker; one whose name is another's already is told of."""
        before = len(self._stations)
        for line in lines:
            assert isinstance(line.device.endpoint, Topic), "only who has topics is reached by a broker"
            identity = line.device.endpoint.identity
            taken = self._stations.setdefault(identity, _Station(line, identity))
            if taken.line is not line:
                why = f"link {taken.line.link} is {identity} at the broker: mend the archive entry of one of them"
                self._observe(Unreachable(line.link, str(line.device.endpoint), why, self._clock.now()))
        if not self._started:
            self._started = True
            self._dialler.start()
        elif len(self._stations) > before and self._session is not None:
            self._clock.spawn(self._ask_presence(self._session), name="presence")  # the word of the new ones is past

    def dismiss(self, line: Line) -> None:
        """Know a device no more; its login is for the caller to end."""
        for identity, station in list(self._stations.items()):
            if station.line is line:
                del self._stations[identity]

    async def close(self) -> None:
        """Leave the broker, and call it no more."""
        self._closed = True
        self._dialler.stop()
        if self._session is not None:
            await self._session.close()

    def _made(self, ended: Waiter[None]) -> Session:
        limits = self._means.limits
        return Session(self._clock, self._settings, ended, limits=limits, heard=self._heard, over=self._lost)

    async def _reach(self, make: Callable[[], Session]) -> None:
        session = make()
        await session.open()
        if self._closed:
            await session.close()
            return
        self._session = session
        self._observe(BrokerUp(self._settings.peer, session.resumed, self._clock.now()))
        self._clock.spawn(self._keep_asking(session), name="presences")

    def _call_failed(self, error: str, again: datetime) -> None:
        self._observe(BrokerCallFailed(self._settings.peer, error, again, self._clock.now()))

    def _lost(self, session: Session, why: str) -> None:
        if self._session is not session:
            return
        self._session = None
        if not self._closed:
            self._observe(BrokerDown(self._settings.peer, why, self._clock.now()))
        reason = DownReason.STOPPED if self._closed else DownReason.BROKER_LOST
        for station in self._stations.values():
            station.present = False
            if station.connection is not None:
                station.connection.lose(reason)

    async def _keep_asking(self, session: Session) -> None:
        while not session.ended.done():
            try:
                await self._clock.wait(session.ended, self._clock.now() + self._settings.presence)
            except DeadlineError:
                await self._ask_presence(session)

    async def _ask_presence(self, session: Session) -> None:
        try:
            await session.ask_presence()
        except aiomqtt.MqttError as error:
            await session.close(str(error))

    def _heard(self, session: Session, message: aiomqtt.Message) -> None:
        if self._closed:
            return  # it is delivered again to whoever comes after us
        topic, payload = message.topic.value, message.payload
        assert isinstance(payload, bytes), "the library hands on what came"
        acknowledge = partial(session.acknowledge, message)
        sender = self._settings.uplinks.identity(topic)
        identity = sender or self._settings.presences.identity(topic)
        station = self._stations.get(identity or "")
        if station is None:
            if identity is not None and not message.retain:
                self._unknown(identity)
            acknowledge()
        elif len(payload) > self._means.limits.longest_message:
            self._skip(station, payload, "too_long")
            acknowledge()
        elif sender is None:
            self._presence(station, payload)
            acknowledge()
        else:
            connection = station.connection or self._connect(station)
            with self._means.receipts.message(station.line.link, acknowledge):
                connection.hear(payload, stale=session.catches_up)

    def _presence(self, station: _Station, payload: bytes) -> None:
        word = payload.strip().lower()
        if word == _ONLINE:
            station.present = True
            self._come_back(station)
        elif word == _OFFLINE:
            station.present = False
            if station.connection is not None:
                station.connection.lose(DownReason.OFFLINE)
        else:
            self._skip(station, payload, "neither_online_nor_offline")

    def _connect(self, station: _Station) -> TopicConnection:
        peer = f"{self._settings.peer}/{station.identity}"
        connection = TopicConnection(
            self._clock, self._begin(station.line), peer, partial(self._publish, station.identity)
        )
        station.connection = connection
        connection.gone.listen(partial(self._gone, station))
        connection.open()
        return connection

    def _gone(self, station: _Station) -> None:
        station.connection = None
        if station.present and not self._closed:
            self._clock.spawn(self._later(station), name=f"topic {station.identity}")

    async def _later(self, station: _Station) -> None:
        await self._clock.sleep(self._means.limits.redial_first)
        self._come_back(station)

    def _come_back(self, station: _Station) -> None:
        known = self._stations.get(station.identity) is station
        if known and station.present and station.connection is None and not self._closed:
            self._connect(station)

    def _publish(self, identity: str, connection: TopicConnection, data: bytes, until: datetime | None) -> None:
        if self._session is None:
            return
        topic = self._settings.downlinks.topic(identity)
        unheard = partial(connection.lose, DownReason.NO_SUBSCRIBER) if until else None
        expires = until or self._clock.now() + self._settings.life
        self._session.publish(Letter(topic, data, expires, lambda: connection.is_open, unheard))

    def _unknown(self, identity: str) -> None:
        shown = re.sub(r"[^ -~]", "?", identity[:_LONGEST_SHOWN])
        self._observe(UnknownDevice(f"mqtt:{shown}", self._settings.peer, self._clock.now()))

    def _skip(self, station: _Station, payload: bytes, why: str) -> None:
        peer = f"{self._settings.peer}/{station.identity}"
        self._observe(GarbageSkipped(station.line.link, peer, len(payload), why, self._clock.now()))
