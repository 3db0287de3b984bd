"""Fields that mean something by themselves, so that they can be read without walking the tree they stand in."""

from collections.abc import Callable
from typing import Any

from construct import Bytes, ExprAdapter

__all__ = ["Digits", "Fixed"]


class Fixed(ExprAdapter):  # type: ignore[misc]  # construct ships no types
    """``size`` bytes that mean one value, whatever stands around them.

    ``decode`` and ``encode`` are the declaration itself: the tree calls them, and so does the plan that is
    derived from the tree (`plan`). They see no context and raise nothing but ProtocolError for any bytes.
    """

    def __init__(self, size: int, decode: Callable[[bytes], Any], encode: Callable[[Any], bytes]) -> None:
        super().__init__(Bytes(size), lambda wire, _: decode(wire), lambda value, _: encode(value))
        self.size = size
        self.decode = decode
        self.encode = encode
        self.of_hex: Callable[[str], Any] | None = None
        self.of_run: Callable[[bytes], tuple[Any, ...] | None] | None = None


class Digits(Fixed):
    """As `Fixed`, declared by its hex digits in display order, most significant first, two to a byte.

    A plan takes the digits of a whole record at once and cuts them with ``of_hex``. ``of_run``, where there is one,
    reads several of these fields behind each other at once, or gives None where it must be done one by one.
    """

    def __init__(
        self,
        size: int,
        of_hex: Callable[[str], Any],
        encode: Callable[[Any], bytes],
        *,
        of_run: Callable[[bytes], tuple[Any, ...] | None] | None = None,
    ) -> None:
        super().__init__(size, lambda wire: of_hex(wire[::-1].hex()), encode)
        self.of_hex = of_hex
        self.of_run = of_run
