"""The format column of the identifier table, read as a layout of fields.

A format joins fields in wire order with ``+``; ``*3`` repeats a field or a bracketed group three times, a
bare ``*`` to the end of the data, and ``...`` stands for the rest, undescribed. Fields are numbers
(``XXXXXX.XX``; ``X`` or ``N`` a digit, ``.`` the implied point), times (``YYMMDDhhmm``), identifiers
(``DI``), operator codes and passwords, ``BITSn`` words, ``ASCIIn`` texts, ``BINn`` and ``MACn`` opaque
bytes. Widths of the last two and of texts are bytes, those of words bits.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from construct import Construct

from protocols.dlt645.fields import bits, code, identifier, number, opaque, stamp, text
from protocols.errors import LocalProtocolError, RemoteProtocolError

_REST = "..."
_TERM = re.compile(r"(?:\((?P<group>[^()]+)\)|(?P<field>[^()*+]+))(?P<star>\*(?P<times>\d+)?)?(?:\+|$)")
_CODE_DIGITS = 12
"""Numbers of this many digits without a point are names (address, meter, customer), not amounts."""

Maker = Callable[[re.Match[str], bool], Construct]
_FIELDS: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (r"N{12}|X{12}", lambda found, _: code(len(found[0]) // 2, decimal=True)),
        (r"([XN]+)(?:\.([XN]+))?", lambda found, signed: number(len(found[1]), len(found[2] or ""), signed)),
        (r"(?:YY|MM|DD|WW|hh|mm|ss)+(?:NN)?", lambda found, _: stamp(found[0])),
        (r"DI", lambda _found, _: identifier()),
        (r"C0C1C2C3|PAP0P1P2", lambda _found, _: code(4, decimal=False)),
        (r"BITS(\d+)", lambda found, _: bits(int(found[1]))),
        (r"ASCII(\d+)", lambda found, _: text(int(found[1]))),
        (r"(?:BIN|MAC)(\d+)", lambda found, _: opaque(int(found[1]))),
    )
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields of a data item: a head, then a group that may repeat to the end, or an undescribed rest."""

    head: tuple[Construct, ...]
    group: tuple[Construct, ...] = ()
    open_ended: bool = False

    @property
    def is_single(self) -> bool:
        """Whether the item is exactly one field."""
        return len(self.head) == 1 and not self.group and not self.open_ended

    @property
    def size(self) -> int | None:
        """Bytes of the item, None where that depends on the meter."""
        return None if self.group or self.open_ended else _size(self.head)

    def fields_for(self, length: int) -> tuple[Construct, ...]:
        """Fields that fill ``length`` bytes exactly.

        Raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where none do.
        """
        left = length - _size(self.head)
        if left == 0:
            return self.head
        if left > 0 and self.open_ended:
            return (*self.head, opaque(left))
        if left > 0 and self.group and left % _size(self.group) == 0:
            return self.head + self.group * (left // _size(self.group))
        wanted = f"{_size(self.head)}" + (f" + n × {_size(self.group)}" if self.group else "")
        raise RemoteProtocolError(
            "payload_length_does_not_fit_identifier",
            f"expected {wanted} bytes, found {length}",
            expected=wanted,
            found=str(length),
        )

    def fields_of(self, count: int) -> tuple[Construct, ...]:
        """Fields that hold ``count`` values; raises LocalProtocolError where the item has not so many."""
        left = count - len(self.head)
        if left == 0:
            return self.head
        if left > 0 and self.group and left % len(self.group) == 0:
            return self.head + self.group * (left // len(self.group))
        raise LocalProtocolError(f"{count} values do not fill an item of {len(self.head)} fields")


@lru_cache(maxsize=1024)
def layout(text_of_format: str, *, signed: bool) -> Layout:
    """Layout of a format; raises LocalProtocolError where the text is none."""
    head: list[Construct] = []
    at = 0
    while at < len(text_of_format):
        term = _TERM.match(text_of_format, at)
        if term is None or (term[0].endswith("+") and term.end() == len(text_of_format)):
            raise LocalProtocolError(f"format {text_of_format!r} is not understood from {text_of_format[at:]!r} on")
        at = term.end()
        if term["field"] == _REST and at == len(text_of_format):
            return Layout(tuple(head), open_ended=True)
        group = tuple(_field(name, signed=signed) for name in (term["group"] or term["field"]).split("+"))
        if not term["star"]:
            head.extend(group)
        elif term["times"]:
            head.extend(group * int(term["times"]))
        elif at == len(text_of_format):
            return Layout(tuple(head), group)
        else:
            raise LocalProtocolError(f"format {text_of_format!r} repeats to the end before its end")
    return Layout(tuple(head))


def _field(name: str, *, signed: bool) -> Construct:
    for pattern, maker in _FIELDS:
        found = pattern.fullmatch(name)
        if found:
            return maker(found, signed)
    raise LocalProtocolError(f"field {name!r} of a format is not known")


def _size(fields: Sequence[Construct]) -> int:
    return sum(field.sizeof() for field in fields)
