"""The self-check: it holds after real stories, and each check finds what it is for."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from headend import archive, audit, collect, control, settle, work
from headend.audit import Paid, Truth, TruthError
from headend.collect import Mark, Registers, RelaySeen
from headend.control import State as CommandState
from headend.control.releases import signature_of
from headend.control.tables import approval, command, proposal, release
from headend.notify.tables import message
from headend.settle.tables import balance, payment
from headend.store import Site, View, metadata
from headend.strategy import State
from headend.work import OrderKind
from tests.rooms import MONDAY, Bench, home_no, local
from tests.strategy.moments import Moment
from tests.strategy.world import World, make_world

WARN_THEN_SHORT = "287.00"
"""A deposit of which 2.61 yuan are left on Monday morning and -19.27 on Tuesday, at 40 kWh a day."""

DAYS = tuple(MONDAY + timedelta(days=n) for n in range(3))


@pytest.fixture(scope="session")
def when_dark(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """A world whose first home was cut on Wednesday morning."""
    bench = Bench.open(tmp_path_factory.mktemp("dark") / "headend.db")
    world = make_world(bench, deposits={home_no(1): WARN_THEN_SHORT})
    for day in DAYS:
        world.morning(day)
    world.to("2026-09-16 09:10")
    assert world.state(one(world)) is State.CUT
    return Moment.of(world)


@pytest.fixture(scope="session")
def when_told(when_dark: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """The same world after the home has paid and has light again, two minutes after the trip's second read-back."""
    world = when_dark.copy(tmp_path_factory.mktemp("story"))
    world.to("2026-09-16 09:40")
    world.pay(one(world), "100.00", "WX1")
    world.to("2026-09-16 09:42")
    assert world.state(one(world)) is State.NORMAL
    return Moment.of(world)


@pytest.fixture
def dark(when_dark: Moment, tmp_path: Path) -> Iterator[World]:
    """A world with one home in the dark."""
    yield from when_dark.opened(tmp_path)


@pytest.fixture
def story(when_told: Moment, tmp_path: Path) -> Iterator[World]:
    """A world where one home was in the dark and has light again."""
    yield from when_told.opened(tmp_path)


def one(world: World) -> int:
    """Give the first home."""
    return world.bench.accounts[home_no(1)]


def truth_of(world: World, *payments: Paid) -> Truth:
    """Say how the relays of the world's meters really stand."""
    return Truth({meter.address: meter.open for meter in world.meters.values()}, payments)


def offending(world: World, truth: Truth | None = None) -> dict[str, list[Any]]:
    """Give the offending rows of each check that does not hold."""
    report = world.bench.read(audit.check, truth)
    return {result.check.id: list(result.finding.rows) for result in report.results if not result.ok}


def change(world: World, table: Table, **values: object) -> None:
    """Change the newest row of a table behind the rooms' backs."""

    def act(tx: Any) -> None:
        newest = tx.scalar(select(table.c.id).order_by(table.c.id.desc()).limit(1))
        tx.execute(table.update().where(table.c.id == newest).values(**values))

    world.bench.write(act)


def test_everything_holds_after_a_cut_and_a_restore(story: World) -> None:
    """An ordinary story leaves books, relays and authorities in order, by the truth too."""
    paid = Paid(home_no(1), "WX1", Decimal("100.00"))
    report = story.bench.read(audit.check, truth_of(story, paid))
    assert {result.check.id: result.finding.rows for result in report.results if not result.ok} == {}
    looked = {result.check.id: result.finding.looked_at for result in report.results}
    assert looked["protected"] == looked["notices"] == looked["authority"] == 1
    assert looked["read-back"] == 2
    assert looked["payments"] == 1
    assert looked["relays"] == 4


def test_the_report_is_plain_json(story: World) -> None:
    """The form that programs read: ok, checks with id, name, ok, detail, rows, and figures."""
    document = story.bench.read(audit.check).document()
    assert document["ok"] is True
    assert {frozenset(check) for check in document["checks"]} == {
        frozenset({"id", "name", "ok", "detail", "looked_at", "rows"})
    }
    assert document["figures"]["cuts"] == {"DONE": 1}
    assert document["figures"]["restores"] == {"DONE": 1}
    assert document["figures"]["accounts"] == {"NORMAL": 4}


def test_figures_tell_seconds_from_payment_to_light(story: World) -> None:
    """Measured from the posting of the payment to the read that shows the relay closed."""
    seconds = story.bench.read(audit.check).document()["figures"]["seconds_from_payment_to_light"]
    assert seconds == {"remote": {"number": 1, "median": 5, "longest": 5}}


def test_a_balance_that_is_not_its_postings_is_found(story: World) -> None:
    """A running total changed behind the ledger's back offends."""
    table = balance

    def act(tx: Any) -> None:
        tx.execute(table.update().where(table.c.account == one(story)).values(p=table.c.p + Decimal("0.01")))

    story.bench.write(act)
    (row,) = offending(story)["ledger"]
    assert (row["account"], row["total"], row["balance"] - row["expected"]) == (one(story), "p", Decimal("0.01"))


def test_a_relay_that_stands_otherwise_than_wanted_is_found(dark: World) -> None:
    """By the truth: somebody in order who is dark, somebody cut who has light."""
    other = dark.bench.accounts[home_no(2)]
    dark.meters[other].open = True
    dark.meters[one(dark)].open = False
    rows = offending(dark, truth_of(dark))["relays"]
    assert {(row["account"], row["state"], row["relay"]) for row in rows} == {
        (home_no(1), "CUT", "closed"),
        (home_no(2), "NORMAL", "open"),
    }


def test_without_the_truth_the_last_read_back_counts(dark: World) -> None:
    """A meter that told of an open relay offends as long as nobody is on it; a work order says that somebody is."""
    bench, other = dark.bench, dark.bench.accounts[home_no(2)]
    assert offending(dark) == {}
    seen = RelaySeen(True, True, False, None, dark.meters[other].address, bench.clock.now(), "read")
    bench.write(collect.note_relay, other, seen)
    assert [row["account"] for row in offending(dark)["relays"]] == [home_no(2)]
    bench.write(work.open_order, OrderKind.RELAY_ODD, due=bench.clock.now(), account=other)
    assert offending(dark) == {}


def test_a_restore_under_way_explains_a_dark_customer(dark: World) -> None:
    """While a closing command is open the relay may still be open."""
    dark.held_back = True
    dark.pay(one(dark), "100.00")
    assert dark.state(one(dark)) is State.RESTORE_ORDERED
    assert offending(dark, truth_of(dark)) == {}

    def lost(tx: Any) -> None:
        tx.execute(command.update().where(command.c.account == one(dark)).values(state=CommandState.CANCELLED.value))

    dark.bench.write(lost)
    assert [row["state"] for row in offending(dark, truth_of(dark))["relays"]] == ["RESTORE_ORDERED"]


@pytest.mark.parametrize("kind", ["PROTECTED", "LOVE_CARE", "HOLD"])
def test_a_cut_of_somebody_protected_is_found(story: World, kind: str) -> None:
    """A flag that held when the trip was sent offends; one that had ended, or came later, does not."""
    flag = metadata.tables["flag"]
    sent = local("2026-09-16 09:00")

    def entry(begins: int, ends: int) -> Callable[[Any], None]:
        def act(tx: Any) -> None:
            since, until = sent + timedelta(minutes=begins), sent + timedelta(minutes=ends)
            row = {"account": one(story), "kind": kind, "author": "test", "reason": "test"}
            tx.insert(flag, **row, since=since, until=until)

        return act

    story.bench.write(entry(-600, -1))
    story.bench.write(entry(5, 600))
    assert offending(story) == {}
    story.bench.write(entry(-1, 5))
    (row,) = offending(story)["protected"]
    assert (row["account"], row["fault"]) == (home_no(1), kind)


@pytest.mark.parametrize(("template", "told"), [("S06", "2026-09-16 08:00"), ("S02", "2026-09-15 08:35")])
def test_a_cut_without_notice_in_time_is_found(story: World, template: str, told: str) -> None:
    """The notice must be old enough, and an urging delivered on an earlier day than it was given."""

    def act(tx: Any) -> None:
        later = message.c.template.in_([template] if template == "S06" else ["S02", "S04"])
        tx.execute(message.update().where(later).values(delivered=local(told)))

    story.bench.write(act)
    (row,) = offending(story)["notices"]
    assert template[:2] in row["fault"]


def test_a_release_that_nobody_signed_is_found(story: World) -> None:
    """With another service key the signature is false; without any it can't be told, which is no pass."""
    for site, fault in ((Site(service_key=b"x" * 32), "false signature"), (Site(), "no service key")):

        def with_site(view: View, site: Site = site) -> audit.Report:
            return audit.check(View(view.conn, view.now, site))

        report = story.bench.read(with_site)
        (result,) = [result for result in report.results if not result.ok]
        assert result.check.id == "authority"
        assert fault in str(result.finding.rows[0]["fault"])


def test_a_trip_without_its_authority_is_found(story: World) -> None:
    """A trip that was sent without a confirming live read, or without a release, offends."""
    (trip,) = story.bench.read(control.sent_trips)

    def forget(column: str) -> Callable[[Any], None]:
        def act(tx: Any) -> None:
            tx.execute(command.update().where(command.c.id == trip.id).values({column: None}))

        return act

    story.bench.write(forget("live_register"))
    assert "live read" in offending(story)["authority"][0]["fault"]
    story.bench.write(forget("release"))
    assert offending(story)["authority"][0]["fault"] == "no release"


@pytest.mark.parametrize(
    ("signer", "role", "late", "fault"),
    [
        ("appr-1:wang.appr", "APPR-1", 0, None),
        ("system:dayplan", "auto", 0, None),
        ("appr-1:wang.appr", "APPR-1", 60, "no approval in force"),
        ("fee:zhou.fee", "APPR-1", 0, "signed by its proposer"),
    ],
)
def test_a_release_stands_on_an_approval_of_another_person(
    story: World, signer: str, role: str, late: int, fault: str | None
) -> None:
    """An approval given after the release is none, nor is one that the proposer gave; the automatic mode is one."""
    (trip,) = story.bench.read(control.sent_trips)
    before = story.bench.read(control.authority, trip.release or 0)
    assert before is not None
    proposer = "system:dayplan" if role == "auto" else "fee:zhou.fee"

    def again(tx: Any) -> None:
        made = {"account": trip.account, "proposer": proposer, "opened": before.made, "debt": Decimal(1)}
        new = tx.insert(proposal, **made, state="approved")
        signed = {"proposal": new, "decision": "approve", "role": role, "reason": "test"}
        tx.insert(approval, **signed, at=before.made + timedelta(seconds=late), actor=signer)
        meter = {"account": trip.account, "installation": trip.installation, "address": trip.address}
        signature = signature_of(tx, trip.account, trip.installation, trip.address, new, before.expires)
        row = {**meter, "proposal": new, "expires": before.expires, "signature": signature}
        other = tx.insert(release, **row, at=before.made, actor="system:strategy")
        tx.execute(command.update().where(command.c.id == trip.id).values(release=other))

    story.bench.write(again)
    found = [str(row["fault"]) for row in offending(story).get("authority", [])]
    assert len(found) == (0 if fault is None else 1)
    assert fault is None or fault in found[0]


def test_a_success_without_read_back_is_found(dark: World) -> None:
    """A command that somebody declared done, with no read that says so, offends."""
    dark.meters[one(dark)].stuck = True
    dark.pay(one(dark), "100.00")
    dark.to("2026-09-16 09:20")
    change(dark, command, state=CommandState.DONE.value, ended=dark.bench.clock.now())
    assert [row["kind"] for row in offending(dark)["read-back"]] == ["CLOSE"]


def test_a_payment_that_was_not_posted_is_found(story: World) -> None:
    """A payment without its postings offends; so does one that the payer saw accepted and nobody posted."""
    lost = Paid(home_no(2), "WX9", Decimal("30.00"))
    other = Paid(home_no(1), "WX1", Decimal("90.00"))
    rows = offending(story, truth_of(story, lost, other))["payments"]
    assert [(row["serial"], row["posted"]) for row in rows] == [
        ("WX9", "nothing"),
        ("WX1", f"100.00 to {home_no(1)}"),
    ]
    row = {"channel": "wechat", "serial": "WX2", "account_no": home_no(1), "account": one(story)}

    def act(tx: Any) -> None:
        tx.insert(payment, **row, amount=Decimal("7.00"), paid_at=tx.now, **tx.stamp())

    story.bench.write(act)
    assert [found["posted"] for found in offending(story)["payments"]] == [Decimal("0.00")]


def test_a_payment_in_suspense_is_no_offence(story: World) -> None:
    """Money for an unknown number is posted too: to suspense."""
    unknown = settle.Payment("3799999999", "wechat", "WX5", Decimal("5.00"), story.bench.clock.now())
    story.bench.write(settle.post, unknown)
    assert offending(story) == {}


def test_a_lost_version_of_a_reading_is_found(story: World) -> None:
    """Versions are contiguous: a reading that was corrected keeps what it was before."""
    bench, day = story.bench, DAYS[1]
    meter = story.meters[one(story)]
    corrected = Registers(Decimal("4720.00"))
    bench.write(collect.store_reading, one(story), meter.point, day, corrected, mark=Mark.C, source="onsite")
    assert offending(story) == {}
    reading = metadata.tables["reading"]
    key = {"day": day, "point": meter.point, "account": one(story), "mark": "C", "source": "onsite"}

    def act(tx: Any) -> None:
        tx.execute(reading.insert().values(**key, version=4, total=Decimal(4730), **tx.stamp()))

    bench.write(act)
    (row,) = offending(story)["readings"]
    assert (row["account"], row["day"], row["versions"], row["newest"]) == (home_no(1), day, 3, 4)


def test_a_truth_file_is_read_or_refused() -> None:
    """The laboratory's file as it writes it; anything else is an error that says so."""
    meters = {"000000000001": {"open": True, "register": "1.00", "silent": True}}
    paid = [{"account": "3701000001", "serial": "WX1", "amount": "50.00"}]
    read = Truth.read({"at": "2026-09-16", "meters": meters, "payments": paid})
    assert read == Truth({"000000000001": True}, (Paid("3701000001", "WX1", Decimal("50.00")),))
    ajar: dict[str, Any] = {"meters": {"1": {"open": "ajar"}}}
    nothing: list[Any] = [None, [], {}, ajar, {"meters": []}, {"meters": {}, "payments": [{}]}]
    for broken in nothing:
        with pytest.raises(TruthError):
            Truth.read(broken)


def test_the_check_changes_nothing(story: World) -> None:
    """It runs on a read-only snapshot, whatever it finds."""
    before = story.bench.read(archive.accounts, scope=story.bench.read(archive.whole))
    assert story.bench.read(audit.check).ok
    assert story.bench.read(archive.accounts, scope=story.bench.read(archive.whole)) == before
