"""Accounts, their meters in time, contracts, cycles, and personal data that doesn't show itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import archive
from headend.archive import Masked, tables
from headend.store import Tx, View
from tests.rooms import CONCENTRATOR, MONDAY, SHOP_LINE, Bench, home_no, shop_no


def replace_meter(tx: Tx, account: int, day: date) -> None:
    """Install another meter at the account's point from a day on, as a technician's record would."""
    old = archive.place(tx, account, day)
    i = tables.installation
    tx.execute(i.update().where(i.c.id == old.installation).values(until=day, last_register=Decimal(4200)))
    plate = {"address": "000000009999", "asset": "SD009999", "dialect": old.dialect, "current_max_a": 60}
    meter = tx.insert(tables.meter, **plate)
    device = tx.scalar(tables.concentrator.select().where(tables.concentrator.c.link == old.link))
    new = {"point": old.point, "meter": meter, "concentrator": device, "road": old.road}
    tx.insert(i, **new, since=day, first_register=Decimal(0))


def test_a_place_is_that_of_its_day(village: Bench) -> None:
    """On the day of a change the new meter is in place, the day before the old one; both are remembered."""
    home = village.accounts[home_no(1)]
    village.write(replace_meter, home, MONDAY)
    before = village.read(archive.place, home, date(2026, 9, 13))
    after = village.read(archive.place, home, MONDAY)
    assert (before.address, before.last_register, after.address, after.first_register) == (
        "000000000001",
        Decimal(4200),
        "000000009999",
        Decimal(0),
    )
    assert village.read(archive.installations, after.point) == [before, after]
    addresses = {p.address for p in village.read(archive.places, MONDAY)}
    assert "000000009999" in addresses
    assert "000000000001" not in addresses
    by_account = village.read(lambda view: view.all(archive.placements(MONDAY)))
    assert {r.account: r.address for r in by_account}[home] == "000000009999"
    with pytest.raises(archive.NoPlaceError, match="2024"):
        village.read(archive.place, home, date(2024, 1, 1))


def test_a_profile_is_used_until_its_last_meter_is_removed(village: Bench) -> None:
    """A meter that comes down today takes its profile along; one that comes down later or begins later counts."""
    home = village.accounts[home_no(2)]
    tomorrow = MONDAY + timedelta(days=1)
    village.write(archive.set_profile, home, "county-x")
    assert village.read(archive.profiles) == {("dlt645", "county-x"), ("dlt645", "standard"), ("dlt698", "standard")}
    village.write(replace_meter, home, tomorrow)
    assert ("dlt645", "county-x") in village.read(archive.profiles)
    village.at(f"{tomorrow} 00:00")
    assert village.read(archive.profiles) == {("dlt645", "standard"), ("dlt698", "standard")}
    new = tables.meter.c.address == "000000009999"
    village.write(lambda tx: tx.execute(tables.meter.update().where(new).values(profile="county-y")))
    village.write(
        lambda tx: tx.execute(
            tables.installation.update().where(tables.installation.c.since == tomorrow).values(since=date(2026, 10, 1))
        )
    )
    assert ("dlt645", "county-y") in village.read(archive.profiles)


def test_places_are_listed_by_link(village: Bench) -> None:
    """Homes are behind the concentrator, the shop behind its line; all links may dial in."""
    homes = village.read(archive.places, MONDAY, CONCENTRATOR)
    assert [p.account for p in homes] == [village.accounts[home_no(i)] for i in (1, 2, 3)]
    assert [p.account for p in village.read(archive.places, MONDAY, SHOP_LINE)] == [village.accounts[shop_no(1)]]
    assert village.read(archive.links) == {CONCENTRATOR: ("concentrator", ""), SHOP_LINE: ("dtu", "")}


def test_a_closed_account_is_no_longer_collected(village: Bench) -> None:
    """Closing takes an account out of the listings for everybody, not out of the archive."""
    home = village.accounts[home_no(2)]
    village.write(
        lambda tx: tx.execute(tables.account.update().where(tables.account.c.id == home).values(closed=MONDAY))
    )
    assert home not in {p.account for p in village.read(archive.places, MONDAY)}
    assert home not in {r.account for r in village.read(lambda view: view.all(archive.baselines(MONDAY)))}
    assert all(home not in chunk or len(chunk) > 1 for chunk in village.read(archive.chunks))
    assert village.read(archive.account, home).closed == MONDAY


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_hold_every_open_account_once(village: Bench, size: int) -> None:
    """Ranges don't overlap, hold at most so many open accounts each, and all of them together."""
    chunks = village.read(archive.chunks, size)
    ids = sorted(village.accounts.values())
    assert sorted(i for chunk in chunks for i in chunk if i in ids) == ids
    assert all(sum(i in ids for i in chunk) <= size for chunk in chunks)


def test_an_agreement_holds_from_signature_to_end(bench: Bench) -> None:
    """Both days included; without one none holds, for one account as for everybody."""
    ends = {"signed": "2026-09-10", "ends": "2026-09-14"}
    bench.load(homes=2, shops=0, changes={home_no(1): {"agreement": ends}, home_no(2): {"agreement": None}})
    first, second = bench.accounts[home_no(1)], bench.accounts[home_no(2)]
    for day, valid in ((9, False), (10, True), (14, True), (15, False)):
        on = date(2026, 9, day)
        rows = bench.read(View.all, archive.baselines(on))
        many = {r.account: bool(r.agreement_valid) for r in rows}
        assert bench.read(archive.agreement_valid, first, on) is valid is many[first]
        assert bench.read(archive.agreement_valid, second, on) is False is many[second]


@pytest.mark.parametrize(
    ("day", "start", "end", "register"),
    [
        (date(2026, 9, 1), date(2026, 9, 1), date(2026, 10, 1), Decimal("4150.00")),
        (date(2026, 9, 30), date(2026, 9, 1), date(2026, 10, 1), Decimal("4150.00")),
        (date(2026, 10, 1), date(2026, 10, 1), date(2026, 11, 1), None),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1), None),
    ],
)
def test_a_cycle_is_a_calendar_month(
    village: Bench, day: date, start: date, end: date, register: Decimal | None
) -> None:
    """The cycle holds the day; the first one knows its register."""
    cycle = village.read(archive.cycle, village.accounts[home_no(1)], day)
    assert (cycle.start, cycle.end, cycle.register) == (start, end, register)


def test_unknown_accounts_are_named(village: Bench) -> None:
    """An unknown number or id is told, with what to do."""
    with pytest.raises(archive.UnknownAccountError, match="3709999999"):
        village.read(archive.find, "3709999999")
    for function in (archive.account, archive.opening, archive.branch):
        with pytest.raises(archive.UnknownAccountError, match="4711"):
            village.read(function, 4711)


@given(value=st.text(min_size=2, max_size=20))
def test_a_personal_value_does_not_show_itself(value: str) -> None:
    """Neither str nor repr hold more than the first characters; the value comes out by reveal alone."""
    masked = Masked(value)
    assert masked.reveal() == value
    assert masked == Masked(value)
    shown = 1 if len(value) < 8 else 3
    assert str(masked) == value[:shown] + "*" * (len(value) - shown)
    assert repr(masked) == f"Masked({str(masked)!r})"


def test_people_in_results_are_masked(village: Bench) -> None:
    """Contacts and staff print without their names and numbers."""
    printed = f"{village.read(archive.contacts, village.accounts[home_no(1)])} {village.read(archive.staff, 'wu.am')}"
    assert "客户1" not in printed
    assert "13800000001" not in printed
    assert "吴经理" not in printed
