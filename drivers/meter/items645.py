"""Reading the items of one DL/T 645-2007 meter: single ones, blocks, and those of several frames."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from drivers.meter.asking import Inquiry, Make
from drivers.meter.model import Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.roads import Carrier645
from drivers.meter.whole import whole
from protocols.dlt645 import (
    DI,
    Address,
    ReadAnswer,
    ReadBlocksSinceRequest,
    Reading,
    ReadNextAnswer,
    ReadRequest,
    Request,
    Stamp,
    read_payload,
)
from protocols.dlt645.items.profile import Profile
from protocols.errors import ProtocolError

T = TypeVar("T")

FORWARD_ENERGY = DI.of(0x00, 0x01, 0xFF, 0)
VOLTAGES = DI.of(0x02, 0x01, 0xFF, 0)
CURRENTS = DI.of(0x02, 0x02, 0xFF, 0)
MEMBERS: Mapping[DI, range] = {FORWARD_ENERGY: range(5), VOLTAGES: range(1, 4), CURRENTS: range(1, 4)}
"""DI1 of what a block holds, for meters that have no blocks: total and tariffs 1 to 4; phases A, B, C."""


class Items645:
    """What can be read of a meter, laid out as its profile says."""

    def __init__(self, address: str, profile: Profile, carrier: Carrier645) -> None:
        self._address = Address.meter(address)
        self._profile = profile
        self._carrier = carrier

    def make(self, request: Request, answer: type[T]) -> Make[T]:
        """Make a question whose answer is that class of message."""
        return lambda: self._carrier.carry(self._address, request, answer, self._profile)

    async def item(self, inquiry: Inquiry, di: DI, *substitutes: DI, tries: int | None = None) -> Reply[Reading]:
        """Read an item, or on silence the same by a substitute; no bytes at all are `NO_DATA`."""
        return await self.answered(inquiry, *(ReadRequest(wanted) for wanted in (di, *substitutes)), tries=tries)

    async def answered(
        self, inquiry: Inquiry, *requests: ReadRequest | ReadBlocksSinceRequest, tries: int | None = None
    ) -> Reply[Reading]:
        """Read what answers such a request, or on silence the next."""
        makes = (self.make(request, ReadAnswer) for request in requests)
        reply = await whole(inquiry, *makes, following=lambda part: self.make(part, ReadNextAnswer), tries=tries)
        if not isinstance(reply, Got):
            return reply
        try:
            return Got(read_payload(reply.value.di, reply.value.payload, self._profile))
        except ProtocolError:
            return Missing(Silence.GARBLED)

    async def stamp(self, inquiry: Inquiry, di: DI) -> Reply[Stamp]:
        """Read an item that is one date or time."""
        reply = await self.item(inquiry, di)
        if not isinstance(reply, Got):
            return reply
        match reply.value.values:
            case (Stamp() as stamp,):
                return Got(stamp)
            case _:
                return Missing(Silence.GARBLED)

    async def block(
        self, inquiry: Inquiry, block: DI, *, tries: int | None = None
    ) -> Reply[tuple[Decimal | None, ...]]:
        """Read a block of numbers, one by one where the meter has no blocks: the first is needed then."""
        whole = await self.decimals(inquiry, block, tries=tries)
        if not isinstance(whole, Denied) or whole.reason is not Reason.NO_DATA:
            return whole
        numbers: list[Decimal | None] = []
        for member in MEMBERS[block]:
            reply = await self.decimals(inquiry, DI.of(block.di3, block.di2, member, 0), tries=tries)
            if isinstance(reply, Got):
                numbers += reply.value
            elif isinstance(reply, Denied) and numbers:
                numbers.append(None)
            else:
                return reply
        return Got(tuple(numbers))

    async def decimals(
        self, inquiry: Inquiry, di: DI, *, tries: int | None = None
    ) -> Reply[tuple[Decimal | None, ...]]:
        """Read an item of numbers; a digit that is none spoils the item."""
        reply = await self.item(inquiry, di, tries=tries)
        if not isinstance(reply, Got):
            return reply
        numbers = tuple(value for value in reply.value.values if isinstance(value, Decimal | None))
        if len(numbers) < len(reply.value.values):
            return Missing(Silence.GARBLED)
        return Got(numbers)
