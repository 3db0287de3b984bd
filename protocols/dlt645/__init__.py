"""DL/T 645-2007: frames, functions and data items of meters, the fee-control extension included.

Bytes become frames (`Receiver`, `parse_frame`), frames become messages (`parse_message`), payloads become
values (`read_payload`); each has its way back (`build_frame`, `build_message`, `write_payload`). Both sides
of the wire use the same declarations: a master builds requests and parses answers, a slave the reverse.
"""

from protocols.dlt645.address import BROADCAST, WILDCARD, Address
from protocols.dlt645.assembly import Assembly, parts_of
from protocols.dlt645.control import Control, Function
from protocols.dlt645.di import DI
from protocols.dlt645.frame import STANDARD_WAKEUP, Frame, build_frame, parse_first, parse_frame
from protocols.dlt645.functions.address import (
    ReadAddressAnswer,
    ReadAddressRequest,
    WriteAddressAnswer,
    WriteAddressRequest,
)
from protocols.dlt645.functions.baud import BAUD_OF_WORD, ChangeBaudAnswer, ChangeBaudRequest
from protocols.dlt645.functions.clear import (
    EVERY_EVENT,
    ClearDemandAnswer,
    ClearDemandRequest,
    ClearEventsAnswer,
    ClearEventsRequest,
    ClearEventsSecuredRequest,
    ClearMeterAnswer,
    ClearMeterRequest,
    ClearMeterSecuredRequest,
)
from protocols.dlt645.functions.clock import BroadcastTime, FreezeAnswer, FreezeRequest
from protocols.dlt645.functions.output import Output, OutputAnswer, OutputRequest
from protocols.dlt645.functions.password import ChangePasswordAnswer, ChangePasswordRequest, password_identifier
from protocols.dlt645.functions.read import ReadAnswer, ReadBlocksRequest, ReadBlocksSinceRequest, ReadRequest
from protocols.dlt645.functions.read_1997 import (
    Read1997Answer,
    Read1997Request,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadNext1997Answer,
    ReadNext1997Request,
)
from protocols.dlt645.functions.read_next import ReadNextAnswer, ReadNextRequest
from protocols.dlt645.functions.relay import (
    RelayAnswer,
    RelayCommand,
    RelayRequest,
    RelaySecuredRequest,
    RelayShortRequest,
)
from protocols.dlt645.functions.security import (
    AUTHENTICATE,
    CHALLENGE,
    CHALLENGE_ANSWER,
    SecurityAnswer,
    SecurityRequest,
)
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
from protocols.dlt645.identifiers import Reading, find, identify, read_payload, write_payload
from protocols.dlt645.item import Identifier
from protocols.dlt645.matching import Match, answers, expects_answer
from protocols.dlt645.messages import Answer, Message, Request, Unknown, build_message, parse_message
from protocols.dlt645.password import CIPHERTEXT_LEVEL, PLAINTEXT_LEVEL, Operator, Password
from protocols.dlt645.profile import (
    STANDARD,
    Edition,
    Profile,
    Protection,
    RelayWrite,
    StepTable,
    profile,
    profiles,
    read_profiles,
)
from protocols.dlt645.receiver import Event, FrameReceived, Garbage, Receiver
from protocols.dlt645.refusal import Refusal
from protocols.dlt645.runstate import MeterType, StateWord, Supply, state_words
from protocols.dlt645.stamp import Stamp
from protocols.dlt645.values import Bits, Faulty, Value

__all__ = [
    "AUTHENTICATE",
    "BAUD_OF_WORD",
    "BROADCAST",
    "CHALLENGE",
    "CHALLENGE_ANSWER",
    "CIPHERTEXT_LEVEL",
    "DI",
    "EVERY_EVENT",
    "PLAINTEXT_LEVEL",
    "STANDARD",
    "STANDARD_WAKEUP",
    "WILDCARD",
    "Address",
    "Answer",
    "Assembly",
    "Bits",
    "BroadcastTime",
    "ChangeBaud1997Answer",
    "ChangeBaud1997Request",
    "ChangeBaudAnswer",
    "ChangeBaudRequest",
    "ChangePassword1997Answer",
    "ChangePassword1997Request",
    "ChangePasswordAnswer",
    "ChangePasswordRequest",
    "ClearDemand1997Answer",
    "ClearDemand1997Request",
    "ClearDemandAnswer",
    "ClearDemandRequest",
    "ClearEventsAnswer",
    "ClearEventsRequest",
    "ClearEventsSecuredRequest",
    "ClearMeterAnswer",
    "ClearMeterRequest",
    "ClearMeterSecuredRequest",
    "Control",
    "Edition",
    "Event",
    "Faulty",
    "Frame",
    "FrameReceived",
    "FreezeAnswer",
    "FreezeRequest",
    "Function",
    "Garbage",
    "Identifier",
    "Match",
    "Message",
    "MeterType",
    "Operator",
    "Output",
    "OutputAnswer",
    "OutputRequest",
    "Password",
    "Profile",
    "Protection",
    "Read1997Answer",
    "Read1997Request",
    "ReadAddressAnswer",
    "ReadAddressRequest",
    "ReadAgain1997Answer",
    "ReadAgain1997Request",
    "ReadAnswer",
    "ReadBlocksRequest",
    "ReadBlocksSinceRequest",
    "ReadNext1997Answer",
    "ReadNext1997Request",
    "ReadNextAnswer",
    "ReadNextRequest",
    "ReadRequest",
    "Reading",
    "Receiver",
    "Refusal",
    "RelayAnswer",
    "RelayCommand",
    "RelayRequest",
    "RelaySecuredRequest",
    "RelayShortRequest",
    "RelayWrite",
    "Request",
    "SecurityAnswer",
    "SecurityRequest",
    "Stamp",
    "StateWord",
    "StepTable",
    "Supply",
    "Unknown",
    "Value",
    "Write1997Answer",
    "Write1997Request",
    "WriteAddress1997Answer",
    "WriteAddress1997Request",
    "WriteAddressAnswer",
    "WriteAddressRequest",
    "WriteAnswer",
    "WriteRequest",
    "answers",
    "build_frame",
    "build_message",
    "expects_answer",
    "find",
    "identify",
    "parse_first",
    "parse_frame",
    "parse_message",
    "parts_of",
    "password_identifier",
    "profile",
    "profiles",
    "read_payload",
    "read_profiles",
    "state_words",
    "write_payload",
]
