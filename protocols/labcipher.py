"""The laboratory's cipher: a stand-in for what an encryption machine (加密机) and an ESAM do with their secrets.

**This is no ESAM and guards nothing.** In the field the keys live in hardware, the algorithm is that of the
grid's chips, and a head-end sees opaque bytes only. Here SM4 (GB/T 32907-2016) with a root key that everybody
can read takes that place, so that laboratories and simulated meters go through the same exchanges, lengths
and refusals. A meter of a customer understands none of it, and a head-end takes it in a laboratory only.

Lengths are those of the interface of real machines: 8 bytes of plaintext become a block of 16 and a MAC of 4.
All parts are in display order, most significant byte first.
"""

from enum import StrEnum
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["ROOT_KEY", "Use", "challenge", "decrypt", "encrypt", "mac", "meter_key", "seal", "session_key", "unseal"]

BLOCK: Final = 16
MAC_SIZE: Final = 4
FACTOR_SIZE: Final = 8
PAD: Final = b"\x80"

ROOT_KEY: Final = b"laboratory only!"
"""The root key of every laboratory that names no other: it is printed here, so it protects nothing."""


class Use(StrEnum):
    """What a key of a meter is for; keys of different uses have nothing in common."""

    IDENTITY = "identity"
    """Identity authentication (身份认证), 03H."""
    CONTROL = "control"
    """Relay control and clearing (远程控制), 1CH, 1AH, 1BH at level 98H."""
    SETTING = "setting"
    """Parameters (参数更新), 14H at levels 98H and 99H."""
    PURSE = "purse"
    """Opening, recharge and initialisation of the purse (钱包), 03H."""
    ASSOCIATION = "association"
    """Application association of DL/T 698.45 (建立应用连接), and what its keys follow from."""
    ORIGIN = "origin"
    """Proof of origin of an answer to a request with RN, DL/T 698.45."""
    REPORT = "report"
    """Reports of a server (主动上报) and their answers, DL/T 698.45."""


def meter_key(root: bytes, factor: bytes, use: Use) -> bytes:
    """Derive the key of one meter for one use (密钥分散).

    Args:
        root: 16 bytes.
        factor: dispersion factor (分散因子) of the meter, 8 bytes.
        use: what the key is for.

    Returns:
        16 bytes.

    Raises:
        LocalProtocolError: a length is not as stated.

    """
    if len(factor) != FACTOR_SIZE:
        raise LocalProtocolError(f"a dispersion factor has {FACTOR_SIZE} bytes, this one {len(factor)}")
    of_use = _chain(root, bytes(BLOCK), use.encode().ljust(BLOCK, b"\0"))
    return _chain(of_use, bytes(BLOCK), factor + bytes(octet ^ 0xFF for octet in factor))


def session_key(key: bytes, random1: bytes, random2: bytes) -> bytes:
    """Derive the key of one association from what both sides drew for it, 16 bytes each."""
    return _chain(key, bytes(BLOCK), random1 + random2)[-BLOCK:]


def encrypt(key: bytes, plain: bytes, vector: bytes = b"", *, counted_by: int = 1) -> bytes:
    """Encrypt bytes: their number in front in ``counted_by`` bytes, 80 00… behind where a block of 16 is not full.

    ``vector`` (up to 16 bytes) makes the same plaintext look otherwise each time. Raises LocalProtocolError where the
    plaintext has more bytes than can be counted, the vector is longer or the key has not 16 bytes.
    """
    if len(plain) >= 1 << 8 * counted_by:
        raise LocalProtocolError(f"{len(plain)} bytes of plaintext are more than {counted_by} bytes can count")
    counted = len(plain).to_bytes(counted_by, "big") + plain
    return _chain(key, _vector(vector), counted + _fill(counted) if len(counted) % BLOCK else counted)


def decrypt(key: bytes, cipher: bytes, vector: bytes = b"", *, counted_by: int = 1) -> bytes:
    """Undo `encrypt`.

    Raises RemoteProtocolError ``ciphertext`` for bytes that `encrypt` makes from no plaintext under this key and
    vector, LocalProtocolError for a key that has not 16 bytes.
    """
    if not cipher or len(cipher) % BLOCK:
        raise RemoteProtocolError("ciphertext", f"{len(cipher)} bytes are no whole blocks of {BLOCK}")
    decryptor = _cipher(key, _vector(vector)).decryptor()
    counted = decryptor.update(cipher) + decryptor.finalize()
    end = counted_by + int.from_bytes(counted[:counted_by], "big")
    whole = counted[:end]
    if len(whole) != end or counted[end:] != (_fill(whole) if end % BLOCK else b""):
        raise RemoteProtocolError("ciphertext", "it was not made with this key, or was changed on the way")
    return whole[counted_by:]


def mac(key: bytes, vector: bytes, data: bytes) -> bytes:
    """Give the 4-byte MAC of ``data``: the head of the last block of a CBC chain.

    ``vector`` is what makes it good once only, up to 16 bytes: random2 of the meter's authentication. Raises
    LocalProtocolError for a longer one, or a key that has not 16 bytes.
    """
    return _chain(key, _vector(vector), data + _fill(data))[-BLOCK:][:MAC_SIZE]


def challenge(key: bytes, random1: bytes) -> bytes:
    """Give the 8-byte ciphertext that proves to a meter who sent ``random1`` (密文1)."""
    return encrypt(key, random1)[:FACTOR_SIZE]


def seal(key: bytes, vector: bytes, header: bytes, plain: bytes) -> tuple[bytes, bytes]:
    """Encrypt ``plain`` and give the ciphertext with the MAC over ``header`` and ciphertext."""
    ciphertext = encrypt(key, plain)
    return ciphertext, mac(key, vector, header + ciphertext)


def unseal(key: bytes, vector: bytes, header: bytes, ciphertext: bytes, code: bytes) -> bytes:
    """Undo `seal`; raises RemoteProtocolError ``mac`` or ``ciphertext`` where anything differs."""
    if not compare_digest(mac(key, vector, header + ciphertext), code):
        raise RemoteProtocolError("mac", "it belongs to other bytes, another key or another authentication")
    return decrypt(key, ciphertext)


def _fill(data: bytes) -> bytes:
    """Give what `data` lacks to whole blocks: 80 and as many 00 as needed, a whole block if it lacks nothing."""
    return PAD.ljust(BLOCK - len(data) % BLOCK, b"\0")


def _vector(vector: bytes) -> bytes:
    if len(vector) > BLOCK:
        raise LocalProtocolError(f"{len(vector)} bytes of vector are more than {BLOCK}")
    return vector.ljust(BLOCK, b"\0")


def _chain(key: bytes, vector: bytes, whole: bytes) -> bytes:
    encryptor = _cipher(key, vector).encryptor()
    return encryptor.update(whole) + encryptor.finalize()


def _cipher(key: bytes, vector: bytes) -> Cipher[CBC]:
    if len(key) != BLOCK:
        raise LocalProtocolError(f"a key of SM4 has {BLOCK} bytes, this one {len(key)}")
    return Cipher(SM4(key), CBC(vector))
