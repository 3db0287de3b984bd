"""What acts at the desk work with."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from clock import Clock
from drivers.link import Links
from drivers.meter import Field
from headend.config import Settings
from headend.desk.model import Act, Caller
from headend.store import By, Rank, Store
from protocols.dlt645 import profiles as packaged

PACKAGED = frozenset(packaged())
"""The models of meters that travel with the program."""


async def nothing() -> None:
    """Do nothing: nobody needs to hear of a changed archive."""


@dataclass
class Means:
    """The store, the field and whom to tell; `profiles` are the models of meters that the drivers know."""

    store: Store
    clock: Clock
    field: Field
    links: Links
    settings: Settings
    archive_changed: Callable[[], Awaitable[None]] = nothing
    profiles: Collection[str] = PACKAGED

    async def write(self, act: Act, caller: Caller, function: Callable[..., Any], *args: object) -> Any:
        """Run one transaction of an act in the caller's name."""
        return await self.store.write(By(caller.actor, f"desk:{act.name}", Rank.PEOPLE), function, *args)
