"""Layouts of what a security module (加密机) needs and makes: levels 98H and 99H, and the blocks of 1CH, 1AH, 1BH.

Nothing is encrypted here. A head-end lays out a plaintext, has the module make ciphertext and MAC of it, and packs
these for the wire; a meter, or its simulator, unpacks and reads the same. Plaintexts, headers, ciphertexts and MACs
are in display order, most significant byte first, payloads in wire order. Fee-control extension of DL/T 645-2007.
"""

from enum import IntEnum
from typing import NamedTuple

from protocols.dlt645.apdu import REGIONAL_CIPHERTEXT_LEVEL, apdu_header
from protocols.dlt645.functions.block import CIPHER_BLOCK, MAC_SIZE
from protocols.dlt645.items.identifiers import find, identify
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.bcd import digits_of
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.password import CIPHERTEXT_LEVEL, PLAINTEXT_LEVEL
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = [
    "MACED_LEVELS",
    "MAC_SIZE",
    "SEALED_LEVELS",
    "ClearOrder",
    "Maced",
    "ParameterClass",
    "RelayOrder",
    "SealedSetting",
    "SettingOrder",
    "apdu_header",
    "clear_plaintext",
    "dispersion_factor",
    "display_order",
    "pack_maced",
    "pack_sealed",
    "parameter_class",
    "read_clear_plaintext",
    "read_relay_plaintext",
    "read_setting",
    "read_setting_plaintext",
    "relay_plaintext",
    "setting_plaintext",
    "unpack_maced",
    "unpack_sealed",
    "wire_order",
]

SEALED_LEVELS = frozenset({CIPHERTEXT_LEVEL, REGIONAL_CIPHERTEXT_LEVEL})
"""Levels of ciphertext and MAC (密文+MAC)."""
MACED_LEVELS = frozenset({PLAINTEXT_LEVEL, 0x97})
"""Levels of plaintext and MAC (明文+MAC), with the twin that some grids use for other files of the chip."""

_UNTIL = "YYMMDDhhmmss"
_DI_SIZE = 4
_ORDER_SIZE = 8
_FACTOR_DIGITS = 16
_NUMBER_DIGITS = 12


class ParameterClass(IntEnum):
    """Parameter classes (参数分类): how a fee-control meter takes a setting."""

    ESAM = 1
    """Kept in the security chip: plaintext and MAC, level 99H."""
    SEALED = 2
    """Ciphertext and MAC, level 98H."""
    PASSWORD = 3
    """A password and, on older meters, the programming key."""

    @property
    def level(self) -> int | None:
        """Level PA that goes with the class; None where it is that of a password."""
        return _LEVELS[self]


_LEVELS = {
    ParameterClass.ESAM: PLAINTEXT_LEVEL,
    ParameterClass.SEALED: CIPHERTEXT_LEVEL,
    ParameterClass.PASSWORD: None,
}
_CLASS_OF_ACCESS = {
    "RW99": ParameterClass.ESAM,
    "RW98": ParameterClass.SEALED,
    "RW": ParameterClass.PASSWORD,
    "W": ParameterClass.PASSWORD,
}


class RelayOrder(NamedTuple):
    """What a relay plaintext says: N1, N2 and the end of its validity (YYMMDDhhmmss)."""

    command: int
    delay: int
    expires: Stamp


class ClearOrder(NamedTuple):
    """What the plaintext of 1AH or 1BH says; ``events`` are None for 1AH, which clears the whole meter."""

    function: int
    expires: Stamp
    events: DI | None


class SettingOrder(NamedTuple):
    """What the plaintext of a setting says: the item, and its data in wire order."""

    di: DI
    data: bytes


class Maced(NamedTuple):
    """Payload of 14H at level 99H: data in wire order, MAC in display order."""

    data: bytes
    mac: bytes


class SealedSetting(NamedTuple):
    """Payload of 14H at level 98H, both parts in display order."""

    ciphertext: bytes
    mac: bytes


def parameter_class(di: DI, profile: Profile = STANDARD) -> ParameterClass:
    """Tell how a fee-control meter takes the setting ``di``; LocalProtocolError for unknown and read-only items."""
    access = identify(di, profile).access
    if access not in _CLASS_OF_ACCESS:
        raise LocalProtocolError(f"{di} cannot be set")
    return _CLASS_OF_ACCESS[access]


def dispersion_factor(number: str) -> bytes:
    """Give the dispersion factor (分散因子), 8 bytes, of the meter number 04000402, 1 to 12 digits."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS):
        raise LocalProtocolError(f"meter number {number!r} is not 1 to {_NUMBER_DIGITS} decimal digits")
    return bytes.fromhex(number.zfill(_FACTOR_DIGITS))


def relay_plaintext(command: int, delay: int, expires: Stamp, profile: Profile = STANDARD) -> bytes:
    """Lay out a relay command (1CH) to be encrypted: N1 N2 and YYMMDDhhmmss, 8 bytes.

    One region's encryption machine takes the time in wire order, seconds first.
    """
    until = _until(expires)
    return _octets(command, delay) + (until[::-1] if profile.relay_plaintext_in_wire_order else until)


def read_relay_plaintext(plain: bytes, profile: Profile = STANDARD) -> RelayOrder:
    """Read what `relay_plaintext` laid out.

    Raises RemoteProtocolError ``plaintext_length`` or ``not_bcd``.
    """
    _expect_length(plain, _ORDER_SIZE)
    until = plain[2:][::-1] if profile.relay_plaintext_in_wire_order else plain[2:]
    return RelayOrder(plain[0], plain[1], _read_until(until))


def clear_plaintext(function: int, expires: Stamp, events: DI | None = None) -> bytes:
    """Lay out a clear to be encrypted: ``1A 00`` or ``1B 00``, YYMMDDhhmmss, and for 1BH the events' identifier.

    Raises LocalProtocolError where ``function`` is neither, or ``events`` do not go with it.
    """
    if (function, events is None) not in {(Function.CLEAR_METER, True), (Function.CLEAR_EVENTS, False)}:
        raise LocalProtocolError(f"function {function:02X} with events {events} is no clear of meter or events")
    selector = b"" if events is None else _di_bytes(events)
    return _octets(function, 0) + _until(expires) + selector


def read_clear_plaintext(plain: bytes) -> ClearOrder:
    """Read what `clear_plaintext` laid out.

    Raises RemoteProtocolError ``plaintext_length``, ``not_bcd``, or ``plaintext_function`` where it is no clear.
    """
    function = plain[0] if plain else 0
    if function not in {Function.CLEAR_METER, Function.CLEAR_EVENTS}:
        raise RemoteProtocolError("plaintext_function", f"{function:02X} is no clear of meter or events")
    selector = _DI_SIZE if function == Function.CLEAR_EVENTS else 0
    _expect_length(plain, _ORDER_SIZE + selector)
    events = DI(int.from_bytes(plain[_ORDER_SIZE:], "big")) if selector else None
    return ClearOrder(Function(function), _read_until(plain[2:_ORDER_SIZE]), events)


def display_order(di: DI, data: bytes, profile: Profile = STANDARD) -> bytes:
    """Turn the data of an item from wire order to display order: each field on its own, fields stay in place.

    An item that the table does not know counts as one field. Raises RemoteProtocolError
    ``payload_length_does_not_fit_identifier``.
    """
    found = find(di, profile)
    fields = () if found is None else found.layout.fields_for(len(data))
    sizes = [field.sizeof() for field in fields] or [len(data)]
    turned, at = [], 0
    for size in sizes:
        turned.append(data[at : at + size][::-1])
        at += size
    return b"".join(turned)


def wire_order(di: DI, data: bytes, profile: Profile = STANDARD) -> bytes:
    """Turn the data of an item from display order to wire order, the reverse of `display_order`."""
    return display_order(di, data, profile)


def setting_plaintext(di: DI, data: bytes, profile: Profile = STANDARD) -> bytes:
    """Lay out a class 2 setting (98H) to be encrypted: identifier, then ``data`` (given in wire order) turned.

    Raises LocalProtocolError where the data do not fit the item.
    """
    try:
        return _di_bytes(di) + display_order(di, data, profile)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"{di} cannot hold {len(data)} bytes: {error.message}") from None


def read_setting_plaintext(plain: bytes, profile: Profile = STANDARD) -> SettingOrder:
    """Read what `setting_plaintext` laid out.

    Raises RemoteProtocolError ``plaintext_length`` or ``payload_length_does_not_fit_identifier``.
    """
    if len(plain) <= _DI_SIZE:
        raise RemoteProtocolError("plaintext_length", f"{len(plain)} bytes hold no identifier with data")
    di = DI(int.from_bytes(plain[:_DI_SIZE], "big"))
    return SettingOrder(di, wire_order(di, plain[_DI_SIZE:], profile))


def pack_maced(data: bytes, mac: bytes) -> bytes:
    """Payload of 14H at level 99H: the item in wire order, then the MAC reversed on its own."""
    return data + _mac(mac)[::-1]


def unpack_maced(payload: bytes) -> Maced:
    """Undo `pack_maced`; raises RemoteProtocolError ``maced_length`` where there is no data before a MAC."""
    if len(payload) <= MAC_SIZE:
        raise RemoteProtocolError("maced_length", f"{len(payload)} bytes hold no data with a MAC")
    return Maced(payload[:-MAC_SIZE], payload[-MAC_SIZE:][::-1])


def pack_sealed(ciphertext: bytes, mac: bytes) -> bytes:
    """Payload of 14H at level 98H: the ciphertext reversed as one unit, then the MAC reversed on its own."""
    if not ciphertext or len(ciphertext) % CIPHER_BLOCK:
        raise LocalProtocolError(f"{len(ciphertext)} bytes of ciphertext are no whole blocks of {CIPHER_BLOCK}")
    return ciphertext[::-1] + _mac(mac)[::-1]


def unpack_sealed(payload: bytes) -> SealedSetting:
    """Undo `pack_sealed`; raises RemoteProtocolError ``sealed_length`` for other than whole blocks and a MAC."""
    if len(payload) <= MAC_SIZE or (len(payload) - MAC_SIZE) % CIPHER_BLOCK:
        raise RemoteProtocolError("sealed_length", f"{len(payload)} bytes are no whole blocks of 16 with a MAC")
    return SealedSetting(payload[:-MAC_SIZE][::-1], payload[-MAC_SIZE:][::-1])


def read_setting(level: int, payload: bytes) -> bytes | Maced | SealedSetting:
    """Give the parts of the payload of 14H under a level PA; under a password's level there is only the item.

    Raises RemoteProtocolError as `unpack_maced` and `unpack_sealed` do.
    """
    if level in SEALED_LEVELS:
        return unpack_sealed(payload)
    return unpack_maced(payload) if level in MACED_LEVELS else payload


def _octets(*values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError:
        raise LocalProtocolError(f"{values} are not bytes") from None


def _until(expires: Stamp) -> bytes:
    if expires.layout != _UNTIL:
        raise LocalProtocolError(f"time laid out as {expires.layout!r} where {_UNTIL!r} belongs")
    return expires.pack()[::-1]


def _read_until(display: bytes) -> Stamp:
    if digits_of(display) is None:
        raise RemoteProtocolError("not_bcd", f"time {display.hex().upper()} has digits above 9")
    return Stamp.unpack(_UNTIL, display[::-1])


def _di_bytes(di: DI) -> bytes:
    return int(di).to_bytes(_DI_SIZE, "big")


def _mac(mac: bytes) -> bytes:
    if len(mac) != MAC_SIZE:
        raise LocalProtocolError(f"a MAC has {MAC_SIZE} bytes, this one {len(mac)}")
    return mac


def _expect_length(plain: bytes, size: int) -> None:
    if len(plain) != size:
        raise RemoteProtocolError(
            "plaintext_length", f"{len(plain)} bytes where {size} belong", expected=str(size), found=str(len(plain))
        )
