"""The owner of time for several processes."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from clock.errors import RemoteProtocolError
from clock.face import utc
from clock.stepped import NEVER, Report, SteppedClock
from clock.tally import Tally
from clock.watch import PATIENCE, Tell, Watch, log_holders
from clock.wire import Answer, Command, Hello, Lines, Message

HOUR = timedelta(hours=1)
HERE = ""
"""The name of the conductor's own process among the parties; it sorts before every follower."""


class Conductor:
    """Steps the clock of this process and those of its followers together.

    Nothing moves when every process has told that it is quiet and on each connection either end has processed
    what the other has sent, by the counts told last: a process that is quiet can be woken only by bytes, and
    bytes that came after its report are missing in its counts. Then all are set to the smallest due instant, and
    after that the due ones are woken: first this process, then the followers by name, and inside a process in the
    order (at, id). What one of them sends is brought to rest before the next one is woken. So one seed has one log.

    A follower that goes away stops taking part. Time stands while one that is required is absent. After `patience`
    real seconds without a step `on_held` is given what holds time.
    """

    def __init__(
        self,
        clock: SteppedClock,
        path: Path,
        *,
        require: Iterable[str] = (),
        pace: float = 0.0,
        patience: float = PATIENCE,
        on_held: Tell = log_holders,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._path = path
        self._required = set(require)
        self._remotes: dict[str, _Remote] = {}
        self._sockets: dict[Lines, None] = {}
        self._counts = Tally()
        self._odd: Exception | None = None
        self._change = asyncio.Event()
        self._stepped = 0.0
        self._here = clock.report()
        self._counts.take(HERE, self._here.links)
        self._watch = Watch(self.holders, patience, on_held)
        self._server: asyncio.AbstractServer | None = None

    async def __aenter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._accept, str(self._path))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for lines in tuple(self._sockets):
            lines.close()
            await lines.over.wait()
        self._path.unlink(missing_ok=True)

    @property
    def pace(self) -> float:
        """Real seconds for each hour of business time, for readers; 0 does not wait. It may be set at any time."""
        return self._pace

    @pace.setter
    def pace(self, seconds: float) -> None:
        self._pace = seconds
        self._change.set()

    def expect(self, name: str) -> None:
        """Let time stand from now on while the follower `name` is absent."""
        self._required.add(name)

    def excuse(self, name: str) -> None:
        """Let time pass from now on though the follower `name` may be absent."""
        self._required.discard(name)
        self._change.set()

    def ask_anew(self) -> None:
        """Let time stand until every follower has told its state again.

        For a task of this process that has talked to a follower over a way whose bytes are not counted: it calls
        this when it has the answer, before it waits again. What the follower told before may be out of date.
        """
        for remote in self._remotes.values():
            remote.ask(self._clock.now(), NEVER, wake=False)

    def followers(self) -> tuple[str, ...]:
        """Return the names of the followers that take part."""
        return tuple(self._remotes)

    def holders(self) -> tuple[str, ...]:
        """Return what holds time, as far as it is known here."""
        return (
            *self._clock.holders(),
            *(f"{name} is absent" for name in sorted(self._required - self._remotes.keys())),
            *(f"{name} has not answered" for name, remote in self._remotes.items() if remote.asked),
            *(f"bytes under way: {key} {counts}" for key, counts in self._counts.moving().items()),
        )

    async def run(self, until: datetime) -> None:
        """Let business time pass until `until`, in a task that does not count as running.

        Raises `StepError` in one that does, and `RemoteProtocolError` when somebody else talks to the socket.
        """
        until = utc(until)
        await self._clock.quiet()
        self._stepped = asyncio.get_running_loop().time()
        try:
            while True:
                await self._stand()
                dues = [report.due for report in self._reports().values() if report.due is not None]
                target = min([*dues, until])
                if await self._pause(target) and await self._step(target) and target not in dues:
                    return
        finally:
            self._watch.end()

    def _reports(self) -> dict[str, Report]:
        reports = {HERE: self._here}
        for name in sorted(self._remotes):
            report = self._remotes[name].report
            if report is not None:
                reports[name] = report
        return reports

    async def _stand(self) -> None:
        """Wait until nothing moves anywhere and all that are required take part."""
        self._watch.begin()
        while True:
            self._change.clear()
            if not self._clock.is_quiet():
                await self._clock.quiet()
            self._look_here()
            if self._odd is not None:
                raise self._odd
            if not self._asked() and self._counts.is_level() and self._required <= self._remotes.keys():
                return
            self._clock.when_quiet(self._change.set, after=self._here.version)
            await self._change.wait()

    def _asked(self) -> bool:
        return any(remote.asked for remote in self._remotes.values())

    def _look_here(self) -> None:
        self._here = self._clock.report()
        self._counts.take(HERE, self._here.links)

    async def _pause(self, target: datetime) -> bool:
        """Sleep at the readers' pace, counted from the last step; tell whether nothing has happened meanwhile."""
        loop = asyncio.get_running_loop()
        ready = self._stepped + self._pace * ((target - self._clock.now()) / HOUR)
        if ready <= loop.time() or self._pace == 0:
            return True
        self._watch.end()
        self._change.clear()
        self._clock.when_quiet(self._change.set, after=self._here.version)
        try:
            async with asyncio.timeout_at(ready):
                await self._change.wait()
        except TimeoutError:
            return True
        return False

    async def _step(self, target: datetime) -> bool:
        """Set all to `target` and wake the first party that is due; False when something else came first.

        All others have the time before the first one may send them anything.
        """
        reports = self._reports()
        first = next((name for name, report in reports.items() if report.due == target), None)
        for name, report in reports.items():
            if name not in (HERE, first) and report.now < target:
                self._remotes[name].ask(target, report.version, wake=False)
        while self._asked():
            self._change.clear()
            await self._change.wait()
        told = self._reports()
        changed = not self._clock.is_quiet() or self._clock.version != self._here.version
        behind = any(told[name].now < target for name in told.keys() - {HERE, first})
        if changed or behind or (first is not None and told.get(first) is not reports[first]):
            return False
        if self._clock.now() < target:
            self._clock.advance(target)
            self._stepped = asyncio.get_running_loop().time()
        if first == HERE:
            await self._wake_here()
        elif first is not None:
            self._remotes[first].ask(target, reports[first].version, wake=True)
        return True

    async def _wake_here(self) -> None:
        while self._clock.is_due() and not self._clock.links.moved and not self._asked():
            self._clock.fire()
            await self._clock.quiet()

    def _accept(self) -> Lines:
        lines = Lines(self._came, self._lost)
        self._sockets[lines] = None
        return lines

    def _came(self, lines: Lines, message: Message) -> None:
        remote = next((r for r in self._remotes.values() if r.lines is lines), None)
        match message:
            case Hello(name) if remote is None and name:
                self._join(name, lines)
            case Answer(number, report) if remote is not None:
                remote.take(number, report)
                self._counts.take(remote.name, report.links)
                self._change.set()
            case _:
                raise RemoteProtocolError(f"a follower says hello once and then reports, not {message}")

    def _join(self, name: str, lines: Lines) -> None:
        """Let a follower take part; an older one of that name has been replaced by it."""
        self._drop(name)
        self._remotes[name] = _Remote(name, lines)
        latest = max(self._clock.now(), *(report.now for report in self._reports().values()))
        self._remotes[name].ask(latest, None, wake=False)
        self._change.set()

    def _drop(self, name: str) -> None:
        gone = self._remotes.pop(name, None)
        if gone is not None:
            gone.lines.close()
            self._counts.forget(name)
            self._change.set()

    def _lost(self, lines: Lines, error: Exception | None) -> None:
        self._sockets.pop(lines, None)
        if isinstance(error, RemoteProtocolError):
            self._odd = error
        for name in [name for name, remote in self._remotes.items() if remote.lines is lines]:
            self._drop(name)
        self._change.set()


class _Remote:
    """A follower as the conductor knows it: its last report, and whether a command is unanswered."""

    def __init__(self, name: str, lines: Lines) -> None:
        self.name = name
        self.lines = lines
        self.report: Report | None = None
        self._number = 0
        self._answered = 0

    @property
    def asked(self) -> bool:
        return self._answered < self._number

    def ask(self, to: datetime, seen: int | None, *, wake: bool) -> None:
        self._number += 1
        self.lines.send(Command(self._number, to, wake, seen))

    def take(self, number: int, report: Report) -> None:
        self._answered = number
        self.report = report
