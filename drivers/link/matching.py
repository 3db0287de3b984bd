"""Which frame answers which question."""

from dataclasses import dataclass

from drivers.link.events import StrayReason
from drivers.link.model import Expect, Expect645, Expect698
from protocols import dlt645, dlt698
from protocols.dlt698 import ServerApdu, ServerErrorResponse

ERROR_RESPONSE = ServerErrorResponse.tag
_DI_SIZE = 4


@dataclass(frozen=True, slots=True)
class Heard645:
    """A good DL/T 645 frame off a raw line."""

    frame: dlt645.Frame
    raw: bytes

    @property
    def shown(self) -> bytes:
        """What may be shown of it: nothing of a master's frame, as that can hold a password."""
        return self.raw if self.frame.control.from_slave else b""


@dataclass(frozen=True, slots=True)
class Heard698:
    """A good DL/T 698.45 frame with its whole APDU; `apdu` is None where that cannot be read."""

    frame: dlt698.LinkFrame
    apdu: dlt698.Apdu | None
    raw: bytes

    @property
    def shown(self) -> bytes:
        """What may be shown of it."""
        return self.raw


Heard = Heard645 | Heard698


def misfit(expects: Expect, heard: Heard) -> StrayReason | None:
    """Why the frame is not the answer; None if it is."""
    if isinstance(expects, Expect645) and isinstance(heard, Heard645):
        return _misfit_645(expects, heard.frame)
    if isinstance(expects, Expect698) and isinstance(heard, Heard698):
        return _misfit_698(expects, heard)
    return StrayReason.OTHER_QUESTION


def is_anonymous(heard: Heard) -> bool:
    """Whether it is a refusal that does not say of which identifier (DL/T 645-2007, 5.2.4)."""
    return isinstance(heard, Heard645) and heard.frame.control.abnormal


def _misfit_645(expects: Expect645, frame: dlt645.Frame) -> StrayReason | None:
    if not frame.control.from_slave:
        return StrayReason.FROM_MASTER
    if not dlt645.Address(expects.address).covers(frame.address):
        return StrayReason.WRONG_ADDRESS
    if frame.control.function != expects.function or not _repeats(expects, frame):
        return StrayReason.OTHER_QUESTION
    return None


def _repeats(expects: Expect645, frame: dlt645.Frame) -> bool:
    """Tell whether it repeats the identifier and the sequence number asked for; a refusal has neither."""
    if frame.control.abnormal:
        return True
    if expects.di is not None and frame.data[:_DI_SIZE][::-1].hex().upper() != expects.di:
        return False
    return expects.sequence is None or frame.data[-1:] == bytes([expects.sequence])


def _misfit_698(expects: Expect698, heard: Heard698) -> StrayReason | None:
    apdu = heard.apdu
    if heard.frame.address.digits != expects.server:
        return StrayReason.WRONG_ADDRESS
    if apdu is None:
        return StrayReason.BAD_CONTENT
    if not isinstance(apdu, ServerApdu) or apdu.piid.number != expects.piid:
        return StrayReason.OTHER_QUESTION
    if apdu.tag != ERROR_RESPONSE and (apdu.tag != expects.service or apdu.kind not in expects.kinds):
        return StrayReason.OTHER_QUESTION
    return None
