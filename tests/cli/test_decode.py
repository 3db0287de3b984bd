"""``headend decode``, as a process and as a command."""

import json
import subprocess
import sys
from io import BytesIO, StringIO
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner, Result

from headend.cli.app import app
from headend.cli.decode_input import from_lines
from headend.cli.decode_output import TextView
from protocols.dissection import Language
from protocols.dlt645 import (
    DI,
    Address,
    Control,
    Frame,
    Message,
    ReadAnswer,
    ReadNextRequest,
    ReadRequest,
    build_frame,
    build_message,
    parts_of,
)
from protocols.dlt645.items.profile import STANDARD
from protocols.dlt698 import Address as Address698
from protocols.dlt698 import Control as Control698
from protocols.dlt698 import LinkFrame, build_link
from protocols.inspect import decode
from tests.protocols.dlt645.strategies import noise
from tests.protocols.inspect.test_hexdump import STYLES, dump
from tests.protocols.inspect.test_inspect import ALL

READ_TOTAL = "FEFEFEFE68610100000000681104333334331416"
ANSWER = "6812907856341268910833333433896745335416"
BROKEN = "6812907856341268910833333433896745335516"
ASKED = "FEFEFEFE68129078563412681104333334336816"
REFUSED = "68120000001020 68 D1 01 35 19 16"
SPACINGS = [" ", "", ":", "-", ", ", ", 0x", "\\x"]
LOG = f"""\
2026-09-14 08:00:00.120 COM3 TX: {ASKED}
2026-09-14 08:00:00.480 COM3 RX: {ANSWER}

--- link closed ---
08:00:01 <- {BROKEN}
08:00:02 <- {REFUSED} and {ANSWER}
"""


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["decode", *arguments], input=stdin)


def lines(done: Result) -> list[Any]:
    """Read one JSON object a line."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_process_decodes_a_frame_in_words() -> None:
    """As a program of its own, without any settings, with what the frame says on standard output."""
    command = [sys.executable, "-m", "headend.cli", "decode", READ_TOTAL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "000000000161" in done.stdout
    assert "forward active energy" in done.stdout


def test_a_process_reads_frames_from_standard_input() -> None:
    """One JSON object per line, also for a line that is no frame; the code says that one was bad."""
    command = [sys.executable, "-m", "headend.cli", "decode", "--json", "-"]
    text = f"{READ_TOTAL}\nno frame\n\n{READ_TOTAL.lower()}\n"
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["ok"] for each in found] == [True, False, False, True]
    assert [each["protocol"] for each in found] == ["dlt645", None, None, "dlt645"]
    assert all(each["error"].startswith("not_hex") for each in found if not each["ok"])
    assert (done.returncode, done.stderr) == (1, "")


def test_every_vector_decodes_as_the_inspector_does() -> None:
    """The command adds nothing and loses nothing: one object per line, equal to the inspector's."""
    frames = [vector["hex"] for _, vector in ALL]
    done = run("--json", "-", stdin="\n".join(frames))
    expected = [json.loads(json.dumps(decode(bytes.fromhex(frame)))) for frame in frames]
    assert lines(done) == expected
    assert done.exit_code == (0 if all(each["ok"] for each in expected) else 1)


@pytest.mark.parametrize("space", SPACINGS)
def test_spacing_does_not_matter(space: str) -> None:
    """Hex comes from logs in many shapes."""
    spaced = space.lstrip(", ") + space.join(READ_TOTAL[i : i + 2] for i in range(0, len(READ_TOTAL), 2))
    assert lines(run("--json", spaced)) == lines(run("--json", READ_TOTAL))


def test_bytes_that_the_shell_took_apart_are_one_frame() -> None:
    """An unquoted frame with spaces is what people paste."""
    for shape in ("02X", "x"):
        parts = [format(byte, shape) for byte in bytes.fromhex(READ_TOTAL)]
        assert lines(run("--json", *parts)) == lines(run("--json", READ_TOTAL))


def test_several_frames_are_told_one_after_the_other() -> None:
    """Each argument is a frame; one that is bad is told with its reason and makes the code 1."""
    broken = READ_TOTAL[:-4] + "0016"
    done = run("--json", READ_TOTAL, broken)
    assert [each["ok"] for each in lines(done)] == [True, False]
    assert done.exit_code == 1
    in_words = run(READ_TOTAL, broken, "zz")
    assert in_words.exit_code == 1
    assert "not_hex" in in_words.stdout


def test_without_a_frame_the_usage_is_told() -> None:
    """Nothing to decode is a mistake of the caller: code 2."""
    assert run().exit_code == 2


@given(st.binary(max_size=200).filter(lambda text: b"\n" not in text and b"\r" not in text))
def test_any_line_gets_exactly_one_object(text: bytes) -> None:
    """Whatever stands on a line, there is one answer for it, and it says whether it was a frame."""
    (found,) = lines(run("--json", "-", stdin=text + b"\n"))
    assert isinstance(found["ok"], bool)
    assert {"protocol", "error"} <= found.keys()
    assert found["ok"] == (found["error"] is None)


@given(
    noise | st.binary(max_size=300), st.sampled_from(((), ("--short",), ("--raw",), ("--raw", "--json"), ("--json",)))
)
def test_whatever_comes_in_is_told(given_bytes: bytes, options: tuple[str, ...]) -> None:
    """Bytes as text and as a capture, in every form: no end but 0, 1 or, for nothing at all, 2."""
    done = run(*options, stdin=given_bytes)
    assert done.exit_code in ({0, 1} if given_bytes else {2})
    assert done.exception is None or isinstance(done.exception, SystemExit)


@given(st.lists(st.binary(max_size=64), max_size=5))
def test_any_bytes_are_answered_line_by_line(frames: list[bytes]) -> None:
    """Bytes off a wire in hex, good or not: as many answers as lines."""
    done = run("--json", "-", stdin="".join(f"{frame.hex()}\n" for frame in frames))
    assert len(lines(done)) == len(frames)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of the field: times, directions, a blank line, words, a bad frame, two frames on one line."""
    path = tmp_path / "field.log"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_a_log_is_told_line_by_line(log: Path) -> None:
    """Each frame under its line, a line without one with its reason; the code says that not all was good."""
    done = run("--file", str(log), "--lang", "en")
    assert done.exit_code == 1
    heads = [line for line in done.stdout.splitlines() if line.startswith("line ")]
    assert heads == [
        "line 1  2026-09-14 08:00:00.120 COM3 TX",
        "line 2  2026-09-14 08:00:00.480 COM3 RX",
        "line 4  --- link closed ---: not_hex: 'l' is no hex digit (column 5)",
        "line 5  08:00:01 <-",
        "line 6  08:00:02 <- and",
        "line 6  08:00:02 <- and",
    ]
    assert "answers the request of line 1" in done.stdout
    assert "18 [55]" in done.stdout
    assert done.stdout.splitlines()[-1] == "5 frames, 4 good, 1 bad, 0 bytes skipped, 1 line without hex"


def test_standard_input_is_read_without_being_asked_for(log: Path) -> None:
    """A pipe or a file behind < is the input where nothing else is given."""
    done = run("--short", stdin=log.read_bytes())
    assert done.stdout == run("--short", "--file", str(log)).stdout
    assert len(done.stdout.splitlines()) == 7


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_log_may_be_written_as_windows_programs_do(encoding: str) -> None:
    """Chinese words around the hex, and an order mark in front, do not hide a frame."""
    found = lines(run("--json", stdin=f"08:00:00 发送: {ASKED}\r\n08:00:01 接收: {ANSWER}\r\n".encode(encoding)))
    assert [each["ok"] for each in found[:2]] == [True, True]
    assert encoding == "utf-16" or found[0]["text"] == "08:00:00 发送:"


def test_a_log_as_json_has_an_object_per_frame_with_its_line(log: Path) -> None:
    """Frames behind the first of a line have their own; answers name the request."""
    found = lines(run("--json", "--file", str(log)))
    assert [(each["line"], each["ok"]) for each in found] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
        (5, False),
        (6, True),
        (6, True),
    ]
    assert found[1]["answers"] == {"request": "line 1", "match": "answer"}
    assert found[1]["value"] == "1234.56"
    assert found[5]["answers"]["match"] != "answer"
    assert found[4]["faults"][0] | {"offset": 18, "expected": "54", "found": "55"} == found[4]["faults"][0]
    assert (found[6]["offset"], found[6]["fields"][0]["offset"]) == (13, 13)


def test_frames_behind_the_first_of_one_argument_are_told() -> None:
    """In JSON inside of the one object, which is as ever; in words one below the other."""
    (found,) = lines(run("--json", ANSWER + REFUSED))
    (alone,) = lines(run("--json", ANSWER))
    assert {name: found[name] for name in alone if name != "fields"} == {
        name: value for name, value in alone.items() if name != "fields"
    }
    assert [each["err"] for each in found["following"]] == ["02"]
    in_words = run(ANSWER + "00112233" + REFUSED)
    assert "no requested data" in in_words.stdout
    assert "4 bytes skipped" in in_words.stdout
    assert in_words.exit_code == 0


def test_a_broken_frame_behind_a_good_one_makes_the_code_1() -> None:
    """What is bad is never hidden by what is good."""
    assert run("--json", ANSWER + BROKEN).exit_code == 1
    assert run(ANSWER + BROKEN).exit_code == 1
    assert run(ANSWER + ANSWER).exit_code == 0


def test_a_capture_is_cut_into_frames(tmp_path: Path) -> None:
    """Bytes as they were on the line, with their places in the file."""
    path = tmp_path / "line.bin"
    path.write_bytes(b"\x00\x01" + bytes.fromhex(ASKED + ANSWER) + b"\x55")
    found = lines(run("--json", "--raw", "--file", str(path)))
    assert [(each["offset"], each["ok"]) for each in found] == [(0, False), (2, True), (22, True), (42, False)]
    assert found[2]["answers"] == {"request": "byte 2", "match": "answer"}
    done = run("--raw", "--short", stdin=path.read_bytes())
    assert done.exit_code == 0
    assert run("--raw", stdin=b"no frame at all").exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("2 frames")
    assert "3 bytes" in done.stdout.splitlines()[-1]


@given(st.lists(st.integers(1, len(ANSWER) // 2 - 1), max_size=4))
def test_a_frame_may_be_wrapped_over_lines(breaks: list[int]) -> None:
    """A hex dump of narrow lines is one frame; with one JSON object a line each line stands for itself."""
    cuts = [0, *sorted(set(breaks)), len(ANSWER) // 2]
    wrapped = [ANSWER[2 * start : 2 * end] for start, end in pairwise(cuts)]
    text = "\n".join(
        ["08:00:00 " + " ".join(wrapped[0][at : at + 2] for at in range(0, len(wrapped[0]), 2)), *wrapped[1:]]
    )
    if cuts[1] >= 10:
        (found,) = lines(run("--json", stdin=text))
        assert found["value"] == "1234.56"
    assert len(lines(run("--json", "-", stdin=text))) == len(wrapped)


@pytest.mark.parametrize("width", [13, 20, 30])
def test_frames_behind_each_other_may_be_wrapped_over_lines(width: int) -> None:
    """None of them is lost, wherever a line ends."""
    dump = ANSWER * 6
    wrapped = "".join(dump[at : at + 2 * width] + "\n" for at in range(0, len(dump), 2 * width))
    found = lines(run("--json", stdin=wrapped))
    assert [each["value"] for each in found] == ["1234.56"] * 6


def test_lines_that_complete_no_frame_stay_apart() -> None:
    """A cut frame and what follows it are told by themselves."""
    found = lines(run("--json", stdin=f"{ANSWER[:24]}\n00 11 22\n{ANSWER}\n{ANSWER[:24]}\n"))
    assert [(each["line"], each["ok"]) for each in found] == [(1, False), (2, False), (3, True), (4, False)]


def test_long_items_are_put_together(tmp_path: Path) -> None:
    """With the last part stands the whole."""
    meter, di = Address.meter("202311150001"), DI(0x00010000)
    path = tmp_path / "parts.log"
    asked: list[Message] = [ReadRequest(di), ReadNextRequest(di, 1)]
    told: tuple[Message, ...] = parts_of(ReadAnswer(di, bytes.fromhex("56341200")), 2)
    frames = [build_message(meter, each) for pair in zip(asked, told, strict=True) for each in pair]
    path.write_text("".join(f"{build_frame(frame).hex(' ')}\n" for frame in frames), encoding="utf-8")
    done = run("--file", str(path), "--lang", "en")
    assert "all parts together: 00010000 forward active energy, total, now, 4 bytes" in done.stdout
    assert "1234.56 kWh" in done.stdout
    wholes = [each.get("whole", {}) for each in lines(run("--json", "--file", str(path)))]
    assert [(whole.get("value"), whole.get("unit")) for whole in wholes] == [(None, None)] * 3 + [("1234.56", "kWh")]


def test_groups_that_the_shell_took_apart_are_one_frame() -> None:
    """Groups of two or four bytes, too, where only together they are a frame."""
    groups = [ANSWER[at : at + 8] for at in range(0, len(ANSWER), 8)]
    assert lines(run("--json", *groups)) == lines(run("--json", ANSWER))


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "remaining money"), ("zh", "剩余金额"), ("both", "remaining money, now (")]
)
def test_the_language_is_chosen(lang: str, word: str) -> None:
    """Names and values in English, in Chinese, or in both."""
    text = run("--lang", lang, "681200000010206891083335C33389CB3433C416").stdout
    assert word in text
    assert (lang == "zh") == ("address" not in text)


def test_a_profile_or_an_edition_is_chosen() -> None:
    """A meter of 1997 repeats an answer with 03H; a profile nobody knows is a mistake that names the known ones."""
    again = build_frame_1997()
    assert lines(run("--json", again))[0]["function"] == "03"
    (found,) = lines(run("--json", "--edition", "1997", again))
    assert (found["protocol"], found["value"]) == ("1997", "0.01")
    assert lines(run("--json", "--profile", "1997", again)) == [found]
    unknown = run("--profile", "nobody", again)
    assert unknown.exit_code == 2
    assert "state-grid-2013" in unknown.output.replace("\n", "")
    assert run("--profile", "1997", "--edition", "2007", again).exit_code == 2


def build_frame_1997() -> str:
    """Answer repeated by a meter of 1997: forward active energy 0.01 kWh."""
    frame = Frame(Address.meter("1"), Control(3, from_slave=True), bytes.fromhex("109001000000"))
    return build_frame(frame).hex()


def test_frames_and_a_file_do_not_go_together(log: Path) -> None:
    """One input at a time, and arguments are hex, never bytes."""
    assert run("--file", str(log), ANSWER).exit_code == 2
    assert run("--raw", ANSWER).exit_code == 2


def test_standard_input_stands_alone() -> None:
    """A frame beside - would be read from neither."""
    done = run("-", ANSWER)
    assert done.exit_code == 2
    assert "stands alone" in done.output


@pytest.mark.parametrize("argument", ["", "  "])
def test_an_empty_argument_is_no_good_frame(argument: str) -> None:
    """A script whose variable is empty must not go on as if all were well."""
    done = run(argument)
    assert (done.exit_code, done.stdout) == (1, "not_hex: the argument is empty\n\n")
    as_json = run("--json", argument)
    assert (as_json.exit_code, lines(as_json)[0]["error"]) == (1, "not_hex: the argument is empty")
    assert run(ANSWER, argument).exit_code == 1


def test_blank_lines_do_no_harm() -> None:
    """Of a file and of standard input, in every form."""
    for options in ((), ("--json",), ("--json", "-"), ("-",)):
        assert run(*options, stdin=f"\n{ANSWER}\n  \n").exit_code == 0


def test_a_frame_with_a_fault_told_is_no_good_frame() -> None:
    """The link's bytes are in order, the payload does not fit its item: JSON says ok of the link, the code is 1."""
    frame = Frame(Address.meter("1"), Control(0x11, from_slave=True), bytes.fromhex("00000100" + "5634"))
    misfit = build_frame(frame).hex()
    assert "1 fault" in run("--lang", "en", misfit).stdout
    assert run(misfit).exit_code == 1
    done = run("--json", misfit)
    assert (done.exit_code, lines(done)[0]["ok"]) == (1, True)
    assert run("--json", ANSWER, misfit).exit_code == 1
    assert run("--raw", stdin=bytes.fromhex(misfit)).exit_code == 1


@pytest.mark.parametrize("number", ["id=12", "meter 202311150001:", "20260720083015", "no. 7"])
def test_a_number_in_front_does_not_hide_the_value(number: str) -> None:
    """The object is that of the frame, with its value at hand."""
    (found,) = lines(run("--json", f"{number} {bytes.fromhex(ANSWER).hex(' ')}"))
    assert (found["value"], "discarded" in found) == ("1234.56", False)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("size", [1, 2, 16, 17, 60])
def test_a_hex_dump_is_read(style: str, size: int) -> None:
    """Rows of every common program, frames that end at the end of a row or go on behind it, other lines between."""
    frames = bytes.fromhex((ASKED + ANSWER) * (1 + size // 20))
    text = "\n".join(["08:00:00 dump", *dump(frames, style, max(size, 2)), "", *dump(frames, style), "closed"])
    found = [each for each in lines(run("--json", stdin=text)) if each["protocol"]]
    assert all(each["ok"] for each in found)
    assert [each.get("value") for each in found] == [None, "1234.56"] * (2 * (1 + size // 20))


def test_a_dump_given_as_an_argument_or_with_its_length_below_is_read() -> None:
    """The whole of what hexdump -C printed."""
    text = "\n".join([*dump(bytes.fromhex(ANSWER), "hexdump -C"), "00000014"])
    assert lines(run("--json", text))[0]["value"] == "1234.56"
    done = run("--short", "--lang", "en", stdin=text)
    assert done.exit_code == 0
    assert done.stdout.startswith("lines 1-2  <- 123456789012 | 11H read data")


def test_dumps_are_told_as_they_come() -> None:
    """Who follows a live log is told a frame with the row that ends it; one that never begins is not held for ever."""
    rows = dump(bytes.fromhex(ANSWER), "xxd")
    stream = Endless("".join(f"{row}\n" for row in rows).encode())
    assert next(from_lines(cast("BinaryIO", stream))).line == 1
    noise_rows = "".join(f"{row}\n" for row in dump(bytes(16 * 5000), "xxd"))
    told = list(from_lines(BytesIO(noise_rows.encode())))
    assert len(told) > 10
    assert sum(len(given.data or b"") for given in told) == 16 * 5000


def test_each_language_stands_alone() -> None:
    """The table's head in Chinese, and bytes of no frame of either dialect in English."""
    assert "偏移" in run("--lang", "zh", ANSWER).stdout
    assert "at   bytes" in run("--lang", "en", ANSWER).stdout
    for frame in ("681E00810516100000000010003A120501004000020000DA2B16", "112233"):
        text = run("--lang", "en", frame).stdout
        assert text
        assert text.isascii()


def test_the_help_shows_how_it_is_used() -> None:
    """Every way in with an example."""
    text = run("--help").stdout
    for word in ("--file", "--raw", "--lang", "--profile", "--json", "--short", "field.log", READ_698):
        assert word in text


READ_698 = "681700430556341200002110AE0C0501090010020000A63816"
FORWARDED = next(
    vector["hex"] for each, vector in ALL if each == "dlt698" and "645 answer 012345.67" in vector["meaning"]
)


def answer_698(data: str) -> str:
    """Answer to the read of energy, with this result."""
    apdu = bytes.fromhex(f"850109 00100200 {data} 0000")
    return build_link(LinkFrame(Control698.of(0xC3), Address698.single("210000123456"), 0x10, apdu)).hex().upper()


def test_a_log_of_698_says_who_answers_whom_and_puts_pieces_together() -> None:
    """In one line a frame, with the request of each answer; the whole below the frame with the last piece."""
    pieces = [vector["hex"] for _, vector in ALL if "of a GetResponseRecord" in vector["meaning"]]
    text = "\n".join([f"08:00 TX {READ_698}", f"08:01 RX {answer_698('01 0600000064')}", *pieces])
    short = run("--short", "--lang", "en", stdin=text).stdout.splitlines()
    assert short[0].endswith("-> 210000123456 | GET-Request | 00100200 forward active energy (import)")
    assert short[1].endswith("(import) = 1.00 kWh | answers the request of line 1")
    assert short[-1] == "5 frames, 5 good, 0 bad, 0 bytes skipped, 0 lines without hex"
    full = run("--lang", "en", stdin=text).stdout
    assert "all pieces together, 213 bytes" in full
    assert "row 3: freeze time" in full
    objects = lines(run("--json", stdin=text))
    assert objects[1]["answers"] == {"request": "line 1", "match": "answer"}
    assert len(objects[-1]["whole"]["apdu"]["rows"]) == 3


@pytest.mark.parametrize("frame", [answer_698("01 0D"), "680100151123206891 06 3333343389673C16".replace(" ", "")])
def test_a_frame_with_a_faulty_payload_is_counted_as_a_bad_one(frame: str) -> None:
    """The frame is in order, what it carries is not: the tally says what the code at the end says."""
    done = run("--lang", "en", frame, READ_TOTAL)
    assert done.stdout.splitlines()[-1].startswith("2 frames, 1 good, 1 bad")
    assert done.exit_code == 1


def test_a_terminal_shows_the_column_of_33h_only_where_it_is_needed() -> None:
    """Bytes of 698 came as they are, unless they carry a frame of 645."""
    for frame, masked in ((READ_698, False), (FORWARDED, True), (ANSWER, True)):
        console = Console(force_terminal=True, width=160, file=StringIO(), color_system="standard")
        TextView(STANDARD, Language.ENGLISH, short=False, console=console).tell(
            next(from_lines(BytesIO(frame.encode()))), {}
        )
        text = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
        assert ("-33H" in text) == masked


def test_a_terminal_gets_a_table_with_the_wrong_byte_marked(log: Path) -> None:
    """Colours and columns; the text is the same."""
    console = Console(force_terminal=True, width=160, file=StringIO(), color_system="standard")
    view = TextView(STANDARD, Language.ENGLISH, short=False, console=console)
    with log.open("rb") as stream:
        for given in from_lines(stream):
            view.tell(given, {})
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert "\x1b[1;37;41m55" in text
    assert "1234.56 kWh" in text


def test_a_long_log_is_read_as_it_comes() -> None:
    """Line by line: what is told of the first does not wait for the last."""
    told = from_lines(cast("BinaryIO", Endless(f"{ANSWER}\n".encode())))
    assert [next(told).line for _ in range(1000)] == list(range(1, 1001))


class Endless:
    """A stream that repeats its lines without end."""

    def __init__(self, text: bytes) -> None:
        self._lines = cycle(text.splitlines(keepends=True))

    def readline(self, _limit: int) -> bytes:
        """Give the next line."""
        return next(self._lines)


def test_a_frame_carried_by_the_other_dialect_is_told_too() -> None:
    """A concentrator's forwarded meter frame stands below its carrier, with its place in the whole."""
    carrier = next(
        vector["hex"] for dialect, vector in ALL if dialect == "dlt698" and "645 read of DI" in vector["meaning"]
    )
    text = run("--lang", "en", carrier).stdout
    assert "ProxyTransCommandRequest" in text or "ProxyTransRequest" in text
    assert "carried inside" in text
    assert "  35  68" in text
