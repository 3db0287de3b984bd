"""Courses for technicians (培训脚本): what a trainee is told, what befalls the meters, and what is expected then."""

from simulators.script.lesson import Lesson, Trainee
from simulators.script.model import Choose, Course, Outcome, Placed, Result, ScriptError, Verdict
from simulators.script.reading import load_course, read_course

__all__ = [
    "Choose",
    "Course",
    "Lesson",
    "Outcome",
    "Placed",
    "Result",
    "ScriptError",
    "Trainee",
    "Verdict",
    "load_course",
    "read_course",
]
