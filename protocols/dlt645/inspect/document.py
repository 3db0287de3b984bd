"""The page that says what of DL/T 645 is implemented, drawn from the tables that the code runs on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal

from protocols.dissection.pages import table
from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.inspect.render import jsonable
from protocols.dlt645.inspect.words import function_name
from protocols.dlt645.items.identifiers import find, read_payload, write_payload
from protocols.dlt645.items.identifiers import table as identifiers
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.items.item import Identifier
from protocols.dlt645.items.profile import STANDARD, Edition, Profile, profiles
from protocols.dlt645.items.values import Bits, Value
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import ProtocolError

__all__ = ["document"]

_NEVER_REFUSED = {
    Edition.E2007: {Function.BROADCAST_TIME, Function.READ_ADDRESS, Function.WRITE_ADDRESS},
    Edition.E1997: {Function.WRITE_ADDRESS_1997, Function.CHANGE_PASSWORD_1997},
}
_TITLES = {"name", "title_en", "title_zh"}
_LONGEST = 256
_WIDEST = 16
"""Bytes of an example that are shown."""
_NUMBERS = (1234, 12)
"""Digits of a number in an example, fewer where it has fewer."""
_SHOWN = 3
"""Values of an example that are shown."""
_CLASSES = {
    0x00: "energy 电能量",
    0x01: "maximum demand 最大需量",
    0x02: "variables 变量",
    0x03: "events 事件记录",
    0x04: "parameters 参变量",
    0x05: "freezes 冻结",
    0x06: "load records 负荷记录",
    0x07: "security 安全认证",
}
_RECORDS = "events by object 事件记录(按对象)"
_INSTANT = {"YY": "26", "MM": "09", "DD": "14", "WW": "01", "hh": "08", "mm": "30", "ss": "15", "NN": "02"}
_INTRODUCTION = """# DL/T 645: what is there

Every function, format, identifier class and profile, drawn by `tools/draw` from the tables that the code runs on. `L`
is the length of the data field in bytes. A refusal is a `Refusal` with an ERR or SERR; where the standard defines none,
one that comes all the same is understood too.
"""


def document() -> str:
    """Page in Markdown."""
    parts = (_INTRODUCTION, *_functions(), _security(), _formats(), _identifiers(), _profiles())
    return "\n".join(parts)


def _functions() -> Iterator[str]:
    head = ("code", "function", "request", "answer", "follow-up", "refused")
    for edition in (Edition.E2007, Edition.E1997):
        forms = [form for form in FORMS if form.edition is edition]
        codes = sorted({int(form.function) for form in forms})
        rows = [_function(code, [form for form in forms if form.function == code], edition) for code in codes]
        yield table(f"Functions of {edition}", head, rows)


def _function(code: int, forms: Sequence[Form], edition: Edition) -> tuple[str, ...]:
    name = function_name(code, of_1997=edition is Edition.E1997)
    requests = [form for form in forms if not form.from_slave]
    answers = [form for form in forms if form.from_slave]
    return (
        f"{code:02X}H",
        f"{name.en} {name.zh}",
        _named(requests),
        _named(answers) or "none",
        "yes" if any(form.follows for form in answers) else "",
        "" if code in _NEVER_REFUSED[edition] else f"{code | 0xC0:02X}H",
    )


def _named(forms: Sequence[Form]) -> str:
    return ", ".join(f"`{form.message.__name__}` L={_lengths(form)}" for form in forms)


def _lengths(form: Form) -> str:
    known = [length for length in range(_LONGEST) if length in form.lengths]
    if known == list(range(known[0], _LONGEST)):
        return f"{known[0]}.." if known[0] else "any"
    runs = Counter(length - place for place, length in enumerate(known))
    shown, at = [], 0
    for size in runs.values():
        first, last = known[at], known[at + size - 1]
        shown.append(str(first) if first == last else f"{first}..{last}")
        at += size
    return ", ".join(shown)


def _security() -> str:
    rows = [
        (
            ", ".join(str(di) for di in form.dis),
            "answer" if form.from_slave else "request",
            f"`{form.message.__name__}`",
            ", ".join(field.name for field in fields(form.message)) or "none",
            f"{form.size}{' or more' if form.open_ended else ''}",
        )
        for form in PAYLOADS
    ]
    return table("Security commands (03H)", ("identifier", "", "message", "parts", "bytes"), rows)


def _formats() -> str:
    rows = list(identifiers().values())
    count = Counter(row.format for row in rows)
    first = {row.format: row for row in reversed(rows)}
    body = [(f"`{form or 'nothing'}`", count[form], first[form].di, *_example(first[form])) for form in count]
    return table("Formats", ("format", "items", "first", "bytes on the wire", "values"), body)


def _example(row: Identifier) -> tuple[str, str]:
    """Bytes of an item as its format has it first, the shortest it can be, with what they mean."""
    if row.layout.walk is not None:
        return "", "sub-blocks by number, parted by AAH; `headend decode` takes them apart"
    usual = row.layout.rows[0].size
    for length in (usual,) if usual else range(1, _LONGEST):
        for number in _NUMBERS:
            try:
                values = tuple(_made(value, number) for value in read_payload(row.di, bytes(length)).values)
                return _shown(row, write_payload(row.di, *values), values)
            except ProtocolError:
                continue
    return "", "no data"


def _shown(row: Identifier, wire: bytes, values: Sequence[Value]) -> tuple[str, str]:
    octets = wire[:_WIDEST].hex(" ") + (" …" if len(wire) > _WIDEST else "")
    shown = [str(jsonable(value)) for value in values]
    told = ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
    return f"`{octets}`", f"{told} {row.unit}".rstrip()


def _made(zero: Value, number: int) -> Value:
    """Give a value of the kind of one that was read from zeros."""
    made: Value = zero
    match zero:
        case Decimal():
            made = Decimal(number).scaleb(int(zero.as_tuple().exponent))
        case Stamp():
            pairs = [zero.layout[at : at + 2] for at in range(0, len(zero.layout), 2)]
            made = Stamp(zero.layout, "".join(_INSTANT[pair] for pair in pairs))
        case Bits():
            made = Bits(5, zero.width)
        case DI():
            made = DI(0x03300D00)
        case str():
            made = zero[:-3] + "161" if zero else "A1"
        case bytes():
            made = bytes(range(1, len(zero) + 1))
    return made


def _identifiers() -> str:
    rows = list(identifiers().values())
    kinds = sorted({row.di.di3 for row in rows})
    body: list[tuple[object, ...]] = [_class(di3, [row for row in rows if row.di.di3 == di3]) for di3 in kinds]
    body.append(("1997", "two-byte identifiers of the 1997 edition", len(table_1997()), "", ""))
    head = ("DI3", "class", "rows", "settable", "in families, for example")
    return table("Identifiers", head, body)


def _class(di3: int, rows: Sequence[Identifier]) -> tuple[object, ...]:
    settable = sum(row.access != "R" for row in rows)
    known = {row.di for row in rows}
    last = max(
        (DI(di) for row in rows for di in range(row.di, row.di | 0xFF) if di not in known and find(DI(di)) is not None),
        default=None,
    )
    found = find(last) if last is not None else None
    example = f"{found.di} {found.name_en}" if found is not None else ""
    return f"{di3:02X}", _CLASSES.get(di3, _RECORDS), len(rows), settable, example


def _profiles() -> str:
    rows = [(f"`{name}`", f"{each.title_en} {each.title_zh}", _differs(each)) for name, each in profiles().items()]
    return table("Profiles of meter models", ("name", "model", "in its own way"), rows)


def _differs(profile: Profile) -> str:
    """Tell what a profile has otherwise than the standard one."""
    told: list[str] = []
    for field in fields(Profile):
        value, usual = getattr(profile, field.name), getattr(STANDARD, field.name)
        if field.name in _TITLES or value == usual:
            continue
        told.append(f"{field.name.replace('_', ' ')} {len(value) if isinstance(value, Mapping) else value}")
    return ", ".join(told) or "as the standard has it"
