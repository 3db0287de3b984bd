"""Headers of the commands by which a security chip (ESAM) takes a setting, fee-control extension of DL/T 645-2007.

A header is ``04 D6 file offset LC``: write into a file of the chip, under protection of a MAC. A security module needs
it for the MAC, a meter to hand the setting to its chip.
"""

from protocols.dlt645.functions.authentication import SET_VALIDITY
from protocols.dlt645.functions.block import CIPHER_BLOCK, MAC_SIZE
from protocols.dlt645.items.identifiers import find
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.password import CIPHERTEXT_LEVEL
from protocols.errors import LocalProtocolError

__all__ = ["REGIONAL_CIPHERTEXT_LEVEL", "apdu_header"]

REGIONAL_CIPHERTEXT_LEVEL = 0x96
"""Twin of level 98H for other files of the chip, on some grids."""

_WRITE = b"\x04\xd6"
_SHORT_FILE = 0x80
_PRICES_1 = 3
_PRICES_2 = 4
_GENERAL_OFFSETS = {
    DI(0x04000108): 0x0A,
    DI(0x04001001): 0x10,
    DI(0x04001002): 0x14,
    DI(0x04000306): 0x18,
    DI(0x04000307): 0x1B,
    DI(0x04000402): 0x1E,
    DI(0x0400040E): 0x24,
    SET_VALIDITY: 0x2B,
}
_PRICE_PLACES = {
    DI(0x040501FF): (_PRICES_1, 0x04),
    DI(0x040604FF): (_PRICES_1, 0x84),
    DI(0x040606FF): (_PRICES_1, 0x34),
    DI(0x040607FF): (_PRICES_1, 0x7A),
    DI(0x040502FF): (_PRICES_2, 0x04),
    DI(0x040605FF): (_PRICES_2, 0x84),
    DI(0x04060AFF): (_PRICES_2, 0x34),
    DI(0x04060BFF): (_PRICES_2, 0x7A),
}
_STEP_SWITCH = DI(0x04000109)
_SEALED_FILES = {
    CIPHERTEXT_LEVEL: (0x89, 0x90, 0x91, 0x92, 0x93),
    REGIONAL_CIPHERTEXT_LEVEL: (0x88, 0x89, 0x90, 0x91, 0x92),
}
"""Files of class 2 parameters by DI2 modulo 5."""
_DI_SIZE = 4


def apdu_header(di: DI, length: int, profile: Profile = STANDARD, level: int = CIPHERTEXT_LEVEL) -> bytes:
    """Give the header (5 bytes) for the setting ``di`` of ``length`` bytes of data, identifier not counted.

    A class 1 setting goes to its place in the chip, in clear with a MAC behind it. Any other is sealed, which is all
    that ``level`` (98H, or 96H on some grids) is about: its plaintext is identifier and data, one byte of length in
    front, filled to blocks of 16, and a MAC comes behind. Raises LocalProtocolError where a class 1 setting has no
    place of its own (a single price is set with its whole block), or the data are too long for one command.
    """
    place = _place(di, profile)
    if place is not None:
        file, offset = place
        return _header(_SHORT_FILE | file, offset, length + MAC_SIZE)
    found = find(di, profile)
    if found is not None and found.access == "RW99":
        raise LocalProtocolError(f"{di} has no place of its own in the security chip, set the block it belongs to")
    if level not in _SEALED_FILES:
        raise LocalProtocolError(f"level {level:02X} seals nothing; 98 and 96 do")
    files = _SEALED_FILES[level]
    sealed = CIPHER_BLOCK * ((_DI_SIZE + length) // CIPHER_BLOCK + 1)
    return _header(files[di.di2 % len(files)], 0, sealed + MAC_SIZE)


def _place(di: DI, profile: Profile) -> tuple[int, int] | None:
    if di in _GENERAL_OFFSETS:
        return profile.general_file, _GENERAL_OFFSETS[di]
    if di == _STEP_SWITCH:
        return _PRICES_2, profile.step_switch_offset
    return _PRICE_PLACES.get(di)


def _header(file: int, offset: int, lc: int) -> bytes:
    try:
        return _WRITE + bytes((file, offset, lc))
    except ValueError:
        raise LocalProtocolError(f"{lc} bytes do not fit one command to the security chip") from None
