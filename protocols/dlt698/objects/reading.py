"""A value off the wire as a tree of named leaves, by the object dictionary.

A value of another type than the table's is never refused: it is read by the tag on the wire and told as of unexpected
type. Objects that nobody describes are read the same way, under a name that tells their kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from protocols.dlt698.digits import address_digits
from protocols.dlt698.objects.dictionary import Entry, entry
from protocols.dlt698.objects.formats import Anything, Array, Format, Leaf, Listed, Scaling, View, leaves
from protocols.dlt698.objects.numbers import MISSING, scaled, scaling_of
from protocols.dlt698.objects.words import Word, element_name, feature, meaning
from protocols.dlt698.values.descriptors import CSD, OAD, OMD, ROAD, ScalerUnit
from protocols.dlt698.values.value import INTEGERS, DataType, Value

__all__ = ["Fit", "Item", "at_index", "describe", "describe_column", "meter_digits"]

_UNNAMED = "elements"
_IP_BYTES = 4
_WHOLE = INTEGERS | {DataType.ENUM}
"""Types that some devices send for one another."""


class Fit(StrEnum):
    """How a value stands to the dictionary."""

    LISTED = "listed"
    """It has the type that the dictionary gives."""
    OTHER = "other"
    """It has another type, or another number of members."""
    UNLISTED = "unlisted"
    """The dictionary doesn't say what it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """A named part of a value.

    A leaf has a ``value``: an exact Decimal for whole numbers (``unit`` empty where they have none), an int for enums
    and OI, else what :class:`Value` holds, or the text of an address; None where it is missing. ``words`` say what an
    enum or bits mean. What has members has no value of its own. ``raw`` is what came.
    """

    name: str
    chinese: str
    raw: Value
    value: Any = None
    unit: str = ""
    words: tuple[Word, ...] = ()
    fit: Fit = Fit.LISTED
    members: tuple["Item", ...] = ()
    is_scaled: bool = False

    @property
    def plain(self) -> Any:
        """What :func:`compose` makes this value of: numbers, texts, lists; the raw value where nothing else would."""
        if self.fit is not Fit.LISTED:
            return self.raw
        if self.raw.type in {DataType.ARRAY, DataType.STRUCTURE}:
            return [member.plain for member in self.members]
        return self.raw if self.value is None and self.raw.type is not DataType.NULL else self.value

    def leaves(self, *above: Word) -> Iterator[tuple[tuple[Word, ...], "Item"]]:
        """All leaves with the names on the way to them, this item's own left out."""
        if not self.members:
            yield above, self
        for member in self.members:
            yield from member.leaves(*above, Word(member.name, member.chinese))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of one row: ``scaling`` is for numbers without one of their own.

    All ones in a number mean "missing" where it is scaled or cannot be set; in a setting they are a number like others.
    """

    scaling: Scaling | None
    settable: bool

    def read(self, form: Format, value: Value, name: Word) -> Item:
        if value.type is DataType.NULL:
            is_scaled = any(self._scaling(leaf) is not None for leaf in leaves(form))
            fit = Fit.UNLISTED if isinstance(form, Anything) else Fit.LISTED
            return Item(*name, value, fit=fit, is_scaled=is_scaled)
        match form:
            case Leaf() if value.type is form.type:
                item = self._leaf(form, value, name)
            case Leaf() if value.type in _WHOLE and form.type in _WHOLE:
                item = replace(self._leaf(form, value, name), fit=Fit.OTHER)
            case Array() if value.type is DataType.ARRAY:
                item = self._elements(form, value, name)
            case Array(element=Leaf() as element) if value.type is element.type:
                item = replace(self._leaf(element, value, name), fit=Fit.OTHER)
            case Listed() if value.type is form.type:
                item = self._members(form, value, name)
            case Anything():
                item = self.generic(value, name, Fit.UNLISTED, self.scaling)
            case _:
                item = self.generic(value, name, Fit.OTHER, None)
        return item

    def _elements(self, form: Array, value: Value, name: Word) -> Item:
        members = tuple(
            self.read(form.element, element, element_name(form.names, place))
            for place, element in enumerate(value.elements)
        )
        return Item(*name, value, members=members)

    def _members(self, form: Listed, value: Value, name: Word) -> Item:
        parts = value.elements
        members = [self.read(each.format, part, each.name) for each, part in zip(form.members, parts, strict=False)]
        is_short, further = len(parts) < len(form.members), parts[len(form.members) :]
        fit = Fit.UNLISTED if form.open else Fit.OTHER
        for place, part in enumerate(further, len(members)):
            members.append(self.generic(part, element_name(_UNNAMED, place), fit, None))
        is_other = is_short or (further and not form.open)
        return Item(*name, value, members=tuple(members), fit=Fit.OTHER if is_other else Fit.LISTED)

    def _scaling(self, leaf: Leaf) -> Scaling | None:
        if leaf.type not in INTEGERS:
            return None
        return leaf.scaling or self.scaling

    def _leaf(self, leaf: Leaf, value: Value, name: Word) -> Item:
        words = meaning(leaf.words, value) if leaf.words else ()
        if value.type in INTEGERS:
            return replace(self._number(self._scaling(leaf), value, name), words=words)
        is_other = leaf.type is DataType.BIT_STRING and leaf.size is not None and len(value.value) != leaf.size
        fit = Fit.OTHER if is_other else Fit.LISTED
        return Item(*name, value, _viewed(leaf.view, value.value), words=words, fit=fit)

    def _number(self, scaling: Scaling | None, value: Value, name: Word) -> Item:
        is_missing = value.value == MISSING.get(value.type) and (scaling is not None or not self.settable)
        amount = None if is_missing else scaled(value.value, scaling.scaler if scaling else 0)
        return Item(*name, value, amount, scaling.unit if scaling else "", is_scaled=scaling is not None)

    def generic(self, value: Value, name: Word, fit: Fit, scaling: Scaling | None) -> Item:
        """Read by the tag on the wire alone."""
        if value.type in {DataType.ARRAY, DataType.STRUCTURE}:
            members = tuple(
                self.generic(element, element_name(_UNNAMED, place), fit, scaling)
                for place, element in enumerate(value.elements)
            )
            return Item(*name, value, members=members, fit=fit)
        if value.type in INTEGERS:
            return replace(self._number(scaling, value, name), fit=fit)
        return Item(*name, value, value.value, fit=fit)


def _viewed(view: View | None, octets: Any) -> Any:
    match view:
        case View.DIGITS:
            return address_digits(octets)
        case View.IP if len(octets) == _IP_BYTES:
            return ".".join(str(octet) for octet in octets)
        case _:
            return octets


def at_index(form: Format, index: int) -> tuple[Word, Format] | None:
    """Find name and format of an element, 1 the first; None if the index is 0 or the format has no such element."""
    if index == 0:
        return None
    match form:
        case Array():
            return element_name(form.names, index - 1), form.element
        case Listed() if index <= len(form.members):
            member = form.members[index - 1]
            return member.name, member.format
        case _:
            return None


def title(oad: OAD, row: Entry) -> Word:
    """Name what an OAD asks for: the attribute, its element if it asks for one, the feature of an event column."""
    found = at_index(row.layout, oad.index)
    about = feature(oad.feature)
    parts = [Word(row.name, row.chinese)]
    if found is not None:
        parts.append(found[0])
    elif oad.index:
        parts.append(element_name(_UNNAMED, oad.index - 1))
    if about is not None:
        parts.append(about)
    return Word(", ".join(part.en for part in parts), " ".join(part.zh for part in parts))


def describe(of: OAD | OMD, value: Value, device: ScalerUnit | None = None) -> Item:
    """Name all parts of an attribute's value, or of a method's parameter.

    An OAD with an element index stands for that element alone. ``device`` is the Scaler_Unit that the device itself
    gives for the attribute; it goes before the dictionary's, but not before one that a member has of its own.
    """
    row = entry(of)
    reader = _Reader(scaling_of(device) if device else row.scaling, settable=row.access != "R")
    if isinstance(of, OMD):
        return reader.read(row.layout, value, Word(row.name, row.chinese))
    name = title(of, row)
    found = at_index(row.layout, of.index)
    if found is None:
        return reader.read(row.layout, value, name)
    item = reader.read(found[1], value, name)
    if item.fit is Fit.OTHER and value.type is DataType.ARRAY:
        return replace(reader.read(row.layout, value, name), fit=Fit.OTHER)
    return item


def describe_column(csd: CSD, value: Value) -> Item:
    """Name all parts of a cell of a record; a ROAD column is one array with a value for each of its OADs."""
    if isinstance(csd, OAD):
        return describe(csd, value)
    name = title(csd.oad, entry(csd.oad))
    return _road(csd, value, name)


def _road(road: ROAD, value: Value, name: Word) -> Item:
    if value.type is DataType.NULL:
        return Item(*name, value)
    if value.type is not DataType.ARRAY or len(value.elements) != len(road.oads):
        return _Reader(None, settable=False).generic(value, name, Fit.OTHER, None)
    members = tuple(describe(oad, element) for oad, element in zip(road.oads, value.elements, strict=True))
    return Item(*name, value, members=members)


def meter_digits(value: Value) -> str | None:
    """Give the digits of a meter's address from either address column, 202A (TSA) or 4001 (octet-string)."""
    if value.type is DataType.TSA:
        return value.value.digits or None
    if value.type is DataType.OCTET_STRING:
        return address_digits(value.value) or None
    return None
