"""Hypothesis strategies for DL/T 645 addresses, frames, messages and lines."""

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    Address,
    Control,
    Frame,
    Message,
    Operator,
    Password,
    Refusal,
    RelayCommand,
    Stamp,
)
from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.payload import PayloadForm
from protocols.dlt645.items.profile import Edition

HEX = "0123456789ABCDEF"

addresses = st.text("0123456789", min_size=12, max_size=12).map(Address)
controls = st.builds(Control, st.integers(0, 31), st.booleans(), st.booleans(), st.booleans())
frames = st.builds(Frame, addresses, controls, st.binary(max_size=255))
identifiers = st.integers(0, 0xFFFFFFFF).map(DI)
passwords = st.builds(Password, st.integers(0, 255), st.text(HEX, min_size=6, max_size=6))
operators = st.builds(Operator, st.text(HEX, min_size=8, max_size=8))


def stamps(layout: str) -> st.SearchStrategy[Stamp]:
    """Any digits in a layout, whether they form a date or not."""
    return st.text("0123456789", min_size=len(layout), max_size=len(layout)).map(lambda digits: Stamp(layout, digits))


_STAMPS = {
    "since": "YYMMDDhhmm",
    "time": "YYMMDDhhmmss",
    "at": "MMDDhhmm",
    "expires": "YYMMDDhhmmss",
}
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "di": identifiers,
    "events": identifiers,
    "password": passwords,
    "old": passwords,
    "new": passwords,
    "operator": operators,
    "meter": addresses,
    "more": st.booleans(),
    "command": st.sampled_from(RelayCommand) | st.integers(0, 255),
    "block": st.binary(min_size=20, max_size=20),
} | {name: stamps(layout) for name, layout in _STAMPS.items()}
_BYTE = st.integers(0, 255)


def messages_of_form(form: Form) -> st.SearchStrategy[Any]:
    """Messages of one form; payloads fill any length the form has."""
    names = [field.name for field in fields(form.message)]
    parts = {name: _FIELDS.get(name, _BYTE) for name in names}
    if "payload" in parts:
        lengths = [length for length in range(256) if length in form.lengths]
        fixed = lengths[-1] - len(form.layout.parse(bytes(lengths[-1]), length=lengths[-1]).payload)
        parts["payload"] = st.sampled_from([length - fixed for length in lengths]).flatmap(
            lambda size: st.binary(min_size=size, max_size=size)
        )
    if form.edition is Edition.E1997 and "di" in parts:
        parts["di"] = st.integers(0, 0xFFFF)
    return st.builds(form.message, **parts)


def _is_read_so(form: Form, edition: Edition) -> bool:
    """Whether a meter of the edition reads the form's function code as the form has it."""
    same_code = (other for other in FORMS if (other.function, other.from_slave) == (form.function, form.from_slave))
    return form.edition is edition or all(other.edition is not edition for other in same_code)


def _refusal(function: int, word: bytes, edition: Edition) -> Refusal:
    """Refusal whose edition is the one that has the function code; that of the meter where both or none have."""
    having = [form.edition for form in FORMS if form.function == function]
    return Refusal(function, word, having[0] if having and edition not in having else edition)


def messages_of(edition: Edition) -> st.SearchStrategy[Message]:
    """Every message that is understood under an edition."""
    refusals = st.builds(_refusal, st.integers(0, 31), st.binary(max_size=4), st.just(edition))
    return st.one_of(*(messages_of_form(form) for form in FORMS if _is_read_so(form, edition)), refusals)


def payloads(form: PayloadForm) -> st.SearchStrategy[Any]:
    """Parts of a payload of a security command, each of the size that it has in the layout."""
    sizes = {part.name: part.sizeof(length=form.size + 5, _building=False) for part in form.layout.subcons}
    return st.builds(
        form.message, **{field.name: _part(field.name, field.type, sizes[field.name]) for field in fields(form.message)}
    )


def _part(name: str, kind: object, size: int) -> st.SearchStrategy[Any]:
    if kind in {bytes, "bytes"}:
        return st.binary(min_size=size, max_size=size)
    if kind in {str, "str"}:
        return st.text(HEX, min_size=2 * size, max_size=2 * size)
    return st.integers(0, (10 if name == "minutes" else 16) ** (2 * size) - 1)


messages: st.SearchStrategy[Message] = messages_of(Edition.E2007)

_LIKELY = st.sampled_from((0x68, 0x16, 0xFE, 0x00, 0x11, 0x91, 0x9C, 0xD1))
noise = st.lists(_LIKELY | _BYTE, max_size=40).map(bytes)
"""Bytes full of those that mean something, so that false beginnings are common."""
