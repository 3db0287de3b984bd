"""Meters at the desk: of which model one is, hence how it is spoken to; and whether energy may flow backwards.

The names that there are depend on the dialect: profiles of DL/T 645, models of DL/T 698.45.
"""

from collections.abc import Collection, Mapping
from typing import Annotated

import structlog
from pydantic import Field

from headend import archive, control
from headend.archive import Account
from headend.control import Kind
from headend.desk import objects, trail
from headend.desk.errors import RefusedError
from headend.desk.means import Means
from headend.desk.model import Act, Caller, Done, Reason, Target, line
from headend.store import Tx

log = structlog.get_logger(__name__)


class MeterProfile(Target):
    """The profile that a meter shall have from now on, and why."""

    profile: Annotated[str, Field(min_length=1, max_length=32)]
    reason: Reason


class Generation(Target):
    """Whether the customer has a generator of their own (分布式电源), and how that is known."""

    generates: bool
    reason: Reason


def generation(tx: Tx, caller: Caller, args: Generation) -> Done:
    """Say whether a customer has a generator: what flows backwards there is theirs, and nothing odd (A09)."""
    account = objects.find_target(tx, caller, args)
    before = archive.set_generates(tx, account.id, args.generates)
    told = line("account.generation", account=account.no, generates=args.generates, by=caller.actor)
    result = {"account": account.no, "generates": args.generates, "before": before}
    return Done(result, () if before == args.generates else (told,))


async def meter_profile(desk: Means, act: Act, caller: Caller, args: MeterProfile) -> dict[str, object]:
    """Give a meter its profile: from the next question on it is spoken to in that way.

    Refused while a trip is open: it was checked for the profile that the meter had, and has to be sent in that one.
    What gives power does not wait for it, as a wrong profile may be why there is no light.
    """
    account, before = await desk.write(act, caller, _set, caller, args, desk.profiles)
    if before != args.profile:
        log.info("meter.profile", account=account.no, before=before, after=args.profile, by=caller.actor)
    return {"account": account.no, "profile": args.profile, "before": before}


def _set(tx: Tx, caller: Caller, args: MeterProfile, profiles: Mapping[str, Collection[str]]) -> tuple[Account, str]:
    account = objects.find_target(tx, caller, args)
    tx.lock(account.id)
    dialect = archive.place(tx, account.id, tx.today).dialect
    known = profiles.get(dialect, ())
    if args.profile not in known:
        raise RefusedError(
            f"no profile of {dialect} meters is called {args.profile}; known are {', '.join(sorted(known))}"
        )
    if under_way := control.open_commands(tx, account.id, [Kind.TRIP]):
        trip = f"a trip of {account.no} is under way ({under_way[0].reference})"
        raise RefusedError(f"{trip}: hold the account or wait until it has ended, then give the profile again")
    before = archive.set_profile(tx, account.id, args.profile)
    trail.record(tx, "meter_profile", {**args.model_dump(mode="json", exclude_none=True), "before": before})
    return account, before
