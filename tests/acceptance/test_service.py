"""The daemon under a service manager."""

import subprocess
import sys
from pathlib import Path

from tests.acceptance.service import Service


def test_it_tells_ready_alive_and_stopping(tmp_path: Path) -> None:
    """READY when it serves, pings while it lives, STOPPING and exit code 0 on SIGTERM."""
    with Service(tmp_path, WATCHDOG_USEC="400000") as service:
        service.until_noted("WATCHDOG=1", times=3)
        assert service.stop() == 0
        assert "STOPPING=1" in service.until_noted("STOPPING=1")
        assert service.events("daemon.stopping")


def test_it_serves_after_a_kill(tmp_path: Path) -> None:
    """A killed daemon leaves a socket and a journal behind; the next one starts over them and knows everything."""
    with Service(tmp_path) as service:
        service.load()
        service.process.kill()
        service.process.wait()
    (tmp_path / "notify.sock").unlink()
    with Service(tmp_path) as service:
        assert "3701000001" in service.headend("account", "list")


def test_settings_that_cannot_be_used_end_it_with_a_reason(tmp_path: Path) -> None:
    """A mistyped key is named on one line, and nothing is started."""
    settings = tmp_path / "headend.toml"
    settings.write_text("[[listen]]\nprot = 1\n", "utf-8")
    command = [sys.executable, "-m", "headend.cli", "run", "--config", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "listen.0.prot" in done.stderr
    assert "Traceback" not in done.stderr
