"""Who is on a line: the only meter there is asked for its address; where there are several their answers collide."""

from functools import partial

from drivers.meter.asking import Inquiry
from drivers.meter.carriers698 import Carrier698
from drivers.meter.model import Silence
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.meter.roads import Carrier645
from drivers.meter.values698 import Attributes
from protocols import dlt645, dlt698
from protocols.dlt698 import recipes
from protocols.dlt698.objects import meter_digits

NUMBER_1997 = dlt645.Read1997Request(0xC032)
"""The meter number (表号), of as many bytes as an address."""
ADDRESS_SIZE = 6


async def identify_645(inquiry: Inquiry, line: Carrier645) -> Reply[str]:
    """Ask by 13H (读通信地址).

    A meter of 1997 does not know that question, and is silent or refuses: it is asked for its number, and answers under
    its address, or under the wildcard, where the number has to do.
    """
    anybody = dlt645.WILDCARD
    told = await inquiry.read(lambda: line.carry(anybody, dlt645.ReadAddressRequest(), dlt645.ReadAddressAnswer))
    if isinstance(told, Got):
        return Got(told.value.meter.digits)
    if isinstance(told, Denied) or told == Missing(Silence.NO_ANSWER):
        number = await inquiry.read(partial(line.carry, anybody, NUMBER_1997, dlt645.Read1997Answer))
        return _address_1997(number, inquiry.heard)
    return told


async def identify_698(inquiry: Inquiry, line: Carrier698) -> Reply[str]:
    """Ask, by the wildcard address, for what the meter calls its own (40010200); it answers under it."""
    own = await line.attributes(inquiry, (recipes.COMMUNICATION_ADDRESS,))
    return _address_698(own, inquiry.heard)


def _address_1997(number: Reply[dlt645.Read1997Answer], heard: bytes) -> Reply[str]:
    """Give the address under which a meter told its number, the number itself if it repeated the wildcard."""
    if not isinstance(number, Got):
        return number
    address, payload = dlt645.parse_frame(heard).address, number.value.payload
    if not address.is_meter and len(payload) == ADDRESS_SIZE:
        address = dlt645.Address.from_wire(payload)
    return Got(address.digits) if address.is_meter else Missing(Silence.GARBLED)


def _address_698(own: Reply[Attributes], heard: bytes) -> Reply[str]:
    """Give the address under which a meter answered, be it a refusal; by the wildcard, what it calls its own."""
    if isinstance(own, Missing):
        return own
    address = dlt698.parse_link(heard).address
    if address.kind is dlt698.AddressKind.SINGLE and "A" not in address.digits:
        return Got(address.digits)
    value = own.value[recipes.COMMUNICATION_ADDRESS] if isinstance(own, Got) else None
    digits = meter_digits(value) if isinstance(value, dlt698.Value) else None
    return Missing(Silence.GARBLED) if digits is None else Got(digits)
