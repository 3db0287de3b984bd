"""The data item a message carries, value by value with the bytes each fills."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from construct import Construct

from protocols.dlt645.functions.write import WriteRequest
from protocols.dlt645.inspect.fields import payload_of
from protocols.dlt645.inspect.words import Words, part_name
from protocols.dlt645.item import Identifier
from protocols.dlt645.messages import Message
from protocols.dlt645.password import CIPHERTEXT_LEVEL, PLAINTEXT_LEVEL, Password
from protocols.dlt645.profile import Profile
from protocols.dlt645.secured import unpack_maced, unpack_sealed
from protocols.dlt645.values import Value
from protocols.errors import RemoteProtocolError

_PLAIN = Password(0)
"""Any level under which an item goes as it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of an item: its name, its bytes, its unit."""

    name: Words
    size: int
    value: Value
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """The entries of a payload in wire order; ``fault`` where the bytes are not what the item should be.

    ``identifier`` is None where the entries are no values of the table's.
    """

    entries: tuple[Entry, ...] = ()
    identifier: Identifier | None = None
    fault: RemoteProtocolError | None = None

    @property
    def values(self) -> tuple[Value, ...]:
        """Values of the entries."""
        return tuple(entry.value for entry in self.entries)


def item_of(message: Message, profile: Profile) -> Item | None:
    """Take the payload of a message apart; None where it carries none, or none that is known."""
    payload = getattr(message, "payload", b"")
    if not payload:
        return None
    password = getattr(message, "password", None)
    protected = _PROTECTED.get(password.level) if isinstance(password, Password) else None
    try:
        return _plain(message, payload, profile) if protected is None else protected(message, payload, profile)
    except RemoteProtocolError as error:
        return Item(fault=error)


def _plain(message: Message, payload: bytes, profile: Profile) -> Item | None:
    found = payload_of(message, profile)
    if found is None:
        return None
    identifier, values = found
    fields = _fields(identifier, len(values), len(payload))
    labels = _labels(identifier, len(values))
    entries = [
        Entry(name, field.sizeof(), value, unit)
        for field, value, (name, unit) in zip(fields, values, labels, strict=True)
    ]
    left = len(payload) - sum(entry.size for entry in entries)
    if left:
        entries.append(_bytes("tail", payload[-left:]))
    return Item(tuple(entries), identifier)


def _fields(identifier: Identifier, count: int, size: int) -> Sequence[Construct]:
    """Fields of an item with so many values, in ``size`` bytes or fewer where the model appends something."""
    layout = identifier.layout
    return layout.fields_for(size if layout.size is None else min(size, layout.size))[:count]


def _labels(identifier: Identifier, count: int) -> list[tuple[Words, str]]:
    name = part_name("value")
    return [(name if count == 1 else name.then(Words(str(place))), identifier.unit) for place in range(1, count + 1)]


def _bytes(name: str, wire: bytes) -> Entry:
    return Entry(part_name(name), len(wire), wire[::-1])


def _maced(message: Message, payload: bytes, profile: Profile) -> Item | None:
    """Level 99H: the item in plain, a MAC behind it."""
    data, mac = unpack_maced(payload)
    item = None
    if isinstance(message, WriteRequest):
        item = _plain(replace(message, payload=data, password=_PLAIN), data, profile)
    known = item or Item((_bytes("payload", data),))
    return replace(known, entries=(*known.entries, _bytes("mac", mac[::-1])))


def _sealed(_message: Message, payload: bytes, _profile: Profile) -> Item:
    """Level 98H: ciphertext, a MAC behind it."""
    ciphertext, mac = unpack_sealed(payload)
    return Item((_bytes("ciphertext", ciphertext[::-1]), _bytes("mac", mac[::-1])))


_PROTECTED: dict[int, Callable[[Message, bytes, Profile], Item | None]] = {
    PLAINTEXT_LEVEL: _maced,
    CIPHERTEXT_LEVEL: _sealed,
}
