"""What a simulated meter remembers for its protocols: settings, passwords, its last answer, its chip."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from protocols.dlt645 import DI, SlaveSession
from simulators.meter.esam import Esam
from simulators.meter.esam698 import Esam698

__all__ = ["LOCKED", "Lock", "Memory"]

TRIES = 3
LOCKED = timedelta(hours=24)


@dataclass(slots=True)
class Lock:
    """The password of a level, and the wrong ones since the last right one: three lock the level for 24 h."""

    digits: str = field(repr=False)
    wrong: int = 0
    until: datetime | None = None

    def opens(self, digits: str, now: datetime) -> bool:
        """Try a password."""
        if self.until is not None and now < self.until:
            return False
        self.until = None
        if digits == self.digits:
            self.wrong = 0
            return True
        self.wrong += 1
        if self.wrong == TRIES:
            self.wrong, self.until = 0, now + LOCKED
        return False


@dataclass(slots=True)
class Memory:
    """State of one meter's protocol part; it outlives the server that answers for it.

    ``programming`` says that the programming key (编程键) under the cover is pressed. ``session`` is its end of the
    line, with the parts of the last long item that are still to be fetched. ``obeyed`` is the day of the meter's clock
    on which it last followed a broadcast time. ``esam`` is the security chip of a DL/T 645 meter, ``chip`` that of a
    DL/T 698.45 meter; ``control_done`` and ``control_failed`` are the bits of 2040 and 2041. Until ``locked_until`` no
    password of any level opens anything, and no chip lets anybody in.
    """

    locks: dict[int, Lock] = field(default_factory=dict)
    settings: dict[DI, bytes] = field(default_factory=dict)
    session: SlaveSession | None = None
    locked_until: datetime | None = None
    programming: bool = False
    obeyed: date | None = None
    baud: int = 2400
    output: int = 0
    control_done: int = 0
    control_failed: int = 0
    esam: Esam | None = None
    chip: Esam698 | None = None

    def is_locked(self, now: datetime) -> bool:
        """Tell whether the meter takes no password at all (密码锁定)."""
        return self.locked_until is not None and now < self.locked_until

    def lose_power(self) -> None:
        """Forget what is kept only while there is power: who has proved himself to the chip."""
        if self.esam is not None:
            self.esam.end()
        if self.chip is not None:
            self.chip.end()
