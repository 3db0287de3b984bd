"""Answers of both dialects made wrong: another address, a broken check sum, a refusal in their place."""

from contextlib import suppress
from dataclasses import replace

from protocols import dlt645, dlt698
from protocols.dlt645.items.profile import Edition
from protocols.dlt698 import Dar
from protocols.errors import ProtocolError

__all__ = ["break_byte", "break_check_sum", "readdress", "refuse"]

WAKEUP = b"\xfe"
CHECK_SUM_AT = -2
"""Place of the last byte of the check sum in frames of either dialect."""
ONE_BYTE = 0xFF
EDITION_1997_FUNCTIONS = frozenset({0x01, 0x04, 0x0F})


def readdress(data: bytes, shift: int) -> bytes:
    """Have a frame come from a neighbour, whose address is ``shift`` higher; what is no frame stays as it is."""
    bare = data.lstrip(WAKEUP)
    wakeup = len(data) - len(bare)
    with suppress(ProtocolError):
        frame = dlt645.parse_frame(bare)
        return dlt645.build_frame(
            frame._replace(address=dlt645.Address(_moved(frame.address.digits, shift))), wakeup=wakeup
        )
    with suppress(ProtocolError):
        link = dlt698.parse_link(bare)
        address = dlt698.Address.single(_moved(link.address.digits, shift), link.address.logical)
        return WAKEUP * wakeup + dlt698.build_link(replace(link, address=address))
    return data


def break_check_sum(data: bytes) -> bytes:
    """Flip bits of the check sum."""
    return data if len(data) < -CHECK_SUM_AT else break_byte(data, CHECK_SUM_AT)


def break_byte(data: bytes, place: int) -> bytes:
    """Flip bits of one byte."""
    broken = bytearray(data)
    broken[place] ^= 0x55
    return bytes(broken)


def refuse(request: bytes, code: int) -> bytes:
    """Refuse a request with an error word (DL/T 645) or a DAR (DL/T 698.45); nothing for what cannot be refused.

    A code above FFH is a SERR of two bytes.
    """
    bare = request.lstrip(WAKEUP)
    with suppress(ProtocolError):
        frame = dlt645.parse_frame(bare)
        if frame.control.from_slave or frame.address.is_broadcast:
            return b""
        word = code.to_bytes(1 if code <= ONE_BYTE else 2, "little")
        function = frame.control.function
        edition = Edition.E1997 if function in EDITION_1997_FUNCTIONS else Edition.E2007
        return dlt645.build_frame(dlt645.build_message(frame.address, dlt645.Refusal(function, word, edition)))
    with suppress(ProtocolError):
        link = dlt698.parse_link(bare)
        answer = _refusal_698(dlt698.parse_apdu(link.user_data), Dar(code & ONE_BYTE))
        if answer is not None and link.address.kind is dlt698.AddressKind.SINGLE:
            back = dlt698.LinkFrame(link.control.reversed, link.address, link.client, dlt698.build_apdu(answer))
            return dlt698.build_link(back)
    return b""


def _refusal_698(request: dlt698.Apdu, dar: Dar) -> dlt698.Apdu | None:
    """Answer each item with the DAR; services without one with an ERROR-Response."""
    answer: dlt698.Apdu | None = None
    match request:
        case dlt698.GetNormalRequest(piid=piid, oad=oad):
            answer = dlt698.GetNormalResponse(piid, dlt698.ResultNormal(oad, dar))
        case dlt698.GetListRequest(piid=piid, oads=oads):
            answer = dlt698.GetListResponse(piid, tuple(dlt698.ResultNormal(oad, dar) for oad in oads))
        case dlt698.GetRecordRequest(piid=piid, record=record):
            answer = dlt698.GetRecordResponse(piid, dlt698.ResultRecord(record.oad, record.columns, dar))
        case dlt698.SetNormalRequest(piid=piid, setting=setting):
            answer = dlt698.SetNormalResponse(piid, dlt698.SetResult(setting.oad, dar))
        case dlt698.ActionNormalRequest(piid=piid, action=action):
            answer = dlt698.ActionNormalResponse(piid, dlt698.ActionResult(action.omd, dar))
        case dlt698.SecurityRequest():
            answer = dlt698.SecurityResponse(dar, None)
        case dlt698.ClientApdu(piid=piid):
            answer = dlt698.ServerErrorResponse(piid, int(dar))
    return answer


def _moved(digits: str, shift: int) -> str:
    """Give the number that is so much higher, of as many digits."""
    size = len(digits)
    return f"{(int(digits) + shift) % 10**size:0{size}d}" if digits.isdecimal() else digits
