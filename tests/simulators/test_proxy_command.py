"""`metersim proxy`, as a process between two sockets."""

import json
import signal
import socket
import subprocess
import sys

import pytest

from simulators.fault_proxy import Kind

COMMAND = [sys.executable, "-m", "simulators.cli", "proxy", "--listen", "127.0.0.1:0"]
A_WHILE = 30  # s; nothing is measured by it


def test_faults_are_told_as_json_until_ctrl_c() -> None:
    """Each fault is an object on a line of its own, and the last line sums up; Ctrl-C ends with code 130."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"127.0.0.1:{server.getsockname()[1]}"
        command = [*COMMAND, "--connect", target, "--delay", "1ms", "--duplicate", "100%", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            host, _, port = process.stderr.readline().split()[1].rpartition(":")
            with socket.create_connection((host, int(port)), A_WHILE) as near:
                near.sendall(b"over and out, ")
                far, _ = server.accept()
                with far:
                    far.settimeout(A_WHILE)
                    came = b""
                    while len(came) < 28:
                        came += far.recv(100)
                told = [json.loads(process.stdout.readline()) for _ in range(2)]
                process.send_signal(signal.SIGINT)
                summary = json.loads(process.stdout.read())
    assert came == 2 * b"over and out, "
    assert [(one["kind"], one["link"], one["way"], one["count"]) for one in told] == [
        ("delay", 0, "there", 14),
        ("duplicate", 0, "there", 14),
    ]
    assert (summary["connections"], summary["bytes"]) == (1, {"there": 14, "back": 0})
    assert {kind: number for kind, number in summary["injected"].items() if number} == {"delay": 1, "duplicate": 1}
    assert set(summary["injected"]) == set(Kind)
    assert process.returncode == 130


def test_a_summary_is_shown_for_people() -> None:
    """Without `--json` a table is shown, and the command can end by itself."""
    done = subprocess.run(
        [*COMMAND, "--connect", "127.0.0.1:9", "--run-for", "1ms"], capture_output=True, text=True, check=True
    )
    assert "0 of 0 connections open" in done.stdout
    assert "bytes there / back" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--connect", "nowhere"], "is not HOST:PORT"),
        (["--connect", "127.0.0.1:9", "--delay", "5"], "is no span of time"),
        (["--connect", "127.0.0.1:9", "--drop", "120%"], "is no share"),
        (["--connect", "127.0.0.1:9", "--flip", "often"], "is no share"),
        (["--connect", "127.0.0.1:9", "--reset-every", "0s"], "give one above zero"),
        (["--connect", "127.0.0.1:9", "--listen", "192.0.2.1:1"], "give another --listen"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(arguments: list[str], sentence: str) -> None:
    """A mistake ends with code 2, and says what to give instead."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
