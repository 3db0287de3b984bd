"""``headend decode``, as a process and as a command."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from headend.cli.app import app
from protocols.inspect import decode
from tests.protocols.inspect.test_inspect import ALL

READ_TOTAL = "FEFEFEFE68610100000000681104333334331416"
SPACINGS = [" ", "", ":", "-", ", "]


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
    spaced = space.join(READ_TOTAL[i : i + 2] for i in range(0, len(READ_TOTAL), 2))
    assert lines(run("--json", spaced)) == lines(run("--json", READ_TOTAL))


def test_bytes_that_the_shell_took_apart_are_one_frame() -> None:
    """An unquoted frame with spaces is what people paste."""
    parts = [READ_TOTAL[i : i + 2] for i in range(0, len(READ_TOTAL), 2)]
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


@given(st.lists(st.binary(max_size=64), max_size=5))
def test_any_bytes_are_answered_line_by_line(frames: list[bytes]) -> None:
    """Bytes off a wire in hex, good or not: as many answers as lines."""
    done = run("--json", "-", stdin="".join(f"{frame.hex()}\n" for frame in frames))
    assert len(lines(done)) == len(frames)
