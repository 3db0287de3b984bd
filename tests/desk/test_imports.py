"""Archive files at the desk: what is loaded with a customer, and that an import only ever adds."""

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headend import archive, collect, settle, strategy
from headend.collect import Mark, Registers
from headend.config import defaults, read_default
from headend.desk import Desk, RefusedError, imports
from headend.strategy import State
from tests.desk.conftest import Somebody, make_desk
from tests.rooms import MONDAY, Bench, archive_file, home_no

ROOT = Somebody(uid=0, user="root")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Bench]:
    """A bench without customers."""
    bench = Bench.open(tmp_path / "empty.db")
    bench.write(archive.load_strategies, archive.parse_strategies(read_default("strategies.toml")))
    bench.write(settle.load_prices, (defaults() / "prices.toml").read_text("utf-8"))
    bench.write(strategy.load_rules, read_default("rules.toml"))
    yield bench
    bench.store.close()


def take(desk: Desk, document: dict[str, Any]) -> Any:
    """Import a document."""
    return asyncio.run(desk.call(ROOT, "archive_import", {"document": document}))


def test_a_customer_comes_with_money_history_and_state(empty: Bench) -> None:
    """The deposit is in the ledger, the freezes are readings, the account is NORMAL, and those who dial in are told."""
    heard = []
    desk = make_desk(empty)

    async def admit() -> None:
        heard.append(True)

    desk.archive_changed = admit
    report = take(desk, archive_file())
    assert (report["accounts"], report["known"], report["bad"]) == (4, 0, [])
    home = empty.read(archive.find, home_no(1))
    assert empty.read(settle.available, home.id).a == Decimal("100.00")
    point = empty.read(archive.place, home.id, MONDAY).point
    last = empty.read(collect.last_good, point, MONDAY)
    assert last is not None
    assert (last.mark, last.source) == (Mark.G, "history")
    assert empty.read(strategy.state, home.id).state is State.NORMAL
    assert empty.read(settle.trial_balance).level
    assert heard == [True]


def test_the_same_file_again_changes_nothing(empty: Bench) -> None:
    """Not even a reading that was corrected since goes back to what the file says."""
    desk = make_desk(empty)
    document = archive_file()
    take(desk, document)
    home = empty.read(archive.find, home_no(1)).id
    point = empty.read(archive.place, home, MONDAY).point
    day = MONDAY.replace(day=10)
    corrected = Registers(Decimal("4200.00"))
    empty.write(collect.store_reading, home, point, day, corrected, mark=Mark.C, source="onsite", reason="seen")
    report = take(desk, document)
    assert (report["accounts"], report["known"], report["units"]) == (0, 4, 0)
    found = empty.read(collect.reading, point, day)
    assert found is not None
    assert (found.registers, found.version) == (corrected, 2)
    assert empty.read(settle.available, home).a == Decimal("100.00")


def test_bad_rows_are_told_and_the_rest_is_taken(empty: Bench) -> None:
    """A row that can't be taken is no reason to leave the others out; its path and fault come back once."""
    document = archive_file()
    document["accounts"][1]["area"] = "TA-9999"
    document["accounts"][2]["meter"]["address"] = "12"
    report = take(make_desk(empty), document)
    assert report["accounts"] == 2
    assert [row["path"] for row in report["bad"]] == ["accounts[2]", "accounts[1]"]


def test_a_long_file_is_taken_in_parts_with_one_report(empty: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the file is cut, every account is there and each bad row is told once."""
    monkeypatch.setattr(imports, "CHUNK", 2)
    document = deepcopy(archive_file(homes=5))
    document["staff"][0]["unit"] = "S99"
    document["concentrators"].append({"link": "698:000000000009", "kind": "concentrator", "area": "TA-9999"})
    report = take(make_desk(empty), document)
    assert (report["accounts"], report["units"], report["concentrators"]) == (6, 5, 2)
    assert sorted(row["path"] for row in report["bad"]) == ["concentrators[2]", "staff[0]"]


def test_the_trail_keeps_numbers_and_no_customers(empty: Bench) -> None:
    """Who imported how much is on the trail; names and phones are not."""
    desk = make_desk(empty)
    take(desk, archive_file())
    entries = asyncio.run(desk.call(ROOT, "trail", {}))
    assert isinstance(entries, list)
    (entry,) = entries
    assert isinstance(entry, dict)
    assert entry["arguments"] == {
        "accounts": 4, "known": 0, "units": 5, "concentrators": 2, "days": 2, "staff": 8, "bad": 0,
    }  # fmt: skip
    assert "138" not in str(entry)


def test_a_document_that_is_no_archive_file_is_refused(empty: Bench) -> None:
    """Nothing is taken of a file without a county."""
    with pytest.raises(RefusedError, match="county"):
        take(make_desk(empty), {"accounts": []})
