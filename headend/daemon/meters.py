"""What the drivers need to know to speak to meters: passwords, and which models there are."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from drivers.meter import Dialect, MeterSettings
from headend.config import ConfigError, Settings
from protocols.dlt645 import Operator, Password
from protocols.dlt645.items.profile import Profile, profiles, read_profiles
from protocols.dlt698.models import STANDARD, Model, models, read_models
from protocols.errors import LocalProtocolError

M = TypeVar("M")

METER_LEVEL = 2
"""The password level (密级) that relay control needs."""


@dataclass(frozen=True, slots=True)
class Known:
    """The models of meters that are known, by dialect: profiles of DL/T 645, models of DL/T 698.45."""

    profiles: Mapping[str, Profile]
    models: Mapping[str, Model]

    @property
    def names(self) -> dict[str, Collection[str]]:
        """The names that a meter may have as its profile, by its dialect."""
        return {Dialect.DLT645.value: tuple(self.profiles), Dialect.DLT698.value: tuple(self.models)}


def meter_settings(settings: Settings, known: Known) -> MeterSettings:
    """Give the drivers what they need to speak to meters of the ``known`` models."""
    plain = settings.control.meter_password.get_secret_value()
    password = Password(METER_LEVEL, plain) if plain else Password(METER_LEVEL)
    operator = Operator(settings.control.operator_code)
    return MeterSettings(password=password, operator=operator, profiles=known.profiles, models=known.models)


def known_meters(settings: Settings) -> Known:
    """Give the models of meters: the packaged ones, and those of the files that the settings name.

    Raises :class:`~headend.config.ConfigError` for a file that can't be used, and for a name that both dialects have:
    only the standard one is the same to both.
    """
    of_645 = _further("profiles", settings.meters.profiles, profiles(), read_profiles)
    taken = set(of_645) - {STANDARD.name}
    of_698 = _further("models", settings.meters.models, models(), lambda text: read_models(text, taken))
    if twice := sorted(taken & set(of_698)):
        raise ConfigError(f"{settings.meters.profiles}: {', '.join(twice)} are models of dlt698 meters; name them anew")
    return Known(of_645, of_698)


def _further(
    key: str, file: Path | None, packaged: Mapping[str, M], read: Callable[[str], Mapping[str, M]]
) -> Mapping[str, M]:
    if file is None:
        return packaged
    try:
        return {**packaged, **read(file.read_text(encoding="utf-8"))}
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; mend meters.{key} in the settings") from error
    except (LocalProtocolError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def check_profiles(used: Collection[tuple[str, str]], known: Known) -> None:
    """Refuse to start where the archive has meters of a model that nobody describes for their dialect.

    ``used`` are dialects and profiles. Raises :class:`~headend.config.ConfigError`: such a meter could not be spoken
    to, to give power back either.
    """
    names = known.names
    if missing := sorted(f"{name} ({dialect})" for dialect, name in used if name not in names[dialect]):
        raise ConfigError(
            f"the archive has meters of the profiles {', '.join(missing)}, which are not known; name the file that "
            "describes them as meters.profiles (dlt645) or meters.models (dlt698) in the settings"
        )
