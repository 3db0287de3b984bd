"""A village as it stands: customers, their meters, the lines that join them to the head-end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulators.meter import Meter
from simulators.village.scenario import Happening, Line, Scenario, Story

__all__ = ["Contact", "Home", "Opening", "Village"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who gets the messages of an account; ``fails`` if SMS to this phone fail."""

    name: str
    phone: str
    role: str
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """An account at the start of the open cycle: cash in yuan, tier-year counter and register in kWh."""

    deposit: Decimal
    tier_year_kwh: Decimal
    cycle_register: Decimal


@dataclass(frozen=True, slots=True)
class Home:
    """One customer with meter; ``history`` are the freezes of the days before the start, in kWh."""

    account: str
    customer: str
    customer_class: str
    contacts: tuple[Contact, ...]
    line: Line
    meter: Meter
    opening: Opening
    history: tuple[tuple[date, Decimal], ...]
    story: Story | None = None

    @property
    def happens(self) -> tuple[Happening, ...]:
        """What befalls its meter, with that of its whole line first."""
        return self.line.happens + (self.story.happens if self.story else ())


@dataclass(frozen=True, slots=True)
class Village:
    """Everything physical, with the scenario it was made from."""

    scenario: Scenario
    homes: tuple[Home, ...]

    def on(self, line: Line) -> Mapping[str, Meter]:
        """Give the meters of a line by communication address, in the order of their addresses."""
        return {home.meter.address: home.meter for home in self.homes if home.line.id == line.id}
