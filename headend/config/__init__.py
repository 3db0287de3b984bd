"""Settings (headend.toml) and the default files that travel with the program."""

from headend.config.defaults import defaults, read_default
from headend.config.settings import Collection, ConfigError, Listener, Module, Mqtt, Settings, load

__all__ = ["Collection", "ConfigError", "Listener", "Module", "Mqtt", "Settings", "defaults", "load", "read_default"]
