"""The daemon as a child process: started, killed, started again, stopped; and the commands beside it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from simulators.demo.workdir import WorkDir
from simulators.errors import DaemonError

__all__ = ["Daemon", "headend"]

START_PATIENCE = 60.0  # real seconds until it must be ready
LOOK_EVERY = 0.2
STOP_PATIENCE = 30.0  # real seconds that the daemon may take to stop
LAST_WORDS = 2000  # characters of its log that an error repeats


async def headend(*arguments: str, works: tuple[int, ...] = (0,)) -> str:
    """Run a ``headend`` command and give what it prints.

    Raises:
        DaemonError: it ends with a code that is none of ``works``; the message carries what it said.

    """
    command = [sys.executable, "-m", "headend.cli", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    if done.returncode not in works:
        said = (done.stderr or done.stdout)[-LAST_WORDS:]
        raise DaemonError(f"`headend {' '.join(arguments)}` ended with code {done.returncode}: {said}")
    return done.stdout


class Daemon:
    """The daemon of one run; its log goes to this terminal, or to a file of the work folder."""

    def __init__(self, workdir: WorkDir, *, quiet: bool, faults: Sequence[str] = ()) -> None:
        self._workdir = workdir
        self._faults = list(faults)
        self._quiet = quiet
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._doomed = False
        self._stopping = False
        self.kills = 0

    def start(self) -> None:
        """Start the process, in a session of its own so that Ctrl-C reaches only the demo.

        Each start takes the next of the faults along: the daemon kills itself there.
        """
        command = [sys.executable, "-m", "headend.cli", "run", "--config", str(self._workdir.settings)]
        command += ["--lab", "--follow", str(self._workdir.conductor)]
        if self._faults:
            command += ["--fault", self._faults.pop(0)]
        self._doomed = "--fault" in command
        environment = os.environ | {"NOTIFY_SOCKET": str(self._workdir.notify)}
        with Path(self._workdir.log).open("ab") as log:
            output = log if self._quiet else None
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and paths
                command, stdout=output, stderr=output, start_new_session=True, env=environment
            )

    async def start_ready(self) -> None:
        """Start the process and wait until it says that it is ready, as a service manager would.

        Raises:
            DaemonError: it ended first, or said nothing in time.

        """
        self._workdir.notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(str(self._workdir.notify))
            heard.settimeout(LOOK_EVERY)
            self.start()
            await asyncio.to_thread(self._hear_ready, heard)
        self._workdir.notify.unlink(missing_ok=True)

    def _hear_ready(self, heard: socket.socket) -> None:
        for _ in range(int(START_PATIENCE / LOOK_EVERY)):
            try:
                if b"READY=1" in heard.recv(4096):
                    return
            except TimeoutError:
                if self._process is not None and self._process.poll() is not None:
                    break
        raise DaemonError(f"the daemon did not become ready: {self._last_words()}")

    def kill(self) -> None:
        """Kill it without a warning; it is started again as soon as it is gone."""
        if self._process is not None and self._process.poll() is None:
            self._killed = True
            self.kills += 1
            self._process.kill()

    async def watch(self) -> None:
        """Start it again after each kill, until it is stopped.

        Raises:
            DaemonError: it ended by itself.

        """
        assert self._process is not None, "a daemon is started before it is watched"
        while True:
            code = await asyncio.to_thread(self._process.wait)
            if self._stopping:
                return
            if self._doomed and code == -signal.SIGKILL:
                self.kills += not self._killed
            elif not self._killed:
                raise DaemonError(f"the daemon ended by itself with code {code}: {self._last_words()}")
            self._killed = False
            self.start()

    async def stop(self) -> None:
        """Ask it to end.

        Raises:
            DaemonError: it did not end in time, or not well.

        """
        self._stopping = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(process.wait, STOP_PATIENCE)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise DaemonError(f"the daemon did not stop within {STOP_PATIENCE:g} s: {self._last_words()}") from error
        if code != 0:
            raise DaemonError(f"the daemon stopped with code {code}: {self._last_words()}")

    def _last_words(self) -> str:
        if not self._quiet:
            return "see its log above"
        return self._workdir.log.read_text("utf-8", "replace")[-LAST_WORDS:]
