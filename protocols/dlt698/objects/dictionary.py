"""The object dictionary (对象标识): names, formats, scalers and units of attributes and methods.

Packaged as ``objects.csv``, with what all objects of an interface class (接口类) share in ``classes.csv`` and the class
of each range of objects in ``ranges.csv``. The scalers are those that the standard gives and meters send; the device's
own word is its Scaler_Unit attribute.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from protocols.dlt698.objects.formats import Format, Scaling, parse_format
from protocols.dlt698.objects.words import Word
from protocols.dlt698.values.descriptors import OAD, OMD

__all__ = ["Entry", "attribute", "class_attributes", "entry", "interface_class", "known_attributes", "method", "rows"]

_EVERY_CLASS = 0
_UNKNOWN = Word("object", "对象")


@dataclass(frozen=True, slots=True)
class Entry:
    """One attribute or method.

    ``format`` is a text of :mod:`.formats`. ``scaler`` is the power of ten of its whole numbers as far as the format
    gives them none of their own, None where there is nothing to be scaled. ``access`` is R, W, RW or X.
    """

    name: str
    chinese: str
    format: str
    scaler: int | None
    unit: str
    access: str
    note: str = ""

    @property
    def layout(self) -> Format:
        """The format, read."""
        return parse_format(self.format)

    @property
    def scaling(self) -> Scaling | None:
        """Scaler and unit of the row."""
        return None if self.scaler is None else Scaling(self.scaler, self.unit)


@dataclass(frozen=True, slots=True)
class Range:
    """Objects of one interface class, ``first`` to ``last``, and what they are."""

    first: int
    last: int
    interface: int
    word: Word


def _table(name: str) -> list[dict[str, str]]:
    with files(__package__).joinpath(name).open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


@cache
def rows() -> Mapping[tuple[int, str], Entry]:
    """Rows of the dictionary by OI and attribute (``2``) or method (``m127``), in the order of the table."""
    return {
        (int(row["oi"], 16), row["attribute"]): Entry(
            name=row["name_en"],
            chinese=row["name_zh"],
            format=row["type"],
            scaler=int(row["scaler"]) if row["scaler"] else None,
            unit=row["unit"],
            access=row["rw"],
            note=row["note"],
        )
        for row in _table("objects.csv")
    }


@cache
def class_attributes() -> Mapping[tuple[int, str], Entry]:
    """Give what all objects of an interface class have, by class (0 = every class) and attribute or method.

    The names are those of the attribute alone; an empty one says that the attribute is called as the object.
    """
    return {
        (int(row["class"]), row["attribute"]): Entry(
            row["name_en"], row["name_zh"], row["type"], scaler=None, unit="", access=row["rw"]
        )
        for row in _table("classes.csv")
    }


@cache
def ranges() -> tuple[Range, ...]:
    """Ranges of objects; the first that holds an OI tells its class."""
    return tuple(
        Range(int(row["first"], 16), int(row["last"], 16), int(row["class"]), Word(row["name_en"], row["name_zh"]))
        for row in _table("ranges.csv")
    )


def _range(oi: int) -> Range | None:
    return next((each for each in ranges() if each.first <= oi <= each.last), None)


def interface_class(oi: int) -> int | None:
    """Interface class (接口类) of an object by its OI, None if no range of objects holds it."""
    found = _range(oi)
    return None if found is None else found.interface


@cache
def _first_rows() -> Mapping[int, tuple[str, Entry]]:
    first: dict[int, tuple[str, Entry]] = {}
    for (oi, member), row in rows().items():
        first.setdefault(oi, (member, row))
    return first


def object_name(oi: int) -> Word:
    """Name of an object: that of its first row without what the class calls the attribute, or its kind and OI."""
    if oi not in _first_rows():
        found = _range(oi)
        kind = found.word if found else _UNKNOWN
        return Word(f"{kind.en} {oi:04X}", f"{kind.zh}{oi:04X}")
    member, row = _first_rows()[oi]
    common = class_attributes().get((interface_class(oi) or _EVERY_CLASS, member))
    if common is None:
        return Word(row.name, row.chinese)
    return Word(row.name.removesuffix(common.name).rstrip(", "), row.chinese.removesuffix(common.chinese).rstrip())


@lru_cache(maxsize=4096)
def _find(oi: int, member: str) -> Entry | None:
    row = rows().get((oi, member))
    if row is not None:
        return row
    common = class_attributes()
    found = common.get((interface_class(oi) or _EVERY_CLASS, member)) or common.get((_EVERY_CLASS, member))
    if found is None:
        return None
    return _named(oi, Word(found.name, found.chinese), found.format, found.access)


def _named(oi: int, member: Word, text: str, access: str) -> Entry:
    whole = object_name(oi)
    name = f"{whole.en}, {member.en}" if member.en else whole.en
    chinese = f"{whole.zh} {member.zh}" if member.zh else whole.zh
    return Entry(name, chinese, text, scaler=None, unit="", access=access)


def attribute(oad: OAD) -> Entry | None:
    """Look an attribute up, among what its class has in common too; features and element index do not matter."""
    return _find(oad.oi, str(oad.number))


def method(omd: OMD) -> Entry | None:
    """Look a method up, among what its class has in common too."""
    return _find(omd.oi, f"m{omd.method}")


def entry(of: OAD | OMD) -> Entry:
    """Look an attribute or method up; what nobody describes is called by its kind and numbers and may be anything."""
    if isinstance(of, OMD):
        return method(of) or _named(of.oi, Word(f"method {of.method}", f"方法{of.method}"), "Data", "X")
    if of.number == 0:
        return _named(of.oi, Word("all attributes", "全部属性"), "Data", "R")
    return attribute(of) or _named(of.oi, Word(f"attribute {of.number}", f"属性{of.number}"), "Data", "RW")


def known_attributes() -> Iterator[tuple[OAD, Entry]]:
    """All attributes of the dictionary, each as a whole (element 0)."""
    for (oi, member), row in rows().items():
        if not member.startswith("m"):
            yield OAD(oi, int(member), 0), row
