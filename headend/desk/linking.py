"""Links at the desk: how one is reached, as only the field tells."""

from typing import Annotated

import structlog
from pydantic import Field

from drivers.link import Device, DeviceKind, read_endpoint
from headend import archive
from headend.desk import objects, trail
from headend.desk.errors import RefusedError
from headend.desk.means import Means
from headend.desk.model import Act, Arguments, Caller, Reason
from headend.store import Tx

log = structlog.get_logger(__name__)


class LinkEndpoint(Arguments):
    """How a link shall be reached from now on, and why; an empty endpoint means that it dials in."""

    link: Annotated[str, Field(min_length=1, max_length=48)]
    endpoint: Annotated[str, Field(max_length=200)]
    reason: Reason


def device_of(kind: str, endpoint: str) -> Device:
    """Give the device of an archive entry; raises ValueError where it could not be reached like that."""
    return Device(DeviceKind(kind), read_endpoint(endpoint))


async def link_endpoint(desk: Means, act: Act, caller: Caller, args: LinkEndpoint) -> dict[str, object]:
    """Say how a link is reached: it is dismissed, and reached like that from now on."""
    before = await desk.write(act, caller, _set, caller, args)
    if before != args.endpoint:
        await desk.archive_changed()
        log.info("link.endpoint", link=args.link, before=before, after=args.endpoint, by=caller.actor)
    return {"link": args.link, "endpoint": args.endpoint, "before": before}


def _set(tx: Tx, caller: Caller, args: LinkEndpoint) -> str:
    objects.check_link(tx, caller, args.link)
    kind, _ = archive.links(tx)[args.link]
    try:
        device_of(kind, args.endpoint)
    except ValueError as error:
        raise RefusedError(str(error)) from error
    before = archive.set_endpoint(tx, args.link, args.endpoint)
    trail.record(tx, "link_endpoint", {**args.model_dump(mode="json"), "before": before})
    return before
