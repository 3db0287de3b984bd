"""The fields of a message by name, as the inspector shows them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from protocols.dlt645.di import DI
from protocols.dlt645.frame import hexed
from protocols.dlt645.functions.baud import BAUD_OF_WORD
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.read_1997 import Read1997Answer, Read1997Request
from protocols.dlt645.functions.read_next import ReadNextAnswer
from protocols.dlt645.functions.relay import RelayCommand, RelaySecuredRequest, RelayShortRequest
from protocols.dlt645.functions.security import (
    AUTHENTICATE,
    CHALLENGE,
    CHALLENGE_ANSWER,
    SecurityAnswer,
    SecurityRequest,
)
from protocols.dlt645.functions.write import WriteRequest
from protocols.dlt645.identifiers import find, read_payload
from protocols.dlt645.identifiers_1997 import read_payload_1997, table_1997
from protocols.dlt645.inspect.render import jsonable
from protocols.dlt645.item import Identifier
from protocols.dlt645.messages import Message
from protocols.dlt645.password import Password
from protocols.dlt645.profile import STANDARD, Profile
from protocols.dlt645.refusal import Refusal
from protocols.dlt645.runstate import state_words
from protocols.dlt645.stamp import Stamp
from protocols.dlt645.values import Faulty, Value
from protocols.errors import RemoteProtocolError

Fields = dict[str, object]


def message_fields(message: Message, profile: Profile = STANDARD) -> Fields:
    """Fields of a message under the inspector's names, values as text in display order.

    What a data item holds is ``value`` for a single field and ``values`` for several, with ``unit``; bytes
    that do not fit their identifier or its digits are named in ``app_error``.
    """
    if isinstance(message, Refusal):
        return _refusal(message)
    shown: Fields = {}
    for field in fields(message):
        show = _SHOW.get(field.name)
        if show is not None:
            shown |= show(getattr(message, field.name))
    if isinstance(message, RelaySecuredRequest | RelayShortRequest):
        shown = {"n1": None, "command": None, "n2": None, "expires_raw": None} | shown
    if isinstance(message, Read1997Request | Read1997Answer):
        shown |= {"protocol": "1997", "di": f"{message.di:04X}"}
    return shown | _contents(message, profile)


def payload_of(message: Message, profile: Profile = STANDARD) -> tuple[Identifier, tuple[Value, ...]] | None:
    """Read the item and the values a message carries in full; None where it carries none that is known.

    Raises RemoteProtocolError where the bytes do not fit the item.
    """
    match message:
        case ReadAnswer(di=di, payload=payload, more=False):
            row = find(di, profile)
            return (row, read_payload(di, payload, profile).values) if row else None
        case WriteRequest(di=di, payload=payload, password=Password(is_plain=True)):
            row = find(di, profile)
            return (row, read_payload(di, payload, profile).values) if row else None
        case Read1997Answer(di=di, payload=payload, more=False):
            row = table_1997().get(di)
            return (row, read_payload_1997(di, payload)) if row else None
        case _:
            return None


def _contents(message: Message, profile: Profile) -> Fields:
    if isinstance(message, SecurityRequest | SecurityAnswer):
        return _authentication(message)
    if isinstance(message, ReadAnswer | Read1997Answer | ReadNextAnswer) and message.more:
        return {"partial": True}
    try:
        item = payload_of(message, profile)
    except RemoteProtocolError as error:
        return {"app_error": error.reason}
    if item is None:
        return {}
    identifier, values = item
    texts = [jsonable(value) for value in values]
    shown: Fields = {"value": texts[0]} if identifier.layout.is_single else {"values": texts}
    shown["unit"] = identifier.unit
    if isinstance(message, ReadAnswer):
        shown |= _flags(message.di, values)
    faults = [value.fault for value in values if isinstance(value, Faulty)]
    return shown | ({"app_error": faults[0]} if faults else {})


def _flags(di: DI, values: tuple[Value, ...]) -> Fields:
    """Names of the set bits: of a word's own, or of word 3 in the block of all seven."""
    words = [word for word in state_words(di, values) if word]
    if len(words) > 1:
        words = [word for word in words if word.number == 3]  # noqa: PLR2004  the relay's word
    return {"flags": list(words[0].flags)} if words else {}


def _refusal(refusal: Refusal) -> Fields:
    if refusal.is_security:
        return {"serr": f"{refusal.number:04X}", "serr_bits": [row.word for row in refusal.reasons]}
    return {"err": hexed(refusal.word[::-1]), "err_bits": [row.word for row in refusal.reasons]}


def _authentication(message: SecurityRequest | SecurityAnswer) -> Fields:
    layout = CHALLENGE if isinstance(message, SecurityRequest) else CHALLENGE_ANSWER
    if message.di != AUTHENTICATE or len(message.payload) != layout.sizeof():
        return {}
    parts = layout.parse(message.payload)
    return {"auth": {name: hexed(part) for name, part in parts.items() if not name.startswith("_")}}


def _command(command: int) -> Fields:
    return {"n1": f"{command:02X}", "command": command.word if isinstance(command, RelayCommand) else None}


def _time(stamp: Stamp) -> Fields:
    instant = stamp.instant()
    return {"time": instant.isoformat() if instant else stamp.digits}


_SHOW: dict[str, Callable[[Any], Fields]] = {
    "di": lambda di: {"di": str(di)},
    "payload": lambda payload: {"payload": hexed(payload)},
    "seq": lambda seq: {"seq": seq},
    "blocks": lambda blocks: {"blocks": blocks},
    "since": lambda since: {"since": since.digits},
    "meter": lambda meter: {"meter_address": str(meter)},
    "password": lambda password: {
        "password_level": f"{password.level:02X}",
        "password": password.digits,
    },
    "operator": lambda operator: {"operator": str(operator)},
    "command": _command,
    "delay": lambda delay: {"n2": f"{delay:02X}"},
    "expires": lambda expires: {"expires_raw": expires.digits},
    "block": lambda block: {"hsm_block": hexed(block)},
    "time": _time,
    "at": lambda at: {"freeze_at": at.digits},
    "word": lambda word: {"baud_word": f"{word:02X}", "baud": BAUD_OF_WORD.get(word)},
    "old": lambda old: {"old_level": f"{old.level:02X}", "old_password": old.digits},
    "new": lambda new: {"new_level": f"{new.level:02X}", "new_password": new.digits},
    "events": lambda events: {"events": str(events)},
    "signal": lambda signal: {"output": f"{signal:02X}"},
}
