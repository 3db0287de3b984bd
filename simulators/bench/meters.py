"""Making the meter that a technician asks for: its dialect, its model, who is behind it and what it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.catalogue import Protocol
from protocols.dlt645.items.profile import Edition, profiles
from protocols.dlt698.models import models
from simulators.errors import ScenarioError
from simulators.meter import Dialect, Household, Load, Meter, Plate

__all__ = ["MEAN_WATTS", "MeterWish", "make_meter"]

DIGITS = 12
MEAN_WATTS = 450
STEPS_PER_KWH = 100
FREEZES_AGO = timedelta(days=3)
"""How long before the start a meter was put up, so that there are daily freezes to be read."""


MODELS = {Protocol.DLT645: "standard", Protocol.DLT645_1997: "1997-prepaid", Protocol.DLT698: "standard"}
"""The model of a meter whose profile is not said."""


@dataclass(frozen=True, slots=True)
class MeterWish:
    """What a meter is to be; ``register`` is its total in kWh, ``profile`` a model of its language or nothing."""

    address: str
    protocol: Protocol = Protocol.DLT645
    household: Household = Household.FAMILY
    register: Decimal = Decimal("1234.56")
    profile: str = ""
    mean_watts: int = MEAN_WATTS


def make_meter(wish: MeterWish, now: datetime, *, seed: int = 1) -> Meter:
    """Make it as it is at ``now``, put up three days before.

    Raises:
        ScenarioError: the address has not 12 digits, or there is no such model of its language.

    """
    address = wish.address
    if not address.isdecimal() or len(address) > DIGITS:
        raise ScenarioError(f"address {address!r} is not one of a meter: write its {DIGITS} digits")
    address = address.zfill(DIGITS)
    profile = _profile(wish)
    dialect = Dialect.DLT698 if wish.protocol is Protocol.DLT698 else Dialect.DLT645
    plate = Plate(address, address, dialect, profile=profile)
    load = Load(seed, address, wish.household, wish.mean_watts)
    start = now - FREEZES_AGO
    meter = Meter(plate, load, start=start, register=int(wish.register * STEPS_PER_KWH))
    meter.advance(now)
    return meter


def _profile(wish: MeterWish) -> str:
    if wish.protocol is Protocol.DLT698:
        known = set(models())
    else:
        edition = Edition.E1997 if wish.protocol is Protocol.DLT645_1997 else Edition.E2007
        known = {name for name, profile in profiles().items() if profile.edition is edition}
    name = wish.profile or MODELS[wish.protocol]
    if name not in known:
        raise ScenarioError(f"there is no {wish.protocol} model {name!r}: there are {', '.join(sorted(known))}")
    return name
