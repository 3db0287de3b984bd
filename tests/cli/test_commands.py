"""The commands of the desk, against a running desk and against the database while none runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app
from headend.config import defaults
from headend.strategy import State
from tests.cli.conftest import Terminal, serving
from tests.rooms import MONDAY, archive_file, home_no, shop_no
from tests.strategy.moments import Moment
from tests.strategy.world import World

TUESDAY = MONDAY + timedelta(days=1)

LOOKING = [
    ["account", "list"],
    ["account", "show", home_no(1)],
    ["account", "explain", home_no(1)],
    ["message", "list", home_no(1)],
    ["work", "list"],
    ["work", "orders", "--state", "all"],
    ["work", "mass-check"],
    ["collect", "status"],
    ["collect", "show", home_no(1)],
    ["event", "list"],
    ["status"],
    ["trail"],
    ["selfcheck"],
]


@pytest.fixture
def short(when_proposed: Moment, terminal: Terminal, tmp_path: Path) -> Iterator[World]:
    """Tuesday: a home and a shop wait for a signature, another home is noticed."""
    for world in when_proposed.opened(tmp_path):
        with serving(world, terminal):
            yield world


@pytest.fixture
def read(when_read: Moment, tmp_path: Path) -> Iterator[World]:
    """Monday, when everybody has been read; no daemon runs."""
    yield from when_read.opened(tmp_path)


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_looking_is_the_same_with_and_without_a_daemon(terminal: Terminal, read: World, command: list[str]) -> None:
    """Commands that only look read the database itself while no daemon runs, and say as of when."""
    offline = terminal.run(*command, "--json")
    assert offline.exception is None, offline.output
    assert "no daemon answers; this is the database as of 2026-09-14" in offline.stderr
    assert json.loads(offline.stdout) is not None
    in_words = terminal.run(*command)
    assert in_words.exit_code == 0
    assert in_words.stdout.strip()


def test_a_payment_says_what_it_did(short: World, terminal: Terminal) -> None:
    """Balance and state after it; the same serial again changes nothing; in JSON for programs."""
    pay = ["pay", home_no(1), "100", "--channel", "counter", "--serial", "42"]
    first = terminal.run(*pay)
    assert first.exit_code == 0
    assert "posted; available balance 80.74 yuan, state NORMAL" in first.stdout
    assert "nothing changed" in terminal.run(*pay).stdout
    assert terminal.json(*pay)["already"] is True
    assert short.state(short.bench.accounts[home_no(1)]) is State.NORMAL


def test_an_approver_signs_from_the_list(short: World, terminal: Terminal) -> None:
    """In a laboratory one may act as a member of staff."""
    rows = terminal.json("--as", "wang.appr", "work", "list")
    assert [row["account"] for row in rows] == [home_no(2)]
    done = terminal.run("--as", "wang.appr:APPR-1", "work", "sign", str(rows[0]["proposal"]), "--approve")
    assert "NOTICED" in done.stdout
    refused = terminal.refusal("--as", "li.appr", "work", "sign", str(rows[0]["proposal"]), "--approve")
    assert "approved already" in refused
    shops = terminal.run("--as", "li.appr", "work", "list").stdout
    assert shop_no(1) in shops
    assert short.state(short.bench.accounts[home_no(2)]) is State.NOTICED


def test_people_act_by_account_or_meter(short: World, terminal: Terminal) -> None:
    """Restore, hold, stop and resume, reveal: each tells what it did."""
    address = short.meters[short.bench.accounts[home_no(1)]].address
    assert home_no(1) in terminal.run("relay", "restore", address, "--reason", "medical device").stdout
    assert "held until" in terminal.run("hold", home_no(2), "--reason", "dispute").stdout
    assert "are stopped" in terminal.run("stop", "TA-0001", "--reason", "flood").stdout
    assert "may go on" in terminal.run("resume", "TA-0001", "--reason", "over").stdout
    assert "13800000001" in terminal.run("--as", "wu.am", "account", "reveal", home_no(1), "--reason", "call").stdout
    trail = terminal.json("trail")
    assert [entry["act"] for entry in trail] == ["contact_reveal", "resume", "stop", "hold", "restore"]


def test_the_model_of_a_meter_is_told(served: World, terminal: Terminal) -> None:
    """A DL/T 645 meter gets a profile, by its address or its customer; `account show` tells it."""
    give = ["archive", "profile", "000000000002", "south-grid", "--reason", "as on its plate"]
    assert "it was standard" in terminal.run(*give).stdout
    assert "already" in terminal.run(*give).stdout
    assert "south-grid" in terminal.run("account", "show", home_no(2)).stdout
    assert terminal.json("archive", "profile", home_no(2), "standard", "--reason", "x")["before"] == "south-grid"
    assert "known are" in terminal.refusal("archive", "profile", home_no(2), "nord-grid", "--reason", "x")


def test_a_generator_is_entered(served: World, terminal: Terminal) -> None:
    """A customer with solar panels, by the meter or the number; `account show` tells it."""
    give = ["archive", "generation", home_no(1), "--yes", "--reason", "solar panels"]
    assert "has a generator from now on" in terminal.run(*give).stdout
    assert "has a generator already" in terminal.run(*give).stdout
    assert terminal.json("account", "show", home_no(1))["generates"]
    assert terminal.json("archive", "generation", home_no(1), "--no", "--reason", "taken down")["before"]


def test_explain_tells_facts_rules_and_what_happened(short: World, terminal: Terminal) -> None:
    """What a newcomer reads: the state, the balance, the rules with their values, the messages."""
    said = terminal.run("account", "explain", home_no(1)).stdout
    for words in (f"Account {home_no(1)} is NOTICED", "-19.26 yuan", "T12", "Rules that could fire", "S06"):
        assert words in said
    assert "余额" in terminal.run("account", "explain", home_no(1), "--lang", "zh").stdout


def test_what_needs_the_daemon_says_so(world: World, terminal: Terminal) -> None:
    """Without a daemon nobody pays and no meter is asked: one line says how to start one."""
    for command in (
        ["pay", home_no(1), "1", "--channel", "a", "--serial", "1"],
        ["link", "list"],
        ["read", home_no(1)],
    ):
        refused = terminal.refusal(*command)
        assert refused.startswith("no daemon answers at ")
        assert "headend run" in refused


def test_refusals_are_one_line_and_code_one(short: World, terminal: Terminal) -> None:
    """As a process: the reason on standard error, nothing on standard output, code 1; a slip of usage is 2."""
    command = [sys.executable, "-m", "headend.cli", "--config", str(terminal.settings)]
    refused = subprocess.run([*command, "account", "show", "3799999999"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        "headend: no account has the number 3799999999; `headend account list` lists them"
    ]
    slip = subprocess.run([*command, "pay"], capture_output=True, text=True, check=False)
    assert slip.returncode == 2


def test_an_archive_file_goes_straight_into_the_database_while_no_daemon_runs(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The command makes the database, is its one writer, and in a laboratory lives in the file's time."""
    file = tmp_path / "village.json"
    file.write_text(json.dumps(archive_file()), "utf-8")
    take = ["archive", "import", str(file), "--config", str(terminal.settings), "--lab"]
    first = CliRunner().invoke(app, take)
    assert (first.exit_code, first.stdout.split(",")[0]) == (0, "New: 4 accounts")
    again = CliRunner().invoke(app, take)
    assert "New: 0 accounts" in again.stdout
    rows = terminal.json("account", "list")
    assert [row["state"] for row in rows] == ["NORMAL"] * 4
    assert rows[0]["since"] == "2026-09-13T00:00:00+08:00"
    assert terminal.json("selfcheck")["ok"] is True


def test_bad_rows_are_shown_and_make_the_code_one(terminal: Terminal, tmp_path: Path) -> None:
    """What could not be taken is told by its place in the file."""
    document = archive_file()
    document["accounts"][1]["area"] = "TA-9999"
    file = tmp_path / "village.json"
    file.write_text(json.dumps(document), "utf-8")
    done = terminal.run("archive", "import", str(file), "--lab")
    assert done.exit_code == 1
    assert "accounts[1]" in done.stdout


def test_an_archive_file_goes_through_the_daemon_while_one_runs(
    served: World, terminal: Terminal, tmp_path: Path
) -> None:
    """Over the socket, with the daemon's time and its trail."""
    document = archive_file(homes=5)
    file = tmp_path / "more.json"
    file.write_text(json.dumps(document), "utf-8")
    report = json.loads(terminal.run("archive", "import", str(file), "--json").stdout)
    assert (report["accounts"], report["known"]) == (2, 0)
    assert len(report["bad"]) == 4  # those with other deposits than the archive's
    assert terminal.json("trail")[0]["act"] == "archive_import"


@pytest.mark.parametrize("doing", ["SELECT count(*) FROM account", "BEGIN IMMEDIATE"])
def test_nobody_writes_beside_another_process(terminal: Terminal, tmp_path: Path, doing: str) -> None:
    """A database that another process has open, idle or writing, is left alone: it may be a daemon elsewhere."""
    file = tmp_path / "village.json"
    file.write_text(json.dumps(archive_file()), "utf-8")
    take = ["archive", "import", str(file), "--lab"]
    assert terminal.run(*take).exit_code == 0
    database = tmp_path / "headend.db"
    hold = f"import sqlite3, sys; c = sqlite3.connect({str(database)!r}); c.execute({doing!r}).fetchall(); "
    hold += "print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        assert "another process has" in terminal.refusal(*take)
        other.stdin.close()
    assert terminal.run(*take).exit_code == 0


def test_the_truth_of_a_laboratory_decides(short: World, terminal: Terminal, tmp_path: Path) -> None:
    """A relay that is open in truth fails the check although the books don't know of it."""
    file = tmp_path / "truth.json"
    meters = {meter.address: {"open": meter.open} for meter in short.meters.values()}
    file.write_text(json.dumps({"meters": meters}), "utf-8")
    assert terminal.run("selfcheck", "--truth", str(file)).exit_code == 0
    meters[short.meters[short.bench.accounts[home_no(3)]].address]["open"] = True
    file.write_text(json.dumps({"meters": meters}), "utf-8")
    done = terminal.run("selfcheck", "--truth", str(file))
    assert done.exit_code == 1
    assert home_no(3) in done.stdout
    assert "FAILS" in done.stdout
    file.write_text("{}", "utf-8")
    assert "truth" in terminal.refusal("selfcheck", "--truth", str(file))


def test_rules_are_checked_before_they_are_applied(terminal: Terminal, tmp_path: Path) -> None:
    """The shipped file is fine; one that asks for what no file may say is told where."""
    assert terminal.run("rules", "check", str(defaults() / "rules.toml")).exit_code == 0
    bad = tmp_path / "rules.toml"
    bad.write_text('[[rule]]\nid = "T13"\nfrom = ["NORMAL"]\nwhen = "true"\n', "utf-8")
    assert "T13" in terminal.refusal("rules", "check", str(bad))


def test_the_database_is_upgraded_by_hand(terminal: Terminal) -> None:
    """Once; then it is at this version."""
    assert "upgraded" in terminal.run("db", "upgrade").stdout
    assert "already" in terminal.run("db", "upgrade").stdout


def test_settings_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    """Missing and broken files are told by name."""
    missing = Terminal(tmp_path / "missing.toml")
    assert "missing.toml" in missing.refusal("account", "list")
    broken = Terminal(tmp_path / "broken.toml")
    broken.settings.write_text("[paths", "utf-8")
    assert "not valid TOML" in broken.refusal("account", "list")


def test_help_is_quick_and_every_command_has_an_example() -> None:
    """The help of each command says what it does and how it is typed; no room is loaded for it."""
    listed = CliRunner().invoke(app, ["--help"])
    assert listed.exit_code == 0
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None
            assert "[bold]Example" in (command.callback.__doc__ or ""), command.callback
    for command in app.registered_commands:
        assert command.callback is not None
        assert "[bold]Example" in (command.callback.__doc__ or ""), command.callback
    heavy = "import sys; sys.argv = ['headend', '--help']; from headend.cli import main\n"
    heavy += "try:\n    main()\nexcept SystemExit:\n    pass\nprint('sqlalchemy' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"


def test_the_socket_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Named by option or environment, else the demo's in this folder, else the system's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "HEADEND_SOCKET", "/nowhere/a.sock")
    done = CliRunner().invoke(app, ["link", "list"])
    assert "/nowhere/a.sock" in str(done.exception)
    done = CliRunner().invoke(app, ["--socket", "/nowhere/b.sock", "link", "list"])
    assert "/nowhere/b.sock" in str(done.exception)
    monkeypatch.delitem(os.environ, "HEADEND_SOCKET")
    done = CliRunner().invoke(app, ["link", "list"])
    assert "/run/headend/api.sock" in str(done.exception)
