"""Acting on a running device by name: on its wire, and on the meters that it has."""

from collections.abc import Sequence

from clock import Clock
from protocols.dissection import Language, Words
from simulators.bench.acts import FAULT_ACTS
from simulators.bench.meters import DIGITS
from simulators.errors import ActError
from simulators.faults import Faults
from simulators.hints import hint
from simulators.meter import ACTS, Act, Argument, Meter, do
from simulators.meter.arguments import Told

__all__ = ["SEPARATOR", "Acts"]

HELP = "help"
SEPARATOR = "; "
"""Between the lines of a help, as an answer is one line."""
METER = "meter="


class Acts:
    """What can be done to meters (`simulators.meter.ACTS`) and to the wire before them (`FAULT_ACTS`).

    Called with the name of an act and its arguments, in their order or as ``name=value``, it tells in a sentence what
    came of it. An act on a meter is one on the first, or on that of ``meter=ADDRESS``. ``help`` tells what there is,
    with the name of an act behind it what that one takes.
    Raises ActError where nobody knows the act, or it cannot be done.
    """

    def __init__(self, clock: Clock, meters: Sequence[Meter], faults: Faults) -> None:
        self._clock = clock
        self._meters = meters
        self._faults = faults

    def __call__(self, name: str, *arguments: str, language: Language = Language.BOTH) -> str:
        """Act; what came of it where that is not plain is said in a language, or in both."""
        physical, wire = name.replace("-", "_"), name.replace("_", "-")
        if name == HELP:
            return SEPARATOR.join(_help_on(*arguments) if arguments else _forms())
        if physical in ACTS:
            named = [text.removeprefix(METER) for text in arguments if text.startswith(METER)]
            others = [text for text in arguments if not text.startswith(METER)]
            words = self._act(self._find(named[-1]) if named else self._meters[0], physical, others)
            return words.said(language) if words else f"{physical}: done"
        if wire in FAULT_ACTS:
            return FAULT_ACTS[wire].do(self._faults, arguments, self._clock.now())
        raise ActError(f"there is no act {name!r}{hint(name, (HELP, *ACTS, *FAULT_ACTS))}")

    def _act(self, meter: Meter, name: str, arguments: Sequence[str]) -> Words | None:
        names = [argument.name for argument in ACTS[name].arguments]
        told: dict[str, Told] = {}
        for place, text in enumerate(arguments):
            key, sign, value = text.partition("=")
            if sign and key.isidentifier():
                told[key] = value
            elif place < len(names):
                told[names[place]] = text
            else:
                taken = f"{len(names)} arguments, {' '.join(names)}" if names else "no arguments"
                raise ActError(f"{name} takes {taken}: {text!r} is too much")
        return do(meter, self._clock.now(), name, told)

    def _find(self, address: str) -> Meter:
        meters = {meter.address: meter for meter in self._meters}
        meter = meters.get(address.zfill(DIGITS))
        if meter is None:
            raise ActError(f"there is no meter {address!r} here{hint(address, meters)}")
        return meter


def _forms() -> list[str]:
    """Tell how every act is written, and what it is."""
    physical = [f"{_form(act)} – {act.words.en}" for act in ACTS.values()]
    return [*physical, *(f"{act.form} – {act.help}" for act in FAULT_ACTS.values())]


def _help_on(name: str, *_: str) -> list[str]:
    """Tell how one act is written, and what each of its arguments is."""
    physical, wire = ACTS.get(name.replace("-", "_")), FAULT_ACTS.get(name.replace("_", "-"))
    if physical is not None:
        return [f"{_form(physical)} – {physical.words.en}", *map(_explained, physical.arguments)]
    if wire is not None:
        return [f"{wire.form} – {wire.help}", *wire.arguments]
    raise ActError(f"there is no act {name!r}{hint(name, (*ACTS, *FAULT_ACTS))}")


def _explained(argument: Argument) -> str:
    meaning = "" if argument.words.en == argument.takes else f"{argument.words.en}, "
    return f"{argument.name.upper()}: {meaning}{argument.takes}"


def _form(act: Act) -> str:
    return " ".join([act.name, *map(_written, act.arguments)])


def _written(argument: Argument) -> str:
    return argument.name.upper() if argument.required else f"[{argument.name.upper()}]"
