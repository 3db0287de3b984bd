"""A field of one meter that obeys a script: what happens on the wire and in the relay, exchange by exchange."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from clock import Clock
from drivers.link import Go, Rank
from drivers.meter import (
    Accepted,
    Answer,
    Field,
    How,
    Place,
    Reason,
    Refused,
    Registers,
    RelayState,
    Release,
    Silence,
    Silent,
    Told,
    Way,
    WireFrame,
)

ADDRESS = "000000000001"
SECONDS = timedelta(seconds=1)


@dataclass
class ScriptedMeter:
    """A meter whose relay moves as its script says; each exchange takes ``latency``.

    Scripts are words, used up one a command: ``ok`` (accepted and done), ``stuck`` (accepted, does not move),
    ``late`` (accepted, moves a minute later), ``lost`` (done, but the answer is lost), ``deaf`` (nothing arrives),
    ``refuse``. Without words all is ``ok``. ``silent_reads`` reads are not answered. Until ``secured`` no command can
    be secured: none leaves.
    """

    clock: Clock
    register: Decimal
    open: bool = False
    command_open: bool = False
    keep_power: bool = False
    address: str = ADDRESS
    latency: timedelta = 4 * SECONDS
    words: list[str] = field(default_factory=list)
    silent_reads: int = 0
    secured: datetime | None = None
    heard: list[tuple[str, datetime]] = field(default_factory=list)

    async def relay(self, *, rank: Rank) -> Answer[RelayState]:  # noqa: ARG002 - the drivers' face
        await self.clock.sleep(self.latency)
        if self.silent_reads > 0:
            self.silent_reads -= 1
            return Silent(Silence.NO_ANSWER, sent=True, at=self.clock.now(), trace=())
        current = Decimal("0.0000") if self.open else Decimal("1.5000")
        state = RelayState(self.open, self.command_open, self.keep_power, current, self.address, "0000", Decimal(220))
        return Told(state, self.clock.now(), self._trace())

    async def registers(self, *, rank: Rank) -> Answer[Registers]:  # noqa: ARG002 - the drivers' face
        await self.clock.sleep(self.latency)
        return Told(Registers(self.register, (), self.clock.now()), self.clock.now(), self._trace())

    async def trip(self, release: Release, go: Go, *, until: datetime) -> Answer[Accepted]:  # noqa: ARG002 - as above
        assert release.address == self.address
        return await self._command("trip", go, opens=True)

    async def close(self, *, go: Go | None = None) -> Answer[Accepted]:
        return await self._command("close", go, opens=False)

    async def permit(self, *, go: Go | None = None) -> Answer[Accepted]:
        return await self._command("permit", go, opens=None)

    async def _command(self, name: str, go: Go | None, *, opens: bool | None) -> Answer[Accepted]:
        await self.clock.sleep(self.latency)
        if self.secured is not None and self.clock.now() < self.secured:
            return Silent(Silence.SECURITY, sent=False, at=self.clock.now(), trace=(), detail="no module")
        if go is not None and not await go():
            return Silent(Silence.HELD_BACK, sent=False, at=self.clock.now(), trace=())
        self.heard.append((name, self.clock.now()))
        word = self.words.pop(0) if self.words else "ok"
        if word in {"ok", "lost", "late"}:
            self.clock.spawn(self._obey(opens, 60 * SECONDS if word == "late" else SECONDS), name="meter")
        await self.clock.sleep(self.latency)
        if word == "refuse":
            return Refused(Reason.NOT_AUTHORISED, "ERR 04", self.clock.now(), self._trace())
        if word in {"lost", "deaf"}:
            await self.clock.sleep(60 * SECONDS)
            return Silent(Silence.NO_ANSWER, sent=True, at=self.clock.now(), trace=())
        return Told(Accepted(How.UNKNOWN), self.clock.now(), self._trace())

    async def _obey(self, opens: bool | None, after: timedelta) -> None:
        """Take the order over at once and move the relay later, whatever has become of the caller."""
        self.command_open = bool(opens)
        await self.clock.sleep(after)
        if opens is not None and self.command_open == opens:
            self.open = opens

    def _trace(self) -> tuple[WireFrame, ...]:
        now = self.clock.now()
        return (WireFrame(Way.OUT, now, b"\x68out"), WireFrame(Way.IN, now, b"\x68in"))

    def commands(self) -> list[str]:
        """Give the names of the commands that arrived."""
        return [name for name, _ in self.heard]


@dataclass
class OneMeter:
    """A field in which every place is the scripted meter."""

    scripted: ScriptedMeter

    def meter(self, place: Place) -> ScriptedMeter:
        assert place.address == ADDRESS
        return self.scripted

    def as_field(self) -> Field:
        """Give it as what the operator asks for."""
        return cast("Field", self)
