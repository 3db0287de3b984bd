"""Hypothesis strategies for the values that a format of the object dictionary describes."""

from hypothesis import strategies as st

from protocols.dlt698 import NULL, DataType, Value
from protocols.dlt698.objects.formats import Anything, Array, Format, Leaf, Listed
from protocols.dlt698.values.data import _LEAVES
from protocols.dlt698.values.selection import ms_field
from tests.protocols.dlt698.strategies import WILD, _DrawnData

leaf_values = st.one_of([st.builds(Value, st.just(kind), WILD.values(body)) for kind, body in _LEAVES.items()])
_MOST = 3
"""Elements of an array."""


def fitting(form: Format) -> st.SearchStrategy[Value]:
    """Draw values of a format, NULL where it may be."""
    values = _fitting(form)
    return st.just(NULL) | values if form.optional else values


def _fitting(form: Format) -> st.SearchStrategy[Value]:
    match form:
        case Anything():
            return leaf_values
        case Leaf():
            return _leaf(form)
        case Array():
            return st.lists(fitting(form.element), max_size=_MOST).map(
                lambda parts: Value(DataType.ARRAY, tuple(parts))
            )
        case Listed():
            members = st.tuples(*[fitting(member.format) for member in form.members])
            further = st.lists(leaf_values, max_size=1 if form.open else 0).map(tuple)
            return st.builds(lambda some, more: Value(form.type, some + more), members, further)


def _leaf(leaf: Leaf) -> st.SearchStrategy[Value]:
    if leaf.type is DataType.BIT_STRING and leaf.size is not None:
        content = st.text("01", min_size=leaf.size, max_size=leaf.size)
    elif leaf.type is DataType.MS:
        content = WILD.values(ms_field(_DrawnData(leaf_values)))
    else:
        content = WILD.values(_LEAVES[leaf.type])
        if leaf.size is not None:
            content = content.map(lambda drawn: drawn[: leaf.size])
    return content.map(lambda drawn: Value(leaf.type, drawn))
