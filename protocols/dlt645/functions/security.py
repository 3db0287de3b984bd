"""03H security authentication (安全认证), fee-control extension of DL/T 645-2007.

What is inside the payloads was made by a security module and is only laid out here: `read_security` gives the parts of
a payload, `write_security` puts them together. Random numbers, ciphertexts, MACs and whole payloads stay out of
``repr``, hence out of logs.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from construct import GreedyBytes, Struct

from protocols.dlt645.functions import authentication, esam, purse
from protocols.dlt645.functions.authentication import AUTHENTICATE
from protocols.dlt645.functions.form import Form
from protocols.dlt645.functions.payload import PayloadForm
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER
from protocols.dlt645.wire.password import OPERATOR, Operator

__all__ = [
    "AUTHENTICATE",
    "FORMS",
    "PAYLOADS",
    "SecurityAnswer",
    "SecurityPayload",
    "SecurityRequest",
    "payload_form",
    "read_security",
    "write_security",
]


@dataclass(frozen=True, slots=True)
class SecurityRequest:
    """Security command ``di`` with its payload in wire order."""

    di: DI
    operator: Operator
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecurityAnswer:
    """Answer to a security command; most carry no payload."""

    di: DI
    payload: bytes = field(repr=False)


FORMS = (
    Form(
        SecurityRequest,
        Function.SECURITY,
        False,
        Struct("di" / IDENTIFIER, "operator" / OPERATOR, "payload" / GreedyBytes),
        range(8, 256),
    ),
    Form(
        SecurityAnswer,
        Function.SECURITY,
        True,
        Struct("di" / IDENTIFIER, "payload" / GreedyBytes),
        range(4, 256),
    ),
)

SecurityPayload = (
    authentication.Authenticate
    | authentication.AuthenticateAnswer
    | authentication.SetValidity
    | authentication.EndAuthentication
    | authentication.EndAuthenticationAnswer
    | authentication.InfraredQuery
    | authentication.InfraredQueryAnswer
    | authentication.InfraredCommand
    | purse.OpenAccount
    | purse.Recharge
    | purse.InitialisePurse
    | purse.VendorPurseOrder
    | purse.QueryState
    | purse.QueryStateAnswer
    | purse.SwitchMode
    | esam.UpdateKey
    | esam.ReadEsam
    | esam.ReadEsamAnswer
)
"""The parts of a payload of 03H."""

PAYLOADS: tuple[PayloadForm, ...] = (*authentication.FORMS, *purse.FORMS, *esam.FORMS)
"""Every payload of 03H that has a known layout."""

_BY_COMMAND: dict[tuple[int, bool], list[PayloadForm]] = defaultdict(list)
for _form in PAYLOADS:
    for _di in _form.dis:
        _BY_COMMAND[_di, _form.from_slave].append(_form)
_BY_CLASS: dict[type, PayloadForm] = {form.message: form for form in PAYLOADS}


def payload_form(di: DI, length: int, *, from_slave: bool, profile: Profile = STANDARD) -> PayloadForm | None:
    """Find the layout of a payload of ``length`` bytes; None where nobody has defined one."""
    forms = _BY_COMMAND.get((di, from_slave), [])
    return next((form for form in forms if form.takes(length) and _is_of(profile, form)), None)


def _is_of(profile: Profile, form: PayloadForm) -> bool:
    """Whether meters of the profile know the form."""
    return not form.recharge or form.size == profile.recharge_size


def read_security(di: DI, payload: bytes, *, from_slave: bool, profile: Profile = STANDARD) -> SecurityPayload | bytes:
    """Give the parts of a payload in wire order.

    An identifier or a length that nobody has defined leaves the bytes as they are; a plain "done" is empty bytes.
    Raises RemoteProtocolError ``not_bcd`` where minutes have digits above 9.
    """
    form = payload_form(di, len(payload), from_slave=from_slave, profile=profile)
    if form is None:
        return payload
    parts: SecurityPayload = form.read(payload)
    return parts


def write_security(parts: SecurityPayload) -> bytes:
    """Payload in wire order of its parts; LocalProtocolError where one does not fit its place."""
    return _BY_CLASS[type(parts)].write(parts)
