"""Corrections of readings: nothing follows from one until a second person stands for it (业务规则 14)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from headend import collect, control, settle
from headend.collect import Mark
from headend.control import Step
from headend.daemon.dayplan import start_step
from headend.desk import NotFoundError, RefusedError
from headend.settle import tables
from headend.store import View
from tests.desk.conftest import Counter, Somebody, make_desk, named
from tests.rooms import MONDAY, Bench, archive_file, shop_no
from tests.strategy.world import make_world

SHOP = shop_no(1)
CLERKS = (
    {"user": "qian.bill", "name": "钱核算", "role": "BILL", "unit": "370100", "phone": "13900000011"},
    {"user": "feng.bill", "name": "冯核算", "role": "BILL", "unit": "370100", "phone": "13900000012"},
    {"user": "shen.bill", "name": "沈核算", "role": "BILL", "unit": "S02", "phone": "13900000013"},
    {"user": "chu.acq", "name": "褚运维", "role": "ACQ", "unit": "370100", "phone": "13900000014"},
)
QIAN, FENG, SHEN, CHU, LI = map(named, ("qian.bill", "feng.bill", "shen.bill", "chu.acq", "li.appr"))


@pytest.fixture
def desk(bench: Bench) -> Counter:
    """A shop of 100 kW at 0.80 yuan per kWh, whose Monday was read and computed; clerks who bring in and sign."""
    world = make_world(bench, deposits={SHOP: "5000.00"}, changes={SHOP: {"capacity_kw": "100"}})
    bench.load(archive_file() | {"staff": list(CLERKS), "accounts": []})
    world.morning(MONDAY)
    bench.write(start_step, MONDAY, "estimate")
    return Counter(make_desk(bench), world)


def account(desk: Counter) -> int:
    """Give the shop's id."""
    return desk.world.bench.accounts[SHOP]


def newest(desk: Counter) -> collect.Reading:
    """Give the shop's reading of Monday."""
    point = desk.world.meters[account(desk)].point
    found = desk.world.bench.read(collect.reading, point, MONDAY)
    assert found is not None
    return found


def bring(desk: Counter, who: Somebody, more: str, *, reader: str = "zheng.tech", line: int = 2) -> dict[str, Any]:
    """Bring in that the shop's meter showed so much more on Monday than is stored."""
    stored = desk.world.bench.read(collect.versions, newest(desk).point, MONDAY)[0]
    row = {"account": SHOP, "day": str(MONDAY), "total": str(stored.total + Decimal(more)), "photo": "IMG-1"}
    file = {"file": "route7.csv", "rows": [[line, row | {"reader": reader}]]}
    [told] = desk.call(who, "collect_import", **file)
    assert isinstance(told, dict)
    return told


def listed(desk: Counter, who: Somebody) -> list[tuple[str, str]]:
    """Give the corrections that somebody is shown: what each is worth, who signs it."""
    return [(row["amount"], row["signs"]) for row in desk.call(who, "work_list", kind="corrections")]


def sign(desk: Counter, who: Somebody, number: int = 1, decision: str = "approve") -> dict[str, Any]:
    """Decide about a correction."""
    done = desk.call(who, "correction_sign", correction=number, decision=decision, reason="as on the photo")
    assert isinstance(done, dict)
    return done


def test_a_small_correction_has_its_second_person_in_who_brings_it_in(desk: Counter) -> None:
    """Read by one, imported by BILL: up to 500 yuan that is two people, and it counts at once."""
    before = desk.world.bench.read(settle.available, account(desk)).a
    told = bring(desk, QIAN, "625")
    assert (told["outcome"], told["version"]) == ("corrected", 2)
    assert before - desk.world.bench.read(settle.available, account(desk)).a == Decimal("500.00")
    assert listed(desk, QIAN) == []


@pytest.mark.parametrize(
    ("who", "more", "worth", "signs"), [(QIAN, "626", "-500.80", "APPR-2"), (CHU, "-5", "4.00", "BILL")]
)
def test_a_correction_waits_for_who_may_sign_it(
    desk: Counter, who: Somebody, more: str, worth: str, signs: str
) -> None:
    """Above 500 yuan it is APPR-2's; below, brought in by somebody who signs none, BILL's. Until then nothing moves."""
    before = desk.world.bench.read(settle.available, account(desk))
    told = bring(desk, who, more)
    assert (told["outcome"], told["version"]) == ("waits", None)
    assert f"waits for {signs} to sign" in told["message"]
    assert (newest(desk).version, newest(desk).mark) == (1, Mark.G)
    assert desk.world.bench.read(settle.available, account(desk)) == before
    assert listed(desk, named("zheng.tech")) == [(worth, signs)]
    assert [len(listed(desk, signer)) for signer in (QIAN, LI)] == [signs == "BILL", signs == "APPR-2"]


def test_trying_what_a_correction_is_worth_leaves_nothing(desk: Counter) -> None:
    """Beside the correction itself no row of readings, fees, runs, facts or marks is new."""
    names = (
        "reading",
        "finding",
        "handheld",
        "fee_day",
        "estimate_run",
        "estimate_failure",
        "fact",
        "pending",
        "posting",
    )

    def counted(view: View) -> dict[str, int]:
        known = tables.fee_day.metadata.tables
        return {name: int(view.scalar(select(func.count()).select_from(known[name]))) for name in names}

    before = desk.world.bench.read(counted)
    assert bring(desk, CHU, "900")["outcome"] == "waits"
    assert desk.world.bench.read(counted) == before


def test_a_signature_stores_the_reading_and_moves_the_money(desk: Counter) -> None:
    """A version marked C with the photo; the same decision again changes nothing, and the row is known from then on."""
    before = desk.world.bench.read(settle.available, account(desk)).a
    bring(desk, QIAN, "1000")
    done = sign(desk, LI)
    assert (done["account"], done["already"]) == (SHOP, False)
    assert (newest(desk).version, newest(desk).mark, newest(desk).evidence) == (2, Mark.C, "IMG-1")
    assert before - desk.world.bench.read(settle.available, account(desk)).a == Decimal("800.00")
    assert sign(desk, LI)["already"]
    assert bring(desk, QIAN, "1000")["outcome"] == "known"
    assert newest(desk).version == 2
    assert desk.trail()[2].act == "correction_sign"


def test_nobody_approves_their_own_correction(desk: Counter) -> None:
    """Neither who brought it in nor who read it, nor a role that is not enough, nor another unit's clerk."""
    bring(desk, CHU, "10", reader="feng.bill")
    with pytest.raises(RefusedError, match=r"feng\.bill has read or brought in this correction"):
        sign(desk, FENG)
    with pytest.raises(NotFoundError, match="there is no correction 1"):
        sign(desk, SHEN)
    bring(desk, QIAN, "900", line=3)
    with pytest.raises(RefusedError, match=r"feng\.bill is BILL; a correction of 720\.00 yuan is for APPR-2 to sign"):
        sign(desk, FENG, 2)
    assert newest(desk).version == 1
    sign(desk, QIAN)
    assert newest(desk).version == 2


def test_what_an_own_reading_says_waits_for_another(desk: Counter) -> None:
    """A suspect reading confirmed without a reader's name has one person only, whoever imports it."""
    seen = newest(desk)
    bench = desk.world.bench
    registers = collect.Registers(seen.total + 1)
    bench.write(collect.store_reading, account(desk), seen.point, MONDAY, registers, mark=Mark.S, source="freeze")
    assert bring(desk, QIAN, "1", reader="")["outcome"] == "waits"
    with pytest.raises(RefusedError, match=r"qian\.bill has read or brought in this correction"):
        sign(desk, QIAN)
    sign(desk, FENG)
    assert newest(desk).mark is Mark.C


def test_a_rejected_correction_stays_rejected(desk: Counter) -> None:
    """Nothing is stored; the same row again is told why, and asks nobody twice."""
    bring(desk, QIAN, "900")
    sign(desk, LI, decision="reject")
    told = bring(desk, QIAN, "900")
    assert told["outcome"] == "known"
    assert "was rejected: as on the photo" in told["message"]
    assert (newest(desk).version, listed(desk, LI)) == (1, [])
    with pytest.raises(RefusedError, match="is rejected already"):
        sign(desk, LI)


def test_a_reader_is_somebody_who_works_here(desk: Counter) -> None:
    """A name that nobody has makes no second person."""
    told = bring(desk, QIAN, "10", reader="mr.nobody")
    assert (told["outcome"], told["why"]) == ("bad", "no_proof")
    assert "nobody here has the user name mr.nobody" in told["message"]


def test_an_account_is_not_cut_while_a_correction_waits(desk: Counter) -> None:
    """What the reading is, is not settled: R3 refuses until somebody has signed or rejected it."""
    bench = desk.world.bench

    def reading_rule() -> list[dict[str, str]]:
        found = bench.read(control.refusals, account(desk), Step.NOTICE)
        return [dict(each.values) for each in found if each.rule == "R3"]

    assert reading_rule() == []
    bring(desk, QIAN, "900")
    assert reading_rule() == [{"correction": "1"}]
    sign(desk, LI, decision="reject")
    assert reading_rule() == []


def test_before_the_run_a_correction_is_weighed_as_the_run_would(desk: Counter) -> None:
    """A freeze that no fee was computed from yet is worth what the coming run would make of it."""
    bench = desk.world.bench
    tuesday = MONDAY + timedelta(days=1)
    bench.at(f"{tuesday} 06:00")
    stored = newest(desk).total + 40
    bench.write(
        collect.store_reading,
        account(desk),
        newest(desk).point,
        tuesday,
        collect.Registers(stored),
        mark=Mark.G,
        source="freeze",
    )
    row = {"account": SHOP, "day": str(tuesday), "total": str(stored + 1000), "photo": "IMG-2", "reader": "zheng.tech"}
    [told] = desk.call(QIAN, "collect_import", file="f.csv", rows=[[2, row]])
    assert "of 800.00 yuan waits for APPR-2" in told["message"]
