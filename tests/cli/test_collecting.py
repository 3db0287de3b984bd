"""The field and the day's readings at the command line."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from headend import collect
from headend.collect import FreezeRead, Mark, MissReason
from tests.cli.conftest import Terminal, serving
from tests.rooms import CONCENTRATOR, MONDAY, Bench, archive_file, home_no
from tests.strategy.moments import Moment
from tests.strategy.world import World

HEADER = "account,day,total,photo,reader\n"
NEXT = MONDAY + timedelta(days=1)


@pytest.fixture
def morning(when_read: Moment, terminal: Terminal, tmp_path: Path) -> Iterator[World]:
    """Monday has been read; on Tuesday one home is read, one is silent, and nobody else is asked yet."""
    for world in when_read.opened(tmp_path):
        _begin_tuesday(world.bench)
        with serving(world, terminal):
            yield world


def _begin_tuesday(bench: Bench) -> None:
    bench.at(f"{NEXT} 00:30")
    bench.write(collect.plan, NEXT)
    first, second, *_ = bench.read(collect.open_duties, NEXT)
    before = bench.read(collect.last_good, first.point, MONDAY)
    assert before is not None
    flown = collect.Registers(before.total + 999)
    bench.write(collect.accept, first, FreezeRead(flown, None))
    bench.write(collect.miss, second, MissReason.SILENT, "no_answer")


def total_of(world: World, no: str, more: str) -> str:
    """Give Monday's register of an account and so much more."""
    point = world.meters[world.bench.accounts[no]].point
    reading = world.bench.read(collect.reading, point, MONDAY)
    assert reading is not None
    return str(reading.total + Decimal(more))


def test_the_day_is_told_by_reason_and_by_link(morning: World, terminal: Terminal) -> None:
    """What a newcomer sees: how many came, a bar for each reason with what to do, the links that lack readings."""
    said = terminal.run("collect", "status", "--day", str(NEXT)).stdout
    for words in ("1 of 4 readings came", "25.00 %", "silent", "somebody goes after 3 days", CONCENTRATOR, "1 flying"):
        assert words in said
    assert home_no(2) not in said
    listed = terminal.run("collect", "status", "--missing").stdout
    assert home_no(2) in listed
    found = terminal.json("collect", "status")
    assert (found["due"], found["read"], found["reasons"]) == (4, 1, {"silent": 1, "not_asked": 2})
    assert {row["link"]: row["due"] for row in found["links"]} == {CONCENTRATOR: 3, "dtu:SHOPS-01": 1}
    assert {row["reason"] for row in found["missing"]} == {"silent", "not_asked"}


def test_readings_are_shown_with_findings_and_clock(morning: World, terminal: Terminal) -> None:
    """Each version with its mark, and what validation found in a sentence."""
    said = terminal.run("collect", "show", home_no(1), "--days", "2").stdout
    for words in ("flying", "999.00 kWh since", "suspect; energy is estimated, no cut"):
        assert words in said
    rows = terminal.json("collect", "show", home_no(1), "--days", "2")["readings"]
    assert [(row["day"], row["mark"]) for row in rows] == [(str(NEXT), "S"), (str(MONDAY), "G")]


def test_a_handheld_file_is_taken_row_by_row(morning: World, terminal: Terminal, tmp_path: Path) -> None:
    """Good rows count, bad ones are told by line with what to do; the same file again changes nothing."""
    file = tmp_path / "route7.csv"
    good = f"{home_no(2)},{NEXT},{total_of(morning, home_no(2), '5')},IMG-1,zheng.tech\n"
    bad = f"3799999999,{NEXT},1,,\n{home_no(3)},{NEXT},x,,\n"
    file.write_text(HEADER + good + bad, "utf-8")
    dry = terminal.run("collect", "import", str(file), "--dry-run")
    assert (dry.exit_code, "1 would be taken" in dry.stdout) == (1, True)
    told = terminal.run("collect", "import", str(file))
    assert told.exit_code == 1
    for words in ("1 taken", "2 bad", "there is no account 3799999999", "write the register in kWh"):
        assert words in told.stdout
    again = terminal.run("collect", "import", str(file), "--json")
    assert '"known": 1' in again.stdout
    point = morning.meters[morning.bench.accounts[home_no(2)]].point
    stored = morning.bench.read(collect.versions, point, NEXT)
    assert [(each.mark, each.evidence) for each in stored] == [(Mark.G, "IMG-1")]
    assert [entry["act"] for entry in terminal.json("trail", "--limit", "2")] == ["collect_import"] * 2


def test_a_file_of_good_rows_ends_well(morning: World, terminal: Terminal, tmp_path: Path) -> None:
    """Code 0, and a JSON document for programs."""
    file = tmp_path / "good.csv"
    file.write_text(HEADER + f"{home_no(2)},{NEXT},{total_of(morning, home_no(2), '5')},,\n", "utf-8")
    found = terminal.json("collect", "import", str(file))
    assert (found["counts"], found["dry_run"]) == ({"taken": 1}, False)
    assert [(row["line"], row["outcome"], row["mark"]) for row in found["rows"]] == [(2, "taken", "G")]


def test_a_file_that_is_none_is_refused(morning: World, terminal: Terminal, tmp_path: Path) -> None:
    """With what its first line should be."""
    file = tmp_path / "none.csv"
    file.write_text("a,b\n", "utf-8")
    assert "`total` is always needed" in terminal.refusal("collect", "import", str(file))
    assert "No such file" in terminal.refusal("collect", "import", str(tmp_path / "gone.csv"))


def test_only_who_may_takes_files_in(morning: World, terminal: Terminal, tmp_path: Path) -> None:
    """A technician reads meters on site, and somebody else brings the readings in."""
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + f"{home_no(2)},{NEXT},1,,\n", "utf-8")
    assert "it is for ACQ, BILL" in terminal.refusal("--as", "zheng.tech", "collect", "import", str(file))


def test_events_are_listed(morning: World, terminal: Terminal) -> None:
    """What devices told, readable; nothing told is said as well."""
    assert "No device has told anything" in terminal.run("event", "list").stdout
    morning.bench.write(collect.keep_report, CONCENTRATOR, b"\x68")
    said = terminal.run("event", "list", "--link", CONCENTRATOR).stdout
    assert "无法解析的上报" in said
    [row] = terminal.json("--as", "wu.am", "event", "list")
    assert terminal.json("--as", "sun.appr", "event", "list") == [], "the link is of another station"
    assert (row["link"], bool(row["error"])) == (CONCENTRATOR, True)


def test_what_can_not_be_read_is_told_per_item_and_ends_with_code_one(morning: World, terminal: Terminal) -> None:
    """Nothing has dialled in here: each item has its error, in a table and in JSON."""
    said = terminal.run("read", home_no(1), "clock", "colour")
    assert said.exit_code == 1
    for words in ("clock", "it is silent: link_down", "'colour' is no item of dlt698"):
        assert words in said.stdout
    done = terminal.run("read", home_no(1), "00100200", "--json")
    assert done.exit_code == 1
    assert '"item": "00100200"' in done.stdout
    assert '"ok": false' in done.stdout


def test_a_link_is_looked_at_and_dropped(morning: World, terminal: Terminal) -> None:
    """Down here, with its meters and what is missing; dropping what is not connected says so."""
    said = terminal.run("link", "show", CONCENTRATOR).stdout
    for words in (f"Link {CONCENTRATOR} is down", "1 of 3", "silent 1", home_no(2), "Nothing has happened on it"):
        assert words in said
    assert "it was not connected" in terminal.run("link", "drop", CONCENTRATOR, "--reason", "hangs").stdout
    assert "headend link list" in terminal.refusal("link", "show", "698:999999999999")


def test_a_round_needs_somebody_who_runs_it(morning: World, terminal: Terminal) -> None:
    """A day or a meter that can't be is refused before anything is asked."""
    assert "freezes are there from" in terminal.refusal("collect", "run", "--day", "2026-01-01")
    assert "no meter with the address" in terminal.refusal("collect", "run", "--meter", "999999999999")


def test_a_correction_waits_and_is_signed_at_the_command_line(
    morning: World, terminal: Terminal, tmp_path: Path
) -> None:
    """Whoever imports it is told that it waits; the list says what it would move; a signature stores it."""
    clerk = {"user": "qian.bill", "name": "钱核算", "role": "BILL", "unit": "370100", "phone": "13900000011"}
    morning.bench.load(archive_file() | {"staff": [clerk], "accounts": []})
    file = tmp_path / "route7.csv"
    stored = total_of(morning, home_no(2), "0")
    row = f"{home_no(2)},{MONDAY},{total_of(morning, home_no(2), '-2')},IMG-1,zheng.tech\n"
    file.write_text(HEADER + row, "utf-8")
    said = terminal.run("collect", "import", str(file)).stdout
    for words in ("1 waits", "Waiting for a second person", "waits for BILL to sign"):
        assert words in said
    [waiting] = terminal.json("work", "corrections")
    assert (waiting["stored"], waiting["account"], waiting["signs"]) == (stored, home_no(2), "BILL")
    assert "zheng.tech" in terminal.run("work", "corrections").stdout
    sign = ("work", "correct", str(waiting["correction"]), "--approve", "--reason", "as on the photo")
    signed = terminal.run("--as", "qian.bill", *sign)
    assert "approved, and stored" in signed.stdout
    assert terminal.json("work", "corrections") == []
