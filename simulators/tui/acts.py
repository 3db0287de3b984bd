"""Acts on the panel: keys and buttons for the common ones, all of them in the command palette."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from protocols.dissection import Words
from simulators.faults import FAULTS
from simulators.meter import ACTS, Kind, Meter

if TYPE_CHECKING:
    from simulators.tui.panel import Panel

__all__ = ["QUICK", "Palette", "Quick"]

Told = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quick:
    """An act under a key; ``told`` gives its arguments as the meter stands, without it they are asked for."""

    key: str
    act: str
    words: Words
    told: Callable[[Meter, datetime], Told] | None = None


def _fixed(**told: str) -> Callable[[Meter, datetime], Told]:
    return lambda _, __: told


def _turned(stands: Callable[[Meter, datetime], bool], **told: str) -> Callable[[Meter, datetime], Told]:
    """Switch to the other state than that in which the meter stands."""
    return lambda meter, now: told | {"state": "off" if stands(meter, now) else "on"}


def _cover_is_open(meter: Meter, _: datetime) -> bool:
    return meter.events.goes_on(Kind.COVER)


QUICK = (
    Quick("t", "trip", Words("Trip", "跳闸"), _fixed()),
    Quick("c", "close", Words("Close", "合闸"), _fixed(how="direct")),
    Quick("a", "close", Words("Allow", "允许"), _fixed(how="permit")),
    Quick("k", "press_key", Words("Key", "按键"), _fixed()),
    Quick("n", "load", Words("Load on", "加负荷"), _fixed(watts="profile")),
    Quick("l", "load", Words("No load", "卸负荷"), _fixed(watts="0")),
    Quick("w", "load", Words("Watts…", "功率…")),
    Quick("o", "power", Words("Power", "停/上电"), _turned(lambda meter, _: meter.powered)),
    Quick("v", "cover", Words("Cover", "表盖"), _turned(_cover_is_open, cover="meter")),
    Quick("g", "keep_power", Words("Keep", "保电"), _turned(lambda meter, now: meter.relay(now).protected)),
    Quick("r", "replace", Words("Replace", "换表…")),
)
"""What a technician does all the time."""


class Palette(Provider):
    """All acts and faults by name; an act with its arguments behind it is done at once, as ``load 2000``."""

    @property
    def _panel(self) -> "Panel":
        return cast("Panel", self.app)

    def _rows(self) -> list[tuple[str, str, Callable[[], None]]]:
        said = self._panel.said
        acts = ((name, said(act.words), partial(self._panel.start_act, name)) for name, act in ACTS.items())
        faults = (
            (f"fault {kind}", said(row.words), partial(self._panel.edit_fault, kind)) for kind, row in FAULTS.items()
        )
        return [*acts, *faults]

    async def discover(self) -> Hits:
        """List everything while nothing is typed."""
        for name, words, run in self._rows():
            yield DiscoveryHit(f"{name} – {words}", run, name)

    async def search(self, query: str) -> Hits:
        """Find by name, or by a word of either language."""
        name, *texts = query.split() or [""]
        if name in ACTS and texts:
            words = self._panel.said(ACTS[name].words)
            yield Hit(1.0, query, partial(self._panel.tell_act, name, *texts), query, words)
            return
        matcher = self.matcher(name)
        for name, words, run in self._rows():
            shown = f"{name} – {words}"
            score = matcher.match(shown)
            if score > 0:
                yield Hit(score, matcher.highlight(shown), run, name)
