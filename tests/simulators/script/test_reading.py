"""Reading courses: what is written becomes steps, and every wrong line is told with what would do."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.catalogue import Protocol
from protocols.dissection import Words
from simulators.courses import COURSES
from simulators.errors import ScenarioError
from simulators.faults import FAULTS
from simulators.meter import ACTS
from simulators.script import ScriptError, load_course, read_course
from simulators.script.conditions import CONDITIONS
from simulators.script.model import Act, Check, Choose, Say, Wait
from simulators.script.reading import STATEMENTS

PAGE = Path(__file__).parents[3] / "docs" / "simulators.md"
HEAD = "meter 000000001001\n"
TAIL = "\nexpect relay closed\n"


def problem(line: str) -> str:
    """Read a course with one line that is wrong, and give what is told of it."""
    with pytest.raises(ScriptError) as told:
        read_course(f"{HEAD}{line}{TAIL}", place="my.course")
    assert [number for number, _ in told.value.problems] == [2]
    return str(told.value)


def test_a_course_is_read_line_by_line() -> None:
    """Title, meters and steps come out as they stand, with the numbers of their lines."""
    course = read_course(
        '# a remark\ntitle "Read" "抄读"\nmeter 1001 protocol=dlt698 register=5.5\n\n'
        'say "Now" "现在"  # another\nact load 2000\nwait 1.5s\nuntil read 00100200 within 2min\n'
        'choose "Why?" right="a" wrong="b"\n'
    )
    assert course.title == Words("Read", "抄读")
    assert [(wish.address, wish.protocol) for wish in course.meters] == [("000000001001", Protocol.DLT698)]
    assert [placed.line for placed in course.steps] == [5, 6, 7, 8, 9]
    said, act, wait, check, choose = (placed.step for placed in course.steps)
    assert said == Say(Words("Now", "现在"))
    assert act == Act("load", ("2000",))
    assert wait == Wait(timedelta(seconds=1.5))
    assert isinstance(check, Check)
    assert (check.within, check.stops) == (timedelta(minutes=2), True)
    assert choose == Choose(Words("Why?"), ("a", "b"), "a")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sya hello", "there is no statement 'sya': did you mean 'say'?"),
        ("say", "say takes a text in quotes"),
        ('say "open', "No closing quotation"),
        ("act tripp", "there is no act 'tripp': did you mean 'trip'?"),
        ("act load much", "load: watts cannot be 'much', it takes whole watts"),
        ("act trip meter=9", "there is no meter '9' here"),
        ("fault slwo", "there is no fault 'slwo': did you mean 'slow'?"),
        ("fault slow seconds=9999", "seconds of fault slow is 9999: give 0 to 3600"),
        ("wait soon", "'soon' is no span of time"),
        ("expect relai open", "there is no condition 'relai': did you mean 'relay'?"),
        ("expect relay opne", "relay: it cannot be 'opne': did you mean 'open'?"),
        ("until read 123", "'123' is no item"),
        ("until read 00010000 within", "within takes one value"),
        ("expect relay open of 1002", "there is no meter '000000001002': did you mean '000000001001'?"),
        ("expect frame 6", "write bytes in hex"),
        ("expect balance much", "'much' is no amount in yuan"),
        ('choose "Why?" right="a"', "at least one wrong"),
        ("meter 1002 colour=red", "'colour=red' is no option of a meter"),
        ("meter 1002 protocol=modbus", "'modbus' is none: there are dlt645"),
        ("meter 1002 register=lots", "'lots' is no number of kWh"),
        ("meter 1002 watts=lots", "watts 'lots' is no whole number"),
        ("meter 1002 ct=0", "ct 0 is no ratio of a transformer"),
        ("meter 1002 vt=x", "vt 'x' is no whole number"),
        ("meter 1002 profile=nobody", "there is no dlt645 model 'nobody'"),
    ],
)
def test_a_wrong_line_is_told_with_what_would_do(line: str, told: str) -> None:
    """The file, the number of the line, and a hint stand in the message."""
    message = problem(line)
    assert message.startswith("my.course:2: ")
    assert told in message


def test_all_wrong_lines_are_told_at_once() -> None:
    """Who has made three mistakes reads of three, in the order of the lines."""
    with pytest.raises(ScriptError) as told:
        read_course(f"{HEAD}wait x\nact nothing\nexpect what\n")
    numbers = [number for number, _ in told.value.problems]
    assert numbers == sorted(numbers)
    assert set(numbers) == {2, 3, 4}


@pytest.mark.parametrize(
    ("text", "told"), [("say hello\nexpect relay open", "there is no meter"), ("meter 1001", "nothing is expected")]
)
def test_a_course_has_a_meter_and_expects_something(text: str, told: str) -> None:
    """A course without a meter, or without anything to be passed, is refused."""
    with pytest.raises(ScriptError, match=told):
        read_course(text)


@given(st.text(max_size=200))
def test_whatever_is_written_ends_in_a_course_or_in_numbered_problems(text: str) -> None:
    """No text makes the reader fail in another way than by naming lines of it."""
    with pytest.raises(ScriptError) as told:
        read_course(f"nothing\n{text}")
    assert all(1 <= number <= len(f"nothing\n{text}".splitlines()) for number, _ in told.value.problems)


def test_every_act_and_fault_of_the_tables_can_be_written() -> None:
    """Acts without arguments and all faults are taken by their names as they are."""
    lines = [f"act {name}" for name, act in ACTS.items() if not any(one.required for one in act.arguments)]
    lines += [f"fault {kind}" for kind in FAULTS]
    course = read_course(HEAD + "\n".join(lines) + TAIL)
    assert len(course.steps) == len(lines) + 1


@pytest.mark.parametrize("name", COURSES)
def test_the_courses_that_come_along_are_in_order(name: str) -> None:
    """Each can be read, has a title and all of its texts in both languages, and ends in time."""
    course = load_course(COURSES[name])
    assert course.title.zh
    for placed in course.steps:
        if isinstance(placed.step, Say):
            assert placed.step.words.zh, placed.line
        if isinstance(placed.step, Choose):
            assert placed.step.question.zh, placed.line


def test_conditions_tell_how_they_are_written() -> None:
    """The form of each condition begins with its name."""
    assert all(kind.form.split()[0] == name and kind.help for name, kind in CONDITIONS.items())


def test_a_file_that_is_not_there_is_named() -> None:
    """A course that cannot be opened is told by its path."""
    with pytest.raises(ScenarioError, match=r"nowhere\.course cannot be read"):
        load_course(COURSES["read_a_meter"].with_name("nowhere.course"))


def test_the_page_tells_of_every_statement_and_condition() -> None:
    """Whatever can be written in a course stands in the documents."""
    page = PAGE.read_text("utf-8")
    assert [name for name in STATEMENTS if f"\n{name} " not in page] == []
    assert [kind.form for kind in CONDITIONS.values() if kind.form.replace("|", "\\|") not in page] == []


def test_the_course_of_the_page_can_be_read() -> None:
    """The example of the documents is a course."""
    example = PAGE.read_text("utf-8").partition("```\ntitle ")[2].partition("```")[0]
    assert len(read_course(f"title {example}").steps) == 7
