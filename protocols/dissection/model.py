"""What an inspector finds in a frame: its fields one behind the other, and what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from protocols.dissection.words import NOTHING, Language, Words, counted, listed


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
    same without 33H where that was added to them. ``value`` is what they say, ``bits`` what their single bits
    say. ``is_key`` marks what a reader looks for first. ``depth`` counts the lists and frames that it stands in.
    """

    offset: int
    wire: bytes
    name: Words
    value: Words = NOTHING
    plain: bytes = b""
    bits: tuple[Bit, ...] = ()
    is_key: bool = False
    depth: int = 0

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

    ``reason`` is a machine word, ``name`` the same in words. ``expected`` and ``found`` are upper-case hex or
    short words, ``cause`` is what most likely happened or what to do about it. ``size`` is that of the bytes that are
    wrong together.
    """

    reason: str
    offset: int
    expected: str
    found: str
    cause: Words = NOTHING
    name: Words = NOTHING
    size: int = 1

    @property
    def places(self) -> range:
        """Offsets of the bytes that are wrong."""
        return range(self.offset, self.offset + self.size)

    def said(self, language: Language) -> str:
        """Tell the fault in a sentence, without its place and its cause; with both languages the figures once."""
        name = (self.name or Words(self.reason.replace("_", " "))).said(language)
        if language is Language.CHINESE:
            return f"{name}: 应为 {self.expected}, 实为 {self.found}"
        return f"{name}: expected {self.expected}, found {self.found}"


def in_order(faults: Iterable[Fault], names: Mapping[str, Words]) -> tuple[Fault, ...]:
    """Order faults by their bytes, and give a name to those that have none."""
    named = (fault if fault.name else replace(fault, name=names.get(fault.reason, NOTHING)) for fault in faults)
    return tuple(sorted(named, key=lambda fault: fault.offset))


@dataclass(frozen=True, slots=True)
class Inner:
    """A frame that another carries: where it begins in the input, its bytes without 33H, what it says."""

    offset: int
    data: bytes
    found: "Dissection"


@dataclass(frozen=True, slots=True)
class Dissection:
    """A frame field by field; the fields cover every byte that was given, without gap or overlap.

    ``title`` says what sort of frame it is, ``gist`` what it tells in one line. ``faults`` stand in the order
    of their bytes; ``hints`` are suspicions about a frame that is formally in order. ``from_device`` tells who
    speaks, None where nobody can know. Fields and faults of ``inner`` frames stand among those of their carrier.
    """

    fields: tuple[Field, ...]
    title: Words
    gist: Words = NOTHING
    faults: tuple[Fault, ...] = ()
    hints: tuple[Words, ...] = ()
    from_device: bool | None = None
    inner: tuple[Inner, ...] = ()

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
            inner=tuple(
                replace(each, offset=each.offset + distance, found=each.found.moved(distance)) for each in self.inner
            ),
        )
