"""The data item a message carries, value by value with the bytes each fills."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat

from protocols.dissection import Words
from protocols.dlt645.functions.write import WriteRequest
from protocols.dlt645.inspect.fields import carried, expect_data
from protocols.dlt645.inspect.words import part_name
from protocols.dlt645.items.item import Identifier
from protocols.dlt645.items.labels import Part, parts
from protocols.dlt645.items.profile import Profile
from protocols.dlt645.items.values import Value
from protocols.dlt645.messages import Message
from protocols.dlt645.secured import unpack_maced, unpack_sealed
from protocols.dlt645.wire.password import CIPHERTEXT_LEVEL, PLAINTEXT_LEVEL, Password
from protocols.errors import RemoteProtocolError

_PLAIN = Password(0)
"""Any level under which an item goes as it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of an item: its name, its bytes, its unit.

    ``frame`` is the word (`rows.Piece`) for bytes that hold a record together; with ``is_frame`` they are no value.
    """

    name: Words
    size: int
    value: Value
    unit: str = ""
    is_frame: bool = False
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """The entries of a payload in wire order; with a ``fault`` the last one is what could not be read.

    ``identifier`` is None where the entries are no values of the table's.
    """

    entries: tuple[Entry, ...] = ()
    identifier: Identifier | None = None
    fault: RemoteProtocolError | None = None

    @property
    def size(self) -> int:
        """Bytes of all entries."""
        return sum(entry.size for entry in self.entries)

    @property
    def values(self) -> tuple[Value, ...]:
        """Values of the entries."""
        return tuple(entry.value for entry in self.entries if not entry.is_frame)


def item_of(message: Message, profile: Profile) -> Item | None:
    """Take the payload of a message apart; None where it carries none, or none that is known."""
    payload = getattr(message, "payload", None)
    if payload is None:
        return None
    password = getattr(message, "password", None)
    protected = _PROTECTED.get(password.level) if isinstance(password, Password) else None
    try:
        return _plain(message, payload, profile) if protected is None else protected(message, payload, profile)
    except RemoteProtocolError as error:
        return Item((_bytes("payload", payload),), fault=error)


def _plain(message: Message, payload: bytes, profile: Profile) -> Item | None:
    found = carried(message, profile)
    if found is None:
        return None
    identifier, data = found
    entries: list[Entry] = []
    fault = None
    try:
        expect_data(message, identifier, profile)
        for part, frame in zip(parts(identifier, data), _frames(identifier, data), strict=False):
            entries.append(_entry(identifier, part, frame))
    except RemoteProtocolError as error:
        fault = error
    behind = payload[sum(entry.size for entry in entries) :]
    if behind:
        entries.append(_bytes("payload" if fault else "mark", behind))
    return Item(tuple(entries), identifier, fault)


def _frames(identifier: Identifier, data: bytes) -> Iterator[str]:
    """Give the words for the pieces of a record, and for everything else nothing."""
    walk = identifier.layout.walk
    return repeat("") if walk is None else (piece.frame for piece in walk(data))


def _entry(identifier: Identifier, part: Part, frame: str) -> Entry:
    """Name a part of an item; the only one of an item need not be named like it again."""
    is_whole = part.label.en == identifier.name_en
    name = part_name("value") if is_whole else Words(part.label.en, part.label.zh)
    return Entry(name, part.size, part.value, part.label.unit, part.is_frame, frame)


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
