"""The layouts of DL/T 698.45 for the page: APDUs, what they are made of, and the choices among them."""

from collections.abc import Iterator, Mapping
from typing import Any

import construct as c

from protocols.dissection.pages import folded, table
from protocols.dlt698.apdu.common import DAR_FIELD, FOLLOW_FIELD, PIID_FIELD, ClientApdu, ServerApdu
from protocols.dlt698.apdu.link import LinkRequest, LinkResponse
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import LENGTH, OCTETS, Adapted, Choice, Optionally, SequenceOf, Typed
from protocols.dlt698.inspect.declared import is_rows
from protocols.dlt698.inspect.values import alternative, tell
from protocols.dlt698.inspect.words import kind_name, part_name, service_name
from protocols.dlt698.values.data import DATA, RSD_FIELD, Data
from protocols.dlt698.values.descriptors import CSD_FIELD, TSA_FIELD
from protocols.dlt698.values.selection import ms_field

_SIGNED = "bhlq"
_CALLED = {
    id(LENGTH): "length",
    id(OCTETS): "octets",
    id(PIID_FIELD): "PIID",
    id(DAR_FIELD): "DAR",
    id(TSA_FIELD): "TSA",
    id(CSD_FIELD): "CSD",
}
"""Declarations that have a name of their own."""
_CHOICES = {"RSD", "MS", "FollowReport"}
"""Choices that have tables of their own."""
_TALKS = ("tag", "kind", "", "class", "fields in the order of the wire")


def layouts() -> Iterator[str]:
    """Tables of all APDUs of both directions, the layouts in them, RSD and MS."""
    found: dict[str, Typed] = {}
    yield table("APDUs of the client 客户机", _TALKS, _apdus(found, from_server=False))
    yield table("APDUs of the server 服务器", _TALKS, _apdus(found, from_server=True))
    selections = _selections(found)
    yield folded("Layouts that APDUs and Data are made of", ("class", "fields in the order of the wire"), _parts(found))
    yield from selections


def _apdus(found: dict[str, Typed], *, from_server: bool) -> Iterator[tuple[object, ...]]:
    for tag, declaration in sorted(APDU.alternatives.items()):
        kinds: Mapping[Any, Typed] = declaration.alternatives if isinstance(declaration, Choice) else {"": declaration}
        for kind, item in kinds.items():
            if _is_sent_by_server(item.cls) is not from_server:
                continue
            words = service_name(item.cls.service)
            about = kind_name(item.cls).en if kind != "" else ""
            name = f"{words.en} {words.zh}" + (f": {about}" if about else "")
            yield f"{tag} = {tag:02X}H", kind, name, f"`{item.cls.__name__}`", _fields(item, found)


def _is_sent_by_server(cls: type) -> bool:
    """SECURITY tags follow who asked; they stand with the side that asks first as a rule."""
    if issubclass(cls, ClientApdu | LinkResponse):
        return False
    return issubclass(cls, ServerApdu | LinkRequest) or cls.__name__ == "SecurityResponse"


def _parts(found: dict[str, Typed]) -> Iterator[tuple[str, str]]:
    """Rows of the layouts found; walking them may find more."""
    told: set[str] = set()
    while left := [name for name in found if name not in told]:
        for name in left:
            told.add(name)
            yield f"`{name}`", _fields(found[name], found)


def _selections(found: dict[str, Typed]) -> list[str]:
    choices = (
        ("FollowReport 跟随上报", FOLLOW_FIELD),
        ("Rows that are asked for: RSD 行选择", RSD_FIELD),
        ("Meters: MS 电能表集合", ms_field(DATA)),
    )
    head = ("choice", "", "fields in the order of the wire")
    return [table(title, head, list(_alternatives(choice, found))) for title, choice in choices]


def _alternatives(choice: Choice, found: dict[str, Typed]) -> Iterator[tuple[object, ...]]:
    classes = {number: cls for cls, number in choice.numbers.items()}
    for number, declaration in choice.alternatives.items():
        cls = classes[number]
        is_empty = not isinstance(declaration, Typed)
        words = tell(cls()) if is_empty else alternative(cls)
        fields = "" if is_empty else _fields(declaration, found)
        yield number, f"`{cls.__name__}` {words.en} {words.zh}", fields


def _fields(declaration: Typed, found: dict[str, Typed]) -> str:
    around = declaration.cls.__name__
    return ", ".join(f"{part_name(name, around).en} `{_shape(body, found)}`" for name, body in declaration.fields)


def _shape(declaration: Any, found: dict[str, Typed]) -> str:
    """Name what a declaration lays out, and remember the layouts that it holds."""
    match declaration:
        case _ if id(declaration) in _CALLED:
            shape = _CALLED[id(declaration)]
        case _ if is_rows(declaration):
            shape = "rows"
        case c.FormatField():
            sign = "i" if declaration.fmtstr[-1] in _SIGNED else "u"
            shape = f"{sign}{declaration.sizeof() * 8}"
        case c.Bytes():
            shape = f"{declaration.length} bytes"
        case Data():
            shape = "Data"
        case SequenceOf():
            shape = f"n × {_shape(declaration.subcon, found)}"
        case Optionally():
            shape = f"[{_shape(declaration.subcon, found)}]"
        case Choice(what=what) if what in _CHOICES:
            shape = what
        case Choice(alternatives=each):
            shape = " or ".join(f"{number}: {_shape(inner, found)}" for number, inner in each.items())
        case Typed():
            shape = _layout_name(declaration, found)
            found.setdefault(shape, declaration)
        case Adapted():
            shape = _shape(declaration.subcon, found)
        case _:
            shape = "nothing"
    return shape


def _layout_name(declaration: Typed, found: dict[str, Typed]) -> str:
    """Name of a layout: its class, and what it holds if that is not the same everywhere."""
    name: str = declaration.cls.__name__
    if not getattr(declaration.cls, "__parameters__", ()):
        return name
    _, items = declaration.fields[-1]
    return f"{name} of {_shape(items.subcon, found)}"
