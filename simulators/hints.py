"""What may have been meant by a word that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["hint"]


def hint(word: str, known: Iterable[str]) -> str:
    """Say what may have been meant, or what there is."""
    names = tuple(known)
    near = get_close_matches(word, names, n=1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f": there are {', '.join(names)}" if names else ": it takes none"
