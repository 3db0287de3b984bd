"""A security module in software, for laboratories and simulated meters.

**It is no ESAM and guards nothing.** It does with `protocols.labcipher` what an encryption machine (加密机) does with
hardware, and its root key is printed there. No meter of a customer understands it. `laboratory` says so to whoever
starts a head-end, so that it is never taken for the real one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from drivers.meter.security import Authenticated, Challenge, Fault, PurseOrder, Sealed, SecurityModuleError
from protocols import labcipher
from protocols.errors import LocalProtocolError
from protocols.labcipher import Use

RANDOM_SIZE = 8
BLOCK_SIZE = 20
COUNT_SIZE = 4


class SoftwareModule:
    """The port `SecurityModule` on the laboratory's cipher.

    Args:
        root_key: 16 bytes, `labcipher.ROOT_KEY` unless the laboratory's meters know another.
        rng: where random numbers come from; one with a seed makes a run repeatable.

    """

    laboratory = True

    def __init__(self, root_key: bytes, rng: Random) -> None:
        self._root_key = root_key
        self._rng = rng

    async def challenge(self, factor: bytes) -> Challenge:
        """See `SecurityModule.challenge`."""
        random1 = self._rng.randbytes(RANDOM_SIZE)
        with _refusing():
            return Challenge(random1, labcipher.challenge(self._key(factor, Use.IDENTITY), random1))

    async def control(self, session: Authenticated, plaintext: bytes) -> bytes:
        """See `SecurityModule.control`."""
        with _refusing():
            key = self._key(session.factor, Use.CONTROL)
            block = b"".join(labcipher.seal(key, session.random2, b"", plaintext))
        if len(block) != BLOCK_SIZE:
            raise SecurityModuleError(Fault.REFUSED, f"{len(plaintext)} bytes of plaintext do not fit one block")
        return block

    async def setting_mac(self, session: Authenticated, header: bytes, data: bytes) -> bytes:
        """See `SecurityModule.setting_mac`."""
        with _refusing():
            return labcipher.mac(self._key(session.factor, Use.SETTING), session.random2, header + data)

    async def setting_cipher(self, session: Authenticated, header: bytes, data: bytes) -> Sealed:
        """See `SecurityModule.setting_cipher`."""
        with _refusing():
            key = self._key(session.factor, Use.SETTING)
            return Sealed(*labcipher.seal(key, session.random2, header, data))

    async def purse(self, session: Authenticated, amount_fen: int, count: int, customer: str) -> PurseOrder:
        """See `SecurityModule.purse`; amount and count go into the first MAC, the customer into the second."""
        try:
            numbers = amount_fen.to_bytes(COUNT_SIZE, "big") + count.to_bytes(COUNT_SIZE, "big")
            owner = bytes.fromhex(customer)
        except (OverflowError, ValueError) as error:
            raise SecurityModuleError(Fault.REFUSED, str(error)) from None
        with _refusing():
            key = self._key(session.factor, Use.PURSE)
            return PurseOrder(
                amount_fen,
                count,
                customer,
                mac_amount=labcipher.mac(key, session.random2, numbers),
                mac_customer=labcipher.mac(key, session.random2, owner),
            )

    def _key(self, factor: bytes, use: Use) -> bytes:
        return labcipher.meter_key(self._root_key, factor, use)


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse what the cipher cannot take."""
    try:
        yield
    except LocalProtocolError as error:
        raise SecurityModuleError(Fault.REFUSED, str(error)) from None
