"""The systemd unit: correct in every line, and hardened."""

import re
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "headend.service"
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


def test_the_unit_verifies_in_silence(unit: Path) -> None:
    """Not one line about unknown or misplaced settings."""
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_hardened(unit: Path) -> None:
    """The exposure that systemd computes from the settings is low."""
    done = analyze("security", "--offline=true", str(unit))
    found = re.search(r"exposure level for .*: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) <= MOST_EXPOSED


def test_the_unit_runs_the_program_that_is_installed() -> None:
    """The command of the unit is the console script, with the settings file of the documentation."""
    assert "ExecStart=/usr/bin/headend run --config /etc/headend/headend.toml" in UNIT.read_text("utf-8")
