"""The identity authentication (身份认证) of one DL/T 645 meter, under which it takes secured orders.

03H with 070000FF, fee-control extension of DL/T 645-2007.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

from clock import DeadlineError
from drivers.meter.asking import Inquiry
from drivers.meter.items645 import Items645
from drivers.meter.meter import Bench
from drivers.meter.model import Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.security import Authenticated, Fault, SecurityModule, SecurityModuleError
from protocols.dlt645 import (
    AUTHENTICATE,
    DI,
    WILDCARD,
    Operator,
    Reading,
    Request,
    SecurityAnswer,
    SecurityRequest,
    build_message,
)
from protocols.dlt645.functions.authentication import Authenticate, AuthenticateAnswer
from protocols.dlt645.functions.security import read_security, write_security
from protocols.dlt645.secured import dispersion_factor
from protocols.errors import LocalProtocolError

T = TypeVar("T")

Securing: TypeAlias = Callable[[SecurityModule, Authenticated], Coroutine[Any, Any, Request]]
"""Has a request made by the module under an authentication."""

METER_NUMBER = DI.parse("04000402")
MARGIN = timedelta(minutes=6)
"""An order may lie in a queue for five minutes after it was made, and the meter counts by its own clock."""
MODULE_PATIENCE = timedelta(seconds=10)
"""How long a security module may take; one that hangs must not keep every later order waiting."""


class Authentication:
    """Gets, keeps and renews the authentication of one meter.

    There is one at a time: a new one ends the one before, on the meter's side too.
    """

    def __init__(
        self, address: str, items: Items645, bench: Bench, module: SecurityModule, operator: Operator, life: timedelta
    ) -> None:
        self._address = address
        self._items = items
        self._clock = bench.clock
        self._memory = bench.memory
        self._module = module
        self._operator = operator
        self._life = life
        self.is_fresh = False
        """Whether the authentication was made for this order, and not held from one before."""

    async def session(self, inquiry: Inquiry, patience: timedelta) -> Reply[Authenticated]:
        """Give the authentication the meter honours, a new one if need be.

        What is asked for it is no sending of an order: `inquiry` is asked `beforehand`. A meter that refuses, and a
        module that does not serve, are `Silence.SECURITY` with the refusal's code in the detail. One that is under way
        for another order is waited for with `patience`, and then made beside it: the meter honours the later one, and
        whoever has the other is refused and begins anew.
        """
        lock = self._memory.authenticating(self._address)
        try:
            await lock.acquire(self._clock.now() + patience)
        except DeadlineError:
            return await self._renew(inquiry)
        try:
            held = self._memory.session(self._address)
            return await self._renew(inquiry) if held is None else Got(held)
        finally:
            lock.release()

    async def _renew(self, inquiry: Inquiry) -> Reply[Authenticated]:
        fresh = await self._authenticate(inquiry.beforehand())
        if isinstance(fresh, Got):
            self._memory.note_session(self._address, fresh.value)
            self.is_fresh = True
        return fresh

    def drop(self, session: Authenticated) -> None:
        """Forget an authentication that the meter no longer honours."""
        self._memory.drop_session(self._address, session)

    async def secured(self, make: Securing, session: Authenticated) -> Reply[Request]:
        """Have a request made by the module under an authentication."""
        try:
            return Got(await self._in_time(_fitting(make(self._module, session))))
        except SecurityModuleError as error:
            return unsecured(error)

    async def _authenticate(self, inquiry: Inquiry) -> Reply[Authenticated]:
        """Prove ourselves by the factor that is remembered, or else by the one that the meter tells.

        Under one address another meter may hang by now, which has a number of its own.
        """
        held = self._memory.factor(self._address)
        reply = Denied(Reason.AUTHENTICATION, "") if held is None else await self._prove(inquiry, held)
        if not isinstance(reply, Denied):
            return reply
        told = await self._factor(inquiry)
        if not isinstance(told, Got):
            return told
        if told.value != held:
            reply = await self._prove(inquiry, told.value)
        if isinstance(reply, Denied):
            return Missing(Silence.SECURITY, f"authentication refused: {reply.code}")
        if isinstance(reply, Got):
            self._memory.note_factor(self._address, told.value)
        return reply

    async def _prove(self, inquiry: Inquiry, factor: bytes) -> Reply[Authenticated]:
        try:
            request = await self._in_time(_fitting(self._challenge(factor)))
        except SecurityModuleError as error:
            return unsecured(error)
        reply = await inquiry.read(self._items.make(request, SecurityAnswer))
        if not isinstance(reply, Got):
            return reply
        told = read_security(AUTHENTICATE, reply.value.payload, from_slave=True)
        if not isinstance(told, AuthenticateAnswer):
            return Missing(Silence.GARBLED, "authentication")
        return Got(Authenticated(factor, told.random2, told.esam_no, inquiry.at + self._life - MARGIN))

    async def _challenge(self, factor: bytes) -> Request:
        made = await self._module.challenge(factor)
        proof = Authenticate(made.ciphertext, made.random1, factor)
        return SecurityRequest(AUTHENTICATE, self._operator, write_security(proof))

    async def _in_time(self, job: Coroutine[Any, Any, T]) -> T:
        """Await the module, but neither without end nor for its tidying up; whatever it raises, it did not serve."""
        task = self._clock.spawn(job, name=f"security module for {self._address}")
        try:
            return await self._clock.wait(task, self._clock.now() + MODULE_PATIENCE)
        except SecurityModuleError:
            raise
        except DeadlineError:
            raise SecurityModuleError(Fault.UNAVAILABLE, f"no answer for {MODULE_PATIENCE.seconds} s") from None
        except Exception as error:  # noqa: BLE001  an adapter is somebody else's code, and what it raises may hold keys
            raise SecurityModuleError(Fault.UNAVAILABLE, type(error).__name__) from None
        finally:
            task.cancel()

    async def _factor(self, inquiry: Inquiry) -> Reply[bytes]:
        """Give the dispersion factor, which is of the meter number; a meter that tells none has that of its address."""
        reply = await self._items.item(inquiry, METER_NUMBER)
        if isinstance(reply, Missing):
            return reply
        match reply:
            case Got(value=Reading(values=(str() as number,))):
                return Got(dispersion_factor(number))
            case _:
                return Got(dispersion_factor(self._address))


async def _fitting(job: Coroutine[Any, Any, Request]) -> Request:
    """Make sure that what a module made can be sent; raises SecurityModuleError where it cannot."""
    try:
        request = await job
        build_message(WILDCARD, request)
    except LocalProtocolError:
        raise SecurityModuleError(Fault.UNFIT, "what it made has not the length that it should have") from None
    return request


def unsecured(error: SecurityModuleError) -> Missing:
    """Say that an order could not be made: nothing of it was sent."""
    return Missing(Silence.SECURITY, str(error))


ABSENT = unsecured(SecurityModuleError(Fault.ABSENT, "none is configured, and this meter takes no plain order"))
"""What an order to a secured meter comes to without a module."""


def is_unauthenticated(reply: Reply[Any]) -> bool:
    """Tell whether a meter refused because it does not honour the authentication: it did nothing, then."""
    return isinstance(reply, Denied) and reply.reason in {Reason.AUTHENTICATION, Reason.NOT_AUTHORISED}
