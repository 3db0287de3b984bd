"""aiomqtt's client as a session with the broker needs it: MQTT 5, one message acknowledged at a time and by hand."""

import logging
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.link.model import LinkLimits
from drivers.link.mqtt import BrokerSettings

UNSENT = timedelta(seconds=10)
"""How long the kernel keeps bytes that the broker's machine does not take."""
_MOST_UNACKNOWLEDGED = 20  # messages down; the broker may take fewer at a time
_SECOND = timedelta(seconds=1)
_SILENT = logging.getLogger("drivers.link.mqtt_client")
_SILENT.disabled = True  # what matters is told as events


class Client(aiomqtt.Client):
    """aiomqtt's client, with what it keeps to itself: when a message is acknowledged, and what a PUBACK says.

    By itself it acknowledges a message before anybody has looked at it, and drops the reason codes of PUBACK.
    """

    def __init__(self, settings: BrokerSettings, limits: LinkLimits) -> None:
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.SessionExpiryInterval = settings.session // _SECOND
        connect.ReceiveMaximum = limits.unacknowledged
        connect.MaximumPacketSize = 2 * limits.longest_message  # beyond it the broker drops without a word
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username,
            password=settings.password,
            identifier=settings.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=connect,
            keepalive=settings.keepalive // _SECOND,
            max_inflight_messages=0,  # the session counts them: what waits inside of the library grows old there
            tls_context=settings.tls,
            socket_options=(
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # else each exchange waits for a delayed acknowledgement
                (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT // timedelta(milliseconds=1)),
            ),
            logger=_SILENT,
        )
        self._client.manual_ack_set(True)
        self.published: Callable[[int, int], None] = lambda _number, _reason: None
        self.window = _MOST_UNACKNOWLEDGED
        self.resumed = False

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Give the PUBACK of a message."""
        self._client.ack(message.mid, message.qos)

    def put(self, topic: str, payload: bytes, expiry: int) -> int:
        """Publish with QoS 1 to be delivered within so many seconds, or never; gives the number of the message."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = expiry
        return self._client.publish(topic, payload, qos=1, properties=properties).mid

    def hang_up(self) -> None:
        """Close what a failed call has left open."""
        self._client.disconnect()

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        """Wait for the socket to take bytes, from this moment on where that can be.

        The library does it a moment later, and by then the socket may be closed and its number another's.
        """
        if self._connected.done():
            self._loop.add_writer(sock.fileno(), self._write)
        else:
            super()._on_socket_register_write(client, userdata, sock)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except OSError as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _on_connect(
        self, client: Any, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Properties | None = None
    ) -> None:
        self.resumed = flags.session_present
        taken = getattr(properties, "ReceiveMaximum", _MOST_UNACKNOWLEDGED)
        self.window = max(1, min(self.window, taken - 1))  # one is left for the session's own mark
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        super()._on_publish(client, userdata, mid, reason_code, properties)
        self.published(mid, reason_code.value)
