"""The identity authentication (身份认证) of one DL/T 645 meter, under which it takes secured orders.

03H with 070000FF, fee-control extension of DL/T 645-2007.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeAlias

from drivers.meter.asking import Inquiry
from drivers.meter.challenges import Authenticated
from drivers.meter.items645 import Items645
from drivers.meter.keeper import MARGIN, Keeper
from drivers.meter.meter import Bench
from drivers.meter.model import Silence
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.security import Fault, SecurityModule, SecurityModuleError
from drivers.meter.serving import told
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

Securing: TypeAlias = Callable[[SecurityModule, Authenticated], Coroutine[Any, Any, Request]]
"""Has a request made by the module under an authentication."""

METER_NUMBER = DI.parse("04000402")


class Authentication(Keeper[bytes, Authenticated]):
    """Keeps the authentication of one meter, which is known by its dispersion factor (分散因子)."""

    what = "authentication"

    def __init__(
        self, address: str, items: Items645, bench: Bench, module: SecurityModule, operator: Operator, life: timedelta
    ) -> None:
        super().__init__(address, bench.clock, bench.memory.authentications)
        self._items = items
        self._module = module
        self._operator = operator
        self._life = life

    async def secured(self, make: Securing, session: Authenticated) -> Reply[Request]:
        """Have a request made by the module under an authentication."""
        return await told(self._clock, _fitting(make(self._module, session)))

    async def _prove(self, inquiry: Inquiry, key: bytes) -> Reply[Authenticated]:
        request = await told(self._clock, _fitting(self._challenge(key)))
        if not isinstance(request, Got):
            return request
        reply = await inquiry.read(self._items.make(request.value, SecurityAnswer))
        if not isinstance(reply, Got):
            return reply
        answer = read_security(AUTHENTICATE, reply.value.payload, from_slave=True)
        if not isinstance(answer, AuthenticateAnswer):
            return Missing(Silence.GARBLED, "authentication")
        self._held.note_key(self._address, key)
        return Got(Authenticated(key, answer.random2, answer.esam_no, inquiry.at + self._life - MARGIN))

    async def _challenge(self, factor: bytes) -> Request:
        made = await self._module.challenge(factor)
        proof = Authenticate(made.ciphertext, made.random1, factor)
        return SecurityRequest(AUTHENTICATE, self._operator, write_security(proof))

    async def _learn(self, inquiry: Inquiry) -> Reply[bytes]:
        """Give the dispersion factor, which is of the meter number; a meter that tells none has that of its address."""
        reply = await self._items.item(inquiry, METER_NUMBER)
        match reply:
            case Missing():
                return reply
            case Got(value=Reading(values=(str() as number,))):
                return Got(dispersion_factor(number))
            case Got() | Denied():
                return Got(dispersion_factor(self._address))


async def _fitting(job: Coroutine[Any, Any, Request]) -> Request:
    """Make sure that what a module made can be sent; raises SecurityModuleError where it cannot."""
    try:
        request = await job
        build_message(WILDCARD, request)
    except LocalProtocolError:
        raise SecurityModuleError(Fault.UNFIT, "what it made has not the length that it should have") from None
    return request
