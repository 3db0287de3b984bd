"""The block a security module makes for a command at level 98H (1AH, 1BH, 1CH)."""

from protocols.dlt645.wire.fixed import Fixed

CIPHER_BLOCK = 16
"""Bytes that the cipher of the security chip takes at once."""
MAC_SIZE = 4


def _reversed(block: bytes) -> bytes:
    return block[::-1]


BLOCK = Fixed(CIPHER_BLOCK + MAC_SIZE, _reversed, _reversed)
"""Ciphertext and MAC in display order, on the wire reversed as one unit, so that the MAC's last byte comes first."""
