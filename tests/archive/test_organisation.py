"""Who may see what, who is in charge, and where the kill switch is on."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from headend import archive
from headend.archive import tables
from tests.rooms import MONDAY, Bench, archive_file, home_no


@pytest.fixture
def county(bench: Bench) -> Bench:
    """A home in each of two stations' areas."""
    document = archive_file(homes=2, shops=0, changes={home_no(2): {"area": "TA-0002"}})
    assert bench.load(document).bad == ()
    return bench


def test_a_station_sees_its_own_accounts_alone(county: Bench) -> None:
    """The scope of a member of staff is their unit and all below it."""
    first, second = county.accounts[home_no(1)], county.accounts[home_no(2)]
    seen = {}
    for user in ("wang.appr", "sun.appr", "li.appr", "wu.am"):
        member = county.read(archive.staff, user)
        listed = [a.id for a in county.read(archive.accounts, scope=archive.scope_of(member))]
        assert listed == [a for a in (first, second) if county.read(archive.in_scope, member, a)]
        seen[user] = listed
    assert seen == {"wang.appr": [first], "sun.appr": [second], "li.appr": [first, second], "wu.am": [first]}


def test_who_is_nearest_is_in_charge(county: Bench) -> None:
    """The area's own manager before the station's; a role that nobody near has is nobody's."""
    first, second = county.accounts[home_no(1)], county.accounts[home_no(2)]
    in_charge = {
        (account, role): county.read(archive.nearest_staff, account, role)
        for account in (first, second)
        for role in ("AM", "APPR-1", "MGR", "LEGAL")
    }
    users = {key: member and member.user for key, member in in_charge.items()}
    assert users == {
        (first, "AM"): "wu.am",
        (second, "AM"): None,
        (first, "APPR-1"): "wang.appr",
        (second, "APPR-1"): "sun.appr",
        (first, "MGR"): "zhao.mgr",
        (second, "MGR"): "zhao.mgr",
        (first, "LEGAL"): None,
        (second, "LEGAL"): None,
    }


def test_unknown_people_and_units_are_named(county: Bench) -> None:
    """A user, unit or account that the archive doesn't have is told by name."""
    with pytest.raises(archive.UnknownStaffError, match="nobody"):
        county.read(archive.staff, "nobody")
    with pytest.raises(archive.UnknownUnitError, match="TA-9"):
        county.write(archive.stop, "TA-9", "test")
    with pytest.raises(archive.UnknownAccountError, match="999"):
        county.read(archive.stopped, 999)
    with pytest.raises(archive.UnknownUnitError, match="S01"):
        county.write(archive.set_stage, "S01", 3)
    with pytest.raises(ValueError, match="0 to 4"):
        county.write(archive.set_stage, "TA-0001", 5)


def test_an_area_moves_to_its_next_stage(county: Bench) -> None:
    """The stage of an area is the stage of its accounts."""
    county.write(archive.set_stage, "TA-0002", 3)
    assert county.read(archive.account, county.accounts[home_no(2)]).stage == 3
    rows = county.read(lambda view: view.all(archive.baselines(MONDAY)))
    assert {row.no: row.stage for row in rows} == {home_no(1): 4, home_no(2): 3}


UNITS = st.sampled_from(["370100", "S01", "S02", "TA-0001", "TA-0002"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(turns=st.lists(st.tuples(UNITS, st.booleans()), max_size=8))
def test_an_account_is_stopped_by_any_switch_above_it(county: Bench, turns: list[tuple[str, bool]]) -> None:
    """Whatever is switched in whatever order, an account is stopped exactly if a switch on its branch is on."""
    on = {stop.unit_code for stop in county.read(archive.stops)}
    for unit, stopped in turns:
        county.write(archive.stop if stopped else archive.resume, unit, "测试")
        on = on | {unit} if stopped else on - {unit}
    assert {stop.unit_code for stop in county.read(archive.stops)} == on
    assert county.read(archive.stopped, county.accounts[home_no(1)]) is bool(on & {"370100", "S01", "TA-0001"})
    assert county.read(archive.stopped, county.accounts[home_no(2)]) is bool(on & {"370100", "S02", "TA-0002"})


def test_the_switch_leaves_a_trail(county: Bench) -> None:
    """A turn of the switch can't be changed or removed afterwards."""
    county.write(archive.stop, "S01", "台风")
    with pytest.raises(DBAPIError, match="append-only"):
        county.write(lambda tx: tx.execute(tables.switch.delete()))
    with pytest.raises(DBAPIError, match="append-only"):
        county.write(lambda tx: tx.execute(tables.switch.update().values(stopped=False)))
    (stop,) = county.read(archive.stops)
    assert (stop.unit_code, stop.reason, stop.actor) == ("S01", "台风", "system:test")
