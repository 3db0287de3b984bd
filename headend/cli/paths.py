"""Where the daemon's things are, as its settings file says."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from headend.cli.errors import InputError


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the daemon's things are, as far as its settings can be read by the person at the terminal."""

    database: Path
    socket: Path
    service_key: str = ""
    lab: bool = False


def read_paths(settings: Path) -> Paths:
    """Read of a settings file what a command needs to find the daemon's things; the daemon checks the whole of it.

    Raises :class:`InputError`.
    """
    try:
        document = tomllib.loads(settings.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{settings}: {error.strerror}; name the settings file with --config") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{settings}: not valid TOML: {error}") from error
    paths, control = document.get("paths", {}), document.get("control", {})
    return Paths(
        Path(paths.get("database", "/var/lib/headend/headend.db")),
        Path(paths.get("socket", "/run/headend/api.sock")),
        str(control.get("service_key", "")),
        lab=bool(control.get("meter_password")),
    )
