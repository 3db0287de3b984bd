"""The archive file: taken row by row, added once, never changing what is there."""

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from headend import archive
from headend.store import View, metadata
from tests.rooms import Bench, archive_file, home_no, shop_no


def row_counts(view: View) -> dict[str, int]:
    """Count the rows of every table."""
    return {t.name: view.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}


def test_an_import_stores_what_the_file_says(village: Bench) -> None:
    """An account comes back with its place, contract, contacts and opening as they stood in the file."""
    account = village.read(archive.find, home_no(1))
    assert (account.area_code, account.station, account.stage) == ("TA-0001", "S01", 4)
    assert (account.class_code, account.price_code, account.capacity_kw) == ("R1", "RES_TIER_YEAR_SD", Decimal("13.2"))
    assert account.sim
    place = village.read(archive.place, account.id, date(2026, 9, 14))
    assert (place.address, place.dialect, place.road, place.link) == (
        "000000000001",
        "dlt698",
        "proxy",
        "698:000000000001",
    )
    assert place.first_register == Decimal("4000.0000")
    opening = village.read(archive.opening, account.id)
    assert (opening.cycle_start, opening.deposit) == (date(2026, 9, 1), Decimal("100.00"))
    (contact,) = village.read(archive.contacts, account.id)
    assert contact.phone.reveal() == "13800000001"


def test_the_report_names_what_others_load(bench: Bench) -> None:
    """Each account of the report carries its opening and its history by day."""
    report = bench.load(homes=1, shops=0, daily_kwh="2.50")
    (imported,) = report.accounts
    assert imported.new
    assert imported.opening.tier_year_kwh == Decimal("1000.00")
    assert len(imported.history) == 8
    assert imported.history[date(2026, 9, 13)] == Decimal("4180.00")
    assert (report.units, report.concentrators, report.days, report.staff) == (5, 2, 2, 8)


def test_the_same_file_twice_changes_nothing(village: Bench) -> None:
    """A second import adds no row, finds no fault, and names the same accounts as known."""
    before = village.read(row_counts)
    again = village.load()
    assert village.read(row_counts) == before
    assert again.bad == ()
    assert [a.new for a in again.accounts] == [False] * 4
    assert {a.account for a in again.accounts} == set(village.accounts.values())
    assert (again.units, again.concentrators, again.days, again.staff, again.added) == (0, 0, 0, 0, 0)


def test_a_second_file_adds_the_new_accounts(village: Bench) -> None:
    """A later file with more accounts adds only those."""
    report = village.load(homes=5)
    assert report.added == 2
    assert len(village.read(archive.accounts, scope=village.read(archive.whole))) == 6


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("wrong class", {"class": "home"}, "class"),
    ("unknown area", {"area": "TA-9999"}, "TA-9999"),
    ("too many decimals", {"opening": {"deposit": "1.005", "tier_year_kwh": "0", "cycle_register": "0"}}, "deposit"),
    ("no history", {"history": []}, "history"),
    ("unknown key", {"colour": "red"}, "colour"),
    ("negative capacity", {"capacity_kw": "-1"}, "capacity_kw"),
    ("same meter", {"meter": archive_file()["accounts"][0]["meter"]}, "000000000001"),
    ("wrong road", {"meter": archive_file()["accounts"][0]["meter"] | {"road": "dtu"}}, "dtu"),
    ("no name of a profile", {"meter": archive_file()["accounts"][1]["meter"] | {"profile": "State Grid"}}, "profile"),
    ("road of another dialect", {"meter": archive_file()["accounts"][0]["meter"] | {"road": "forward"}}, "forward"),
    ("unknown link", {"meter": archive_file()["accounts"][0]["meter"] | {"link": "698:999999999999"}}, "698:9999"),
]


@pytest.mark.parametrize(("name", "change", "told"), BAD)
def test_a_bad_account_is_recorded_and_the_rest_goes_on(
    bench: Bench, name: str, change: dict[str, Any], told: str
) -> None:
    """A wrong row is reported by its place with the reason; all others are taken."""
    report = bench.load(changes={home_no(2): change})
    (bad,) = report.bad
    assert bad.path == "accounts[1]"
    assert told in bad.reason
    assert set(bench.accounts) == {home_no(1), home_no(3), shop_no(1)}


def test_a_row_that_says_otherwise_is_refused(village: Bench) -> None:
    """An import does not change an account, a station or a day that the archive has already."""
    document = archive_file(changes={home_no(1): {"price": "SHOP_FLAT"}})
    document["stations"][0]["name"] = "别的名字"
    document["calendar"][1]["kind"] = "working"
    report = village.load(document)
    assert [bad.path for bad in report.bad] == ["stations[0]", "calendar[1]", "accounts[0]"]
    assert village.read(archive.find, home_no(1)).price_code == "RES_TIER_YEAR_SD"
    assert not village.read(archive.is_working, date(2026, 9, 25))


def test_a_meter_comes_with_its_profile(bench: Bench) -> None:
    """A DL/T 645 meter has the profile of its row, and is as the standard has it where the row names none."""
    plate = archive_file()["accounts"][1]["meter"] | {"profile": "state-grid-2013"}
    bench.load(changes={home_no(2): {"meter": plate}})
    places = bench.read(archive.places, date(2026, 9, 14))
    profiles = {place.address: place.profile for place in places}
    assert profiles[plate["address"]] == "state-grid-2013"
    assert set(profiles.values()) == {"state-grid-2013", "standard"}
    again = bench.load()
    assert [(bad.path, "meter.profile" in bad.reason) for bad in again.bad] == [("accounts[1]", True)]


def test_a_customer_comes_with_a_generator(bench: Bench) -> None:
    """A row says whether there is one; a file that says otherwise than the archive is told, and changes nothing."""
    bench.load(changes={home_no(1): {"generates": True}})
    known = {no: bench.read(archive.find, no).generates for no in (home_no(1), home_no(2))}
    assert known == {home_no(1): True, home_no(2): False}
    again = bench.load()
    assert [(bad.path, "another generates" in bad.reason) for bad in again.bad] == [("accounts[0]", True)]
    assert bench.read(archive.find, home_no(1)).generates


def test_a_meter_of_an_unknown_profile_is_a_bad_row() -> None:
    """Where it is said which profiles there are, a meter of another one is not taken: nobody could speak to it."""
    plate = archive_file()["accounts"][1]["meter"] | {"profile": "sate-grid"}
    document = archive_file(changes={home_no(2): {"meter": plate}})
    read = archive.read_archive(document, profiles={"dlt645": ["standard"], "dlt698": ["standard"]})
    assert [(bad.path, bad.reason) for bad in read.bad] == [
        ("accounts[1]", "meter.profile: sate-grid is not known for a dlt645 meter; known are standard")
    ]
    assert len(read.accounts) == 3
    assert len(archive.read_archive(document).accounts) == 4


def test_a_profile_of_the_other_dialect_is_a_bad_row() -> None:
    """What is a model of DL/T 698.45 meters is none of a DL/T 645 meter, and the reverse."""
    meters = [archive_file()["accounts"][place]["meter"] for place in (0, 1)]
    names = [{"dlt698": "state-grid-2013", "dlt645": "state-grid-698"}[meter["dialect"]] for meter in meters]
    changes = {
        home_no(place + 1): {"meter": meter | {"profile": name}}
        for place, (meter, name) in enumerate(zip(meters, names, strict=True))
    }
    known = {"dlt645": ["standard", "state-grid-2013"], "dlt698": ["standard", "state-grid-698"]}
    read = archive.read_archive(archive_file(changes=changes), profiles=known)
    assert [bad.path for bad in read.bad] == ["accounts[0]", "accounts[1]"]
    assert all(name in bad.reason for bad, name in zip(read.bad, names, strict=True))


def test_an_account_that_comes_twice_is_taken_once(bench: Bench) -> None:
    """The second row of the same number in one file is a bad row."""
    document = archive_file(homes=1, shops=0)
    document["accounts"] *= 2
    report = bench.load(document)
    assert [bad.path for bad in report.bad] == ["accounts[1]"]
    assert report.added == 1


def test_bad_rows_tell_no_personal_data(bench: Bench) -> None:
    """The reason of a bad row does not repeat a name or a phone number."""
    contact = {"name": "秘密姓名", "phone": "", "role": "account"}
    report = bench.load(changes={home_no(1): {"contacts": [contact], "customer": 13812345678}})
    (bad,) = report.bad
    assert "秘密" not in bad.reason
    assert "138" not in bad.reason


@pytest.mark.parametrize("document", [None, [], "text", {}, {"county": {"code": "1"}}, {"accounts": []}])
def test_what_is_no_archive_file_is_refused_whole(document: object) -> None:
    """A document without a county, or no object at all, is refused with a message."""
    with pytest.raises(archive.ArchiveFormatError):
        archive.read_archive(document)


def test_sections_are_lists_with_known_names() -> None:
    """A section that is no list, or that nobody knows, refuses the file and is named."""
    with pytest.raises(archive.ArchiveFormatError, match="stations"):
        archive.read_archive(archive_file() | {"stations": "S01"})
    with pytest.raises(archive.ArchiveFormatError, match="acounts"):
        archive.read_archive(archive_file() | {"acounts": []})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS = st.sampled_from([("no",), ("area",), ("meter", "address"), ("opening", "deposit"), ("history",), ("contacts",)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(path=PATHS, value=JSON)
def test_any_value_anywhere_is_a_bad_row_or_a_good_one(path: tuple[str, ...], value: object) -> None:
    """Whatever stands in one account's row, the other rows of the file are read."""
    document = copy.deepcopy(archive_file())
    row = document["accounts"][0]
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = value
    parsed = archive.read_archive(document)
    assert len(parsed.accounts) + len(parsed.bad) == 4
    assert [name for name, _ in parsed.accounts][-3:] == ["accounts[1]", "accounts[2]", "accounts[3]"]
