"""The scenarios that ship with the simulators."""

from pathlib import Path

__all__ = ["VILLAGE"]

VILLAGE = Path(__file__).with_name("village.toml")
"""217 homes and 8 shops, two weeks."""
