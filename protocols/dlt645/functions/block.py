"""The block a security module makes for a command at level 98H (1AH, 1BH, 1CH)."""

from construct import Bytes, ExprAdapter

CIPHER_BLOCK = 16
"""Bytes that the cipher of the security chip takes at once."""
MAC_SIZE = 4

BLOCK = ExprAdapter(Bytes(CIPHER_BLOCK + MAC_SIZE), lambda wire, _: wire[::-1], lambda block, _: block[::-1])
"""Ciphertext and MAC in display order, on the wire reversed as one unit, so that the MAC's last byte comes first."""
