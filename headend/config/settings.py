"""Settings: one TOML file, checked whole before anything starts.

A mistyped key is refused by name, as a setting that is silently not applied would be worse than none.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

CREDENTIALS = {
    "service_key": ("control", "service_key"),
    "meter_password": ("control", "meter_password"),
    "security_key": ("security", "key"),
    "mqtt_password": ("mqtt", "password"),
}
"""Names of the service manager's credentials, and the section and key that each one fills."""


class ConfigError(Exception):
    """The settings can't be used; the message names the file, the key and the mend."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(_Part):
    """Where the daemon keeps its things."""

    database: Path = Path("/var/lib/headend/headend.db")
    socket: Path = Path("/run/headend/api.sock")


class Listener(_Part):
    """Where concentrators and DTUs dial in; with a certificate over TLS, if need be from whom `tls_clients` signed."""

    host: str = "127.0.0.1"
    port: int = Field(default=2404, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_clients: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; give both, or none for plain TCP")
        if self.tls_clients is not None and self.tls_certificate is None:
            raise ValueError("tls_clients says whose certificates are taken over TLS; give tls_certificate and tls_key")
        return self


class Mqtt(_Part):
    """The broker (MQTT 5) that some devices are reached by; none without a host. `life` and `session` are seconds."""

    host: str = ""
    port: int = Field(default=1883, ge=1, le=65535)
    client_id: str = Field(default="headend", min_length=1)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    tls_authorities: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    up: str = "headend/{id}/up"
    down: str = "headend/{id}/down"
    status: str = "headend/{id}/status"
    life: int = Field(default=60, ge=1)
    session: int = Field(default=86_400, ge=0)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; give both, or none if the broker asks none")
        if not self.tls and (self.tls_authorities is not None or self.tls_certificate is not None):
            raise ValueError("certificates are used over TLS alone; say tls = true")
        if self.password.get_secret_value() and not self.username:
            raise ValueError("a password needs a username; give both")
        return self


class SmsCentre(_Part):
    """The SMS gateway (短信网关)."""

    host: str = "127.0.0.1"
    port: int = Field(default=7890, ge=1, le=65535)


class Company(_Part):
    """What messages to customers say about their sender."""

    name: str = "XX供电"
    phone: str = "95598"


class Control(_Part):
    """What relay commands need: the operator code in meters' event records and, in a laboratory, the plain password."""

    operator_code: str = Field(default="00000001", pattern=r"^[0-9]{8}$")
    service_key: SecretStr = SecretStr("")
    meter_password: SecretStr = SecretStr("")


class Meters(_Part):
    """What is known of meters beside what travels with the program: files of profiles (645) and of models (698)."""

    profiles: Path | None = None
    models: Path | None = None


class Collection(_Part):
    """How hard the field is asked by machines; reads of people and restores are never throttled."""

    links_per_area: int = Field(default=4, ge=1, le=1000)
    """Links of one transformer area that are asked at the same time."""
    pause_s: float = Field(default=0.0, ge=0, le=600)
    """Least pause between two single polls of a link, in seconds."""
    passes: int = Field(default=5, ge=1, le=20)
    """How often the main round asks a meter that was silent."""
    first_pause_min: float = Field(default=10.0, gt=0, le=240)
    """Pause before the second pass, in minutes; each further one is twice as long."""
    clock_days: int = Field(default=7, ge=1, le=366)
    """Each meter's clock is read once in so many days; one that is off every day."""
    set_clocks: bool = True
    """Set clocks from afar that are off by one to five minutes."""


class Module(StrEnum):
    """Who makes what the ESAM of a secured meter asks for."""

    NONE = "none"
    SOFTWARE = "software"  # a laboratory's stand-in, whose root key is public


class Security(_Part):
    """The security module (加密机): without one, secured meters get no order and production no trip."""

    module: Module = Module.NONE
    key: SecretStr = SecretStr("")

    @field_validator("key")
    @classmethod
    def _whole(cls, key: SecretStr) -> SecretStr:
        if re.fullmatch(r"([0-9A-Fa-f]{32})?", key.get_secret_value()) is None:
            raise ValueError("must be 32 hex digits, the root key of the laboratory's meters, or left out")
        return key


class Log(_Part):
    """How the log is written."""

    format: str = Field(default="auto", pattern=r"^(auto|console|json)$")
    level: str = Field(default="info", pattern=r"^(debug|info|warning|error)$")


class Settings(_Part):
    """Everything that ``headend.toml`` may hold."""

    paths: Paths = Paths()
    listen: tuple[Listener, ...] = (Listener(),)
    mqtt: Mqtt = Mqtt()
    sms: SmsCentre = SmsCentre()
    company: Company = Company()
    control: Control = Control()
    meters: Meters = Meters()
    collect: Collection = Collection()
    security: Security = Security()
    log: Log = Log()
    lab: bool = False
    """Set by ``--lab`` alone: stepped time, faults, simulated assets and plain meter passwords are allowed."""

    @field_validator("listen", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        if isinstance(value, Mapping):
            raise ValueError(  # noqa: TRY004 - pydantic tells a ValueError by its place
                "there may be several: write [[listen]] with double brackets, once for each port"
            )
        return value

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        key = self.control.service_key.get_secret_value()
        if len(key) < 32:  # noqa: PLR2004 - 128 bits in hex digits
            raise ValueError(
                "control.service_key must have at least 32 characters; make one with `openssl rand -hex 32`"
            )
        if self.control.meter_password.get_secret_value() and not self.lab:
            raise ValueError(
                "control.meter_password is a plain password for simulated meters; "
                "remove it, or start with --lab where every meter is a simulator"
            )
        if self.security.module is Module.SOFTWARE and not self.lab:
            raise ValueError(
                "security.module = \"software\" is a laboratory's stand-in with a public key: no customer's meter "
                "obeys it and it protects nothing; remove it, or start with --lab where every meter is a simulator"
            )
        return self


def load(path: Path, *, lab: bool = False) -> Settings:
    """Read and check the settings.

    Raises :class:`ConfigError` with one line per fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give the settings file with --config") from error
    try:
        document = _with_credentials(tomllib.loads(text))
        return Settings.model_validate({**document, "lab": lab})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'settings'}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {faults}") from error


def _with_credentials(document: dict[str, Any]) -> dict[str, Any]:
    """Add the secrets that the service manager hands over as files (systemd.exec(5), LoadCredential=)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return document
    added: dict[str, dict[str, Any]] = {}
    for name, (section, key) in CREDENTIALS.items():
        file, given = Path(folder) / name, document.get(section, {})
        if isinstance(given, dict) and key not in given and file.is_file():
            part = added.setdefault(section, dict(given))
            part[key] = file.read_text(encoding="utf-8").strip()
    return {**document, **added}
