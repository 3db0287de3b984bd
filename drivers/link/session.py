"""One connection to the broker over aiomqtt: subscriptions, messages up with their acknowledgement, messages down."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from clock import Clock, DeadlineError, Waiter
from drivers.link.model import LinkLimits
from drivers.link.mqtt import OURSELVES, BrokerSettings
from drivers.link.mqtt_client import UNSENT, Client

_NO_SUBSCRIBER = 0x10  # PUBACK: No matching subscribers; what is from 0x80 on is refused
_REFUSED = 0x80
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message down: worth nothing after `until`, or once not `wanted`; `unheard` is called if nobody takes it."""

    topic: str
    payload: bytes
    until: datetime
    wanted: Callable[[], bool]
    unheard: Callable[[], None] | None


class Session:
    """Made for one connection. `heard` gets each message, `over` is told why it ended; then `ended` is settled.

    What the broker has kept for us since an earlier connection comes first. Where it ends is told by a mark that we
    send ourselves before anything else: what comes after it was sent after it.
    """

    def __init__(
        self,
        clock: Clock,
        settings: BrokerSettings,
        ended: Waiter[None],
        *,
        limits: LinkLimits,
        heard: Callable[["Session", aiomqtt.Message], None],
        over: Callable[["Session", str], None],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self.ended = ended
        self._limits = limits
        self._heard = heard
        self._over = over
        self._client: Client
        self._stack: AsyncExitStack
        self._task: asyncio.Task[None]
        self._waiting: deque[Letter] = deque()
        self._out: dict[int, Letter] = {}
        self._alive = False
        self._why = ""
        self._mark = f"{settings.client_id} {clock.now().isoformat()}".encode()
        self._mark_topic = settings.uplinks.topic(OURSELVES)
        self._mark_number: int | None = None

    @property
    def catches_up(self) -> bool:
        """Whether what comes may have been sent before this connection was made."""
        return bool(self._mark)

    @property
    def resumed(self) -> bool:
        """Whether the broker has kept our session."""
        return self._client.resumed

    async def open(self) -> None:
        """Connect and subscribe. Raises OSError, which says what the broker or the way to it refuses."""
        self._client = Client(self._settings, self._limits)
        self._client.published = self._published
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._client)
                await self._subscribe(self._settings.uplinks.filter, SubscribeOptions.RETAIN_DO_NOT_SEND)
                await self.ask_presence()
                self._stack = stack.pop_all()
        except aiomqtt.MqttError as error:
            self._client.hang_up()
            raise OSError(str(error)) from error
        self._alive = True
        self._task = self._clock.spawn(self._run(), name=f"broker {self._settings.peer}")
        self._clock.spawn(self._send_mark(), name="mark")

    async def ask_presence(self) -> None:
        """Have the broker tell the presence of every device, of which it has kept the last word."""
        await self._subscribe(self._settings.presences.filter, SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)

    def publish(self, letter: Letter) -> None:
        """Send a message when its turn comes, unless it has grown old by then."""
        self._waiting.append(letter)
        if len(self._waiting) > self._limits.queue:
            self._why = "it takes nothing any more"
            self._task.cancel()
        else:
            self._flush()

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Tell the broker that it need not deliver a message again; after the session that is too late."""
        if self._alive:
            self._client.acknowledge(message)

    async def close(self, why: str = "") -> None:
        """Leave the broker; what is not acknowledged it keeps for the next session."""
        self._why = self._why or why
        self._client.hang_up()
        try:
            await self._clock.wait(self._task, self._clock.now() + UNSENT)
        except DeadlineError:
            await self._clock.cancel(self._task)

    async def _subscribe(self, topics: str, retained: int) -> None:
        options = SubscribeOptions(qos=1, retainHandling=retained)
        for code in await self._client.subscribe(topics, options=options):
            if isinstance(code, ReasonCode) and code.is_failure:
                raise aiomqtt.MqttError(f"the subscription to {topics} is refused: {code}")

    async def _send_mark(self) -> None:
        """Send the mark until it has come: a broker drops what is too much for its queue."""
        while self._alive and self._mark:
            self._mark_number = self._client.put(self._mark_topic, self._mark, UNSENT // _SECOND)
            with suppress(DeadlineError):
                await self._clock.wait(self.ended, self._clock.now() + UNSENT)

    async def _run(self) -> None:
        try:
            async with self._stack:
                await self._listen()
        except aiomqtt.MqttError as error:  # the broker was not there any more to take leave of
            self._why = self._why or str(error)
        finally:
            self.ended.set_result(None)

    async def _listen(self) -> None:
        """Hand messages on until the connection is lost."""
        try:
            async for message in self._client.messages:
                if message.topic.value != self._mark_topic:
                    self._heard(self, message)
                    continue
                if message.payload == self._mark:
                    self._mark = b""
                self.acknowledge(message)
        except aiomqtt.MqttError as error:
            self._why = self._why or str(error.__cause__ or error)
        finally:
            self._alive = False
            self._over(self, self._why)

    def _flush(self) -> None:
        while self._waiting and len(self._out) < self._client.window:
            letter = self._waiting.popleft()
            left = letter.until - self._clock.now()
            if left > timedelta() and letter.wanted():
                number = self._client.put(letter.topic, letter.payload, max(1, left // _SECOND))
                self._out[number] = letter

    def _published(self, number: int, reason: int) -> None:
        letter = self._out.pop(number, None)
        if letter is not None and letter.unheard is not None and reason >= _NO_SUBSCRIBER:
            letter.unheard()
        if number == self._mark_number and reason >= _REFUSED:
            why = f"it does not let us write to {self._mark_topic}, which tells where old messages end"
            self._clock.spawn(self.close(why), name="broker refuses")
        elif self._alive:
            self._flush()
