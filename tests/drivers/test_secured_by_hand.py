"""Secured meters played by hand around a real chip: no number, odd answers, refusals one after the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from clock import Clock
from drivers.meter import (
    Accepted,
    Answer,
    Dialect,
    Field,
    Meter,
    MeterSettings,
    Place,
    Reason,
    Refused,
    Road,
    Silence,
    Silent,
    Told,
)
from drivers.meter.software_security import SoftwareModule
from protocols import dlt645
from protocols.dlt645 import DI, Function
from protocols.dlt645.functions.authentication import Authenticate, AuthenticateAnswer
from protocols.dlt645.functions.security import read_security, write_security
from protocols.dlt645.secured import read_relay_plaintext
from protocols.labcipher import ROOT_KEY
from simulators.meter.esam import Esam
from simulators.meter.refusing import RefusedError
from tests.drivers.peers import A_DTU, Office, in_office
from tests.drivers.test_by_hand import SHOP, play

NUMBER = DI.parse("04000402")
UNAUTHENTICATED = b"\x08\x00"


@dataclass
class Meter98:
    """A meter around a chip; by turns it can refuse what it should take."""

    clock: Clock
    esam: Esam = field(default_factory=lambda: Esam(SHOP, 7))
    number: bytes | None = None
    spoil: bytes | None = None  # in place of the answer to an authentication
    refuses: list[int] = field(default_factory=list)  # functions, each entry once
    asked: list[int] = field(default_factory=list)
    obeyed: list[int] = field(default_factory=list)

    def answer(self, request: dlt645.Message) -> dlt645.Message:
        """Answer a request."""
        now = self.clock.now()
        match request:
            case dlt645.ReadRequest(di=di):
                self.asked.append(Function.READ)
                assert di == NUMBER
                no_data = dlt645.Refusal(Function.READ, b"\x02")
                return no_data if self.number is None else dlt645.ReadAnswer(di, self.number)
            case dlt645.SecurityRequest(di=di, payload=payload):
                proof = read_security(di, payload, from_slave=False)
                assert isinstance(proof, Authenticate)
                return self._secured(Function.SECURITY, lambda: self._authenticate(di, proof, now))
            case dlt645.RelaySecuredRequest(block=block):
                return self._secured(Function.RELAY, lambda: self._obey(block, now))
            case _:
                raise AssertionError(request)

    def _secured(self, function: Function, act: Callable[[], dlt645.Message]) -> dlt645.Message:
        self.asked.append(function)
        if function in self.refuses:
            self.refuses.remove(function)
            return dlt645.Refusal(function, UNAUTHENTICATED)
        try:
            return act()
        except RefusedError as error:
            return dlt645.Refusal(function, error.word)

    def _authenticate(self, di: DI, proof: Authenticate, now: datetime) -> dlt645.Message:
        random2 = self.esam.authenticate(proof.random1, proof.ciphertext, proof.factor, now)
        told = write_security(AuthenticateAnswer(random2, self.esam.number))
        return dlt645.SecurityAnswer(di, told if self.spoil is None else self.spoil)

    def _obey(self, block: bytes, now: datetime) -> dlt645.Message:
        self.obeyed.append(read_relay_plaintext(self.esam.open_order(block, now)).command)
        return dlt645.RelayAnswer()


def with_chip(prepare: Callable[[Meter98], None], story: Callable[[Meter, Meter98], Awaitable[None]]) -> None:
    """Run a story with such a meter on a raw line."""

    async def main(office: Office) -> None:
        peer = await office.dtu()
        physical = Meter98(office.clock)
        prepare(physical)
        office.clock.spawn(play(peer, physical.answer), name="meter")
        module = SoftwareModule(ROOT_KEY, Random(1))
        fields = Field(office.clock, office.links, MeterSettings(), module)
        await story(fields.meter(Place(SHOP, Dialect.DLT645, Road.DTU, A_DTU, "state-grid-2013")), physical)

    in_office(main)


def closed(prepare: Callable[[Meter98], None]) -> tuple[Answer[Accepted], Meter98]:
    """Close the relay of such a meter."""
    told: list[tuple[Answer[Accepted], Meter98]] = []

    async def story(meter: Meter, physical: Meter98) -> None:
        told.append((await meter.close(), physical))

    with_chip(prepare, story)
    return told[0]


def test_meter_that_tells_no_number_has_that_of_its_address() -> None:
    """Without a meter number the dispersion factor is of the address, and the order is obeyed."""
    answer, physical = closed(lambda _: None)
    assert isinstance(answer, Told), answer
    assert physical.obeyed == [dlt645.RelayCommand.DIRECT_CLOSE]
    assert physical.asked == [Function.READ, Function.SECURITY, Function.RELAY]


def test_number_that_is_none_is_none() -> None:
    """A number of FF is no number, and of other digits is none either."""
    for number in (b"\xff" * 6, b"\xab" * 6):

        def tell(physical: Meter98, told: bytes = number) -> None:
            physical.number = told

        answer, _ = closed(tell)
        assert isinstance(answer, Told), answer


def test_authentication_without_its_parts_is_garbled() -> None:
    """An answer that brings no random number opens nothing: the order does not leave."""

    def spoil(physical: Meter98) -> None:
        physical.spoil = b"\x01"

    answer, physical = closed(spoil)
    assert isinstance(answer, Silent), answer
    assert (answer.reason, answer.sent) == (Silence.GARBLED, False)
    assert Function.RELAY not in physical.asked


def test_second_authentication_that_is_refused_leaves_the_first_refusal() -> None:
    """The order was sent and refused; that nobody could try it again under a new authentication does not hide that."""

    async def story(meter: Meter, physical: Meter98) -> None:
        assert isinstance(await meter.permit(), Told)
        physical.refuses = [Function.RELAY, Function.SECURITY]
        answer = await meter.close()
        assert isinstance(answer, Refused), answer
        assert (answer.reason, answer.code) == (Reason.AUTHENTICATION, "SERR 0008")
        assert physical.obeyed == [dlt645.RelayCommand.PERMIT_CLOSE]

    with_chip(lambda _: None, story)


def test_order_that_is_always_refused_goes_out_twice() -> None:
    """A meter that refuses under each authentication ends the order after the second try."""

    def refuse(physical: Meter98) -> None:
        physical.refuses = [Function.RELAY] * 5

    answer, physical = closed(refuse)
    assert isinstance(answer, Refused), answer
    assert physical.asked.count(Function.RELAY) == 2
