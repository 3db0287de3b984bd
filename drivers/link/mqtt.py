"""Where the MQTT broker is, and what the topics of the devices are called there."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from drivers.dial import Pauses
from drivers.errors import BrokerError

MARK = "{id}"
OURSELVES = "~"
"""The name of the head-end in the place of a device's, which no device can have."""
_LONGEST_TOPIC = 256


class Template:
    """The name of a topic with `{id}` in the place of the device's name, as a level of its own.

    Raises BrokerError for a text that would not tell devices apart, or that a broker keeps for itself.
    """

    def __init__(self, name: str, text: str) -> None:
        before, mark, after = text.partition(MARK)
        whole = before[-1:] in {"", "/"} and after[:1] in {"", "/"}
        if not mark or not whole or MARK in after:
            raise BrokerError(name, f"{text!r} must hold {MARK} once, as a level of its own, as in headend/{MARK}/up")
        if not set("+#\0").isdisjoint(text) or text.startswith("$") or len(text) > _LONGEST_TOPIC:
            raise BrokerError(
                name, f"{text!r} has a wildcard or begins with $, or is longer than {_LONGEST_TOPIC} characters"
            )
        self._before = before
        self._after = after
        self.filter = f"{before}+{after}"
        """What to subscribe to for all devices."""

    def topic(self, identity: str) -> str:
        """Name the topic of a device."""
        return f"{self._before}{identity}{self._after}"

    def identity(self, topic: str) -> str | None:
        """Tell whose topic it is; None if it is of another kind."""
        end = len(topic) - len(self._after)
        identity = topic[len(self._before) : end]
        return identity if identity and "/" not in identity and topic == self.topic(identity) else None


@dataclass(frozen=True)
class BrokerSettings:
    """How to reach the broker (MQTT 5), and the names there. Raises BrokerError for what can't be used.

    The broker keeps the session of `client_id` for so long as `session` when we are away, and what devices send
    meanwhile: two head-ends of one name would throw each other out. `life` is how long the broker keeps for an absent
    device what is no question: answers to its heartbeats, acknowledgements. `up` and `down` carry frames as they are;
    `status` tells the presence of a device, retained, by the words `online` and `offline`; the broker is asked for all
    of them every `presence`, as it drops what is too much for its queue.
    """

    host: str
    port: int = 1883
    client_id: str = "headend"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    up: str = f"headend/{MARK}/up"
    down: str = f"headend/{MARK}/down"
    status: str = f"headend/{MARK}/status"
    life: timedelta = timedelta(seconds=60)
    session: timedelta = timedelta(days=1)
    presence: timedelta = timedelta(minutes=10)
    keepalive: timedelta = timedelta(seconds=30)
    pauses: Pauses = field(default_factory=Pauses)

    def __post_init__(self) -> None:
        if not self.client_id:
            raise BrokerError("client_id", "must not be empty: the broker keeps our session by this name")
        if len({topics.filter for topics in (self.uplinks, self.downlinks, self.presences)}) < 3:  # noqa: PLR2004
            raise BrokerError("up, down, status", "must be three different topics")

    @property
    def peer(self) -> str:
        """Where it is, `host:port`."""
        return f"{self.host}:{self.port}"

    @cached_property
    def uplinks(self) -> Template:
        """Topics that devices send by."""
        return Template("up", self.up)

    @cached_property
    def downlinks(self) -> Template:
        """Topics that devices are sent by."""
        return Template("down", self.down)

    @cached_property
    def presences(self) -> Template:
        """Topics that tell whether devices are there."""
        return Template("status", self.status)
