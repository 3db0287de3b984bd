"""What acts at the desk work with."""

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clock import Clock
from drivers.link import Links
from drivers.meter import Dialect, Field
from headend.collect.collector import Collector
from headend.config import Settings
from headend.desk.errors import RefusedError
from headend.desk.model import Act, Caller
from headend.store import By, Rank, Store
from protocols.dlt645 import profiles
from protocols.dlt698.models import models

PACKAGED: Mapping[str, Collection[str]] = {Dialect.DLT645: tuple(profiles()), Dialect.DLT698: tuple(models())}
"""The models of meters that travel with the program, by dialect."""


async def nothing() -> None:
    """Do nothing: nobody needs to hear of a changed archive."""


def unheard(_link: str) -> Sequence[Mapping[str, Any]]:
    """Tell of nothing: nobody hears what happens on the links."""
    return ()


@dataclass
class Means:
    """The store, the field and whom to tell; `profiles` are the models that the drivers know, by dialect.

    ``happened`` tells what was odd on a link lately.
    """

    store: Store
    clock: Clock
    field: Field
    links: Links
    settings: Settings
    archive_changed: Callable[[], Awaitable[None]] = nothing
    profiles: Mapping[str, Collection[str]] = dataclasses.field(default_factory=lambda: PACKAGED)
    collector: Collector | None = None
    happened: Callable[[str], Sequence[Mapping[str, Any]]] = unheard

    @property
    def rounds(self) -> Collector:
        """Who runs collection rounds. Raises :class:`RefusedError` where nobody does."""
        if self.collector is None:
            raise RefusedError("nobody runs collection rounds here; start the daemon with `headend run`")
        return self.collector

    async def write(self, act: Act, caller: Caller, function: Callable[..., Any], *args: object) -> Any:
        """Run one transaction of an act in the caller's name."""
        return await self.store.write(By(caller.actor, f"desk:{act.name}", Rank.PEOPLE), function, *args)
