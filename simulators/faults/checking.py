"""Whether a fault that is wished for is one of the table, with arguments that fit; what may have been meant if not."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from simulators.errors import ActError
from simulators.faults.kinds import FAULTS
from simulators.faults.model import Fault

__all__ = ["arguments_of", "check", "hint"]


def arguments_of(fault: Fault) -> Mapping[str, float]:
    """Give all arguments of a fault, those that it leaves out as well."""
    kind = FAULTS[fault.kind]
    return {name: fault.arguments.get(name, argument.default) for name, argument in kind.arguments.items()}


def check(fault: Fault) -> Fault:
    """Give the fault back, its kind as the table has it.

    Raises:
        ActError: the table has no such kind, or the kind no such argument, or a number is out of its bounds.

    """
    name = fault.kind.replace("_", "-")
    kind = FAULTS.get(name)
    if kind is None:
        raise ActError(f"there is no fault {fault.kind!r}{hint(name, FAULTS)}")
    for key, value in fault.arguments.items():
        argument = kind.arguments.get(key)
        if argument is None:
            raise ActError(f"fault {name} takes no {key!r}{hint(key, kind.arguments)}")
        if not argument.least <= value <= argument.most:
            raise ActError(f"{key} of fault {name} is {value:g}: give {argument.least:g} to {argument.most:g}")
    if not 0 <= fault.probability <= 1:
        raise ActError(f"probability of fault {name} is {fault.probability:g}: give 0 to 1")
    if fault.count is not None and fault.count < 1:
        raise ActError(f"count of fault {name} is {fault.count}: give 1 or more, or leave it out")
    return replace(fault, kind=name)


def hint(word: str, known: Iterable[str]) -> str:
    """Say what may have been meant, or what there is."""
    names = tuple(known)
    near = get_close_matches(word, names, n=1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f": there are {', '.join(names)}" if names else ": it takes none"
