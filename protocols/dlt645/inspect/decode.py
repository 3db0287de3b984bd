"""A frame, or a stretch of line, as one JSON-able object."""

from protocols.dissection import Dissection, plain
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.inspect.dissect import dissect, dissect_item
from protocols.dlt645.inspect.fields import Fields, message_fields, readable_fields
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.line.receiver import FrameReceived, Receiver
from protocols.dlt645.messages import parse_message
from protocols.dlt645.wire.frame import HEAD_SIZE, Frame, count_wakeup, hexed, parse_first, size_at
from protocols.errors import RemoteProtocolError


def decode_frame(raw: bytes, profile: Profile = STANDARD, *, found: Dissection | None = None) -> Fields:
    """Decode the frame at the start of ``raw``, wake-up bytes allowed. Never raises.

    ``valid`` tells whether the link layer holds. A valid frame has its envelope (``preamble``, ``address``,
    ``control``, ``from_slave``, ``abnormal``, ``follow``, ``function``, ``length``, ``data``, ``frame_len``),
    the fields of its message, ``app_error`` where the data field is wrong, ``trailing`` where bytes are left
    over. An invalid one has ``error`` (a word of `parse_frame`) and ``message``, with ``expected_cs`` and
    ``actual_cs``, ``length`` and ``missing_bytes`` where they say more. Both have the ``fields``, ``faults`` and
    ``hints`` of `plain`; those of ``found``, where the frame has been dissected already. Bytes are upper-case hex.
    """
    return _frame(raw, profile) | plain(found or dissect(raw, profile))


def decode_item(answer: ReadAnswer, profile: Profile = STANDARD) -> Fields:
    """Decode an item put together from the parts it came in: as `decode_frame`, without an envelope. Never raises."""
    return message_fields(answer, profile) | plain(dissect_item(answer, profile))


def _frame(raw: bytes, profile: Profile) -> Fields:
    try:
        frame, end = parse_first(raw)
    except RemoteProtocolError as error:
        return _invalid(raw, error)
    trailing = {"trailing": hexed(raw[end:])} if end < len(raw) else {}
    return _valid(frame, count_wakeup(raw), profile) | trailing


def decode_stream(raw: bytes, profile: Profile = STANDARD) -> Fields:
    """Decode every frame in a stretch of line. Never raises.

    ``frames`` holds an object of `decode_frame` for each, with its ``offset``, ``discarded`` the bytes that
    belong to none as hex and ``skipped`` their number, ``pending`` the number of bytes that may begin another frame.
    """
    receiver = Receiver()
    frames: list[Fields] = []
    discarded, at = b"", 0
    for event in receiver.receive(raw):
        if isinstance(event, FrameReceived):
            frames.append(_valid(event.frame, event.wakeup, profile) | {"offset": at})
            at += event.wakeup + len(event.raw)
        else:
            discarded += event.data
            at += len(event.data)
    return {
        "valid": bool(frames),
        "stream": True,
        "frames": frames,
        "discarded": hexed(discarded),
        "skipped": len(discarded),
        "pending": len(receiver.pending),
    }


def _valid(frame: Frame, wakeup: int, profile: Profile) -> Fields:
    control = frame.control
    envelope: Fields = {
        "valid": True,
        "preamble": wakeup,
        "address": str(frame.address),
        "control": f"{control.byte:02X}",
        "from_slave": control.from_slave,
        "abnormal": control.abnormal,
        "follow": control.follow,
        "function": f"{control.function:02X}",
        "length": len(frame.data),
        "data": hexed(frame.data),
        "frame_len": frame.size,
    }
    try:
        return envelope | message_fields(parse_message(frame, profile.edition), profile)
    except RemoteProtocolError as error:
        return envelope | readable_fields(frame, profile) | {"app_error": error.reason}


def _invalid(raw: bytes, error: RemoteProtocolError) -> Fields:
    shown: Fields = {"valid": False, "error": error.reason, "message": error.message}
    if error.reason == "checksum":
        shown |= {"expected_cs": error.expected, "actual_cs": error.found}
    if error.reason == "truncated":
        window = raw[count_wakeup(raw) :]
        if len(window) >= HEAD_SIZE:
            shown["length"] = size_at(window) - size_at(bytes(HEAD_SIZE))
        shown["missing_bytes"] = error.missing
    return shown
