"""The language of the person at the terminal, by the locale of the environment."""

import os

__all__ = ["is_chinese"]

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that says something counts."""


def is_chinese() -> bool:
    """Tell whether the locale is a Chinese one."""
    return next((value for name in VARIABLES if (value := os.environ.get(name))), "").lower().startswith("zh")
