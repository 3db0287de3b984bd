"""What a DL/T 698.45 meter with an ESAM is asked and answers: protected there, checked here before anybody reads it.

SECURITY-Request and -Response (安全传输), DL/T 698.45-2017.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from clock import Clock
from drivers.meter.apdus import answer_to, read_apdu
from drivers.meter.asking import Inquiry
from drivers.meter.association_keeper import AssociationKeeper
from drivers.meter.associations import Association, Chip, Level, Protected, SecuredAnswer
from drivers.meter.carriers698 import Carrier698
from drivers.meter.meter import Bench
from drivers.meter.model import Place, Silence
from drivers.meter.order import Order
from drivers.meter.replies import Got, Missing, Reply, of_dar, of_error
from drivers.meter.security import Fault, SecurityModule, SecurityModuleError
from drivers.meter.serving import served, told, unsecured
from protocols.dlt698 import (
    SID,
    Ciphertext,
    ClientApdu,
    Dar,
    Mac,
    Piid,
    Plaintext,
    RandomNumber,
    SecurityRequest,
    SecurityResponse,
    ServerApdu,
    ServerErrorResponse,
    SidMac,
    build_apdu,
)
from protocols.dlt698.models import Model
from protocols.errors import LocalProtocolError

T = TypeVar("T")

ORDERS = Level.SEALED
"""What meters ask for of SET and ACTION where F101 (安全模式参数) does not say otherwise."""


class Secured698:
    """Orders and proven readings of one meter by way of the security module."""

    def __init__(self, place: Place, model: Model, bench: Bench, module: SecurityModule, line: Carrier698) -> None:
        self._address = place.address
        self._clock: Clock = bench.clock
        self._bench = bench
        self._module = module
        self._line = line
        self._life = timedelta(minutes=model.association_minutes)

    async def order(self, inquiry: Inquiry, request: ClientApdu, order: Order) -> Reply[ServerApdu]:
        """Send an order under an association, and give the meter's answer once it is proven.

        A DAR in place of an answer, for which there is no proof, is a refusal. Anything else that does not prove
        itself is `Silence.SECURITY`: whether the meter has obeyed, a read-back tells.
        """
        keeper = self._keeper()

        async def attempt(association: Association, asked: Inquiry, once: Order) -> Reply[ServerApdu]:
            number = keeper.next_number()
            job = self._module.protect(association, number, ORDERS, build_apdu(request))
            made = await told(self._clock, _fitting(job, ORDERS, request))
            if not isinstance(made, Got):
                return made
            protected, framed = made.value
            reply = await asked.command(self._line.carry(framed, _answered), once.until, once.go)
            if not isinstance(reply, Got):
                return reply
            opened = await told(self._clock, self._module.open(protected, reply.value))
            return answer_to(request, opened.value) if isinstance(opened, Got) else opened

        return await keeper.send(inquiry, attempt, order)

    async def read(self, inquiry: Inquiry, make: Callable[[Piid], ClientApdu]) -> Reply[ServerApdu]:
        """Read in plaintext with a proof of origin (RN), which another meter in its place could not give.

        Each try has a random number of its own, so that a late answer to one passes for none of the others.
        """

        async def once() -> Reply[ServerApdu]:
            keeper = self._keeper()
            was_known = keeper.knows_chip
            try:
                return await self._proven(inquiry, keeper, make)
            except SecurityModuleError as error:
                if not (was_known and error.fault is Fault.UNPROVEN):
                    return unsecured(error)
            try:  # another ESAM may be there by now
                return await self._proven(inquiry, keeper, make)
            except SecurityModuleError as error:
                return unsecured(error)

        return await inquiry.insist(once)

    async def _proven(
        self, inquiry: Inquiry, keeper: AssociationKeeper, make: Callable[[Piid], ClientApdu]
    ) -> Reply[ServerApdu]:
        chip = await keeper.chip(inquiry)
        if not isinstance(chip, Got):
            return chip
        request = make(self._line.piid())
        job = self._module.ask(chip.value, build_apdu(request))
        protected, framed = await served(self._clock, _fitting(job, Level.ORIGIN, request))
        reply = await inquiry.read(lambda: self._line.carry(framed, _answered), tries=1)
        if not isinstance(reply, Got):
            return reply
        return answer_to(request, await self._opened(keeper, chip.value, protected, reply.value))

    async def _opened(
        self, keeper: AssociationKeeper, chip: Chip, protected: Protected, answer: SecuredAnswer
    ) -> bytes:
        try:
            return await served(self._clock, self._module.open(protected, answer))
        except SecurityModuleError as error:
            if error.fault is Fault.UNPROVEN:
                keeper.forget_chip(chip)
            raise

    def _keeper(self) -> AssociationKeeper:
        return AssociationKeeper(self._address, self._line, self._bench, self._module, self._life)


async def _fitting(
    job: Coroutine[Any, Any, Protected], level: Level, request: ClientApdu
) -> tuple[Protected, SecurityRequest]:
    """Put what a module makes into its form; raises SecurityModuleError where it is not what it was asked for.

    Nothing leaves that is not hidden where it should be, whatever a module takes for protection.
    """
    made = await job
    framed = _framed(made)
    try:
        build_apdu(framed)
    except LocalProtocolError:
        raise SecurityModuleError(Fault.UNFIT, "what it made does not fit its form") from None
    if made.level is not level or (made.data == build_apdu(request)) is level.is_hidden:
        raise SecurityModuleError(Fault.UNFIT, f"what it made is not {level.value}")
    return made, framed


def _framed(protected: Protected) -> SecurityRequest:
    """Put what a module made into the form of its level."""
    data = Ciphertext(protected.data) if protected.level.is_hidden else Plaintext(protected.data)
    sid = SID(protected.identifier, protected.attached)
    match protected.level:
        case Level.ORIGIN:
            return SecurityRequest(data, RandomNumber(protected.rn))
        case Level.HIDDEN:
            return SecurityRequest(data, sid)
        case Level.MACED | Level.SEALED:
            return SecurityRequest(data, SidMac(sid, protected.mac))


def _answered(answer: bytes) -> Reply[SecuredAnswer]:
    """Take a SECURITY-Response apart, but not what is in it; nothing that came without protection is an answer."""
    apdu = read_apdu(answer)
    match apdu:
        case None:
            return Missing(Silence.GARBLED)
        case SecurityResponse(data=Dar() as dar) if dar is not Dar.SUCCESS:
            return of_dar(dar)
        case SecurityResponse(data=Plaintext(apdu=inner), verification=proof):
            return Got(SecuredAnswer(is_hidden=False, data=inner, mac=_mac(proof)))
        case SecurityResponse(data=Ciphertext(octets=hidden), verification=proof):
            return Got(SecuredAnswer(is_hidden=True, data=hidden, mac=_mac(proof)))
        case ServerErrorResponse():
            return of_error(apdu)
        case _:
            return Missing(Silence.SECURITY, "the meter answered without protection")


def _mac(proof: Mac | SidMac | None) -> bytes | None:
    return None if proof is None else proof.mac
