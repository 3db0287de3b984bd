"""A security module in software, for laboratories and simulated meters.

**It is no ESAM and guards nothing.** It does with `protocols.labcipher` and `protocols.labchip` what an encryption
machine (加密机) does with hardware, and its root key is printed there. No meter of a customer understands it.
`laboratory` says so to whoever starts a head-end, so that it is never taken for the real one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from drivers.meter.associations import Association, Chip, Level, Opening, Protected, Report, SecuredAnswer
from drivers.meter.challenges import Authenticated, Challenge, PurseOrder, Sealed
from drivers.meter.security import Fault, SecurityModuleError
from protocols import labchip, labcipher
from protocols.errors import LocalProtocolError, RemoteProtocolError
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

    async def offer(self, chip: Chip) -> Opening:
        """See `SecurityModule.offer`."""
        random1, counter = self._rng.randbytes(labchip.RANDOM_SIZE), chip.counter + 1
        with _refusing():
            ciphertext, signature = labchip.offer(self._key(chip.serial, Use.ASSOCIATION), random1, counter)
        return Opening(counter, ciphertext, signature, random1)

    async def accept(self, chip: Chip, opening: Opening, rn: bytes, signature: bytes) -> bytes:
        """See `SecurityModule.accept`; the keys are known by themselves, as there is no hardware to leave them in."""
        with _refusing():
            key = self._key(chip.serial, Use.ASSOCIATION)
            random2 = labchip.accepted(key, opening.secret, rn, signature)
            return labcipher.session_key(key, opening.secret, random2)

    async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
        """See `SecurityModule.protect`."""
        if level is Level.ORIGIN:
            raise SecurityModuleError(Fault.REFUSED, "a proof of origin is asked for without an association")
        with _refusing():
            made = labchip.seal_request(association.keys, number, apdu, hidden=level.is_hidden, maced=level.has_mac)
        return Protected(
            level,
            made.data,
            identifier=labchip.IDENTIFIER,
            attached=made.attached,
            mac=made.mac or b"",
            secret=association.keys,
        )

    async def ask(self, chip: Chip, apdu: bytes) -> Protected:
        """See `SecurityModule.ask`."""
        with _refusing():
            key = self._key(chip.serial, Use.ORIGIN)
        return Protected(Level.ORIGIN, apdu, rn=self._rng.randbytes(labchip.RN_SIZE), secret=key)

    async def open(self, protected: Protected, answer: SecuredAnswer) -> bytes:
        """See `SecurityModule.open`."""
        level = protected.level
        if (answer.is_hidden, answer.mac is not None) != (level.is_hidden, level.has_mac):
            raise SecurityModuleError(Fault.UNPROVEN, f"this is no answer to {level.value}")
        with _refusing():
            if level is Level.ORIGIN:
                labchip.same(labchip.origin(protected.secret, protected.rn, answer.data), answer.mac)
                return answer.data
            number = labchip.number_of(protected.attached)
            return labchip.open_answer(protected.secret, number, answer.data, answer.mac, hidden=level.is_hidden)

    async def report(self, chip: Chip, report: Report) -> int:
        """See `SecurityModule.report`."""
        with _refusing():
            labchip.same(labchip.reported(self._key(chip.serial, Use.REPORT), report.rn, report.apdu), report.mac)
            return labchip.report_counter(report.rn)

    async def receipt(self, chip: Chip, report: Report, apdu: bytes) -> bytes:
        """See `SecurityModule.receipt`."""
        with _refusing():
            return labchip.taken(self._key(chip.serial, Use.REPORT), report.rn, apdu)

    def _key(self, factor: bytes, use: Use) -> bytes:
        return labcipher.meter_key(self._root_key, factor, use)


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse what the cipher cannot take, and what does not verify."""
    try:
        yield
    except LocalProtocolError as error:
        raise SecurityModuleError(Fault.REFUSED, str(error)) from None
    except RemoteProtocolError as error:
        raise SecurityModuleError(Fault.UNPROVEN, str(error)) from None
