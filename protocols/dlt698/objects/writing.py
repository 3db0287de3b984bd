"""Values for the wire out of plain ones, by the object dictionary: the way back of :mod:`.reading`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.dlt698.objects.dictionary import entry
from protocols.dlt698.objects.formats import Anything, Array, Format, Leaf, Listed, Member, Scaling
from protocols.dlt698.objects.literals import leaf_value
from protocols.dlt698.objects.numbers import scaling_of
from protocols.dlt698.objects.reading import at_index
from protocols.dlt698.values.data import build_data
from protocols.dlt698.values.descriptors import OAD, OMD, ScalerUnit
from protocols.dlt698.values.value import NULL, DataType, Value
from protocols.errors import LocalProtocolError

__all__ = ["compose"]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the values of one row: ``scaling`` is for numbers without one of their own."""

    scaling: Scaling | None

    def write(self, form: Format, plain: Any) -> Value:
        if isinstance(plain, Value):
            return self._own(form, plain)
        match form:
            case Leaf(type=DataType.NULL) if plain is None:
                return NULL
            case _ if plain is None:
                return self._own(form, NULL)
            case Leaf(type=DataType.NULL):
                raise LocalProtocolError(f"{plain!r} is given where nothing may be")
            case Leaf():
                return Value(form.type, leaf_value(form, form.scaling or self.scaling, plain))
            case Array():
                return self._elements(form, plain)
            case Listed():
                return self._members(form, plain)
            case Anything():
                raise LocalProtocolError(f"{plain!r} has no type, and the dictionary gives none: a Value is needed")

    def _own(self, form: Format, value: Value) -> Value:
        """Take a typed value as it is, if it has the type that the dictionary gives."""
        match form:
            case Anything():
                return value
            case _ if value.type is DataType.NULL and form.optional:
                return value
            case Leaf() if value.type is form.type:
                return value
            case Array() if value.type is DataType.ARRAY:
                return self._elements(form, value.elements)
            case Listed() if value.type is form.type:
                return self._members(form, value.elements)
            case _:
                raise LocalProtocolError(f"a {value.type.name} is given where it doesn't fit")

    def _elements(self, form: Array, plain: Any) -> Value:
        if isinstance(plain, str | bytes | Mapping) or not isinstance(plain, Sequence):
            raise LocalProtocolError(f"{plain!r} is no list of elements")
        elements = (self._named(f"element {number}", form.element, each) for number, each in enumerate(plain, 1))
        return Value(DataType.ARRAY, tuple(elements))

    def _members(self, form: Listed, plain: Any) -> Value:
        parts = _in_order(form.members, plain)
        needed = len(form.members)
        if len(parts) < needed or (len(parts) > needed and not form.open):
            names = ", ".join(member.name.en for member in form.members)
            raise LocalProtocolError(f"{len(parts)} members where {needed} are needed: {names}")
        described = [
            self._named(member.name.en, member.format, part) for member, part in zip(form.members, parts, strict=False)
        ]
        further = [self._named(f"element {at + 1}", Anything(), parts[at]) for at in range(needed, len(parts))]
        return Value(form.type, tuple(described + further))

    def _named(self, name: str, form: Format, plain: Any) -> Value:
        try:
            return self.write(form, plain)
        except LocalProtocolError as error:
            raise LocalProtocolError(f"{name}: {error}") from error


def _in_order(members: Sequence[Member], plain: Any) -> Sequence[Any]:
    if not isinstance(plain, Mapping):
        if isinstance(plain, str | bytes) or not isinstance(plain, Sequence):
            raise LocalProtocolError(f"{plain!r} is no list of members, nor a table of them by name")
        return plain
    names = [member.name.en for member in members]
    unknown = [name for name in plain if name not in names]
    missing = [name for name in names if name not in plain]
    if unknown or missing:
        raise LocalProtocolError(f"the members are {', '.join(names)}; unknown {unknown}, missing {missing}")
    return [plain[name] for name in names]


def compose(of: OAD | OMD, plain: Any, device: ScalerUnit | None = None) -> Value:
    """Build an attribute's value, or a method's parameter, of the type and scaler that the dictionary gives.

    Numbers are in the unit of the dictionary, or of ``device`` if the device's own Scaler_Unit is given; structures
    are lists, or tables by the members' English names; texts are those of :func:`.literals.leaf_value`. A
    :class:`Value` of the right type may stand for any part. Raises LocalProtocolError naming the part that doesn't fit.
    """
    row = entry(of)
    found = at_index(row.layout, of.index) if isinstance(of, OAD) else None
    form = row.layout if found is None else found[1]
    if isinstance(of, OAD) and of.index and found is None and not isinstance(form, Anything):
        raise LocalProtocolError(f"{of} {row.name}: there is no element {of.index}")
    writer = _Writer(scaling_of(device) if device else row.scaling)
    try:
        value = writer.write(form, plain)
        build_data(value)
    except LocalProtocolError as error:
        raise LocalProtocolError(f"{of} {row.name}: {error}") from error
    return value
