"""The fields of a message by name, as the inspector shows them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.authentication import AUTHENTICATE, Authenticate, AuthenticateAnswer
from protocols.dlt645.functions.baud import BAUD_OF_WORD
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.read_1997 import Read1997Answer, ReadAgain1997Answer
from protocols.dlt645.functions.refusal import Refusal
from protocols.dlt645.functions.relay import RelayCommand, RelaySecuredRequest, RelayShortRequest
from protocols.dlt645.functions.security import SecurityAnswer, SecurityRequest, read_security
from protocols.dlt645.functions.write import WriteRequest
from protocols.dlt645.functions.write_1997 import Write1997Request
from protocols.dlt645.inspect.declared import walk
from protocols.dlt645.inspect.render import jsonable
from protocols.dlt645.items.identifiers import find
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.items.item import Identifier
from protocols.dlt645.items.labels import parts
from protocols.dlt645.items.profile import STANDARD, Edition, Profile
from protocols.dlt645.items.rows import misfit
from protocols.dlt645.items.runstate import state_words
from protocols.dlt645.items.values import Faulty, Value
from protocols.dlt645.messages import Message
from protocols.dlt645.wire.control import Control
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.frame import Frame, hexed
from protocols.dlt645.wire.password import Password
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import RemoteProtocolError

Fields = dict[str, object]

FORM_OF = {form.message: form for form in FORMS}
"""Form of each message."""
_BLOCK = 0xF
_BLOCK_END = b"\xaa"
_LONGEST = 256
"""A block of 1997, an identifier with F at its end, ends with it."""
_OF_1997 = tuple(form.message for form in FORMS if form.edition is Edition.E1997)
"""Messages whose identifiers have two bytes."""


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
    if isinstance(message, _OF_1997):
        shown["protocol"] = str(Edition.E1997)
    return shown | _contents(message, profile)


def readable_fields(frame: Frame, profile: Profile = STANDARD) -> Fields:
    """Fields, as `message_fields` has them, of a data field that its form refuses: every part that can be read."""
    form = fitting_form(frame.control, len(frame.data), profile)
    if form is None:
        return {}
    shown: Fields = {}
    for part in walk(form.layout, frame.data, len(frame.data)):
        if part.problem is None and part.name in _SHOW:
            shown |= _SHOW[part.name](part.value)
    return shown | ({"protocol": str(Edition.E1997)} if form.edition is Edition.E1997 else {})


def fitting_form(control: Control, length: int, profile: Profile) -> Form | None:
    """Tell which form a data field of ``length`` bytes has, by the edition of the profile if that has the function."""
    forms = [form for form in FORMS if form.function == control.function and not control.abnormal]
    own = [form for form in forms if form.edition is profile.edition] or forms
    return next((form for form in own if form.from_slave == control.from_slave and length in form.lengths), None)


def is_no_record(message: Message, profile: Profile) -> bool:
    """Whether a meter says that it has not got the load record asked for, DL/T 645-2007, 7.1."""
    if not isinstance(message, ReadAnswer) or message.payload:
        return False
    row = None if message.more else find(message.di, profile)
    return row is not None and row.layout.walk is not None and row.layout.rows[0].fill(0) == ()


def expect_data(message: Message, identifier: Identifier, profile: Profile) -> None:
    """Hold that a message which carries an item has data of it.

    Raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where an item that may be of any length
    came without any; one of a settled length is refused by its layout.
    """
    rows = identifier.layout.rows
    if getattr(message, "payload", b"") or is_no_record(message, profile) or not any(r.group or r.rest for r in rows):
        return
    least = next((length for length in range(1, _LONGEST) if any(row.fill(length) is not None for row in rows)), 1)
    raise misfit(f"{least} or more", 0)


def carried(message: Message, profile: Profile = STANDARD) -> tuple[Identifier, bytes] | None:
    """Tell which item a message carries in full, and its bytes; None where it carries none that is known."""
    match message:
        case ReadAnswer(di=di, payload=payload, more=False):
            row = find(di, profile)
        case WriteRequest(di=di, payload=payload, password=Password(is_plain=True)):
            row = find(di, profile)
        case (
            Read1997Answer(di=number, payload=payload, more=False)
            | ReadAgain1997Answer(di=number, payload=payload, more=False)
            | Write1997Request(di=number, payload=payload)
        ):
            row, payload = find_1997(number, profile), bare_1997(number, payload)
        case _:
            return None
    return (row, payload) if row else None


def find_1997(number: int, profile: Profile) -> Identifier | None:
    """Tell what an identifier of two bytes stands for."""
    return profile.rows.get(number) or table_1997().get(number)


def bare_1997(number: int, payload: bytes) -> bytes:
    """Take the end mark off a block of 1997."""
    return payload.removesuffix(_BLOCK_END) if number & _BLOCK == _BLOCK else payload


def _contents(message: Message, profile: Profile) -> Fields:
    if isinstance(message, SecurityRequest | SecurityAnswer):
        return _authentication(message)
    if getattr(message, "more", False):
        return {"partial": True}
    item = carried(message, profile)
    if item is None:
        return {}
    identifier, payload = item
    try:
        expect_data(message, identifier, profile)
        values = _values(identifier, payload)
    except RemoteProtocolError as error:
        return {"app_error": error.reason}
    texts = [jsonable(value) for value in values]
    shown: Fields = {"value": texts[0]} if identifier.layout.is_single and len(texts) == 1 else {"values": texts}
    shown["unit"] = identifier.unit
    if isinstance(message, ReadAnswer):
        shown |= _flags(message.di, values)
    faults = [value.fault for value in values if isinstance(value, Faulty)]
    return shown | ({"app_error": faults[0]} if faults else {})


def _values(identifier: Identifier, payload: bytes) -> tuple[Value, ...]:
    """Values of an item without what holds its records together and what a model appended."""
    found = list(parts(identifier, payload))
    extra = identifier.layout.size is not None and len(payload) > identifier.layout.size
    return tuple(part.value for part in (found[:-1] if extra else found) if not part.is_frame)


def _flags(di: DI, values: tuple[Value, ...]) -> Fields:
    """Names of the set bits: of a word's own, or of word 3 in the block of all seven."""
    words = [word for word in state_words(di, values) if word]
    if len(words) > 1:
        words = [word for word in words if word.number == 3]  # noqa: PLR2004  the relay's word
    return {"flags": list(words[0].flags)} if words else {}


def _refusal(refusal: Refusal) -> Fields:
    if refusal.is_security:
        return {"serr": f"{refusal.number:04X}", "serr_bits": [row.word for row in refusal.reasons]}
    edition = {"protocol": str(Edition.E1997)} if refusal.edition is Edition.E1997 else {}
    return edition | {"err": hexed(refusal.word[::-1]), "err_bits": [row.word for row in refusal.reasons]}


def _authentication(message: SecurityRequest | SecurityAnswer) -> Fields:
    if message.di != AUTHENTICATE:
        return {}
    match read_security(AUTHENTICATE, message.payload, from_slave=isinstance(message, SecurityAnswer)):
        case Authenticate(ciphertext, random1, factor):
            auth = {"ciphertext": ciphertext, "random1": random1, "dispersion_factor": factor}
        case AuthenticateAnswer(random2, esam_no):
            auth = {"random2": random2, "esam_no": esam_no}
        case _:
            return {}
    return {"auth": {name: hexed(part) for name, part in auth.items()}}


def _command(command: int) -> Fields:
    return {"n1": f"{command:02X}", "command": command.word if isinstance(command, RelayCommand) else None}


def _time(stamp: Stamp) -> Fields:
    instant = stamp.instant()
    return {"time": instant.isoformat() if instant else stamp.digits}


_SHOW: dict[str, Callable[[Any], Fields]] = {
    "di": lambda di: {"di": str(di) if isinstance(di, DI) else f"{di:04X}"},
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
