"""The systemd unit: correct in every line, and hardened."""

import re
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "headend.service"
SERIAL = UNIT.with_name("headend-serial.conf")
MOST_EXPOSED = 2.0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here, as verification looks for it."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace("/usr/bin/headend", "/bin/true"), "utf-8")
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call systemd-analyze."""
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def exposure(unit: Path) -> float:
    """Give the exposure that systemd computes from the settings, 0 to 10."""
    done = analyze("security", "--offline=true", str(unit))
    found = re.search(r"exposure level for .*: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return float(found[1])


def test_the_unit_verifies_in_silence(unit: Path) -> None:
    """Not one line about unknown or misplaced settings."""
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_hardened(unit: Path) -> None:
    """The exposure that systemd computes from the settings is low."""
    assert exposure(unit) <= MOST_EXPOSED


def test_the_unit_may_be_given_serial_ports_and_nothing_else(unit: Path) -> None:
    """The drop-in verifies in silence, opens no device but serial ports, and leaves the rest of the hardening."""
    before = exposure(unit)
    folder = unit.with_name(f"{unit.name}.d")
    folder.mkdir()
    (folder / "serial.conf").write_text(SERIAL.read_text("utf-8"), "utf-8")
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert before < exposure(unit) <= MOST_EXPOSED
    allowed = re.findall(r"^DeviceAllow=(\S+)", SERIAL.read_text("utf-8"), re.MULTILINE)
    assert allowed == ["char-ttyS", "char-ttyUSB", "char-ttyACM"]


def test_the_unit_runs_the_program_that_is_installed() -> None:
    """The command of the unit is the console script, with the settings file of the documentation."""
    assert "ExecStart=/usr/bin/headend run --config /etc/headend/headend.toml" in UNIT.read_text("utf-8")
