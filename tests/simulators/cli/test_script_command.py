"""``metersim script`` as a process: told in words or as JSON, judged by its exit code."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulators.calling import question
from tests.simulators.processes import PATIENCE, metersim

QUIZ = 'title "A quiz" "测验"\nmeter 1001\nsay "Think." "想一想。"\nchoose "Which?" "哪个?" right="b" wrong="a"\n'
READ = 'meter 1001\nsay "Read it at {port}."\nwait 1h\nuntil answered 00010000 within 60s\n'


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    """Give a course of one question."""
    path = tmp_path / "quiz.course"
    path.write_text(QUIZ, "utf-8")
    return path


def run(*arguments: str, told: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    command = [sys.executable, "-m", "simulators.cli", "script", *arguments]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("answer", "code", "verdict"), [("2", 0, "1 passed"), ("a", 1, "1 missed"), ("", 1, "1 missed")]
)
def test_a_person_is_asked_and_judged(quiz: Path, answer: str, code: int, verdict: str) -> None:
    """A typed number or text decides; the verdict stands at the end, and the exit code says the same."""
    done = run(str(quiz), "--lang", "en", told=f"{answer}\n")
    assert done.returncode == code, done.stderr
    assert "Think." in done.stdout
    assert verdict in done.stdout.splitlines()[-1]


def test_the_course_is_told_in_chinese(quiz: Path) -> None:
    """With --lang zh title, instructions and verdict are Chinese."""
    done = run(str(quiz), "--lang", "zh", told="2\n")
    for word in ("测验", "想一想。", "哪个?", "通过"):
        assert word in done.stdout


def test_answers_may_come_from_a_file(quiz: Path, tmp_path: Path) -> None:
    """Standard input may be a file, which holds the answers line by line."""
    answers = tmp_path / "answers"
    answers.write_text("b\n")
    command = [sys.executable, "-m", "simulators.cli", "script", str(quiz)]
    with answers.open() as told:
        done = subprocess.run(command, stdin=told, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout


def test_a_program_takes_a_course_over_tcp(tmp_path: Path) -> None:
    """As JSON lines come the course with its port, what to do, each step, and the verdict; --fast skips the pause."""
    path = tmp_path / "read.course"
    path.write_text(READ, "utf-8")
    with metersim("script", str(path), "--json", "--fast") as running:
        first = json.loads(running.first)
        host, _, port = first["where"].rpartition(" ")[2].partition(":")
        assert first["event"] == "course"
        assert json.loads(running.line())["en"] == f"Read it at --tcp {host}:{port}."
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as line:
            line.sendall(question())
            assert line.recv(100)
            step, verdict = json.loads(running.line()), json.loads(running.line())
        assert running.process.wait(PATIENCE) == 0
    assert (step["line"], step["outcome"]) == (4, "passed")
    assert (verdict["event"], verdict["ok"], verdict["passed"], verdict["missed"]) == ("verdict", True, 1, 0)


def test_a_course_is_acted_on_while_it_runs(tmp_path: Path) -> None:
    """With --control an act at the socket is what a course waits for, and the socket is gone with the course."""
    path, at = tmp_path / "open.course", tmp_path / "course.sock"
    path.write_text("meter 1001\nuntil relay open within 60s\n", "utf-8")
    with metersim("script", str(path), "--json", "--control", str(at)) as running:
        with metersim("act", str(at), "trip") as act:
            assert act.first == "taken 已接受"
        assert json.loads(running.line())["outcome"] == "passed"
        assert running.process.wait(PATIENCE) == 0
    assert not at.exists()


def test_files_are_checked_without_being_run(quiz: Path, tmp_path: Path) -> None:
    """Check tells every wrong line with its place and a hint, and goes on with the next file."""
    wrong = tmp_path / "wrong.course"
    wrong.write_text("meter 1001\nact tripp\nexpect relay opne\n", "utf-8")
    done = run("--check", str(wrong), str(quiz))
    assert done.returncode == 1
    assert f"{wrong}:2: there is no act 'tripp': did you mean 'trip'?" in done.stdout
    assert f"{wrong}:3: relay: it cannot be 'opne': did you mean 'open'?" in done.stdout
    assert f"{quiz}: 2 steps, in order" in done.stdout


def test_courses_are_listed_by_name() -> None:
    """The list has the courses that come along, with their titles."""
    done = run("--list", "--lang", "zh")
    assert "trip_and_restore" in done.stdout
    assert "跳闸与复电" in done.stdout


def test_a_course_that_is_not_there_is_told_with_a_hint() -> None:
    """A misspelt name is answered by the one that was meant."""
    done = run("read_the_meter")
    assert done.returncode == 2
    assert "did you mean 'read_a_meter'" in done.stderr
