"""Whether a fault that is wished for is one of the table, with arguments that fit."""

from collections.abc import Mapping
from dataclasses import replace

from simulators.errors import ActError
from simulators.faults.kinds import FAULTS
from simulators.faults.model import Fault
from simulators.hints import hint

__all__ = ["arguments_of", "check"]


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
