"""The other end of a simulated DL/T 645 meter: asks through bytes, and orders with the laboratory's module."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from drivers.meter import Authenticated
from drivers.meter.software_security import SoftwareModule
from protocols import dlt645
from protocols.dlt645 import DI, Address, Operator, Password, ReadAnswer, Refusal, RelayCommand, Stamp, secured
from protocols.dlt645.functions.authentication import AUTHENTICATE, Authenticate, AuthenticateAnswer
from protocols.dlt645.functions.security import read_security, write_security
from protocols.dlt645.items.profile import profile
from protocols.labcipher import ROOT_KEY
from simulators.localtime import local
from simulators.meter import Meter, Server645
from tests.simulators.conftest import NOON

PASSWORD = Password(2, "123456")
OPERATOR = Operator("00000007")
LATER = NOON + timedelta(days=3, hours=5)
SEALED = Password(0x98)
MACED = Password(0x99)

T = TypeVar("T")


def made(job: Coroutine[Any, Any, T]) -> T:
    """Let the module make something; it waits for nobody."""
    return asyncio.run(job)


def until(minutes: int = 5, now: datetime = LATER) -> Stamp:
    """Give a time up to which an order holds."""
    return Stamp.of("YYMMDDhhmmss", local(now) + timedelta(minutes=minutes))


@dataclass
class Master:
    """Asks one meter; ``number`` is what it takes for its meter number."""

    meter: Meter
    number: str = ""
    root: bytes = ROOT_KEY
    session: Authenticated | None = None
    module: SoftwareModule = field(init=False)

    def __post_init__(self) -> None:
        self.module = SoftwareModule(self.root, Random(1))
        self.number = self.number or self.meter.plate.asset
        self.profile = profile(self.meter.plate.profile)

    def ask(self, message: dlt645.Message, now: datetime = LATER, to: str | None = None) -> dlt645.Message | None:
        """Send a message as bytes and read the answer from bytes."""
        sent = dlt645.build_frame(dlt645.build_message(Address(to or self.meter.address), message))
        answer = Server645(self.meter, PASSWORD).answer(dlt645.parse_frame(sent), now)
        if answer is None:
            return None
        assert answer.address == Address(self.meter.address)
        return dlt645.parse_message(dlt645.parse_frame(dlt645.build_frame(answer)), self.profile.edition)

    def refusal(self, message: dlt645.Message, now: datetime = LATER) -> set[str]:
        """Ask what is refused, and give the reasons."""
        answer = self.ask(message, now)
        assert isinstance(answer, Refusal), answer
        return {reason.word for reason in answer.reasons}

    def read(self, di: int, now: datetime = LATER) -> tuple[dlt645.Value, ...]:
        """Read an item to its end."""
        answer = self.ask(dlt645.ReadRequest(DI(di)), now)
        assert isinstance(answer, ReadAnswer), answer
        assembly = dlt645.Assembly(answer)
        while assembly.next_request is not None:
            part = self.ask(assembly.next_request, now)
            assert isinstance(part, dlt645.ReadNextAnswer), part
            assembly.add(part)
        return dlt645.read_payload(answer.di, assembly.payload, self.profile).values

    def word3(self, now: datetime = LATER) -> int:
        """Read run-state word 3."""
        (word,) = self.read(0x04000503, now)
        assert isinstance(word, dlt645.Bits)
        return word.value

    def challenge(self) -> dlt645.SecurityRequest:
        """Make the request of an identity authentication."""
        factor = secured.dispersion_factor(self.number)
        made_of = made(self.module.challenge(factor))
        payload = write_security(Authenticate(made_of.ciphertext, made_of.random1, factor))
        return dlt645.SecurityRequest(AUTHENTICATE, OPERATOR, payload)

    def authenticate(self, now: datetime = LATER) -> Authenticated:
        """Authenticate, and keep what the meter answered."""
        answer = self.ask(self.challenge(), now)
        assert isinstance(answer, dlt645.SecurityAnswer), answer
        told = read_security(answer.di, answer.payload, from_slave=True)
        assert isinstance(told, AuthenticateAnswer)
        factor = secured.dispersion_factor(self.number)
        self.session = Authenticated(factor, told.random2, told.esam_no, now + timedelta(minutes=30))
        return self.session

    def block(self, plaintext: bytes) -> bytes:
        """Have the block of a relay command or a clear made."""
        assert self.session is not None
        return made(self.module.control(self.session, plaintext))

    def order(self, command: int, minutes: int = 5, now: datetime = LATER) -> dlt645.RelaySecuredRequest:
        """Make a relay command at level 98H."""
        plaintext = secured.relay_plaintext(command, 0, until(minutes, now), self.profile)
        return dlt645.RelaySecuredRequest(SEALED, OPERATOR, self.block(plaintext))

    def plain_order(self, command: RelayCommand = RelayCommand.TRIP, password: Password = PASSWORD) -> dlt645.Request:
        """Make a relay command in plain form."""
        return dlt645.RelayRequest(password, OPERATOR, command, until())

    def setting(self, di: int, *values: dlt645.Value, password: Password = PASSWORD) -> dlt645.WriteRequest:
        """Make a setting by password."""
        payload = dlt645.write_payload(DI(di), *values, profile=self.profile)
        return dlt645.WriteRequest(DI(di), password, OPERATOR, payload)

    def sealed(self, di: int, *values: dlt645.Value) -> dlt645.WriteRequest:
        """Make a setting at level 98H."""
        assert self.session is not None
        data = dlt645.write_payload(DI(di), *values, profile=self.profile)
        header = secured.apdu_header(DI(di), len(data), self.profile)
        plaintext = secured.setting_plaintext(DI(di), data, self.profile)
        sealed = made(self.module.setting_cipher(self.session, header, plaintext))
        return dlt645.WriteRequest(DI(di), SEALED, OPERATOR, secured.pack_sealed(sealed.ciphertext, sealed.mac))

    def maced(self, di: int, *values: dlt645.Value) -> dlt645.WriteRequest:
        """Make a setting at level 99H."""
        assert self.session is not None
        data = dlt645.write_payload(DI(di), *values, profile=self.profile)
        header = secured.apdu_header(DI(di), len(data), self.profile)
        shown = secured.display_order(DI(di), data, self.profile)
        mac = made(self.module.setting_mac(self.session, header, shown))
        return dlt645.WriteRequest(DI(di), MACED, OPERATOR, secured.pack_maced(data, mac))
