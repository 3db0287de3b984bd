"""What the inspector finds in a frame: its fields one behind the other, and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from protocols.dlt645.inspect.words import NOTHING, Language, Words, counted, fault_name, listed
from protocols.dlt645.wire.control import Control


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit, or a few, of a field: where (``D7``, ``bit 4``), its digits, and what they say."""

    place: str
    digits: str
    meaning: Words

    @property
    def is_set(self) -> bool:
        """Whether any of the digits is 1."""
        return "1" in self.digits


@dataclass(frozen=True, slots=True)
class Field:
    """A stretch of the bytes that were given, with what it says.

    ``offset`` counts bytes from the start of the input, ``wire`` are the bytes as they came, ``plain`` the
    same without the mask 33H where they are part of the data field. ``value`` is what they say, ``bits``
    what their single bits say. ``is_key`` marks what a reader looks for first.
    """

    offset: int
    wire: bytes
    name: Words
    value: Words = NOTHING
    plain: bytes = b""
    bits: tuple[Bit, ...] = ()
    is_key: bool = False

    @property
    def size(self) -> int:
        """Bytes of the field."""
        return len(self.wire)

    @property
    def end(self) -> int:
        """Offset of the first byte behind the field."""
        return self.offset + len(self.wire)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: at which byte of the input, what belongs there and what was found.

    ``reason`` is a machine word. ``expected`` and ``found`` are upper-case hex or short words, ``cause`` is
    what most likely happened or what to do about it.
    """

    reason: str
    offset: int
    expected: str
    found: str
    cause: Words = NOTHING

    def said(self, language: Language) -> str:
        """Tell the fault in a sentence, without its place and its cause; with both languages the figures once."""
        name = fault_name(self.reason).said(language)
        if language is Language.CHINESE:
            return f"{name}: 应为 {self.expected}, 实为 {self.found}"
        return f"{name}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Dissection:
    """A frame field by field; the fields cover every byte that was given, without gap or overlap.

    ``title`` says what sort of frame it is, ``gist`` what it tells in one line. ``faults`` stand in the order
    of their bytes; ``hints`` are suspicions about a frame that is formally in order.
    """

    fields: tuple[Field, ...]
    title: Words
    gist: Words = NOTHING
    faults: tuple[Fault, ...] = ()
    hints: tuple[Words, ...] = ()
    control: Control | None = None

    @property
    def headline(self) -> Words:
        """The title, and how many faults there are."""
        if not self.faults:
            return self.title
        return listed([self.title, counted(len(self.faults), "faults", "处错误")])

    def faults_in(self, field: Field) -> Iterator[Fault]:
        """Faults at bytes of a field."""
        return (fault for fault in self.faults if field.offset <= fault.offset < field.end)

    def moved(self, distance: int) -> "Dissection":
        """Make the same found ``distance`` bytes further on in the input."""
        if not distance:
            return self
        return replace(
            self,
            fields=tuple(replace(field, offset=field.offset + distance) for field in self.fields),
            faults=tuple(replace(fault, offset=fault.offset + distance) for fault in self.faults),
        )
