"""The faults of one device while it runs: switched on and off, drawn for each exchange, the same for the same seed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from simulators.faults.checking import arguments_of, check
from simulators.faults.kinds import FAULTS, LATE
from simulators.faults.links import BREAKS, Break
from simulators.faults.model import Fault, Hit, Part, Stage
from simulators.faults.rewriting import refuse
from simulators.seeded import chance

__all__ = ["Fate", "Faults"]

PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one exchange: whether the device hears it, and in which form its answer leaves.

    ``instead`` is said in the place of an answer of the device; ``note`` names what befalls the request.
    """

    faults: "Faults"
    hits: tuple[Hit, ...]

    @property
    def note(self) -> str:
        """Names of the faults that take hold of the request."""
        return _names(hit for hit in self.hits if FAULTS[hit.kind].stage is Stage.REQUEST)

    @property
    def heard(self) -> bool:
        """Whether the device hears the request."""
        return not self._has("silent")

    @property
    def echoes(self) -> bool:
        """Whether the request comes back."""
        return self._has("echo")

    @property
    def instead(self) -> bytes | None:
        """What is said in the place of an answer; the device then never hears the request."""
        hit = next((hit for hit in self.hits if hit.kind == "refused"), None)
        return None if hit is None else refuse(hit.request, int(hit.arguments["code"]))

    def shape(self, reply: bytes) -> tuple[Part, ...]:
        """Give what leaves, in its order: what was held back before, then the answer in the form that it takes."""
        parts = _shaped(reply, self.hits, "refused" if self._has("refused") else "")
        held = self.faults.release()
        if self._has(LATE):
            self.faults.hold(tuple(_noted(part, LATE) for part in parts))
            parts = ()
        return held + parts

    def _has(self, kind: str) -> bool:
        return any(hit.kind == kind for hit in self.hits)


class Faults:
    """The faults of one device from ``since`` on, the instant from which their times count."""

    def __init__(self, since: datetime, faults: Iterable[Fault] = (), *, seed: int = 1) -> None:
        self._since = since
        self._seed = seed
        self._faults = {number: check(fault) for number, fault in enumerate(faults)}
        self._next = len(self._faults)
        self._touched: dict[int, int] = {}
        self._exchanges = 0
        self._logins = 0
        self._breaks = 0
        self._held: tuple[Part, ...] = ()
        self.changed: list[Callable[[], None]] = []
        """Called when faults are switched on or off."""

    def on(self, fault: Fault, now: datetime) -> None:
        """Switch a fault on from now on; its own times count from here. One of its kind takes the place of another."""
        fault = check(fault)
        self.off(fault.kind)
        begin = now - self._since + fault.begin
        end = None if fault.end is None else now - self._since + fault.end
        self._faults[self._next] = replace(fault, begin=begin, end=end)
        self._next += 1
        self._tell()

    def off(self, kind: str | None = None) -> None:
        """Switch off a kind of fault, or all; a late answer that is still held back is forgotten."""
        self._faults = {number: one for number, one in self._faults.items() if kind not in {None, one.kind}}
        if kind in {None, LATE}:
            self._held = ()
        self._tell()

    def active(self, now: datetime) -> tuple[Fault, ...]:
        """Give those that may touch an exchange of this moment, in the order of the table."""
        found = (fault for _, fault in self._active(now))
        return tuple(found)

    def meet(self, request: bytes, now: datetime) -> Fate:
        """Draw what befalls an exchange; call it once for each request, in their order."""
        self._exchanges += 1
        return Fate(self, self._hits(request, now, {Stage.REQUEST, Stage.ANSWER}, self._exchanges))

    def meet_piece(self, piece: bytes, now: datetime) -> tuple[Part, ...]:
        """Draw what befalls a further piece of an answer, an exchange of its own; give what leaves.

        It was asked for by no request, so it cannot be late by one, nor be refused.
        """
        self._exchanges += 1
        return _shaped(piece, self._hits(b"", now, {Stage.ANSWER}, self._exchanges))

    def meet_login(self, said: bytes, now: datetime) -> tuple[Part, ...]:
        """Draw what befalls a login, heartbeat or registration; give what leaves."""
        self._logins += 1
        return _shaped(said, self._hits(b"", now, {Stage.LOGIN}, self._logins))

    def release(self) -> tuple[Part, ...]:
        """Give up what was held back."""
        held, self._held = self._held, ()
        return held

    def hold(self, parts: tuple[Part, ...]) -> None:
        """Hold an answer back until the next request."""
        self._held = parts

    def next_break(self, now: datetime) -> Break | None:
        """Tell when a connection that is there at ``now`` is cut, if nothing is switched until then."""
        breaks = [made for number, fault in self._faults.items() if (made := self._break(number, fault, now))]
        return min(breaks, key=lambda one: one.at, default=None)

    def broke(self, done: Break) -> None:
        """Take note that it was cut."""
        self._touched[done.number] = self._touched.get(done.number, 0) + 1

    def _hits(self, request: bytes, now: datetime, stages: set[Stage], count: int) -> tuple[Hit, ...]:
        """Draw which faults strike what is the ``count``-th of its sort."""
        hits: list[Hit] = []
        for number, fault in self._active(now):
            if FAULTS[fault.kind].stage in stages and self._strikes(number, fault, count):
                self._touched[number] = self._touched.get(number, 0) + 1
                hits.append(Hit(fault.kind, arguments_of(fault), request, self._seed, count))
        return tuple(hits)

    def _break(self, number: int, fault: Fault, now: datetime) -> Break | None:
        done = self._touched.get(number, 0)
        if fault.kind not in BREAKS or (fault.count is not None and done >= fault.count):
            return None
        self._breaks += 1
        hit = Hit(fault.kind, arguments_of(fault), b"", self._seed, self._breaks)
        up, away, polite = BREAKS[fault.kind](hit, done)
        at = max(now, self._since + fault.begin) + up
        if fault.end is not None and at >= self._since + fault.end:
            return None
        permille = round(fault.probability * PERMILLE)
        strikes = chance(permille, self._seed, "breaks", number, fault.kind, self._breaks)
        return Break(at, away, polite, fault.kind, number) if strikes else None

    def _tell(self) -> None:
        for callback in tuple(self.changed):
            callback()

    def _active(self, now: datetime) -> list[tuple[int, Fault]]:
        since = now - self._since
        order = list(FAULTS)
        active = [
            (number, fault)
            for number, fault in self._faults.items()
            if fault.begin <= since
            and (fault.end is None or since < fault.end)
            and (fault.count is None or self._touched.get(number, 0) < fault.count)
        ]
        return sorted(active, key=lambda pair: (order.index(pair[1].kind), pair[0]))

    def _strikes(self, number: int, fault: Fault, count: int) -> bool:
        permille = round(fault.probability * PERMILLE)
        return chance(permille, self._seed, "strikes", number, fault.kind, count)


def _shaped(data: bytes, hits: Iterable[Hit], note: str = "") -> tuple[Part, ...]:
    """Give bytes in the form that the faults make of them."""
    parts: tuple[Part, ...] = (Part(data, note=note),) if data else ()
    for hit in hits:
        shape = FAULTS[hit.kind].shape
        if shape is not None and parts:
            parts = tuple(_noted(part, hit.kind) for part in shape(hit, parts))
    return parts


def _noted(part: Part, kind: str) -> Part:
    return replace(part, note=f"{part.note} {kind}".strip())


def _names(hits: Iterable[Hit]) -> str:
    return " ".join(hit.kind for hit in hits)
