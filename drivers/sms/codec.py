"""The lines of the centre's protocol: one JSON object per line, UTF-8."""

import json
from dataclasses import dataclass
from datetime import datetime

from drivers.sms.model import Accepted, Delivery, Receipt, Rejected, Reply

MAX_LINE = 64 * 1024  # a text has 70 characters; what is longer by orders of magnitude is not this protocol
MAX_ID_DIGITS = 19  # of a 63 bit message id


class LineError(ValueError):
    """A line that says nothing to us; the message names the field, never its content."""


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """The centre's answer to the submission of `message_id`."""

    message_id: str
    answer: Accepted | Rejected


Message = SubmitAnswer | Receipt | Reply


def submit_line(message_id: int, phone: str, text: str) -> bytes:
    """Build the line that submits a message."""
    return _line({"op": "submit", "id": str(message_id), "to": phone, "text": text})


def received_line(ref: str) -> bytes:
    """Build the line that acknowledges a receipt or a reply."""
    return _line({"op": "received", "ref": ref})


def parse_line(line: bytes) -> Message:
    """Understand a line of the centre; raises LineError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError("no JSON") from error
    if not isinstance(fields, dict):
        raise LineError("no JSON object")
    match fields.get("op"):
        case "accepted":
            return SubmitAnswer(_text(fields, "id"), Accepted(_text(fields, "ref")))
        case "rejected":
            return SubmitAnswer(_text(fields, "id"), Rejected(_text(fields, "reason")))
        case "receipt":
            return _receipt(fields)
        case "reply":
            return Reply(_text(fields, "ref"), _text(fields, "from"), _text(fields, "text"))
    raise LineError("op is none of accepted, rejected, receipt, reply")


def _receipt(fields: dict[str, object]) -> Receipt:
    number, status, at = (_text(fields, name) for name in ("id", "status", "at"))
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_ID_DIGITS):
        raise LineError("id is not a number of ours")
    if status not in set(Delivery):
        raise LineError("status is neither delivered nor failed")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError as error:
        raise LineError("at is no ISO 8601 instant") from error
    if instant.tzinfo is None:
        raise LineError("at has no offset from UTC")
    return Receipt(_text(fields, "ref"), int(number), Delivery(status), instant)


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise LineError(f"{name} is missing or no text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise LineError(f"{name} holds half a character")
    return value


def _line(fields: dict[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
