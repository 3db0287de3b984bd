"""A frame as lines of text, for the technician who holds it."""

from protocols.dissection import Language, Words, explain_dissection
from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.inspect.dissect import dissect
from protocols.dlt698.wire.link import parse_link
from protocols.errors import RemoteProtocolError

_REFUSED = Words("a receiver refuses it", "接收方拒收")


def explain_frame(raw: bytes, language: Language = Language.BOTH) -> list[str]:
    """Tell in lines what a frame says, or what is wrong with it and why a receiver refuses it. Never raises."""
    lines = explain_dissection(dissect(raw), language)
    try:
        frame = parse_link(raw)
        if not frame.control.fragmented:
            parse_apdu(frame.user_data)
    except RemoteProtocolError as error:
        lines.append(f"{_REFUSED.said(language)}: {error}")
    return lines
