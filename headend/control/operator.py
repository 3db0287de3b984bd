"""The operator (指令执行): advances relay commands over the wire, one step each time they are due.

It holds no state of its own. Killed at any point, it goes on from the rows: what was being sent is read back first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from clock import Clock
from drivers.link import Rank as LinkRank
from drivers.meter import (
    Accepted,
    Answer,
    Dialect,
    Field,
    Meter,
    Place,
    Refused,
    RelayState,
    Release,
    Road,
    Silence,
    Silent,
    Told,
)
from headend import archive
from headend.control import ordering, steps
from headend.control.machine import Event, State
from headend.control.model import GIVES_POWER, Command, Kind
from headend.control.ordering import WORKER, due_commands
from headend.store import By, Rank, Store, View, Worker

log = structlog.get_logger(__name__)

PARALLEL = 16
"""Commands under way at a time; the links' own queues put them in order."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A command with the number of its account, for the log, and where its meter is."""

    command: Command
    no: str
    place: Place


class Operator:
    """Takes due commands and does the next step of each."""

    def __init__(self, store: Store, field: Field, clock: Clock, operator_code: str) -> None:
        self._store = store
        self._field = field
        self._clock = clock
        self._code = operator_code
        self._steps: Mapping[State, Callable[[Subject], Awaitable[None]]] = {
            State.QUEUED: self._turn,
            State.RETRY: self._turn,
            State.VERIFY: self._verify,
            State.DONE: self._look_again,
        }

    def worker(self) -> Worker[int]:
        """Make the worker that drives the commands."""
        return Worker(self._clock, self._store, WORKER, due_commands, self._advance, PARALLEL)

    async def recover(self) -> int:
        """After a start: what was interrupted goes on as the machine says; give how many commands."""
        count = await self._store.write(By("system:control", "restart"), ordering.recover)
        if count:
            log.warning("control.recovered", commands=count)
        return count

    async def _advance(self, command_id: int) -> None:
        subject = await self._store.read(_subject, command_id)
        step = self._steps.get(subject.command.state)
        if step is not None:
            await step(subject)
        else:
            await self._store.write(self._by(subject), steps.interrupted, command_id)

    async def _turn(self, subject: Subject) -> None:
        known = await self._store.write(self._by(subject), steps.begin, subject.command.id)
        if known is None:
            return
        meter = self._meter(subject)
        told = await meter.relay(rank=_rank(known))
        if known.kind is Kind.READ_STATE:
            await self._end_read(subject, told)
            return
        if not isinstance(told, Told):
            await self._keep(subject, told)
            await self._put_off(subject, told)
            return
        await self._keep(subject, told)
        live = steps.Live(told.value)
        if known.kind is Kind.TRIP:
            registers = await meter.registers(rank=_rank(known))
            await self._keep(subject, registers)
            live = steps.Live(told.value, registers.value.total if isinstance(registers, Told) else None)
        leave = await self._store.write(self._by(subject), steps.precheck, known.id, live, self._code)
        if leave:
            await self._send(subject, meter, leave)
        else:
            await self._tell_end(subject)

    async def _send(self, subject: Subject, meter: Meter, leave: Release | bool) -> None:
        known = subject.command

        async def go() -> bool:
            sent = await self._store.write(self._by(subject), steps.mark_sent, known.id, subject.place.profile)
            if sent:
                log.info("relay.sent", account=subject.no, kind=known.kind.value, address=known.address)
            return sent

        if isinstance(leave, Release):
            until = known.window_end or self._clock.now() + timedelta(minutes=5)
            answer: Answer[Accepted] = await meter.trip(leave, go, until=until)
        elif known.kind is Kind.CLOSE:
            answer = await meter.close(go=go)
        else:
            answer = await meter.permit(go=go)
        await self._keep(subject, answer)
        await self._take_answer(subject, answer)

    async def _take_answer(self, subject: Subject, answer: Answer[Accepted]) -> None:
        by, number = self._by(subject), subject.command.id
        match answer:
            case Told():
                await self._store.write(by, steps.answered, number, Event.ACCEPTED)
            case Refused():
                await self._store.write(by, steps.answered, number, Event.REFUSED, f"{answer.code} {answer.reason}")
                log.warning("relay.refused", account=subject.no, kind=subject.command.kind.value, code=answer.code)
            case Silent(sent=True):
                await self._store.write(by, steps.answered, number, Event.SILENT, answer.reason.value)
            case Silent(reason=Silence.HELD_BACK):
                await self._tell_end(subject)
            case Silent():
                await self._put_off(subject, answer)

    async def _put_off(self, subject: Subject, answer: Refused | Silent) -> None:
        """Try again later what was not sent; that nothing secures a command is no silence of the meter: a warning."""
        known, why = subject.command, _why(answer)
        unsecured = isinstance(answer, Silent) and answer.reason is Silence.SECURITY
        await self._store.write(self._by(subject), steps.unreachable, known.id, why, unsecured=unsecured)
        level, event = (log.warning, "relay.unsecured") if unsecured else (log.info, "relay.unreachable")
        level(event, account=subject.no, command=known.id, kind=known.kind.value, reason=why)

    async def _verify(self, subject: Subject) -> None:
        relay, why = await self._read_relay(subject)
        to = await self._store.write(self._by(subject), steps.read_back, subject.command.id, relay, why)
        if to is not None:
            await self._tell_end(subject)

    async def _look_again(self, subject: Subject) -> None:
        relay, _ = await self._read_relay(subject)
        stands = await self._store.write(self._by(subject), steps.later_read_back, subject.command.id, relay)
        if not stands:
            log.warning("relay.moved_back", account=subject.no, kind=subject.command.kind.value)

    async def _end_read(self, subject: Subject, told: Answer[RelayState]) -> None:
        await self._keep(subject, told)
        relay = told.value if isinstance(told, Told) else None
        await self._store.write(self._by(subject), steps.state_read, subject.command.id, relay, _why(told))

    async def _read_relay(self, subject: Subject) -> tuple[RelayState | None, str]:
        told = await self._meter(subject).relay(rank=_rank(subject.command))
        await self._keep(subject, told)
        return (told.value, "") if isinstance(told, Told) else (None, _why(told))

    async def _keep(self, subject: Subject, answer: Answer[object]) -> None:
        frames = tuple((frame.way.value, frame.at, frame.data) for frame in answer.trace)
        if frames:
            await self._store.write(self._by(subject), ordering.keep_trace, subject.command.id, frames)

    async def _tell_end(self, subject: Subject) -> None:
        """Log how a command's turn ended, by the row."""
        now = (await self._store.read(_subject, subject.command.id)).command
        event = f"relay.{now.state.value.lower()}"
        level = log.warning if now.state in {State.FAILED, State.BLOCKED} else log.info
        level(event, account=subject.no, kind=now.kind.value, address=now.address, reason=now.reason)

    def _meter(self, subject: Subject) -> Meter:
        return self._field.meter(subject.place)

    def _by(self, subject: Subject) -> By:
        return By("system:control", subject.command.reference, _store_rank(subject.command))


def _subject(view: View, command_id: int) -> Subject:
    known = ordering.get(view, command_id)
    installed = steps.installed(view, known)
    ways = Dialect(installed.dialect), Road(installed.road), known.link
    where = Place(known.address, *ways, installed.profile)
    return Subject(known, archive.account(view, known.account).no, where)


def _rank(known: Command) -> LinkRank:
    return LinkRank.RESTORE if known.kind in GIVES_POWER else LinkRank.CHECK


def _store_rank(known: Command) -> Rank:
    return Rank.PEOPLE if known.kind in GIVES_POWER else Rank.FIELD


def _why(answer: Answer[object]) -> str:
    match answer:
        case Refused():
            return f"{answer.code} {answer.reason}"
        case Silent():
            return f"{answer.reason.value} {answer.detail}".rstrip()
        case _:
            return ""
