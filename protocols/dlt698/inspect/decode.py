"""What a frame or a stream of bytes says, as dictionaries."""

from typing import Any

from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.inspect.plain_apdu import plain_apdu
from protocols.dlt698.wire.fragment import FragmentKind, parse_fragment
from protocols.dlt698.wire.link import LinkFrame, parse_link
from protocols.dlt698.wire.receiver import FrameReceived, Garbage, Receiver
from protocols.errors import RemoteProtocolError

__all__ = ["decode_apdu", "decode_frame", "decode_stream"]

_FRAGMENT_NAMES = {
    FragmentKind.FIRST: "first",
    FragmentKind.MIDDLE: "middle",
    FragmentKind.LAST: "last",
    FragmentKind.ACKNOWLEDGE: "ack",
}
_HCS_AFTER = 6  # 68H, L, C, AF and CA, besides the SA bytes
_NO_APDU = "unknown_tag"  # a good frame that carries something else than an APDU


def decode_frame(frame: bytes) -> dict[str, Any]:
    """Say what one frame holds.

    ``valid``, ``kind`` = frame, ``link``, and one of ``apdu``, ``fragment``, or ``apdu_error`` with ``user_data``
    where the user data is no APDU at all. What is refused has ``valid`` false, ``kind`` = negative and ``error``:
    bad_start, bad_length, bad_hcs, bad_fcs, bad_end, truncated, trailing_bytes, apdu_error, with the reason in words
    as ``message``.
    """
    try:
        link = parse_link(frame)
    except RemoteProtocolError as error:
        return {"valid": False, "kind": "negative", "error": error.reason, "message": error.message}
    head = {"valid": True, "kind": "frame", "link": _link(frame, link)}
    try:
        if link.control.fragmented:
            return head | {"fragment": _fragment(link)}
        return head | {"apdu": plain_apdu(parse_apdu(link.user_data))}
    except RemoteProtocolError as error:
        if error.reason == _NO_APDU:
            return head | {"apdu_error": error.message, "user_data": link.user_data.hex().upper()}
        return {"valid": False, "kind": "negative", "error": "apdu_error", "message": error.message}


def decode_apdu(octets: bytes) -> dict[str, Any]:
    """Say what an APDU holds that was put together from several frames: ``apdu``, or why it is none, ``apdu_error``."""
    try:
        return {"apdu": plain_apdu(parse_apdu(octets))}
    except RemoteProtocolError as error:
        return {"apdu_error": str(error), "user_data": octets.hex().upper()}


def decode_stream(data: bytes) -> dict[str, Any]:
    """Say which frames bytes off a socket hold, how many were thrown away and how many are kept."""
    receiver = Receiver()
    events = receiver.receive(data)
    return {
        "valid": True,
        "kind": "stream",
        "frames": [event.raw.hex().upper() for event in events if isinstance(event, FrameReceived)],
        "skipped": sum(event.count for event in events if isinstance(event, Garbage)),
        "pending": receiver.pending,
    }


def _link(frame: bytes, link: LinkFrame) -> dict[str, Any]:
    control, address = link.control, link.address
    at = _HCS_AFTER + len(address.octets)
    return {
        "length": int.from_bytes(frame[1:3], "little"),
        "c": f"{control.octet:02X}",
        "dir": int(control.from_server),
        "prm": int(control.client_opened),
        "fragment": int(control.fragmented),
        "scrambled": int(control.scrambled),
        "func": control.function,
        "addr_type": address.kind.name.lower(),
        "logical": address.logical_bits,
        "sa": address.octets.hex().upper(),
        "ca": f"{link.client:02X}",
        "hcs": frame[at : at + 2].hex().upper(),
        "fcs": frame[-3:-1].hex().upper(),
    }


def _fragment(link: LinkFrame) -> dict[str, Any]:
    fragment = parse_fragment(link.user_data)
    return {
        "kind": _FRAGMENT_NAMES[fragment.kind],
        "seq": fragment.sequence,
        "piece": fragment.piece.hex().upper(),
    }
