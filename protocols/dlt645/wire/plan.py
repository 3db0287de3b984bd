"""Plans: what a declaration says about data of a known length, worked out once instead of for every record.

A declaration (`Struct` or `Sequence`) of members whose places follow from the length alone becomes a row of cuts,
each beside the member's own decoder. The declaration stays the authority: the plan is made from it, it alone is
asked where a member is not understood here, and it tells what is wrong with values that do not fit.

Walking a tree costs a stream, contexts and paths: 5.9 µs for the message of a read answer, 8.1 µs for a block of five
registers in it; by plan it is 0.6 µs and 1.5 µs, most of it the decoders'. ``bench/dlt645_frames.py`` tells the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from struct import Struct as Packing
from struct import error as PackingError  # noqa: N812  it is an exception, whatever its name
from typing import Any, TypeVar

from construct import Bytes, Construct, Container, FormatField, GreedyBytes, Renamed, Struct

from protocols.dlt645.wire.fixed import Fixed

__all__ = ["Read", "Write", "maker", "names", "reader", "writer"]

Read = Callable[[bytes], tuple[Any, ...]]
"""From data of the planned length to the values of a declaration's members, in its order."""
Write = Callable[[Sequence[Any]], bytes]
"""From the values of a declaration's members to their bytes."""

Made = TypeVar("Made")
_Cut = tuple[slice, int, Callable[[Any], Any]]
"""Which part of the bytes (0) or of their digits in display order (1) goes to which decoder."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a declaration; ``size`` None for one that takes whatever is left, or is given."""

    size: int | None
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    of_hex: Callable[[str], Any] | None = None
    of_run: Callable[[bytes], tuple[Any, ...] | None] | None = None


def names(declaration: Construct) -> tuple[str, ...]:
    """Names of the members of a `Struct` that carry values."""
    return tuple(part.name for part in declaration.subcons if part.name and not part.name.startswith("_"))


def reader(declaration: Construct, length: int) -> Read:
    """How to read ``length`` bytes by a declaration; a `Struct` gives the values of `names`.

    The reader is for data of that length alone. It raises what the declaration raises.
    """
    members = _members(declaration, length)
    cuts = _cuts(members, length)
    if members is None or cuts is None:
        return partial(_parse, declaration)
    read, run = _read(cuts), members[0].of_run if len(members) > 1 else None
    if run is None or any(member != members[0] for member in members):
        return read
    return lambda data: run(data) or read(data)


def maker(declaration: Construct, length: int, make: Callable[..., Made]) -> Callable[[bytes], Made]:
    """How to read ``length`` bytes as `reader` does, and to make something of the values in their order."""
    match _cuts(_members(declaration, length), length):
        case [(first, 0, decode_first), (second, 0, decode_second)] if decode_second is _same:
            return lambda data: make(decode_first(data[first]), data[second])
        case [(first, 0, decode_first), (second, 0, decode_second)]:
            return lambda data: make(decode_first(data[first]), decode_second(data[second]))
    read = reader(declaration, length)
    return lambda data: make(*read(data))


def _cuts(members: list[_Member] | None, length: int) -> list[_Cut] | None:
    """Where the members lie in so many bytes; None where they do not fill them, or are not known."""
    cuts: list[_Cut] = []
    at = 0
    for member in members or ():
        end = max(at, length) if member.size is None else at + member.size
        if member.of_hex is None:
            cuts.append((slice(at, end), 0, member.decode))
        else:
            cuts.append((slice(2 * (length - end), 2 * (length - at)), 1, member.of_hex))
        at = end
    return cuts if members is not None and at == length else None


def _read(cuts: list[_Cut]) -> Read:
    match cuts:
        case [(cut, 0, decode)]:
            return lambda data: (decode(data[cut]),)
        case [(_, 1, decode)]:
            return lambda data: (decode(data[::-1].hex()),)

    def read(data: bytes) -> tuple[Any, ...]:
        sources = data, data[::-1].hex()
        return tuple([decode(sources[source][cut]) for cut, source, decode in cuts])

    return read


def writer(declaration: Construct) -> Write:
    """How to build a declaration from the values of its members, of a `Struct` those of `names`.

    It raises what the declaration raises, which is walked wherever a value is out of the ordinary.
    """
    members = _members(declaration, None)
    if members is None:
        return partial(_build, declaration)
    parts = [(member.encode, member.size) for member in members]

    def write(values: Sequence[Any]) -> bytes:
        if len(values) != len(parts):
            return _build(declaration, values)
        built = b""
        try:
            for (encode, size), value in zip(parts, values):  # noqa: B905  to be strict costs as much as to encode
                wire = encode(value)
                if size is not None and len(wire) != size:
                    break
                built += wire
            else:
                return built
        except (TypeError, ValueError, PackingError):
            pass
        return _build(declaration, values)

    return write


def _members(declaration: Construct, length: int | None) -> list[_Member] | None:
    """Members of a declaration; None where one of them is not understood."""
    parts = declaration.subcons
    if isinstance(declaration, Struct) and len(names(declaration)) != len(parts):
        return None
    members = [member for member in (_member(part, length) for part in parts) if member is not None]
    return members if len(members) == len(parts) else None


def _member(part: Construct, length: int | None) -> _Member | None:
    if isinstance(part, Renamed):
        return _member(part.subcon, length)
    if isinstance(part, Fixed):
        return _Member(part.size, part.decode, part.encode, part.of_hex, part.of_run)
    if isinstance(part, FormatField):
        packing = Packing(part.fmtstr)
        return _Member(packing.size, lambda wire: packing.unpack(wire)[0], packing.pack)
    if part is GreedyBytes:
        return _Member(None, _same, _given)
    if isinstance(part, Bytes):
        size = _announced(part.length, length)
        return None if size is None else _Member(size, _same, _given)
    return None


def _announced(size: int | Callable[[Container], int], length: int | None) -> int | None:
    """Size of a run of bytes, where the length of the whole is all it depends on."""
    if not callable(size):
        return size
    if length is None:
        return None
    try:
        told = size(Container(_parsing=True, _building=False, _params=Container(length=length)))
    except (KeyError, AttributeError):
        return None
    return told if told >= 0 else None


def _same(data: bytes) -> bytes:
    return data


def _given(data: bytes) -> bytes:
    if not isinstance(data, bytes):
        raise TypeError(f"{type(data).__name__} given where bytes belong")
    return data


def _parse(declaration: Construct, data: bytes) -> tuple[Any, ...]:
    found = declaration.parse(data, length=len(data))
    return tuple(found[name] for name in names(declaration)) if isinstance(declaration, Struct) else tuple(found)


def _build(declaration: Construct, values: Sequence[Any]) -> bytes:
    given = dict(zip(names(declaration), values, strict=True)) if isinstance(declaration, Struct) else values
    built: bytes = declaration.build(given)
    return built
