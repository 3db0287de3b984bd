"""Where the parts of a frame lie in bytes that need not be a good one, DL/T 645-2007, 5.2.

Sizes come from the frame's declaration. A broken frame is read the way that leaves least unexplained: with
an address that lost or won a byte, with another length than its length byte says.
"""

from protocols.dissection import Fault, Place, Survey, Words
from protocols.dlt645.inspect import causes
from protocols.dlt645.inspect.declared import HEAD_SIZES, TAIL_SIZES
from protocols.dlt645.wire.frame import END, MAX_DATA, START, WAKEUP, count_wakeup, sum8

_START = bytes([START])
_ADDRESS = HEAD_SIZES["start"]
_SECOND_START = _ADDRESS + HEAD_SIZES["address"]
_HEAD = sum(HEAD_SIZES.values()) + 1
"""Bytes up to and with the length byte."""
_TAIL = sum(TAIL_SIZES.values())


def survey(raw: bytes) -> Survey:
    """Find the parts of the frame at the start of ``raw``, wake-up bytes allowed. Never raises."""
    wakeup = count_wakeup(raw)
    at, faults = _start(raw, wakeup)
    parts: list[Place] = [("wakeup", 0, wakeup), ("skipped", wakeup, at)]
    if at == len(raw):
        return _sealed(raw, parts, faults)
    shift, more = _second_start(raw, at)
    faults += more
    head = _head(at, shift)
    length = at + _HEAD + shift
    if len(raw) < length:
        cause = Words("the bytes end before the length byte L", "在数据域长度L之前中断")
        cut = Fault("truncated", len(raw), str(_HEAD + _TAIL), str(len(raw) - at), cause)
        return _sealed(raw, parts + head, [*faults, cut])
    size, more = _data_size(raw, at, length)
    end = min(length + size, len(raw))
    parts += [*head, ("data", length, end)]
    for name, width in TAIL_SIZES.items():
        parts.append((name, end, end + width))
        end += width
    return _sealed(raw, [*parts, ("trailing", end, len(raw))], faults + more)


def _sealed(raw: bytes, parts: list[Place], faults: list[Fault]) -> Survey:
    """Leave out what lies behind the last byte and what is empty; order the faults."""
    cut = [(name, min(start, len(raw)), min(end, len(raw))) for name, start, end in parts]
    return Survey(
        tuple(part for part in cut if part[1] < part[2]),
        tuple(sorted(faults, key=lambda fault: fault.offset)),
    )


def _head(at: int, shift: int) -> list[Place]:
    """Parts up to and with the length byte; ``shift`` bytes more or fewer are in the address."""
    parts: list[Place] = []
    for name, width in (*HEAD_SIZES.items(), ("length", 1)):
        end = at + width + (shift if name == "address" else 0)
        parts.append((name, at, end))
        at = end
    return parts


def _start(raw: bytes, wakeup: int) -> tuple[int, list[Fault]]:
    """Find where the frame begins: behind the wake-up bytes, or later where bytes stand in front of it."""
    bare = raw[wakeup:]
    if bare[:1] == _START:
        doubled = bare[1:2] == _START and bare[_SECOND_START : _SECOND_START + 1] != _START
        if doubled and bare[_SECOND_START + 1 : _SECOND_START + 2] == _START and _fits(raw, wakeup + 1, 0):
            return wakeup + 1, [Fault("doubled_start", wakeup, "-", f"{START:02X}", causes.DOUBLED)]
        return wakeup, []
    found = bare[:1].hex().upper() or "-"
    wrong = Fault("no_start", wakeup, f"{START:02X}", found, causes.of_start(bare))
    if bare[_SECOND_START : _SECOND_START + 1] == _START:
        return wakeup, [wrong]
    later = bare.find(_START)
    return (len(raw) if later < 0 else wakeup + later), [wrong]


def _second_start(raw: bytes, at: int) -> tuple[int, list[Fault]]:
    """Tell by how many bytes the second 68H is off its place, and what is wrong with it."""
    place = at + _SECOND_START
    if len(raw) <= place or raw[place] == START:
        return 0, []
    found = f"{raw[place]:02X}"
    for shift, cause in ((-1, causes.LOST), (1, causes.ADDED)):
        if raw[place + shift : place + shift + 1] == _START and _fits(raw, at, shift):
            return shift, [Fault("second_start", place, f"{START:02X}", found, cause)]
    mended = raw[:place] + _START + raw[place + 1 :]
    behind = _behind(mended, at, 0)
    damaged = _fits(mended, at, 0) and sum8(mended[at:behind]) == mended[behind]
    cause = causes.DAMAGED if damaged else causes.NO_SECOND_START
    return 0, [Fault("second_start", place, f"{START:02X}", found, cause)]


def _behind(raw: bytes, at: int, shift: int) -> int:
    """Offset behind the data field; that of the length byte where even this is not there."""
    length: int = at + _HEAD + shift - 1
    return length + 1 + raw[length] if length < len(raw) else length


def _fits(raw: bytes, at: int, shift: int) -> bool:
    """Whether 16H stands where the length byte says the frame ends."""
    behind = _behind(raw, at, shift)
    return behind + 1 < len(raw) and raw[behind + 1] == END


def _data_size(raw: bytes, at: int, start: int) -> tuple[int, list[Fault]]:
    """Tell how many bytes the data field has, and what is wrong from the length byte on."""
    announced = raw[start - 1]
    faults = _closing_faults(raw, at, start, announced)
    if not faults:
        return announced, []
    for size in range(min(len(raw) - start - _TAIL, MAX_DATA), -1, -1):
        cause = _contradicts(raw, at, start, size)
        if size != announced and cause is not None:
            return size, [Fault("length", start - 1, f"{size:02X}", f"{announced:02X}", cause)]
    return announced, faults


def _contradicts(raw: bytes, at: int, start: int, size: int) -> Words | None:
    """Say what speaks for another length: checksum and 16H that fit there, and nothing or a frame behind."""
    behind = start + size
    follows = raw[behind + _TAIL : behind + _TAIL + 1]
    if raw[behind + 1] != END or follows not in {b"", _START, bytes([WAKEUP])}:
        return None
    total = sum8(raw[at:behind])
    if raw[behind] == total:
        return causes.length_miscounted(size)
    mended = (total - raw[start - 1] + size) & 0xFF
    return causes.length_damaged(size) if raw[behind] == mended else None


def _closing_faults(raw: bytes, at: int, start: int, size: int) -> list[Fault]:
    """Find what is wrong with checksum and end of a data field of that size."""
    behind = start + size
    faults = []
    if behind < len(raw) and raw[behind] != (expected := sum8(raw[at:behind])):
        cause = causes.of_checksum(raw[:at], raw[at:behind], raw[behind], _HEAD)
        faults.append(Fault("checksum", behind, f"{expected:02X}", f"{raw[behind]:02X}", cause))
    if behind + 1 < len(raw):
        if raw[behind + 1] != END:
            found = raw[behind + 1]
            faults.append(Fault("end_byte", behind + 1, f"{END:02X}", f"{found:02X}", causes.of_end(found)))
        return faults
    missing = behind + _TAIL - len(raw)
    cause = causes.cut_off(size, len(raw) - start, missing)
    return [*faults, Fault("truncated", len(raw), str(behind + _TAIL - at), str(len(raw) - at), cause)]
