"""Collection at the desk: how the day stands, rounds by hand, readings and what was found, files of handhelds."""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from headend import archive, collect
from headend.collect import Importer, MissReason, RowResult
from headend.collect.reasons import WORDS
from headend.desk import corrections, objects, trail
from headend.desk.errors import NotFoundError, RefusedError
from headend.desk.means import Means
from headend.desk.model import AccountNo, Act, Address, Arguments, Caller, Target
from headend.store import Tx, View

ONE_DAY = timedelta(days=1)
OLDEST = 60
"""Days back that a round may ask for: meters keep 62 freezes."""
MOST_ROWS = 500
WATCH = timedelta(seconds=10)


class DayOf(Arguments):
    """A business day; without one, today."""

    day: date | None = None


class CollectRun(Arguments):
    """A round to start now: everything missing of a day, or of one link, account or meter."""

    day: date | None = None
    link: Annotated[str, Field(max_length=48)] | None = None
    account: AccountNo | None = None
    meter: Address | None = None

    @model_validator(mode="after")
    def _one(self) -> "CollectRun":
        if sum(each is not None for each in (self.link, self.account, self.meter)) > 1:
            raise ValueError("name a link, an account or a meter, not several of them")
        return self


class CollectWatch(Arguments):
    """A round and the version of its tally that is known already."""

    run: int
    seen: int = -1


class Readings(Target):
    """Whose readings, and of which days: the newest ten if nothing is said."""

    until: date | None = None
    days: Annotated[int, Field(ge=1, le=62)] = 10


class CollectImport(Arguments):
    """Rows of a handheld's file with their line numbers; ``dry_run`` tells what would become of them."""

    file: Annotated[str, Field(min_length=1, max_length=100)]
    rows: Annotated[tuple[tuple[int, dict[str, str]], ...], Field(max_length=MOST_ROWS, exclude=True)]
    dry_run: bool = False


def collect_status(view: View, caller: Caller, args: DayOf) -> dict[str, object]:
    """Tell how many readings of a day came, by reason and by link, what was found, and for each missing one why.

    Of the caller's unit: the counts are those of its links.
    """
    day = args.day or view.today
    scope = objects.scope(view, caller)
    own = {row.link for row in view.all(archive.links_within(scope))}
    counted = {link: counts for link, counts in collect.link_counts(view, day).items() if link in own}
    due, came = sum(due for due, _, _ in counted.values()), sum(read for _, read, _ in counted.values())
    reasons = sum((Counter(missing) for _, _, missing in counted.values()), Counter[str]())
    links = [
        {"link": link, "due": number, "read": read, "reasons": missing}
        for link, (number, read, missing) in counted.items()
    ]
    missing = [
        {
            "account": archive.account(view, m.account).no,
            "link": m.link,
            "reason": m.reason,
            "detail": m.detail,
            "tries": m.tries,
            "last_try": m.at if m.tries else None,
        }
        for m in collect.missing(view, day)
        if objects.sees(view, caller, m.account)
    ]
    words = {reason: f"{WORDS[MissReason(reason)].words}: {WORDS[MissReason(reason)].advice}" for reason in reasons}
    counts = {"day": day, "due": due, "read": came, "reasons": reasons, "words": words}
    found = collect.finding_counts(view, day, scope=scope)
    return {**counts, "found": found, "links": links, "missing": missing}


async def collect_run(desk: Means, act: Act, caller: Caller, args: CollectRun) -> dict[str, object]:
    """Start a round in the daemon and give its number; `collect_watch` tells how it goes."""
    day, points = await desk.write(act, caller, _begin, caller, args)
    tally = desk.rounds.start(day, link=args.link, points=points)
    return {"run": tally.id, "day": day}


async def collect_watch(desk: Means, _act: Act, _caller: Caller, args: CollectWatch) -> dict[str, object]:
    """Tell how a round stands as soon as it stands otherwise than the caller knows, or after some seconds."""
    tally = desk.rounds.tally(args.run)
    if tally is None:
        raise NotFoundError(f"there is no round {args.run} any more; see `headend collect status`")
    await tally.changed(desk.clock, args.seen, desk.clock.now() + WATCH)
    counts = {"due": tally.due, "read": tally.read, "missed": tally.missed}
    return {"run": tally.id, "day": tally.day, "seen": tally.version, **counts, "finished": tally.finished}


def readings(view: View, caller: Caller, args: Readings) -> dict[str, object]:
    """Give every version of an account's readings of some days, newest day first, with what was found about each."""
    account = objects.find_target(view, caller, args)
    place = objects.find_place(view, account)
    last = args.until or view.today
    first = last - (args.days - 1) * ONE_DAY
    found = collect.findings_of(view, place.point, first, last)
    days = [last - back * ONE_DAY for back in range(args.days)]
    versions = [each for day in days for each in reversed(collect.versions(view, place.point, day))]
    said = [
        {"day": one.day, "version": one.version, "kind": one.kind, "says": one.sentence, "effect": one.effect}
        for one in found
    ]
    rows = [
        {
            "day": each.day,
            "version": each.version,
            "total": each.total,
            "tariffs": each.tariffs,
            "reverse": each.reverse,
            "mark": each.mark,
            "quality": each.quality,
            "source": each.source,
            "at": each.at,
            "reason": each.reason,
            "evidence": each.evidence,
        }
        for each in versions
    ]
    clocks = collect.clock_history(view, account=account.id, limit=5)
    told = [{"at": c.at, "what": c.outcome, "off_s": _seconds(c.error), "detail": c.detail} for c in clocks]
    return {"account": account.no, "meter": place.address, "readings": rows, "found": said, "clock": told}


async def collect_import(desk: Means, act: Act, caller: Caller, args: CollectImport) -> list[RowResult]:
    """Take rows of a handheld's file, each by itself: a bad one is told and recorded, and the others go on."""
    if args.dry_run:
        return await desk.store.read(_look_at, caller, args)
    found: list[RowResult] = await desk.write(act, caller, _take, caller, args)
    return found


def _look_at(view: View, caller: Caller, args: CollectImport) -> list[RowResult]:
    importer = Importer(caller.user, lambda account: objects.sees(view, caller, account))
    return [collect.look_at_row(view, importer, line, row) for line, row in args.rows]


def _take(tx: Tx, caller: Caller, args: CollectImport) -> list[RowResult]:
    done = [corrections.take(tx, caller, args.file, line, row) for line, row in args.rows]
    trail.record(tx, "collect_import", {"file": args.file, "rows": len(args.rows)})
    return done


def _begin(tx: Tx, caller: Caller, args: CollectRun) -> tuple[date, list[int] | None]:
    day = args.day or tx.today
    if day > tx.today or day <= tx.today - OLDEST * ONE_DAY:
        raise RefusedError(f"{day}: freezes are there from {tx.today - (OLDEST - 1) * ONE_DAY} to {tx.today}")
    points = None
    if args.link is not None:
        objects.check_link(tx, caller, args.link)
    elif args.account is not None or args.meter is not None:
        account = objects.find_target(tx, caller, Target(account=args.account, meter=args.meter))
        points = [objects.find_place(tx, account).point]
    elif (scope := objects.scope(tx, caller)) != archive.whole(tx):
        ids = {account.id for account in archive.accounts(tx, scope=scope)}
        points = [place.point for place in archive.places(tx, day) if place.account in ids]
    collect.plan(tx, day)
    trail.record(tx, "collect_run", args.model_dump(mode="json", exclude_none=True))
    return day, points


def _seconds(error: timedelta | None) -> int | None:
    return None if error is None else round(error.total_seconds())
