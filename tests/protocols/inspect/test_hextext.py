"""Bytes out of text: every style of hex, logs with times and words around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import build_frame
from protocols.inspect import NotHexError, read_hex, read_line
from tests.protocols.dlt645.strategies import frames
from tests.protocols.inspect.test_dissect import TOTAL
from tests.protocols.inspect.test_inspect import ALL

STYLES = {
    "bare": "{}",
    "spaces": "{} ",
    "tabs": "{}\t",
    "colons": "{}:",
    "dashes": "{}-",
    "commas": "{}, ",
    "semicolons": "{};",
    "C": "0x{}, ",
    "C without spaces": "0x{},",
    "C glued": "0x{} ",
    "escapes": "\\x{}",
    "suffix": "{}H ",
    "suffix and commas": "{}h,",
}
WRAPPERS = ["{}", " {} ", "{{ {} }};", "[{}]", "({})", '"{}"', "b'{}'", "<{}>", "\ufeff{}", "{}\r\n"]
PREFIXES = [
    "2026-09-14 08:00:00.123 TX: ",
    "2026-09-14T08:00:00+08:00 RX ",
    "2026/9/14 8:00:00 -> ",
    "2026年9月14日 08:00:00 发送: ",
    "08:00:00 ",
    "08:00:00,123 <- ",
    "08:00:00:123 >> ",
    "[12:34:56.789] [COM3] ",
    "Sep 14 08:00:00 meterd[1234]: send(20) ",
    "INFO 1694649600 link 7 wrote: ",
    "12: ",
    "接收[20字节]: ",
]
SUFFIXES = ["", " ok", "  |h...h..|", " (20 bytes)", " # note"]


def styled(raw: bytes, style: str) -> str:
    """Bytes in a style."""
    return "".join(STYLES[style].format(f"{byte:02X}") for byte in raw)


@given(frames.map(lambda frame: build_frame(frame, wakeup=4)), st.sampled_from(sorted(STYLES)), st.booleans())
def test_every_style_gives_the_same_bytes(raw: bytes, style: str, lower: bool) -> None:
    """Spacing, prefixes, suffixes, capitals do not matter."""
    text = styled(raw, style)
    assert read_line(text.lower() if lower else text).data == raw
    assert read_hex(text) == raw


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("style", STYLES)
def test_what_stands_around_hex_in_code_does_not_matter(style: str, wrapper: str) -> None:
    """Quotes, brackets, ends of statements."""
    assert read_line(wrapper.format(styled(TOTAL, style))).data == TOTAL


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("style", ["bare", "spaces", "colons", "C"])
def test_a_line_of_a_log_gives_its_frame(prefix: str, suffix: str, style: str) -> None:
    """Times, directions, names, counts are no bytes; they are kept as the text around."""
    found = read_line(prefix + styled(TOTAL, style).strip(", :") + suffix)
    assert found.data == TOTAL
    assert found.around.split()[:1] == prefix.split()[:1]


@pytest.mark.parametrize(("_", "vector"), ALL, ids=lambda value: str(value)[:30])
def test_every_vector_is_read_out_of_a_log(_: str, vector: dict[str, str]) -> None:
    """Good frames come out of any line, broken ones where they begin like one."""
    raw = bytes.fromhex(vector["hex"])
    if raw.lstrip(b"\xfe")[:1] == b"\x68" and len(raw) >= 10:
        assert read_line(f"2026-09-14 08:00:00 TX {raw.hex(' ')} end of it").data == raw


def test_several_frames_of_a_line_are_all_read() -> None:
    """A good one does not hide a broken one beside it."""
    broken = TOTAL[:18] + b"\x55\x16"
    found = read_line(f"08:00:00 TX {TOTAL.hex()} RX {broken.hex()}")
    assert found.data == TOTAL + broken
    assert found.around == "08:00:00 TX RX"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the line is empty"),
        ("  \t", "the line is empty"),
        ("zz", "'z' is no hex digit (column 1)"),
        ("68 1G", "'G' is no hex digit (column 5)"),
        ("681", "3 hex digits are no whole number of bytes"),
        ("2026-09-14 08:00:00 link closed", "no hex digit"),
    ],
)
def test_text_without_bytes_says_why(text: str, reason: str) -> None:
    """The first character that is no hex digit, with its column."""
    with pytest.raises(NotHexError) as raised:
        read_line(text)
    assert reason in str(raised.value)


@given(st.text(max_size=120) | st.text("0123456789abcdefxX\\ :-,'\"h68", max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text does anything else, and bytes come only from its hex digits."""
    try:
        found = read_line(text)
    except NotHexError:
        return
    assert len(found.data) <= len(text)


@pytest.mark.parametrize("number", ["id=12 ", "meter 202311150001: ", "link 7 12 ", "no. FF ", "RX 3 "])
@pytest.mark.parametrize("wakeup", ["", "FE FE "])
def test_a_number_in_front_of_a_frame_is_text(number: str, wakeup: str) -> None:
    """What a log says of a frame is no part of its bytes, though it could be read as hex."""
    found = read_line(f"{number}{wakeup}{TOTAL.hex(' ')}")
    assert found.data == bytes.fromhex(wakeup) + TOTAL
    assert found.around == number.strip()


@pytest.mark.parametrize(
    "time", ["20260720083015", "20260720083015123", "20260720 083015", "202311150001", "202311150001:"]
)
def test_a_number_or_time_alone_in_front_of_a_frame_is_text(time: str) -> None:
    """Compact times and meters' numbers are longer than the bytes behind them."""
    found = read_line(f"{time} {TOTAL.hex(' ')}")
    assert (found.data, found.around) == (TOTAL, time.rstrip(":"))


@pytest.mark.parametrize("noise", ["00", "00 11", "12 FF 00", "0011"])
def test_noise_in_a_line_of_nothing_but_hex_stays_bytes(noise: str) -> None:
    """A line that holds no text loses none of its bytes."""
    assert read_line(f"{noise} {TOTAL.hex(' ')}").data == bytes.fromhex(noise) + TOTAL


@pytest.mark.parametrize("prefix", ["", "08:00:00 RX: "])
@pytest.mark.parametrize("gap", [" ", ", ", ":"])
def test_single_digits_between_pairs_are_bytes(prefix: str, gap: str) -> None:
    """Programs that print bytes without their leading zero."""
    assert read_line(prefix + gap.join(f"{byte:x}" for byte in TOTAL)).data == TOTAL


def test_a_single_digit_among_longer_groups_is_told_with_its_column() -> None:
    """Nobody can say which byte it belongs to."""
    with pytest.raises(NotHexError, match="a single digit at column 6"):
        read_hex("6801 0 0151 1")


@pytest.mark.parametrize(("line", "digit"), [("1 {}", "1"), ("{} 3", "3"), ("a {}", "a")])
def test_a_single_digit_beside_a_frame_counts_lines(line: str, digit: str) -> None:
    """The bytes of the frame are pairs, so the digit is none of them."""
    found = read_line(line.format(TOTAL.hex(" ")))
    assert (found.data, found.around) == (TOTAL, digit)
