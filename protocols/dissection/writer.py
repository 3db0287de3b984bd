"""Writing down what the bytes of a message are, while it is being taken apart."""

from dataclasses import dataclass, field

from protocols.dissection.model import Bit, Fault, Field
from protocols.dissection.words import NOTHING, Words


@dataclass
class Writer:
    """Collects fields and faults of a stretch of the input that begins at ``offset``.

    ``data`` are its bytes without 33H; where that was never added, they are ``wire`` itself.
    """

    wire: bytes
    data: bytes
    offset: int
    fields: list[Field] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(
        self,
        start: int,
        end: int,
        name: Words,
        value: Words = NOTHING,
        *,
        bits: tuple[Bit, ...] = (),
        is_key: bool = False,
        depth: int = 0,
    ) -> None:
        """Write what the bytes from ``start`` to ``end`` of the stretch are; nothing where it has none."""
        if start < end:
            wire, plain = self.wire[start:end], self.data[start:end] if self.is_masked else b""
            self.fields.append(Field(self.offset + start, wire, name, value, plain, bits, is_key, depth))

    @property
    def is_masked(self) -> bool:
        """Whether the bytes came with 33H added."""
        return self.data is not self.wire
