"""An order on its way: until when, through which gate, by whom it goes."""

from dataclasses import dataclass, field
from datetime import datetime

from drivers.link import Go
from protocols.dlt645 import Operator


@dataclass(frozen=True, slots=True)
class Order:
    """Until when, through which gate, and by whom an order goes.

    `go` is awaited when the next byte on the line would be the order's own. `harmless` marks an order that takes power
    from nobody: it is tried even where the password was refused before, and goes once more under a new authentication.
    `operator` is what DL/T 645 meters keep in their event records.
    """

    until: datetime
    go: Go | None = None
    harmless: bool = False
    operator: Operator = field(default_factory=Operator)

    @property
    def may_go_twice(self) -> bool:
        """Whether it may leave again after the meter has refused it: not where that takes the gate anew."""
        return self.harmless or self.go is None
