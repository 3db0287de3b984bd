"""The desk (前台): every act of a person or an outside system goes through here, by one table."""

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import structlog
from pydantic import ValidationError

from drivers.errors import DriverError
from headend.archive import ArchiveError, UnknownAccountError, UnknownUnitError
from headend.audit import AuditError
from headend.control import ControlError, UnknownProposalError
from headend.desk import callers, trail
from headend.desk.acts import ACTS
from headend.desk.errors import (
    ArgumentsError,
    DeskError,
    NotFoundError,
    NotPermittedError,
    RefusedError,
    UnknownActError,
)
from headend.desk.means import Means
from headend.desk.model import Act, Arguments, Caller, Done, Peer, Way
from headend.desk.plain import Plain, plain
from headend.settle import SettleError, UnknownCorrectionError
from headend.store import By, Rank, StoreError, Tx, View
from headend.strategy import StrategyError
from headend.work import WorkError

log = structlog.get_logger(__name__)

NOT_FOUND = (UnknownAccountError, UnknownUnitError, UnknownProposalError, UnknownCorrectionError)
REFUSED = (ArchiveError, WorkError, SettleError, ControlError, StrategyError, AuditError, StoreError, DriverError)
"""What rooms refuse is told to the caller in the room's own words; anything else is a fault of the program."""


class Desk(Means):
    """Does what callers ask for, if they may, and writes it down."""

    async def call(self, peer: Peer, name: str, args: Mapping[str, Any]) -> Plain:
        """Do an act and give its answer as plain JSON. Raises :class:`DeskError`.

        A refusal is on the trail before it is raised.
        """
        act = ACTS.get(name)
        if act is None:
            raise UnknownActError(f"there is no act {name[:40]!r}; `headend --help` lists what there is")
        try:
            caller = await self.store.read(callers.resolve, peer, os.getuid())
        except NotPermittedError as error:
            await self._note_refusal(f"unknown:{peer.user}"[:64], act, {}, error)
            raise
        given: Mapping[str, Any] = {}
        try:
            permit(act, caller)
            arguments = read_arguments(act, args)
            given = arguments.model_dump(mode="json", exclude_none=True)
            return await self._do(act, caller, arguments)
        except DeskError as error:
            await self._note_refusal(caller.actor, act, given, error)
            raise

    async def _do(self, act: Act, caller: Caller, arguments: Arguments) -> Plain:
        try:
            if act.way is Way.READ:
                return plain(await self.store.read(act.function, caller, arguments))
            if act.way is Way.LIVE:
                return plain(await act.function(self, act, caller, arguments))
            done: Done = await self.write(act, caller, with_trail(act), caller, arguments)
        except NOT_FOUND as error:
            raise NotFoundError(str(error)) from error
        except REFUSED as error:
            raise RefusedError(str(error)) from error
        tell(done)
        return plain(done.result)

    async def _note_refusal(self, actor: str, act: Act, given: Mapping[str, Any], error: DeskError) -> None:
        by = By(actor, f"desk:{act.name}", Rank.PEOPLE)
        await self.store.write(by, trail.record, act.name, given, error.code)
        log.info("desk.refused", act=act.name, by=actor, reason=str(error))


def read(view: View, name: str, caller: Caller, args: Mapping[str, Any]) -> Plain:
    """Do a reading act on a snapshot at hand: how the books are read while no daemon runs.

    Raises :class:`DeskError`, for acts that do more than read too.
    """
    act = ACTS.get(name)
    if act is None or act.way is not Way.READ:
        raise RefusedError(f"{name} needs the daemon; start it with `headend run`")
    permit(act, caller)
    try:
        return plain(act.function(view, caller, read_arguments(act, args)))
    except NOT_FOUND as error:
        raise NotFoundError(str(error)) from error
    except REFUSED as error:
        raise RefusedError(str(error)) from error


def permit(act: Act, caller: Caller) -> None:
    """Raise :class:`NotPermittedError` unless one of the caller's roles may do the act."""
    if not caller.is_any(act.roles):
        roles = ", ".join(sorted(role.value for role in act.roles))
        raise NotPermittedError(f"{caller.user} ({caller.role.value}) may not do `{act.name}`; it is for {roles}")


def read_arguments(act: Act, args: Mapping[str, Any]) -> Arguments:
    """Check the arguments of an act. Raises :class:`ArgumentsError`, which never repeats a value."""
    try:
        return act.arguments.model_validate(args)
    except ValidationError as error:
        faults = [(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_input=False)]
        text = "; ".join(f"{where}: {what}" if where else what for where, what in faults)
        raise ArgumentsError(f"{act.name}: {text}") from error


def with_trail(act: Act) -> Callable[[Tx, Caller, Arguments], Done]:
    """Give the transaction of a writing act: what it does, and its line on the trail."""

    @wraps(act.function)
    def transaction(tx: Tx, caller: Caller, arguments: Arguments) -> Done:
        done: Done = act.function(tx, caller, arguments)
        trail.record(tx, act.name, arguments.model_dump(mode="json", exclude_none=True))
        return done

    return transaction


def tell(done: Done) -> None:
    """Log what an act did, now that it is committed."""
    for each in done.told:
        getattr(log, each.level)(each.event, **each.values)
