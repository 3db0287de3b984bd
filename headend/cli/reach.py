"""Reaching the head-end: over the daemon's socket, or for reading its database while no daemon runs."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headend.cli.client import UNREACHABLE, call, default_socket
from headend.cli.errors import ClientError, InputError
from headend.cli.paths import read_paths

SYSTEM_SETTINGS = Path("/etc/headend/headend.toml")


@dataclass(frozen=True, slots=True)
class Reach:
    """How this command reaches the head-end; what was not named is found."""

    socket: Path | None = None
    config: Path | None = None
    caller: str | None = None

    def do(self, act: str, **args: Any) -> Any:
        """Have the daemon do an act and give its result. Raises :class:`ClientError`."""
        given = {name: value for name, value in args.items() if value is not None}
        return call(self.socket_path(), act, given, named=self._named())

    def look(self, act: str, **args: Any) -> Any:
        """Have a reading act done: by the daemon, or while none runs on its database, read-only.

        Raises :class:`ClientError` for what the daemon refuses, :class:`InputError` where nothing can be read.
        """
        try:
            return self.do(act, **args)
        except ClientError as error:
            if error.code != UNREACHABLE:
                raise
            settings = self.settings_path()
            if not settings.is_file():
                raise
        from headend.cli.offline import read_offline  # noqa: PLC0415 - the rooms are only loaded where they are needed

        return read_offline(
            read_paths(settings), act, {name: value for name, value in args.items() if value is not None}
        )

    def socket_path(self) -> Path:
        """Give the daemon's socket: named, of the settings named, or found."""
        if self.socket is not None:
            return self.socket
        return default_socket() if self.config is None else read_paths(self.config).socket

    def settings_path(self) -> Path:
        """Give the settings file: named, of ``HEADEND_CONFIG``, of the demo in this folder, or the system's."""
        if self.config is not None:
            return self.config
        if named := os.environ.get("HEADEND_CONFIG"):
            return Path(named)
        demo = Path("var/demo/headend.toml")
        return demo if demo.exists() else SYSTEM_SETTINGS

    def _named(self) -> Mapping[str, str] | None:
        if self.caller is None:
            return None
        user, _, role = self.caller.partition(":")
        return {"user": user, **({"role": role} if role else {})}


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises :class:`InputError`."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
