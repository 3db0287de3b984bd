"""The folder of one run: what is written for the daemon, and where its things are."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.errors import ScenarioError
from simulators.field import Listener
from simulators.world import METER_PASSWORD

__all__ = ["WorkDir"]

LONGEST_SOCKET_PATH = 100  # Linux takes 107 bytes

SETTINGS = """\
# Settings of a laboratory run; every meter is a simulator.

[paths]
database = "{database}"
socket = "{socket}"

[[listen]]
host = "{listen_host}"
port = {listen_port}

[sms]
host = "{sms_host}"
port = {sms_port}

[company]
name = "{company}"
phone = "95598"

[control]
operator_code = "00000001"
service_key = "{key}"
meter_password = "{password}"

[security]
module = "software"

[log]
format = "console"
"""


@dataclass(frozen=True, slots=True)
class WorkDir:
    """One folder; files of an earlier run in it are replaced."""

    root: Path

    @property
    def archive(self) -> Path:
        """The archive file that the daemon imports."""
        return self.root / "archive.json"

    @property
    def settings(self) -> Path:
        """The daemon's settings."""
        return self.root / "headend.toml"

    @property
    def database(self) -> Path:
        """The daemon's database."""
        return self.root / "headend.db"

    @property
    def socket(self) -> Path:
        """The daemon's desk."""
        return self.root / "api.sock"

    @property
    def conductor(self) -> Path:
        """The socket of the owner of time."""
        return self.root / "time.sock"

    @property
    def notify(self) -> Path:
        """Where the daemon says that it is ready."""
        return self.root / "notify.sock"

    @property
    def log(self) -> Path:
        """The daemon's log, where nobody reads along."""
        return self.root / "daemon.log"

    @property
    def truth(self) -> Path:
        """What was physically true at the end."""
        return self.root / "truth.json"

    def prepare(self, archive: dict[str, Any], *, listen: Listener, sms: Listener, company: str) -> None:
        """Empty the folder of an earlier run and write archive file and settings.

        Raises:
            ScenarioError: the path is too long for a Unix socket.

        """
        if len(str(self.notify).encode()) > LONGEST_SOCKET_PATH:
            advice = "choose a shorter one with --dir (make demo DIR=…)"
            raise ScenarioError(f"{self.root} is too long a path for a Unix socket: {advice}")
        self.root.mkdir(parents=True, exist_ok=True)
        for old in (*self.root.glob(f"{self.database.name}*"), self.socket, self.conductor, self.log, self.truth):
            old.unlink(missing_ok=True)
        self.archive.write_text(json.dumps(archive, ensure_ascii=False, indent=1), "utf-8")
        settings = SETTINGS.format(
            database=self.database,
            socket=self.socket,
            listen_host=listen.host,
            listen_port=listen.port,
            sms_host=sms.host,
            sms_port=sms.port,
            company=company,
            key=secrets.token_hex(32),
            password=METER_PASSWORD,
        )
        self.settings.write_text(settings, "utf-8")
        self.settings.chmod(0o600)
