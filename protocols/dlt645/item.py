"""What a data identifier stands for."""

from dataclasses import dataclass

from protocols.dlt645.di import DI
from protocols.dlt645.formats import Layout, layout

_EVENT_CLASSES = range(0x10, 0x21)
_WHOLE_RECORD = 0xFF


@dataclass(frozen=True, slots=True)
class Identifier:
    """A row of the identifier table.

    ``access`` is ``R``, ``W`` (write only), ``RW`` (plain write), ``RW98`` or ``RW99`` (write at that
    level on fee-control meters). ``unit`` is empty where there is none.
    """

    di: DI
    name_en: str
    name_zh: str
    format: str
    unit: str
    signed: bool
    access: str

    @property
    def layout(self) -> Layout:
        """Fields of the item."""
        return layout(self.format, signed=self.signed)

    @property
    def may_be_longer(self) -> bool:
        """Whether models exist that append fields to the standard's record (trips and other events)."""
        return self.di.di3 in _EVENT_CLASSES and self.di.di1 == _WHOLE_RECORD and self.layout.size is not None
