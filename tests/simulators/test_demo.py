"""The parts of the demo: work folder, kills, truth, and the command line."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import RealClock
from protocols.dlt698 import LinkKind
from simulators.demo.daemon import Daemon, headend
from simulators.demo.kills import drawn_kills
from simulators.demo.truth import By, Light, lights, middle, truth_of
from simulators.demo.workdir import WorkDir
from simulators.errors import DaemonError, ScenarioError
from simulators.field import Listener
from simulators.localtime import at
from simulators.people import Diary, Paid
from simulators.village import Village, move_scenario
from tests.simulators.peer import HeadEnd
from tests.village import SCENARIO, new_village

START = at(SCENARIO.start, time(9))


@pytest.fixture
def village() -> Village:
    """Give a village of its own."""
    return new_village()


def paid(account: str, moment: datetime) -> Paid:
    """Make a payment that was accepted at once."""
    return Paid(account, Decimal("50.00"), f"WX{account}", moment, moment)


def test_work_folder_holds_settings_that_name_its_files(tmp_path: Path) -> None:
    """The settings are TOML with the folder's own paths, both ports, and a key that nobody else may read."""
    workdir = WorkDir(tmp_path / "run")
    workdir.prepare({"accounts": []}, listen=Listener("127.0.0.1", 1234), sms=Listener("127.0.0.1", 5678), company="X")
    settings = tomllib.loads(workdir.settings.read_text("utf-8"))
    assert settings["paths"] == {"database": str(workdir.database), "socket": str(workdir.socket)}
    assert ([at["port"] for at in settings["listen"]], settings["sms"]["port"]) == ([1234], 5678)
    assert len(settings["control"]["service_key"]) >= 32
    assert workdir.settings.stat().st_mode & 0o077 == 0
    assert json.loads(workdir.archive.read_text("utf-8")) == {"accounts": []}


def test_work_folder_is_emptied_of_an_earlier_run(tmp_path: Path) -> None:
    """Database, log and truth of an earlier run go; a stranger's file stays."""
    workdir = WorkDir(tmp_path)
    old = [workdir.database, tmp_path / "headend.db-wal", workdir.log, workdir.truth]
    for path in (*old, tmp_path / "notes.txt"):
        path.write_text("old", "utf-8")
    workdir.prepare({}, listen=Listener("h", 1), sms=Listener("h", 2), company="X")
    assert not any(path.exists() for path in old)
    assert (tmp_path / "notes.txt").exists()


def test_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    """A folder whose sockets Linux would not take is refused before anything is written."""
    workdir = WorkDir(tmp_path / ("x" * 100))
    with pytest.raises(ScenarioError, match="--dir"):
        workdir.prepare({}, listen=Listener("h", 1), sms=Listener("h", 2), company="X")
    assert not workdir.root.exists()


@given(st.integers(0, 1000), st.integers(1, 48), st.integers(1, 14))
def test_one_kill_falls_into_each_stretch(seed: int, hours: int, days: int) -> None:
    """Drawn kills are one to a stretch, inside the run, and the same for the same seed."""
    every, until = timedelta(hours=hours), START + timedelta(days=days)
    kills = drawn_kills(START, until, every=every, seed=seed)
    assert kills == drawn_kills(START, until, every=every, seed=seed)
    assert len(kills) == timedelta(days=days) // every
    assert all(START + n * every <= kill < START + (n + 1) * every for n, kill in enumerate(kills))


def test_truth_tells_the_contact_not_the_command(village: Village) -> None:
    """A meter whose relay is stuck closed is closed in the truth, whatever it was told; accepted money is listed."""
    welded, cut = (
        next(home for home in village.homes if home.story and home.story.id == story) for story in ("f", "c")
    )
    for home in (welded, cut):
        home.meter.relay(START).trip(START)
    diary = Diary(payments=[paid(cut.account, START)])
    truth = json.loads(json.dumps(truth_of(village, diary, START + timedelta(hours=1))))
    meters = truth["meters"]
    assert len(meters) == len(village.homes)
    assert (meters[welded.meter.address]["open"], meters[cut.meter.address]["open"]) == (False, True)
    assert Decimal(meters[cut.meter.address]["register"]) == Decimal(cut.meter.registers(START).total).scaleb(-2)
    assert truth["payments"] == [{"account": cut.account, "serial": f"WX{cut.account}", "amount": "50.00"}]


def test_light_is_measured_on_the_contact(village: Village) -> None:
    """Only payments of dark homes count, from acceptance to the closing of the contact; one may still be dark."""
    lit, still_dark, never_cut = village.homes[:3]
    for home in (lit, still_dark):
        home.meter.relay(START).trip(START)
    moment = START + timedelta(hours=1)
    lit.meter.relay(moment + timedelta(seconds=14)).close(moment + timedelta(seconds=14))
    diary = Diary(payments=[paid(home.account, moment) for home in (lit, still_dark, never_cut)])
    found = lights(village, diary, moment + timedelta(hours=1))
    assert found == [Light(lit.account, By.REMOTE, 14.0), Light(still_dark.account, By.REMOTE, None)]
    assert middle(found, By.REMOTE) == (14.0, 14.0)
    assert middle(found, By.KEY) is None


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_scenario_moves_as_a_whole(start: date) -> None:
    """Stories, outages and calendar keep their distance from the first day; the cycle starts on a first."""
    moved = move_scenario(SCENARIO, start)
    by = start - SCENARIO.start
    for old, new in zip(SCENARIO.stories, moved.stories, strict=True):
        assert new.short_on == (old.short_on + by if old.short_on else None)
        assert [silent.start for silent in new.silent] == [silent.start + by for silent in old.silent]
    assert [outage.start - by for outage in moved.outages] == [outage.start for outage in SCENARIO.outages]
    assert [entry.day - by for entry in moved.calendar] == [entry.day for entry in SCENARIO.calendar]
    assert moved.cycle_start == start.replace(day=1)
    assert replace(moved, start=SCENARIO.start).seed == SCENARIO.seed


@pytest.mark.asyncio
async def test_failing_command_says_why() -> None:
    """A `headend` command that fails raises with its own words."""
    with pytest.raises(DaemonError, match="no-such-command"):
        await headend("no-such-command")


@pytest.mark.asyncio
async def test_daemon_that_ends_by_itself_is_an_error(tmp_path: Path) -> None:
    """Without settings the daemon ends at once; whoever watches it is told, with its last words."""
    daemon = Daemon(WorkDir(tmp_path), quiet=True)
    daemon.start()
    with pytest.raises(DaemonError, match=r"ended by itself with code [12]: .+"):
        await daemon.watch()


def test_archive_command_writes_the_archive(tmp_path: Path) -> None:
    """`metersim archive` writes the archive file of the village that ships."""
    out = tmp_path / "village.json"
    command = [sys.executable, "-m", "simulators.cli", "archive", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "225 accounts" in done.stdout
    assert len(json.loads(out.read_text("utf-8"))["accounts"]) == 225


def test_faults_are_one_sentence(tmp_path: Path) -> None:
    """A scenario that isn't there ends with code 2 and one sentence, without a traceback."""
    command = [sys.executable, "-m", "simulators.cli", "demo", "--scenario", str(tmp_path / "no.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.asyncio
async def test_village_command_serves_in_real_time(tmp_path: Path) -> None:
    """`metersim village` dials in as of now, logs in, and ends with Ctrl-C."""
    clock = RealClock()
    head_end = HeadEnd(clock)
    listener = await head_end.listen()
    archive = tmp_path / "village.json"
    command = [sys.executable, "-m", "simulators.cli", "village", "--connect", f"{listener.host}:{listener.port}"]
    command += ["--sms", "127.0.0.1:0", "--archive", str(archive)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in SCENARIO.lines:
            await clock.wait(clock.spawn(head_end.connections.get(), name="login"))
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        head_end.close()
        await clock.cancel(*clock.tasks())
    assert {link.request for link in head_end.links} == {LinkKind.LOGIN}
    assert head_end.registrations == [b"REG:SHOPS-01\r\n"]
    history = json.loads(archive.read_text("utf-8"))["accounts"][0]["history"]
    assert datetime.now(UTC).date() - date.fromisoformat(history[-1]["day"]) <= timedelta(days=1)  # noqa: TID251  # real time is what is tested
    assert (process.returncode, b"Traceback" in errors) == (130, False)
