"""The format column of the identifier table, read as a layout of fields.

A format joins fields in wire order with ``+``; ``*3`` repeats a field or a bracketed group three times, a
bare ``*`` to the end of the data, and ``...`` stands for the rest, undescribed. ``|`` parts alternatives, of
which the first that fits the length is taken. Fields are numbers (``XXXXXX.XX``; ``X`` or ``N`` a digit, ``.``
the implied point, ``±`` in front where the top bit is the sign), times (``YYMMDDhhmm``), identifiers (``DI``),
operator codes and passwords, ``BITSn`` words, ``ASCIIn`` texts, ``BINn`` and ``MACn`` opaque bytes. Widths of
the last two and of texts are bytes, those of words bits.

``FREEZE(00:…/01:…)`` is a whole freeze block and ``LOAD(01:…/02:…)`` a run of load records, with the formats of
their sub-blocks by number.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

from construct import Construct

from protocols.dlt645.items.fields import bits, code, identifier, number, opaque, opaque_rest, stamp, text
from protocols.dlt645.items.records import freeze_block, load_records, walk_freeze, walk_load
from protocols.dlt645.items.rows import Layout, Rest, Row
from protocols.errors import LocalProtocolError

__all__ = ["Layout", "layout"]

_REST = "..."
_SIGN = "±"
_TERM = re.compile(r"(?P<atom>\(.*\)|[^()*]+)(?P<star>\*(?P<times>[1-9]\d{0,2})?)?")
_MOST_FIELDS = 2048
_MOST_GROUPS = 64
_MOST_ALIKE = 128
"""No item comes near these; a mistake in a format must not cost more than its refusal."""
_WHOLE = re.compile(r"(?P<kind>FREEZE|LOAD)\((?P<parts>.+)\)")
_RECORDS = {"FREEZE": (freeze_block, walk_freeze, False), "LOAD": (load_records, walk_load, True)}
"""Field, the way through it, and whether there may be none: a meter without a load record sends nothing."""
_PART = re.compile(r"(?P<key>[0-9A-F]{2}):(?P<row>.+)")

Maker = Callable[[re.Match[str], bool], Construct]
_FIELDS: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        # Numbers of twelve digits without a point are names (address, meter, customer), not amounts.
        (r"N{12}|X{12}", lambda found, _: code(len(found[0]) // 2, decimal=True)),
        (r"([XN]+)(?:\.([XN]+))?", lambda found, signed: number(len(found[1]), len(found[2] or ""), signed)),
        (r"(?:YY|MM|DD|WW|hh|mm|ss)+(?:NN)?", lambda found, _: stamp(found[0])),
        (r"DI", lambda _found, _: identifier()),
        (r"C0C1C2C3|PAP0P1P2", lambda _found, _: code(4, decimal=False)),
        (r"BITS([1-9]\d{0,2})", lambda found, _: bits(int(found[1]))),
        (r"ASCII([1-9]\d{0,2})", lambda found, _: text(int(found[1]))),
        (r"(?:BIN|MAC)([1-9]\d{0,2})", lambda found, _: opaque(int(found[1]))),
    )
)


@lru_cache(maxsize=1024)
def layout(text_of_format: str, *, signed: bool) -> Layout:
    """Layout of a format; raises LocalProtocolError where the text is none.

    With ``signed`` the top bit of every number is its sign.
    """
    if text_of_format.count("(") > _MOST_GROUPS:
        raise LocalProtocolError(f"format {text_of_format!r} has more than {_MOST_GROUPS} groups")
    whole = _WHOLE.fullmatch(text_of_format)
    if whole is None:
        rows = tuple(_row(row, signed=signed) for row in _split(text_of_format, "|"))
        _expect_distinct(rows, text_of_format)
        return Layout(rows)
    named = [_part(part, signed=signed) for part in _split(whole["parts"], "/")]
    parts = dict(named)
    if len(parts) < len(named):
        raise LocalProtocolError(f"format {text_of_format!r} has two sub-blocks of one number")
    maker, walk, optional = _RECORDS[whole["kind"]]
    return Layout((Row((), rest=Rest(partial(maker, parts), optional=optional)),), partial(walk, parts))


def _expect_distinct(rows: Sequence[Row], text_of_format: str) -> None:
    """Refuse alternatives that as many values would fill in different ways: they could not be built as they read."""
    for count in range(_MOST_ALIKE if len(rows) > 1 else 0):
        held = [fields for row in rows if (fields := row.hold(count)) is not None]
        if len({_sizes(fields) for fields in held}) > 1:
            raise LocalProtocolError(f"format {text_of_format!r} has alternatives that {count} values would fill")


def _sizes(fields: Sequence[Construct]) -> tuple[int | None, ...]:
    return tuple(getattr(field, "size", None) for field in fields)


def _part(text_of_part: str, *, signed: bool) -> tuple[int, Row]:
    found = _PART.fullmatch(text_of_part)
    if found is None:
        raise LocalProtocolError(f"sub-block {text_of_part!r} of a format does not begin with its number")
    return int(found["key"], 16), _row(found["row"], signed=signed)


def _row(text_of_row: str, *, signed: bool) -> Row:
    head: list[Construct] = []
    terms = _split(text_of_row, "+") if text_of_row else []
    for place, name in enumerate(terms):
        is_last = place == len(terms) - 1
        if name == _REST and is_last:
            return Row(tuple(head), rest=Rest(opaque_rest, optional=True, undescribed=True))
        term = _TERM.fullmatch(name)
        if term is None:
            raise LocalProtocolError(f"format {text_of_row!r} is not understood at {name!r}")
        group = _group(term["atom"], signed=signed)
        if not term["star"]:
            head.extend(group)
        elif term["times"]:
            head.extend(group * int(term["times"]))
            if len(head) > _MOST_FIELDS:
                raise LocalProtocolError(f"format {text_of_row!r} has more than {_MOST_FIELDS} fields")
        elif is_last:
            return Row(tuple(head), group)
        else:
            raise LocalProtocolError(f"format {text_of_row!r} repeats to the end before its end")
    return Row(tuple(head))


def _group(atom: str, *, signed: bool) -> tuple[Construct, ...]:
    if not atom.startswith("("):
        return (_field(atom, signed=signed),)
    inner = _row(atom[1:-1], signed=signed)
    if inner.size is None:
        raise LocalProtocolError(f"group {atom!r} of a format has no fixed size")
    return inner.head


def _field(name: str, *, signed: bool) -> Construct:
    plain = name.removeprefix(_SIGN)
    for pattern, maker in _FIELDS:
        found = pattern.fullmatch(plain)
        if found:
            return maker(found, signed or plain != name)
    raise LocalProtocolError(f"field {name!r} of a format is not known")


def _split(text_of_format: str, mark: str) -> list[str]:
    """Split at the marks that stand outside of brackets."""
    return list(_pieces(text_of_format, mark))


def _pieces(text_of_format: str, mark: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, sign in enumerate(text_of_format):
        depth += (sign == "(") - (sign == ")")
        if sign == mark and depth == 0:
            yield text_of_format[start:at]
            start = at + 1
    yield text_of_format[start:]
