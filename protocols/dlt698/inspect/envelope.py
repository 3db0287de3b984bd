"""Where the parts of a link frame lie in bytes that need not be a good one (DL/T 698.45-2017, 链路层帧).

Sizes come from the header's declaration. A header whose check sum fits is believed; where the end does not fit its
length, another length is looked for that check sum and 16H speak for.
"""

from protocols.dissection import Fault, Place, Survey, Words
from protocols.dlt698.inspect import causes, checks
from protocols.dlt698.inspect.declared import HEAD_SIZES
from protocols.dlt698.wire.link import END, FRAME_OVERHEAD, MAX_LENGTH, START, Control

WAKEUP = 0xFE
_START = bytes([START])
_AF: int = 1 + HEAD_SIZES["length"] + HEAD_SIZES["control"]
"""Offset of AF in a frame."""
_SECOND_START_645 = 7
_CHECK = 2
_TAIL = _CHECK + 1
_SA_SIZE = 0x0F
_LEAST = 12
"""Bytes of the smallest frame."""


def survey(raw: bytes) -> Survey:
    """Find the parts of the frame at the start of ``raw``, wake-up bytes allowed. Never raises."""
    wakeup = count_wakeup(raw)
    at, faults = _start(raw, wakeup)
    parts: list[Place] = [("wakeup", 0, wakeup), ("skipped", wakeup, at)]
    parts += _head(raw, at)
    behind = parts[-1][2]
    if at == len(raw):
        return _sealed(raw, parts, faults)
    if behind > len(raw):
        return _sealed(raw, parts, [*faults, *_cut_in_head(raw, at, behind)])
    faults += _length_faults(raw, at, behind)
    size, more = _size(raw, at, behind)
    faults += more
    end = at + size
    closing = max(end - _TAIL, behind)
    parts += [("user_data", behind, closing), ("fcs", closing, end - 1), ("end_byte", max(end - 1, closing), end)]
    faults += _header_faults(raw, at, behind, size)
    faults += _closing_faults(raw, at, size)
    if end < len(raw) and not _is_followed(raw, end):
        faults.append(Fault("trailing_bytes", end, "-", raw[end : end + 8].hex().upper(), causes.TRAILING))
    return _sealed(raw, [*parts, ("trailing", end, len(raw))], faults)


def count_wakeup(raw: bytes) -> int:
    """Count the wake-up bytes in front of a frame."""
    return len(raw) - len(raw.lstrip(bytes([WAKEUP])))


def _sealed(raw: bytes, parts: list[Place], faults: list[Fault]) -> Survey:
    """Leave out what lies behind the last byte and what is empty."""
    cut = [(name, min(start, len(raw)), min(end, len(raw))) for name, start, end in parts]
    return Survey(tuple(part for part in cut if part[1] < part[2]), tuple(faults))


def _start(raw: bytes, wakeup: int) -> tuple[int, list[Fault]]:
    """Find where the frame begins: behind the wake-up bytes, or later where bytes stand in front of it."""
    if raw[wakeup : wakeup + 1] == _START:
        return wakeup, []
    found, is_header = raw[wakeup : wakeup + 1], _is_header(raw, wakeup)
    cause = causes.of_start(found, is_header=is_header)
    wrong = Fault("bad_start", wakeup, f"{START:02X}", found.hex().upper() or "-", cause)
    if is_header:
        return wakeup, [wrong]
    later = raw.find(_START, wakeup)
    return (len(raw) if later < 0 else later), [wrong]


def _is_followed(raw: bytes, end: int) -> bool:
    """Whether another frame seems to begin behind one: of this dialect, or of DL/T 645."""
    at = end + count_wakeup(raw[end:])
    second = at + _SECOND_START_645
    return raw[at : at + 1] == _START and (_is_header(raw, at) or raw[second : second + 1] == _START)


def _is_header(raw: bytes, at: int) -> bool:
    """Whether a header with a right check sum lies there, whatever its first byte."""
    hcs = _hcs_at(raw, at)
    return hcs + _CHECK <= len(raw) and raw[hcs : hcs + _CHECK] == checks.x25_bytes(raw[at + 1 : hcs])


def _hcs_at(raw: bytes, at: int) -> int:
    """Offset of HCS, by what AF says of the address; as for one byte where there is no AF."""
    af = raw[at + _AF] if at + _AF < len(raw) else 0
    client: int = HEAD_SIZES["client"]
    return at + _AF + 1 + (af & _SA_SIZE) + 1 + client


def _head(raw: bytes, at: int) -> list[Place]:
    """Parts up to and with HCS."""
    hcs = _hcs_at(raw, at)
    sizes = {"start": 1, "length": HEAD_SIZES["length"], "control": HEAD_SIZES["control"], "af": 1}
    parts: list[Place] = []
    for name, size in sizes.items():
        parts.append((name, at, at + size))
        at += size
    client = hcs - HEAD_SIZES["client"]
    return [*parts, ("sa", at, client), ("client", client, hcs), ("hcs", hcs, hcs + _CHECK)]


def length_of(raw: bytes, at: int) -> int:
    """Value of L of the frame at ``at``, its reserved bits included."""
    return int.from_bytes(raw[at + 1 : at + 1 + HEAD_SIZES["length"]], "little")


def _cut_in_head(raw: bytes, at: int, behind: int) -> list[Fault]:
    """Say how many bytes are missing of a frame that ends in its header."""
    there = len(raw) - at
    known = there > HEAD_SIZES["length"]
    announced = (length_of(raw, at) & MAX_LENGTH) + FRAME_OVERHEAD if known else _LEAST
    size = max(announced, behind - at + _TAIL)
    return [Fault("truncated", len(raw), str(size), str(there), causes.cut_in_header(size - there, is_known=known))]


def _length_faults(raw: bytes, at: int, behind: int) -> list[Fault]:
    """Find what is wrong with L by itself."""
    length = length_of(raw, at)
    high = at + HEAD_SIZES["length"]
    if length > MAX_LENGTH:
        cause = causes.reserved_bits(length)
        return [Fault("bad_length", high, f"{raw[high] & MAX_LENGTH >> 8:02X}", f"{raw[high]:02X}", cause)]
    smallest = behind - at + _TAIL - FRAME_OVERHEAD
    if length < smallest:
        cause, size = causes.too_small(smallest), HEAD_SIZES["length"]
        return [Fault("bad_length", at + 1, f">= {smallest}", str(length), cause, size=size)]
    return []


def _size(raw: bytes, at: int, behind: int) -> tuple[int, list[Fault]]:
    """Tell how many bytes the frame has, and what is wrong with L where other bytes contradict it."""
    least = behind - at + _TAIL
    announced = (length_of(raw, at) & MAX_LENGTH) + FRAME_OVERHEAD
    if announced >= least and _closes(raw, at, announced):
        return announced, []
    end = raw.rfind(END, at + least - 1)
    while end >= 0:
        size = end + 1 - at
        follows = raw[end + 1 : end + 2]
        if size != announced and follows in {b"", _START, bytes([WAKEUP])}:
            cause = _speaks_for(raw, at, size)
            if cause is not None:
                right, wrong = size - FRAME_OVERHEAD, length_of(raw, at)
                found = Fault("bad_length", at + 1, _wire(right), _wire(wrong), cause, size=HEAD_SIZES["length"])
                return size, [found]
        end = raw.rfind(END, at + least - 1, end)
    if announced < least:
        return max(least, len(raw) - at), []
    return announced, []


def _wire(length: int) -> str:
    return length.to_bytes(HEAD_SIZES["length"], "little").hex().upper()


def _closes(raw: bytes, at: int, size: int) -> bool:
    """Whether a frame of that size has a right FCS and ends with 16H."""
    end = at + size
    if end > len(raw) or raw[end - 1] != END:
        return False
    return raw[end - _TAIL : end - 1] == checks.x25_bytes(raw[at + 1 : end - _TAIL])


def _speaks_for(raw: bytes, at: int, size: int) -> Words | None:
    """Say what speaks for another size: FCS and 16H that fit there, as the bytes are or with the right L."""
    length = size - FRAME_OVERHEAD
    if length > MAX_LENGTH:
        return None
    if _closes(raw, at, size):
        return causes.length_miscounted(length)
    mended = raw[: at + 1] + length.to_bytes(HEAD_SIZES["length"], "little") + raw[at + 1 + HEAD_SIZES["length"] :]
    return causes.length_damaged(length) if _closes(mended, at, size) else None


def _header_faults(raw: bytes, at: int, behind: int, size: int) -> list[Fault]:
    """Find what is wrong with HCS."""
    hcs = behind - _CHECK
    expected, found = checks.x25_bytes(raw[at + 1 : hcs]), raw[hcs:behind]
    if found == expected:
        return []
    cause = causes.of_hcs(raw, at, hcs, size)
    return [Fault("bad_hcs", hcs, expected.hex().upper(), found.hex().upper(), cause, size=_CHECK)]


def _closing_faults(raw: bytes, at: int, size: int) -> list[Fault]:
    """Find what is wrong with FCS and end of a frame of that size."""
    end = at + size
    fcs = end - _TAIL
    faults = []
    if end - 1 <= len(raw):
        expected, found = checks.x25_bytes(raw[at + 1 : fcs]), raw[fcs : end - 1]
        if found != expected:
            cause = causes.of_fcs(raw, at, _hcs_at(raw, at), fcs)
            faults.append(Fault("bad_fcs", fcs, expected.hex().upper(), found.hex().upper(), cause, size=_CHECK))
    if end <= len(raw):
        if raw[end - 1] != END:
            cause = causes.of_end(raw[end - 1], is_checked=not faults)
            faults.append(Fault("bad_end", end - 1, f"{END:02X}", f"{raw[end - 1]:02X}", cause))
        return faults
    missing = end - len(raw)
    return [*faults, Fault("truncated", len(raw), str(size), str(len(raw) - at), causes.cut_off(size, missing))]


def control_of(found: Survey, raw: bytes) -> Control | None:
    """Control field of a frame, None where it is missing."""
    octet = found.bytes_of("control", raw)
    return Control.of(octet[0]) if octet else None
