"""Messages: frames understood, both what a master asks and what a slave answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NoReturn

from construct import ConstructError

from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.address import (
    ReadAddressAnswer,
    ReadAddressRequest,
    WriteAddressAnswer,
    WriteAddressRequest,
)
from protocols.dlt645.functions.baud import ChangeBaudAnswer, ChangeBaudRequest
from protocols.dlt645.functions.clear import (
    ClearDemandAnswer,
    ClearDemandRequest,
    ClearEventsAnswer,
    ClearEventsRequest,
    ClearEventsSecuredRequest,
    ClearMeterAnswer,
    ClearMeterRequest,
    ClearMeterSecuredRequest,
    ClearNamedEventsSecuredRequest,
)
from protocols.dlt645.functions.clock import BroadcastTime, FreezeAnswer, FreezeRequest
from protocols.dlt645.functions.output import OutputAnswer, OutputRequest
from protocols.dlt645.functions.password import ChangePasswordAnswer, ChangePasswordRequest
from protocols.dlt645.functions.read import (
    ReadAnswer,
    ReadBlocksRequest,
    ReadBlocksSinceRequest,
    ReadRequest,
)
from protocols.dlt645.functions.read_1997 import (
    Read1997Answer,
    Read1997Request,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadNext1997Answer,
    ReadNext1997Request,
)
from protocols.dlt645.functions.read_next import ReadNextAnswer, ReadNextRequest
from protocols.dlt645.functions.refusal import Refusal
from protocols.dlt645.functions.relay import (
    RelayAnswer,
    RelayRequest,
    RelaySecuredRequest,
    RelayShortRequest,
)
from protocols.dlt645.functions.security import SecurityAnswer, SecurityRequest
from protocols.dlt645.functions.write import WriteAnswer, WriteRequest
from protocols.dlt645.functions.write_1997 import (
    ChangeBaud1997Answer,
    ChangeBaud1997Request,
    ChangePassword1997Answer,
    ChangePassword1997Request,
    ClearDemand1997Answer,
    ClearDemand1997Request,
    Write1997Answer,
    Write1997Request,
    WriteAddress1997Answer,
    WriteAddress1997Request,
)
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.wire.address import Address
from protocols.dlt645.wire.control import CONTROLS, Control
from protocols.dlt645.wire.frame import Frame
from protocols.errors import LocalProtocolError, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class Unknown:
    """A valid frame of a function or direction nobody has defined; data field unmasked."""

    control: Control
    data: bytes


Request = (
    ReadRequest
    | ReadBlocksRequest
    | ReadBlocksSinceRequest
    | ReadNextRequest
    | ReadAddressRequest
    | WriteRequest
    | WriteAddressRequest
    | BroadcastTime
    | FreezeRequest
    | ChangeBaudRequest
    | ChangePasswordRequest
    | ClearDemandRequest
    | ClearMeterRequest
    | ClearMeterSecuredRequest
    | ClearEventsRequest
    | ClearEventsSecuredRequest
    | ClearNamedEventsSecuredRequest
    | RelayRequest
    | RelayShortRequest
    | RelaySecuredRequest
    | OutputRequest
    | SecurityRequest
    | Read1997Request
    | ReadNext1997Request
    | ReadAgain1997Request
    | ChangeBaud1997Request
    | ChangePassword1997Request
    | ClearDemand1997Request
    | Write1997Request
    | WriteAddress1997Request
)
Answer = (
    ReadAnswer
    | ReadNextAnswer
    | ReadAddressAnswer
    | WriteAnswer
    | WriteAddressAnswer
    | FreezeAnswer
    | ChangeBaudAnswer
    | ChangePasswordAnswer
    | ClearDemandAnswer
    | ClearMeterAnswer
    | ClearEventsAnswer
    | RelayAnswer
    | OutputAnswer
    | SecurityAnswer
    | Read1997Answer
    | ReadNext1997Answer
    | ReadAgain1997Answer
    | ChangeBaud1997Answer
    | ChangePassword1997Answer
    | ClearDemand1997Answer
    | Write1997Answer
    | WriteAddress1997Answer
    | Refusal
)
Message = Request | Answer | Unknown

_BY_MESSAGE: dict[type, tuple[Form, Control, Control]] = {
    form.message: (
        form,
        Control(form.function, from_slave=form.from_slave),
        Control(form.function, from_slave=form.from_slave, follow=form.follows),
    )
    for form in FORMS
}
"""The form of each class of messages, with its control byte for the last part and for one that more follows."""
_OTHER = {Edition.E2007: Edition.E1997, Edition.E1997: Edition.E2007}


def parse_message(frame: Frame, edition: Edition = Edition.E2007) -> Message:
    """Understand a frame of a meter that follows ``edition``.

    A function code that the edition does not have is read as the other edition has it; only 03H means
    another thing in each. An abnormal answer is a `Refusal`, a function nobody has defined `Unknown`. Raises
    RemoteProtocolError ``data_length`` where the data field is too short or long for its function,
    ``not_bcd`` where a time in a command has digits above 9.
    """
    _, control, data = frame
    return _reader(edition, control.byte, len(data))(data)


@lru_cache(maxsize=4096)
def _reader(edition: Edition, byte: int, length: int) -> Callable[[bytes], Message]:
    """How a data field of ``length`` bytes behind a control byte is understood."""
    control = CONTROLS[byte]
    meant = _meant(edition, control.function)
    if control.from_slave and control.abnormal:
        return lambda word: Refusal(control.function, word, meant)
    forms = [] if control.abnormal else _forms(meant, control)
    for form in forms:
        if length in form.lengths:
            return form.reader(length, more=control.follow)
    return _misfit(control) if forms else partial(Unknown, control)


def _misfit(control: Control) -> Callable[[bytes], NoReturn]:
    def refuse(data: bytes) -> NoReturn:
        told = f"{len(data)} bytes of data fit no form of function {control.function:02X}"
        raise RemoteProtocolError("data_length", told, found=str(len(data)))

    return refuse


def _meant(edition: Edition, function: int) -> Edition:
    """Edition whose function a code is to a meter of ``edition``: the other's where only that one has the code."""
    having = {form.edition for form in FORMS if form.function == function}
    return edition if edition in having or not having else _OTHER[edition]


def _forms(edition: Edition, control: Control) -> list[Form]:
    """Forms of an edition that a control byte may announce."""
    kind = edition, control.function, control.from_slave
    forms = (form for form in FORMS if (form.edition, form.function, form.from_slave) == kind)
    return [form for form in forms if form.follows or not control.follow]


def build_message(address: Address, message: Message) -> Frame:
    """Frame of a message from or to ``address``; who speaks follows from the message.

    Raises LocalProtocolError where a part of the message does not fit its place.
    """
    if isinstance(message, Unknown):
        return Frame(address, message.control, message.data)
    if isinstance(message, Refusal):
        return Frame(address, Control(message.function, from_slave=True, abnormal=True), message.word)
    form, last, followed = _BY_MESSAGE[type(message)]
    control = followed if getattr(message, "more", False) else last
    try:
        return Frame(address, control, form.write(message))
    except ConstructError as error:
        raise LocalProtocolError(f"{message} cannot be laid out: {error}") from None
