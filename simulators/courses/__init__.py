"""Courses for technicians that come with the simulators (`metersim script --list`)."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["COURSES"]

COURSES: Mapping[str, Path] = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.course"))}
"""Their files by name."""
