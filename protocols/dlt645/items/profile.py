"""Profiles: what differs from meter model to meter model although all of them speak DL/T 645.

A profile is data. Those packaged in ``profiles.toml`` cover the grids' editions; `read_profiles` takes further ones
as text of the same form, each on the base of a packaged one or of one above it, so that a new model needs no code.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from protocols.dlt645.items.profile_model import RELAY_WORDS, Edition, Profile, Protection, RelayWrite
from protocols.dlt645.items.profile_text import profiles_of
from protocols.errors import LocalProtocolError

__all__ = [
    "RELAY_WORDS",
    "STANDARD",
    "Edition",
    "Profile",
    "Protection",
    "RelayWrite",
    "profile",
    "profiles",
    "read_profiles",
]


def profile(name: str) -> Profile:
    """Look a packaged profile up; LocalProtocolError names the known ones where there is none of that name."""
    known = profiles()
    if name not in known:
        raise LocalProtocolError(f"profile {name!r} is not known; known are {', '.join(known)}")
    return known[name]


@cache
def profiles() -> Mapping[str, Profile]:
    """Every packaged profile by name."""
    text = files("protocols.dlt645.items").joinpath("profiles.toml").read_text(encoding="utf-8")
    return MappingProxyType(profiles_of(text, {}))


def read_profiles(text: str) -> dict[str, Profile]:
    """Profiles of a TOML text, one table each, in the form of the packaged ``profiles.toml``.

    ``base`` names the profile a table starts from, packaged or above it, ``standard`` if not given. Raises
    LocalProtocolError that names the profile and the key where a key is unknown, a value or row is bad, or a
    packaged name is taken again.
    """
    return profiles_of(text, profiles())


STANDARD = profile("standard")
"""A meter that is as the standard has it, with the fee-control extension and passwords."""
