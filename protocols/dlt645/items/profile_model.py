"""What a profile of a meter model holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from protocols.dlt645.items.item import Identifier

__all__ = ["RELAY_WORDS", "Edition", "Profile", "Protection", "RelayWrite"]

RELAY_WORDS = (
    "trip",
    "permit_close",
    "direct_close",
    "trip_then_direct_close",
    "trip_then_permit_close",
    "alarm",
    "alarm_off",
    "protect",
    "protect_off",
)
"""What a relay command can be, as `RelayCommand` has it."""


class Edition(StrEnum):
    """Edition of the standard a meter follows."""

    E1997 = "1997"
    E2007 = "2007"


class Protection(StrEnum):
    """What a meter asks for before it switches the relay or takes a setting."""

    PASSWORD = "password"  # noqa: S105  the name of a way, no secret
    """A password of a level 00..09."""
    SECURED = "secured"
    """Identity authentication, then ciphertext and MAC (98H) or plaintext and MAC (99H)."""


class RelayWrite(NamedTuple):
    """A write (04H) that a meter of 1997 takes for a relay command: identifier, data in wire order."""

    di: int
    payload: bytes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profile:
    """A model of meters, by what it does in its own way.

    ``rows`` replace and add to the identifier table of the edition, by identifier: a number of four bytes, in 1997
    of two. Two profiles are equal only if they are the same object.
    """

    name: str
    title_en: str
    title_zh: str
    edition: Edition = Edition.E2007
    protection: Protection = Protection.PASSWORD
    rows: Mapping[int, Identifier] = field(default_factory=dict)
    wakeup: int = 4
    """Wake-up bytes FEH sent before a frame."""
    control_level: int = 2
    """Level of the password for relay and clears, where they are not secured."""
    setting_level: int = 4
    """Level of the password for settings, where they are not secured."""
    authentication_minutes: int = 30
    """How long an identity authentication (身份认证) is valid unless the meter was told otherwise."""
    block_end_mark: bool = False
    """Whether a block ends with AAH."""
    tells_protection: bool = True
    """Whether bits 12 to 15 of run state word 3 (保电, 身份认证, 开户) are kept; else they are 0 and prove nothing."""
    recharge_size: int = 22
    """Bytes of a recharge (070102FF): 22, or 26 with an order number."""
    relay_plaintext_in_wire_order: bool = False
    """Whether the encryption machine takes the time of a relay plaintext seconds first."""
    general_file: int = 2
    """File of the ESAM with the class 1 parameters, for the APDU header."""
    step_switch_offset: int = 0xC4
    """Offset of the step switch time 04000109 in the ESAM's price file, for the APDU header."""
    relay: Mapping[str, RelayWrite] = field(default_factory=dict)
    """Relay commands of a 1997 vendor by word; none where the model has no such write."""
