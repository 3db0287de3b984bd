"""What is printed on a meter, and when nothing reaches it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Dialect", "Plate", "Silence"]


class Dialect(StrEnum):
    """The language a meter speaks."""

    DLT645 = "dlt645"
    DLT698 = "dlt698"


@dataclass(frozen=True, slots=True)
class Plate:
    """What is printed on the meter: communication address (12 digits), asset number, language, model.

    ``ct`` and ``vt`` are the ratios of the transformers (互感器变比) that it hangs behind: what it measures and shows
    is the secondary side, and has to be multiplied by both.
    """

    address: str
    asset: str
    dialect: Dialect
    current_max_a: int = 60
    profile: str = "standard"
    ct: int = 1
    vt: int = 1

    @property
    def multiplier(self) -> int:
        """The multiplier (倍率) between registers and the energy of the customer."""
        return self.ct * self.vt


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nothing reaches the meter and nothing comes back: ``start <= t < end``."""

    start: datetime
    end: datetime
