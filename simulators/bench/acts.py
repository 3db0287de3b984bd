"""What can be done to the wire of a running device by name: its faults, switched on and off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.errors import ActError
from simulators.faults import FAULTS, Fault, Faults

__all__ = ["FAULT_ACTS", "Act", "fault_of"]

OFF = "off"
OWN_NUMBERS = ("probability", "count", "for")
"""What every fault can be given besides the arguments of its kind."""


@dataclass(frozen=True, slots=True)
class Act:
    """An act on the faults of a device, with its form, a sentence, and one about each of its arguments."""

    form: str
    help: str
    do: Callable[[Faults, tuple[str, ...], datetime], str]
    arguments: tuple[str, ...] = ()


def fault_of(kind: str, arguments: tuple[str, ...]) -> Fault:
    """Read ``seconds=3 count=2 for=60``: arguments of the kind, probability, count, and for how many seconds.

    Raises:
        ActError: something is no ``name=number``.

    """
    given: dict[str, float] = {}
    for text in arguments:
        name, sign, number = text.partition("=")
        try:
            given[name] = float(int(number, 0)) if number[:2] in {"0x", "0X"} else float(number)
        except ValueError:
            sign = ""
        if not sign:
            raise ActError(f"{text!r} of fault {kind} is not NAME=NUMBER, such as count=1")
    ends = given.pop("for", None)
    count = given.pop("count", None)
    probability = given.pop("probability", 1.0)
    return Fault(
        kind,
        given,
        end=None if ends is None else timedelta(seconds=ends),
        probability=probability,
        count=None if count is None else int(count),
    )


def _switch(kind: str) -> Callable[[Faults, tuple[str, ...], datetime], str]:
    """Make the act that switches one kind of fault."""

    def switch(faults: Faults, arguments: tuple[str, ...], now: datetime) -> str:
        if arguments == (OFF,):
            faults.off(kind)
            return f"{kind} is off"
        told = arguments[1:] if arguments[:1] == ("on",) else arguments
        faults.on(fault_of(kind, told), now)
        return f"{kind} is on: {FAULTS[kind].words.en}"

    return switch


def _sound(faults: Faults, _: tuple[str, ...], __: datetime) -> str:
    faults.off()
    return "no faults"


def _list(faults: Faults, _: tuple[str, ...], now: datetime) -> str:
    return " ".join(fault.kind for fault in faults.active(now)) or "no faults"


def _form(kind: str) -> str:
    names = (*FAULTS[kind].arguments, *OWN_NUMBERS)
    return f"{kind} [off | {' '.join(f'{name}=…' for name in names)}]"


def _arguments(kind: str) -> tuple[str, ...]:
    own = (
        f"{name}: {argument.words.en}, {argument.least:g} to {argument.most:g}, {argument.default:g} if not said"
        for name, argument in FAULTS[kind].arguments.items()
    )
    return (*own, "probability: of each exchange, 0 to 1", "count: exchanges at most", "for: seconds until it ends")


FAULT_ACTS: Mapping[str, Act] = {
    **{kind: Act(_form(kind), row.words.en, _switch(kind), _arguments(kind)) for kind, row in FAULTS.items()},
    "sound": Act("sound", "switch all faults of the wire off", _sound),
    "faults": Act("faults", "tell which faults are on", _list),
}
"""Acts on the wire, by name."""
