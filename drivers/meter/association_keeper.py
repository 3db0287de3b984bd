"""The association (应用连接) of a DL/T 698.45 device's ESAM with us, under which it takes secured orders.

CONNECT with mechanism 2 (对称加密), and object F100, which tells of the ESAM in plaintext.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from drivers.meter.apdus import answer_to
from drivers.meter.asking import Inquiry, Question
from drivers.meter.associations import Association, Chip, Opening
from drivers.meter.keeper import MARGIN, Keeper
from drivers.meter.meter import Bench
from drivers.meter.model import Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.security import SecurityModule
from drivers.meter.serving import told
from protocols.dlt698 import (
    ClientApdu,
    ConnectResponse,
    ConnectResult,
    Dar,
    GetListResponse,
    Piid,
    ServerApdu,
    SymmetricSecurity,
    Value,
    recipes,
)

T = TypeVar("T")

COUNTERS = 3
"""Counters of F100 attribute 7: of associations, of reports, of broadcasts."""
ABOUT_THE_CHIP = (recipes.ESAM_SERIAL, recipes.ESAM_VERSION, recipes.ESAM_KEY_VERSION, recipes.ESAM_COUNTERS)


class Line698(Protocol):
    """What carries an APDU to one device, and its answer back."""

    def piid(self) -> Piid:
        """Give the service number for a new request."""

    def carry(self, request: ClientApdu, read: Callable[[bytes], Reply[T]]) -> Question[T]:
        """Make the question whose answer is an APDU of that device."""


class AssociationKeeper(Keeper[Chip, Association]):
    """Keeps the association of one device, which is known by its ESAM."""

    what = "association"

    def __init__(self, address: str, line: Line698, bench: Bench, module: SecurityModule, life: timedelta) -> None:
        super().__init__(address, bench.clock, bench.memory.associations)
        self._line = line
        self._module = module
        self._life = life

    def next_number(self) -> int:
        """Give the number of the next request under an association."""
        return self._held.next_number(self._address)

    @property
    def knows_chip(self) -> bool:
        """Whether the device's ESAM is remembered."""
        return self._held.key(self._address) is not None

    async def chip(self, inquiry: Inquiry) -> Reply[Chip]:
        """Give the device's ESAM, by what is remembered or else by what it tells now."""
        held = self._held.key(self._address)
        if held is not None:
            return Got(held)
        learnt = await self._learn(inquiry.beforehand())
        if isinstance(learnt, Got):
            self._held.note_key(self._address, learnt.value)
        return learnt

    def forget_chip(self, chip: Chip) -> None:
        """Forget an ESAM that the device no longer has."""
        self._held.drop_key(self._address, chip)

    async def _learn(self, inquiry: Inquiry) -> Reply[Chip]:
        return await inquiry.read(self._about_the_chip)

    def _about_the_chip(self) -> Question[Chip]:
        request = recipes.get(self._line.piid(), ABOUT_THE_CHIP)
        return self._line.carry(request, lambda octets: _chip(answer_to(request, octets)))

    async def _prove(self, inquiry: Inquiry, key: Chip) -> Reply[Association]:
        """Open an association; each try is a new one, as an ESAM that has heard an opening takes it no second time."""
        return await inquiry.insist(lambda: self._open(inquiry, key))

    async def _open(self, inquiry: Inquiry, key: Chip) -> Reply[Association]:
        opening = await told(self._clock, self._module.offer(key))
        if not isinstance(opening, Got):
            return opening
        reply = await inquiry.read(lambda: self._connect(opening.value), tries=1)
        if not isinstance(reply, Got):
            return reply
        response = reply.value
        if response.security is None:
            return Missing(Silence.SECURITY, "the association came without a proof of the meter")
        proof = response.security
        keys = await told(self._clock, self._module.accept(key, opening.value, proof.rn, proof.signature))
        if not isinstance(keys, Got):
            return keys
        chip = Chip(key.serial, key.version, key.key_version, opening.value.counter)
        self._held.note_key(self._address, chip)
        life = min(self._life, timedelta(seconds=response.timeout))
        return Got(Association(chip, keys.value, inquiry.at + life - MARGIN))

    def _connect(self, opening: Opening) -> Question[ConnectResponse]:
        mechanism = SymmetricSecurity(opening.ciphertext, opening.signature)
        request = recipes.connect(self._line.piid(), mechanism, self._life // timedelta(seconds=1))
        return self._line.carry(request, lambda octets: _connected(answer_to(request, octets)))


def _chip(answer: Reply[ServerApdu]) -> Reply[Chip]:
    """Read what a device tells of its ESAM; one that tells of none takes no association."""
    if not isinstance(answer, Got):
        return answer
    told_of = answer.value.results if isinstance(answer.value, GetListResponse) else ()
    results = {item.oad: item.result for item in told_of}
    if refused := [result for result in results.values() if isinstance(result, Dar)]:
        return of_dar(refused[0])
    serial, version, key_version, counters = (results.get(oad) for oad in ABOUT_THE_CHIP)
    numbers = counters.elements if isinstance(counters, Value) else ()
    counter = numbers[0].value if len(numbers) == COUNTERS else None
    match serial, version, key_version, counter:
        case Value(value=bytes() as one), Value(value=bytes() as two), Value(value=bytes() as three), int() as last:
            return Got(Chip(one, two, three, last))
        case _:
            return Missing(Silence.GARBLED)


def _connected(answer: Reply[ServerApdu]) -> Reply[ConnectResponse]:
    if not isinstance(answer, Got):
        return answer
    response = answer.value
    if not isinstance(response, ConnectResponse):
        return Missing(Silence.GARBLED)
    if response.result != ConnectResult.ALLOWED:
        return Denied(Reason.AUTHENTICATION, f"CONNECT {int(response.result)}")
    return Got(response)
