"""The format language of the object dictionary: what a value is made of, with a name for each leaf.

::

    format     = ( leaf | "Data" | structure | array | "$" shape ) [ "?" ]
    structure  = "{" member { "," member } [ "," "..." ] "}"
    array      = "[" format ";" list "]"  |  "[" member { "," member } "]"
    member     = english "/" chinese ":" format
    leaf       = type [ "(" size ")" ] [ "@" scaler [ unit ] ] [ "#" words ] [ "as" view ]

A type is called as in the standard (``double-long-unsigned``, ``date_time_s``, ``TSA``); ``Data`` is a value of any
type. ``?`` marks what may be NULL when it is set, ``...`` members that a later edition or a configuration adds. The
elements of an array are called by a list of ``words.toml``, or one by one. A scaler is a power of ten; without one of
its own a whole number takes that of its row. A size is the number of bits of a bit-string, and the most bytes of a
string. ``#words`` names a table of ``words.toml``, ``$shape`` a format of ``shapes.toml``. A view says how the bytes of
an octet-string are read: as ``digits`` or as an ``ip`` address.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files

from protocols.dlt698.objects.words import Word
from protocols.dlt698.values.value import DataType
from protocols.errors import LocalProtocolError

__all__ = ["Anything", "Array", "Format", "Leaf", "Listed", "Member", "Scaling", "View", "parse_format", "shapes"]


@dataclass(frozen=True, slots=True)
class Scaling:
    """Power of ten and unit of a whole number; the unit is empty for ratios."""

    scaler: int
    unit: str


class View(StrEnum):
    """How the bytes of an octet-string are read."""

    DIGITS = "digits"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Anything:
    """A value of any type."""

    optional: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without members; ``size`` in bits or bytes, ``words`` names its table of words."""

    type: DataType
    size: int | None = None
    scaling: Scaling | None = None
    words: str = ""
    view: View | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """Elements of one format; ``names`` is the list that they are called by."""

    element: "Format"
    names: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A named part of a value."""

    name: Word
    format: "Format"


@dataclass(frozen=True, slots=True)
class Listed:
    """Members one by one: a structure, or an array whose elements mean different things.

    ``open`` says that further members may follow.
    """

    type: DataType
    members: tuple[Member, ...]
    open: bool = False
    optional: bool = False


Format = Anything | Leaf | Array | Listed

_TYPES = {kind.name: kind for kind in DataType}
_LEAF = re.compile(
    r"(?P<type>[A-Za-z0-9_-]+)(\((?P<size>\d+)\))?( @(?P<scaler>-?\d+)( (?P<unit>[^]#,;?{}]*[^]#,;?{} ]))?)?"
    r"( #(?P<words>[\w -]+?))?( as (?P<view>[a-z]+))?(?=\s*([],;?}]|$))"
)
_MEMBER = re.compile(r"\s*(?P<en>[^][@#{},:;/$]+)/(?P<zh>[^][@#{},:;/$]+): ")
_SHAPE = re.compile(r"\$(?P<name>[\w -]+)")
_LIST = re.compile(r"; (?P<name>[\w -]+)")
_STRETCH = re.compile(r"\s+")


@cache
def shapes() -> dict[str, str]:
    """Give the formats that several rows share, by name, each on one line."""
    text = files(__package__).joinpath("shapes.toml").read_text(encoding="utf-8")
    return {name: _STRETCH.sub(" ", shape) for name, shape in tomllib.loads(text).items()}


@cache
def parse_format(text: str) -> Format:
    """Read a format; raises LocalProtocolError where the text is none."""
    reader = _Reader(text)
    found = reader.format()
    if reader.at < len(text):
        raise reader.error("its end")
    return found


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, wanted: str) -> LocalProtocolError:
        return LocalProtocolError(f"format {self.text!r} is not understood at {self.text[self.at :]!r}: not {wanted}")

    def takes(self, mark: str) -> bool:
        """Whether the mark comes next; then it is behind us."""
        rest = self.text[self.at :]
        found = rest.lstrip().startswith(mark)
        if found:
            self.at += len(rest) - len(rest.lstrip()) + len(mark)
        return found

    def expect(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self.error(wanted)
        self.at = found.end()
        return found

    def format(self) -> Format:
        found = self._format()
        return replace(found, optional=True) if self.takes("?") else found

    def _format(self) -> Format:
        if self.takes("{"):
            return self._listed(DataType.STRUCTURE, "}")
        if self.takes("["):
            if _MEMBER.match(self.text, self.at):
                return self._listed(DataType.ARRAY, "]")
            return self._array()
        if self.text.startswith("$", self.at):
            name = self.expect(_SHAPE, "the name of a shape")["name"]
            if name not in shapes():
                raise self.error("a shape that there is")
            return parse_format(shapes()[name])
        return self._leaf()

    def _array(self) -> Array:
        element = self.format()
        found = Array(element, self.expect(_LIST, "the name of a list of elements")["name"])
        if not self.takes("]"):
            raise self.error("a closing bracket")
        return found

    def _listed(self, kind: DataType, end: str) -> Listed:
        members = [self._member()]
        is_open = False
        while self.takes(","):
            if self.takes("..."):
                is_open = True
                break
            members.append(self._member())
        if not self.takes(end):
            raise self.error("a closing bracket")
        return Listed(kind, tuple(members), is_open)

    def _member(self) -> Member:
        name = self.expect(_MEMBER, "a member's name in English and Chinese")
        return Member(Word(name["en"], name["zh"]), self.format())

    def _leaf(self) -> Leaf | Anything:
        found = self.expect(_LEAF, "a type")
        if found["type"] == "Data":
            return Anything()
        kind = _TYPES.get(found["type"].upper().replace("-", "_"))
        if kind is None:
            raise LocalProtocolError(f"{found['type']!r} in format {self.text!r} is no data type")
        return Leaf(
            kind,
            size=int(found["size"]) if found["size"] else None,
            scaling=Scaling(int(found["scaler"]), found["unit"] or "") if found["scaler"] else None,
            words=found["words"] or "",
            view=View(found["view"]) if found["view"] else None,
        )


def leaves(form: Format) -> Iterator[Leaf]:
    """All leaves of a format, from left to right."""
    match form:
        case Leaf():
            yield form
        case Array():
            yield from leaves(form.element)
        case Listed():
            for member in form.members:
                yield from leaves(member.format)
        case Anything():
            return
