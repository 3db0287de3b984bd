"""What most likely made a frame wrong, and what to do about it.

Lines of DL/T 645 run with eight data bits and even parity (8E1); the classic mistakes are another parity, a
sender that sums what does not belong to the checksum, and a data field that went out without its mask 33H.
"""

from protocols.dissection import Words
from protocols.dlt645.inspect.declared import unmask
from protocols.dlt645.wire.frame import END, START, sum8

_PARITY = 0x80

LOST = Words(
    "68H stands one byte early: a byte of the address was lost on the way",
    "68H提前一字节: 地址域丢失一个字节",
)
ADDED = Words("68H stands one byte late: the address has a byte too many", "68H推后一字节: 地址域多出一个字节")
DOUBLED = Words("68H was sent twice: drop the first one", "起始符68H重复: 去掉第一个")
DAMAGED = Words(
    "with 68H here the checksum fits: this one byte was damaged on the line",
    "此处若为68H则校验和正确: 该字节在线路上受损",
)
NO_SECOND_START = Words(
    "the six address bytes are followed by 68H; bytes are missing, or this is no frame of DL/T 645",
    "六字节地址之后应为68H; 可能丢失字节或非DL/T 645帧",
)
NO_START = Words("a frame begins with 68H; the beginning is missing", "帧以68H开头; 缺少帧头")
_PARITY_BIT = Words(
    "the byte bears a parity bit: the line is read or driven with 7 data bits, set 8 data bits and even parity (8E1)",
    "该字节带有校验位: 串口应设为8数据位、偶校验(8E1)",
)
_WITHOUT_PARITY = Words(
    "the line is likely read without parity (8N1) or at a wrong rate: set 8E1 and the meter's rate",
    "可能按无校验(8N1)或错误速率接收: 请设为8E1并核对速率",
)


def of_start(bare: bytes) -> Words:
    """Say why the first byte is not 68H."""
    if bare[:1] == bytes([_with_parity(START)]):
        return _PARITY_BIT
    return NO_START


def of_end(found: int) -> Words:
    """Say why the last byte is not 16H."""
    if found == _with_parity(END):
        return _PARITY_BIT
    if found in {0x00, 0xFF}:
        return _WITHOUT_PARITY
    return Words("length L is wrong, or the byte was damaged on the line", "数据域长度L有误, 或该字节在线路上受损")


def of_checksum(wakeup: bytes, summed: bytes, found: int, head: int) -> Words:
    """Say by how much the checksum is wrong, and what other sum would have given it.

    ``summed`` are the bytes it belongs to, the first ``head`` of them in front of the data field.
    """
    right = sum8(summed)
    gap = (found - right) & 0xFF
    others = {
        "wakeup": sum8(wakeup + summed),
        "first": sum8(summed[1:]),
        "mask": sum8(summed[:head] + unmask(summed[head:])),
        "negated": -right & 0xFF,
    }
    cause = next((_SUMS[name] for name, total in others.items() if total == found), None)
    if cause is None:
        cause = _bit_flipped(gap) if gap in _ONE_BIT else _DAMAGED
    return Words(f"off by {gap:02X}H", f"相差{gap:02X}H").then(cause, ": ")


_ONE_BIT = {1 << bit for bit in range(8)} | {-(1 << bit) & 0xFF for bit in range(8)}
_SUMS = {
    "wakeup": Words("the sender summed the wake-up bytes FEH too", "发送方把前导字节FEH计入了校验和"),
    "first": Words("the sender left the first 68H out of the sum", "发送方漏计了第一个68H"),
    "mask": Words("the sender summed the data before it added 33H", "发送方在加33H之前计算了校验和"),
    "negated": Words("the sender gave the sum's complement", "发送方取了校验和的补码"),
}
_DAMAGED = Words("bytes were damaged on the line, or changed by hand", "字节在线路上受损或被改动")


def _bit_flipped(gap: int) -> Words:
    bit = min(gap, -gap & 0xFF).bit_length() - 1
    return Words(f"as if one bit D{bit} of one byte was damaged on the line", f"相当于某字节的D{bit}位在线路上翻转")


def on_the_wire(byte: int) -> Words:
    """Say what a byte of the data field was before the mask was taken off."""
    return Words(f"{byte:02X}H on the wire, less 33H", f"线路上为{byte:02X}H, 已减33H")


def cut_off(announced: int, there: int, missing: int) -> Words:
    """Say what is missing behind the length byte."""
    data = min(announced, there)
    return Words(
        f"L says {announced} data bytes, {data} are there; {missing} bytes missing with CS and 16H: "
        "the reader stopped too early, or L is wrong",
        f"L为{announced}字节, 实有{data}字节; 连同校验码和结束符共缺{missing}字节: 接收过早结束或L有误",
    )


def length_miscounted(size: int) -> Words:
    """Say that the sender's L is wrong, but its checksum is right."""
    return Words(
        f"CS and 16H fit if L were {size:02X}H ({size} data bytes): the sender counts wrongly",
        f"若L为{size:02X}H({size}字节)则校验码和结束符吻合: 发送方长度计算有误",
    )


def length_damaged(size: int) -> Words:
    """Say that the sender's L was right and did not arrive so."""
    return Words(
        f"with L = {size:02X}H the checksum and 16H fit: L was damaged on the line or changed by hand",
        f"若L={size:02X}H则校验和与结束符吻合: L在线路上受损或被改动",
    )


def _with_parity(byte: int) -> int:
    """Give the byte as a line with 7 data bits and even parity carries it."""
    return byte | _PARITY if byte.bit_count() % 2 else byte
