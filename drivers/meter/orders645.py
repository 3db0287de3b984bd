"""Orders to one DL/T 645-2007 meter, authorised in the way that its profile asks for."""

from datetime import timedelta
from typing import TypeVar

from drivers.meter.asking import Inquiry
from drivers.meter.authentication import Authentication, Securing
from drivers.meter.challenges import Authenticated
from drivers.meter.items645 import Items645
from drivers.meter.meter import Bench
from drivers.meter.model import Place
from drivers.meter.order import Order
from drivers.meter.passwords import Passwords
from drivers.meter.replies import Got, Reply
from drivers.meter.security import SecurityModule
from drivers.meter.serving import ABSENT
from protocols.dlt645 import (
    CIPHERTEXT_LEVEL,
    DI,
    PLAINTEXT_LEVEL,
    ClearEventsAnswer,
    ClearEventsRequest,
    ClearEventsSecuredRequest,
    Function,
    Operator,
    Password,
    RelayAnswer,
    RelayCommand,
    RelayRequest,
    RelaySecuredRequest,
    Request,
    Stamp,
    WriteAnswer,
    WriteRequest,
)
from protocols.dlt645.items.profile import Profile, Protection
from protocols.dlt645.secured import (
    apdu_header,
    clear_plaintext,
    display_order,
    pack_maced,
    pack_sealed,
    parameter_class,
    relay_plaintext,
    setting_plaintext,
)

T = TypeVar("T")

SEALED = Password(CIPHERTEXT_LEVEL)
MACED = Password(PLAINTEXT_LEVEL)


class Orders645:
    """Switches, sets and clears one meter.

    A meter of `Protection.SECURED` gets relay commands and clears at level 98H and settings at the level of their
    class, under the authentication that `Authentication` keeps. It never gets a plain frame in their place: without a
    module nothing is sent. What goes by a password goes with the care of `Passwords`.
    """

    def __init__(self, place: Place, profile: Profile, bench: Bench, items: Items645) -> None:
        self._address = place.address
        self._profile = profile
        self._items = items
        self._bench = bench
        self._passwords = Passwords(place, bench)
        self._module = bench.security
        self._secured = profile.protection is Protection.SECURED

    async def switch(self, inquiry: Inquiry, command: RelayCommand, expires: Stamp, order: Order) -> Reply[RelayAnswer]:
        """Send a relay command (1CH) that the meter refuses after `expires` by its own clock (YYMMDDhhmmss)."""
        if not self._secured:
            request = RelayRequest(self._passwords.password, order.operator, command, expires)
            return await self._by_password(inquiry, Function.RELAY, request, RelayAnswer, order)
        plaintext = relay_plaintext(command, 0, expires, self._profile)

        async def make(module: SecurityModule, session: Authenticated) -> Request:
            return RelaySecuredRequest(SEALED, order.operator, await module.control(session, plaintext))

        return await self._by_module(inquiry, make, RelayAnswer, order)

    async def set(self, inquiry: Inquiry, di: DI, data: bytes, order: Order) -> Reply[WriteAnswer]:
        """Send a setting (14H), `data` in wire order, at the level of its class.

        Raises LocalProtocolError, with nothing sent, for an item that is unknown or cannot be set.
        """
        level = parameter_class(di, self._profile).level
        if self._secured and level is not None:
            make = (self._sealed if level == CIPHERTEXT_LEVEL else self._maced)(di, data, order.operator)
            return await self._by_module(inquiry, make, WriteAnswer, order)
        request = WriteRequest(di, self._passwords.password, order.operator, data)
        return await self._by_password(inquiry, Function.WRITE, request, WriteAnswer, order)

    async def clear_events(
        self, inquiry: Inquiry, events: DI, expires: Stamp, order: Order
    ) -> Reply[ClearEventsAnswer]:
        """Clear the records of `events` (1BH); secured, it is refused after `expires` by the meter's own clock."""
        if not self._secured:
            request = ClearEventsRequest(self._passwords.password, order.operator, events)
            return await self._by_password(inquiry, Function.CLEAR_EVENTS, request, ClearEventsAnswer, order)
        plaintext = clear_plaintext(Function.CLEAR_EVENTS, expires, events)

        async def make(module: SecurityModule, session: Authenticated) -> Request:
            block = await module.control(session, plaintext)
            return ClearEventsSecuredRequest(SEALED, order.operator, block)

        return await self._by_module(inquiry, make, ClearEventsAnswer, order)

    def _sealed(self, di: DI, data: bytes, operator: Operator) -> Securing:
        plaintext = setting_plaintext(di, data, self._profile)
        header = apdu_header(di, len(data), self._profile)

        async def make(module: SecurityModule, session: Authenticated) -> Request:
            made = await module.setting_cipher(session, header, plaintext)
            return WriteRequest(di, SEALED, operator, pack_sealed(made.ciphertext, made.mac))

        return make

    def _maced(self, di: DI, data: bytes, operator: Operator) -> Securing:
        header = apdu_header(di, len(data), self._profile)

        async def make(module: SecurityModule, session: Authenticated) -> Request:
            mac = await module.setting_mac(session, header, display_order(di, data, self._profile))
            return WriteRequest(di, MACED, operator, pack_maced(data, mac))

        return make

    async def _by_password(
        self, inquiry: Inquiry, function: Function, request: Request, answer: type[T], order: Order
    ) -> Reply[T]:
        needed = self._profile.setting_level if function is Function.WRITE else self._profile.control_level
        return await self._passwords.send(inquiry, function, needed, self._items.make(request, answer)(), order)

    async def _by_module(self, inquiry: Inquiry, make: Securing, answer: type[T], order: Order) -> Reply[T]:
        if self._module is None:
            return ABSENT
        life = timedelta(minutes=self._profile.authentication_minutes)
        keeper = Authentication(self._address, self._items, self._bench, self._module, order.operator, life)

        async def attempt(session: Authenticated, asked: Inquiry, once: Order) -> Reply[T]:
            request = await keeper.secured(make, session)
            if not isinstance(request, Got):
                return request
            return await asked.command(self._items.make(request.value, answer)(), once.until, once.go)

        return await keeper.send(inquiry, attempt, order)
