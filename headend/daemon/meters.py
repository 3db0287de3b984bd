"""What the drivers need to know to speak to meters: passwords, and which models there are."""

from collections.abc import Collection, Mapping

from drivers.meter import MeterSettings
from headend.config import ConfigError, Settings
from protocols.dlt645 import Operator, Password
from protocols.dlt645.items.profile import Profile, profiles, read_profiles
from protocols.errors import LocalProtocolError

METER_LEVEL = 2
"""The password level (密级) that relay control needs."""


def meter_settings(settings: Settings, known: Mapping[str, Profile]) -> MeterSettings:
    """Give the drivers what they need to speak to meters of the ``known`` models."""
    plain = settings.control.meter_password.get_secret_value()
    password = Password(METER_LEVEL, plain) if plain else Password(METER_LEVEL)
    return MeterSettings(password=password, operator=Operator(settings.control.operator_code), profiles=known)


def meter_profiles(settings: Settings) -> Mapping[str, Profile]:
    """Give the models of DL/T 645 meters: the packaged ones, and those of the file that the settings name.

    Raises :class:`~headend.config.ConfigError` for a file that can't be used.
    """
    file = settings.meters.profiles
    if file is None:
        return profiles()
    try:
        return {**profiles(), **read_profiles(file.read_text(encoding="utf-8"))}
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; mend meters.profiles in the settings") from error
    except (LocalProtocolError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def check_profiles(used: Collection[str], known: Collection[str]) -> None:
    """Refuse to start where the archive has meters of a model that nobody describes.

    Raises :class:`~headend.config.ConfigError`: such a meter could not be spoken to, to give power back either.
    """
    if missing := sorted(set(used) - set(known)):
        raise ConfigError(
            f"the archive has meters of the profiles {', '.join(missing)}, which are not known; "
            "name the file that describes them as meters.profiles in the settings"
        )
