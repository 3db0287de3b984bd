"""The numbers of a strategy: per class, per account, by day; never backwards."""

import copy
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend import archive
from headend.archive import CutMode, Numbers, RestoreMode
from headend.config import read_default
from headend.store import ConflictError
from tests.rooms import MONDAY, Bench, home_no, shop_no

DEFAULTS = read_default("strategies.toml")
HOME = Numbers(
    "R1",
    Decimal("30.00"),
    Decimal("5.00"),
    Decimal("0.00"),
    Decimal("0.00"),
    CutMode.AUTO,
    RestoreMode.DIRECT,
    24,
    "APPR-1",
)


def changed(**values: Any) -> dict[str, Any]:
    """Give the default file with the first class changed; None takes a key away."""
    document = copy.deepcopy(DEFAULTS)
    document["class"][0] = {k: v for k, v in (document["class"][0] | values).items() if v is not None}
    return document


def row(bench: Bench, account: int, day: date) -> dict[str, Any]:
    """Give an account's row of the selectable for everybody."""
    (found,) = (r for r in bench.read(lambda view: view.all(archive.baselines(day))) if r.account == account)
    return found._asdict()


def test_a_class_has_the_numbers_of_the_file(village: Bench) -> None:
    """Homes, love-care homes and shops get what the default file says."""
    assert village.read(archive.numbers, village.accounts[home_no(1)], MONDAY) == HOME
    shop = village.read(archive.numbers, village.accounts[shop_no(1)], MONDAY)
    assert (shop.t1, shop.restore_at, shop.cut_mode, shop.restore_mode, shop.notice_hours, shop.approver) == (
        Decimal(200),
        Decimal(50),
        CutMode.APPROVED,
        RestoreMode.SAFE,
        72,
        "APPR-2",
    )
    care = {s.numbers.class_code: s.numbers for s in archive.parse_strategies(DEFAULTS)}["R2"]
    assert (care.cut_at, care.restore_at, care.cut_mode) == (None, None, CutMode.NEVER)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"t1": "5.00"}, "above t2"),
        ({"t2": "-1.00"}, "below cut_at"),
        ({"restore_at": "-1.00"}, "restore_at"),
        ({"cut_at": None}, "cut_at"),
        ({"restore_at": None}, "together"),
        ({"cut_mode": "never"}, "cut_at"),
        ({"t1": 30.5}, "quotes"),
        ({"t1": "30.005"}, "t1"),
        ({"approver": None}, "approver"),
        ({"cut_mode": "sometimes"}, "cut_mode"),
        ({"colour": "red"}, "colour"),
        ({"notice_hours": -1}, "notice_hours"),
    ],
)
def test_a_bad_strategy_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    """Numbers out of order, binary fractions and unknown keys refuse the file and are named."""
    with pytest.raises(archive.ArchiveFormatError, match=f"class R1.*{told}"):
        archive.parse_strategies(changed(**change))


def test_numbers_never_act_backwards(village: Bench) -> None:
    """The same file again stores nothing; a change of what holds is a conflict; one for tomorrow holds then."""
    assert village.write(archive.load_strategies, archive.parse_strategies(DEFAULTS)) == 0
    with pytest.raises(ConflictError, match="later valid_from"):
        village.write(archive.load_strategies, archive.parse_strategies(changed(t1="40.00")))
    with pytest.raises(ConflictError, match="backwards"):
        village.write(archive.load_strategies, archive.parse_strategies(changed(t1="40.00", valid_from=MONDAY)))
    tomorrow = MONDAY + timedelta(days=1)
    assert (
        village.write(archive.load_strategies, archive.parse_strategies(changed(t1="40.00", valid_from=tomorrow))) == 1
    )
    home = village.accounts[home_no(1)]
    assert village.read(archive.numbers, home, MONDAY).t1 == Decimal(30)
    assert village.read(archive.numbers, home, tomorrow).t1 == Decimal(40)


def test_a_class_without_numbers_is_not_decided_about(bench: Bench) -> None:
    """An account of a class without numbers raises for one and is left out for all."""
    bench.load(changes={home_no(1): {"class": "R4"}})
    account = bench.accounts[home_no(1)]
    with pytest.raises(archive.NoNumbersError, match="R4"):
        bench.read(archive.numbers, account, MONDAY)
    listed = bench.read(lambda view: view.all(archive.baselines(MONDAY)))
    assert {r.no for r in listed} == {home_no(2), home_no(3), shop_no(1)}


def test_own_numbers_conflict_or_repeat(village: Bench) -> None:
    """Own numbers of a day are stored once; others for the same day, and such from today, are refused."""
    home = village.accounts[home_no(1)]
    tomorrow = MONDAY + timedelta(days=1)
    own = replace(HOME, t1=Decimal("100.00"))
    village.write(archive.set_numbers, home, own, tomorrow)
    village.write(archive.set_numbers, home, own, tomorrow)
    with pytest.raises(ConflictError, match="later day"):
        village.write(archive.set_numbers, home, HOME, tomorrow)
    with pytest.raises(ConflictError, match="backwards"):
        village.write(archive.set_numbers, home, own, MONDAY)


VERSIONS = st.dictionaries(st.integers(1, 20), st.integers(31, 99).map(lambda t1: Decimal(f"{t1}.00")), max_size=4)


@settings(deadline=None, max_examples=12)
@given(of_class=VERSIONS, own=VERSIONS, ahead=st.integers(0, 25))
def test_one_and_many_see_the_same_numbers(of_class: dict[int, Decimal], own: dict[int, Decimal], ahead: int) -> None:
    """The newest own version of a day wins over the newest of the class, for one account as for everybody."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        bench = Bench.open(Path(folder) / "s.db")
        stack.callback(bench.store.close)
        bench.load(homes=2, shops=0)
        home, other = bench.accounts[home_no(1)], bench.accounts[home_no(2)]
        for after, t1 in sorted(of_class.items()):
            later = archive.ClassStrategy(replace(HOME, t1=t1), MONDAY + timedelta(days=after))
            bench.write(archive.load_strategies, [later])
        for after, t1 in own.items():
            bench.write(archive.set_numbers, home, replace(HOME, t1=t1), MONDAY + timedelta(days=after))
        usual = newest(of_class, ahead) or HOME.t1
        for account, expected in ((home, newest(own, ahead) or usual), (other, usual)):
            day = MONDAY + timedelta(days=ahead)
            assert bench.read(archive.numbers, account, day).t1 == expected
            assert row(bench, account, day)["t1"] == expected


def newest(versions: dict[int, Decimal], ahead: int) -> Decimal | None:
    """Give the value of the last version that has begun."""
    begun = [after for after in versions if after <= ahead]
    return versions[max(begun)] if begun else None
