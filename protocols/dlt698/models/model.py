"""What a model of DL/T 698.45 meters holds."""

from dataclasses import dataclass
from enum import StrEnum

from protocols.dlt698.values.descriptors import BAUD_2400_8E1, OAD, ComDcb

__all__ = ["PLC_PORT", "Model", "Protection", "Road"]

PLC_PORT = OAD.parse("F2090201")
"""The PLC or RF module (载波) of a concentrator."""


class Protection(StrEnum):
    """What a meter asks for before it switches the relay or takes a setting."""

    PLAIN = "plain"
    """Nothing but a valid TimeTag: security is off (F101 安全模式), or the concentrator sees to it."""
    SECURED = "secured"
    """An association with its ESAM, then ciphertext and MAC (SECURITY-Request)."""


class Road(StrEnum):
    """How an order travels from a concentrator to the meter."""

    PROXY = "proxy"
    """The concentrator orders in its own words (代理)."""
    FORWARD = "forward"
    """It forwards a complete frame of ours untouched (透明转发)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of meters, by what it asks for."""

    name: str
    title_en: str
    title_zh: str
    protection: Protection = Protection.PLAIN
    road: Road = Road.PROXY
    client: int = 0x10
    """CA towards the meter; its high digit chooses the keys that it is asked with."""
    port: OAD = PLC_PORT
    """The concentrator's port for complete frames."""
    line: ComDcb = BAUD_2400_8E1
    """Settings of that port."""
    proven_reads: bool = False
    """Whether the relay is read with a proof of origin (RN)."""
    association_minutes: int = 30
    """How long an association is asked to hold."""

    @property
    def is_secured(self) -> bool:
        """Whether orders need an association with its ESAM."""
        return self.protection is Protection.SECURED
