"""What differs from meter to meter although all of them speak DL/T 645."""

from enum import StrEnum

__all__ = ["Edition"]


class Edition(StrEnum):
    """Edition of the standard a meter follows."""

    E1997 = "1997"
    E2007 = "2007"
