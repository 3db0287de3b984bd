"""How a simulated meter says no: ERR (错误信息字) and SERR (安全认证错误信息字) in wire order."""

from typing import Final

from simulators.errors import SimulatorError

__all__ = [
    "BAUD",
    "COUNT_WRONG",
    "CUSTOMER_WRONG",
    "ESAM_FAILED",
    "HOARDING",
    "NOT_AUTHORISED",
    "NO_DATA",
    "OTHER",
    "REPEATED",
    "SECURITY_OTHER",
    "UNAUTHENTICATED",
    "RefusedError",
]

OTHER: Final = b"\x01"
NO_DATA: Final = b"\x02"
NOT_AUTHORISED: Final = b"\x04"
BAUD: Final = b"\x08"

SECURITY_OTHER: Final = b"\x01\x00"
REPEATED: Final = b"\x02\x00"
ESAM_FAILED: Final = b"\x04\x00"
UNAUTHENTICATED: Final = b"\x08\x00"
CUSTOMER_WRONG: Final = b"\x10\x00"
COUNT_WRONG: Final = b"\x20\x00"
HOARDING: Final = b"\x40\x00"


class RefusedError(SimulatorError):
    """The meter answers abnormally; ``word`` is what it says."""

    def __init__(self, word: bytes) -> None:
        super().__init__(f"refused with {word.hex().upper()}")
        self.word = word
