"""The laboratory's cipher: the published vector of SM4, and what the exchanges rely on."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import assume, given
from hypothesis import strategies as st

from protocols import labcipher
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.labcipher import Use

KEYS = st.binary(min_size=16, max_size=16)
FACTORS = st.binary(min_size=8, max_size=8)
VECTORS = st.binary(min_size=4, max_size=4)
PLAINTEXTS = st.binary(max_size=255)


def test_the_block_cipher_gives_the_example_of_gb_t_32907() -> None:
    """The first example of annex A of GB/T 32907-2016 comes out of the cipher beneath."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    encryptor = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305  the example is of one bare block
    assert encryptor.update(key).hex().upper() == "681EDF34D206965E86B3E94F536E4246"
    assert labcipher._chain(key, bytes(16), key).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


@given(KEYS, PLAINTEXTS)
def test_decryption_undoes_encryption(key: bytes, plain: bytes) -> None:
    """What was encrypted comes back, and takes the length that the interface of real machines states."""
    cipher = labcipher.encrypt(key, plain)
    assert labcipher.decrypt(key, cipher) == plain
    assert len(cipher) == 16 * (len(plain) // 16 + 1)


@given(KEYS, VECTORS, st.binary(max_size=5), PLAINTEXTS)
def test_what_was_sealed_opens(key: bytes, vector: bytes, header: bytes, plain: bytes) -> None:
    """A sealed plaintext opens under the same key, vector and header; the MAC has four bytes."""
    ciphertext, code = labcipher.seal(key, vector, header, plain)
    assert len(code) == 4
    assert labcipher.unseal(key, vector, header, ciphertext, code) == plain


@given(KEYS, VECTORS, st.binary(min_size=1, max_size=60), st.data())
def test_a_changed_byte_is_noticed(key: bytes, vector: bytes, plain: bytes, data: st.DataObject) -> None:
    """One byte changed in ciphertext or MAC, and nothing opens."""
    ciphertext, code = labcipher.seal(key, vector, b"", plain)
    block = bytearray(ciphertext + code)
    place = data.draw(st.integers(0, len(block) - 1))
    block[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError, match="mac"):
        labcipher.unseal(key, vector, b"", bytes(block[:-4]), bytes(block[-4:]))


@given(KEYS, VECTORS, VECTORS, st.binary(max_size=40))
def test_a_mac_is_of_its_key_and_its_vector(key: bytes, vector: bytes, other: bytes, data: bytes) -> None:
    """Another vector or another key gives another MAC, so a recorded command is worth nothing later."""
    assume(vector != other)
    assert labcipher.mac(key, vector, data) != labcipher.mac(key, other, data)
    changed = bytes([key[0] ^ 1]) + key[1:]
    assert labcipher.mac(key, vector, data) != labcipher.mac(changed, vector, data)


@given(KEYS, FACTORS, FACTORS)
def test_each_meter_and_each_use_has_its_own_key(root: bytes, factor: bytes, other: bytes) -> None:
    """Keys of two meters, or of two uses, never agree."""
    assume(factor != other)
    keys = {labcipher.meter_key(root, given_factor, use) for given_factor in (factor, other) for use in Use}
    assert len(keys) == 2 * len(Use)
    assert {len(key) for key in keys} == {16}


@given(KEYS, st.binary(max_size=64))
def test_any_bytes_decrypt_or_are_refused(key: bytes, cipher: bytes) -> None:
    """Bytes that nobody encrypted raise a RemoteProtocolError, or are whole again when encrypted."""
    try:
        plain = labcipher.decrypt(key, cipher)
    except RemoteProtocolError:
        return
    assert labcipher.encrypt(key, plain) == cipher


@given(FACTORS)
def test_a_challenge_has_eight_bytes_and_is_of_its_random(random1: bytes) -> None:
    """The ciphertext of an identity authentication has eight bytes and follows from the random number."""
    key = labcipher.meter_key(labcipher.ROOT_KEY, bytes(8), Use.IDENTITY)
    other = bytes([random1[0] ^ 1]) + random1[1:]
    assert len(labcipher.challenge(key, random1)) == 8
    assert labcipher.challenge(key, random1) != labcipher.challenge(key, other)


def test_wrong_sizes_are_the_callers_fault() -> None:
    """Keys, factors, vectors and plaintexts of a wrong size are refused with a LocalProtocolError."""
    with pytest.raises(LocalProtocolError, match="key"):
        labcipher.encrypt(b"short", b"")
    with pytest.raises(LocalProtocolError, match="factor"):
        labcipher.meter_key(labcipher.ROOT_KEY, b"short", Use.CONTROL)
    with pytest.raises(LocalProtocolError, match="vector"):
        labcipher.mac(labcipher.ROOT_KEY, bytes(17), b"")
    with pytest.raises(LocalProtocolError, match="plaintext"):
        labcipher.encrypt(labcipher.ROOT_KEY, bytes(256))
