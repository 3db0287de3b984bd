"""A DL/T 645 item read to its end: the first frame, and the follow-up frames of a long one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from drivers.meter.asking import Inquiry, Make
from drivers.meter.model import Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply
from protocols.dlt645 import Assembly, Read1997Answer, ReadAnswer, ReadNext1997Request, ReadNextRequest
from protocols.errors import ProtocolError

First = TypeVar("First", ReadAnswer, Read1997Answer)


async def whole(
    inquiry: Inquiry,
    *makes: Make[First],
    following: Callable[[ReadNextRequest | ReadNext1997Request], Make[Any]],
    tries: int | None = None,
) -> Reply[First]:
    """Read an item, or on silence the same by a substitute, and give it as one answer.

    `following` makes the question for a part. A lost part of 1997 is not asked for again, as nobody knows whether the
    meter has counted on. An item without a byte is `NO_DATA`.
    """
    first = await inquiry.read(*makes, tries=tries)
    if not isinstance(first, Got) or (first.value.payload and not first.value.more):
        return first  # as most: an item in one frame is whole already
    assembly = Assembly(first.value)
    while (wanted := assembly.next_request) is not None:
        once = isinstance(wanted, ReadNext1997Request)
        part = await inquiry.read(following(wanted), tries=1 if once else None)
        if not isinstance(part, Got):
            return part
        try:
            assembly.add(part.value)
        except ProtocolError:
            return Missing(Silence.GARBLED)
    if not assembly.payload:
        return Denied(Reason.NO_DATA, "no data")
    return Got(replace(first.value, payload=assembly.payload, more=False))
