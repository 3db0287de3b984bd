"""What a meter with an ESAM honours, of either dialect: got, kept and made anew, and orders sent under it.

An identity authentication (身份认证) of DL/T 645, an association (应用连接) of DL/T 698.45.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from clock import Clock, DeadlineError
from drivers.meter.asking import Inquiry
from drivers.meter.memory import Held, Session
from drivers.meter.model import Reason, Silence
from drivers.meter.order import Order
from drivers.meter.replies import Denied, Got, Missing, Reply

S = TypeVar("S", bound=Session)
K = TypeVar("K")
T = TypeVar("T")

Attempt: TypeAlias = Callable[[S, Inquiry, Order], Awaitable[Reply[T]]]
"""Makes an order under what the meter honours, sends it once and understands the answer.

A `Denied` of it is a word that the meter may mean of what it no longer honours.
"""

MARGIN = timedelta(minutes=6)
"""An order may lie in a queue for five minutes after it was made, and the meter counts by its own clock."""
URGENT = timedelta(seconds=20)
"""How long what gives power waits for a negotiation under way, one exchange of a meter behind a concentrator."""
PATIENT = timedelta(minutes=5)
"""How long other orders do: as long as their frames live."""


class Keeper(ABC, Generic[K, S]):
    """Gets, keeps and renews what one meter honours, for one order.

    There is one at a time: a new one ends the one before, on the meter's side too. `K` is what the meter is known by:
    it is remembered, and asked for again where it leads nowhere, as another meter may hang there by now.
    """

    def __init__(self, address: str, clock: Clock, held: Held[K, S]) -> None:
        self._address = address
        self._clock = clock
        self._held = held
        self._is_fresh = False

    async def send(self, inquiry: Inquiry, attempt: Attempt[S, T], order: Order) -> Reply[T]:
        """Send an order under what the meter honours.

        An order that it refuses for want of that, which is an answer that nothing was done, goes out once more under a
        new one, and what gives power after any refusal under an old one, as meters tell what they lost in words of
        their own; an order without an answer never does. A trip is not repeated even so, as its gate counts for one
        frame only: whoever gave the leave asks for it again.
        """
        patience = URGENT if order.harmless else PATIENT
        session = await self._session(inquiry, patience)
        if not isinstance(session, Got):
            return session
        reply = await attempt(session.value, inquiry, order)
        if not isinstance(reply, Denied):
            return reply
        self._held.drop_session(self._address, session.value)
        stale = order.harmless and not self._is_fresh
        if not (stale or (is_unauthenticated(reply) and order.may_go_twice)):
            return reply
        session = await self._session(inquiry, patience)
        if not isinstance(session, Got):
            return reply
        return await once_more(inquiry, partial(attempt, session.value), order, reply)

    async def _session(self, inquiry: Inquiry, patience: timedelta) -> Reply[S]:
        """Give what the meter honours, made anew if need be.

        What is asked for it is no sending of an order: `inquiry` is asked `beforehand`. A meter that refuses, and a
        module that does not serve, are `Silence.SECURITY` with the refusal's code in the detail. One that is under way
        for another order is waited for with `patience`, and then made beside it: the meter honours the later one, and
        whoever has the other is refused and begins anew.
        """
        lock = self._held.lock(self._address)
        try:
            await lock.acquire(self._clock.now() + patience)
        except DeadlineError:
            return await self._renew(inquiry)
        try:
            held = self._held.session(self._address)
            return await self._renew(inquiry) if held is None else Got(held)
        finally:
            lock.release()

    async def _renew(self, inquiry: Inquiry) -> Reply[S]:
        fresh = await self._negotiate(inquiry.beforehand())
        if isinstance(fresh, Got):
            self._held.note_session(self._address, fresh.value)
            self._is_fresh = True
        return fresh

    async def _negotiate(self, inquiry: Inquiry) -> Reply[S]:
        """Prove ourselves by what is remembered of the meter, or else by what it tells of itself."""
        held = self._held.key(self._address)
        reply: Reply[S] = Denied(Reason.AUTHENTICATION, "") if held is None else await self._prove(inquiry, held)
        if not isinstance(reply, Denied):
            return reply
        told = await self._learn(inquiry)
        if not isinstance(told, Got):
            return told
        if told.value != held:
            reply = await self._prove(inquiry, told.value)
        return Missing(Silence.SECURITY, f"{self.what} refused: {reply.code}") if isinstance(reply, Denied) else reply

    @property
    @abstractmethod
    def what(self) -> str:
        """What is kept here, for people."""

    @abstractmethod
    async def _learn(self, inquiry: Inquiry) -> Reply[K]:
        """Ask the meter what it is known by."""

    @abstractmethod
    async def _prove(self, inquiry: Inquiry, key: K) -> Reply[S]:
        """Prove ourselves to the meter, and remember by what; `Denied` where it does not honour that."""


async def once_more(
    inquiry: Inquiry, send: Callable[[Inquiry, Order], Awaitable[Reply[T]]], order: Order, refusal: Reply[T]
) -> Reply[T]:
    """Send an order that the meter has refused, and would now obey, once more; it is made anew for that.

    This is no blind repeat: the refusal said that nothing was done. It stands where nothing could be sent again. The
    gate has let the order pass, and is not asked anew.
    """
    second = inquiry.beforehand()
    again = await send(second, replace(order, go=None))
    return again if second.sent else refusal


def is_unauthenticated(reply: Reply[Any]) -> bool:
    """Tell whether a meter refused because it does not honour what an order was made under: it did nothing, then."""
    return isinstance(reply, Denied) and reply.reason in {Reason.AUTHENTICATION, Reason.NOT_AUTHORISED}
