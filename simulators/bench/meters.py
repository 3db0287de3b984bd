"""Making the meter that a technician asks for: its dialect, its model, who is behind it and what it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.catalogue import Protocol
from protocols.dlt645.items.profile import Edition, profiles
from protocols.dlt698.models import models
from simulators.errors import ScenarioError
from simulators.meter import ROLLOVER, Dialect, Household, Load, Meter, Plate

__all__ = ["MEAN_WATTS", "MeterWish", "make_meter"]

DIGITS = 12
MEAN_WATTS = 450
STEPS_PER_KWH = 100
DAYS_AGO = 3
"""How many days before the start a meter was put up, so that there are daily freezes to be read."""
MOST_RATIO = 100_000

MODELS = {Protocol.DLT645: "standard", Protocol.DLT645_1997: "1997-prepaid", Protocol.DLT698: "standard"}
"""The model of a meter whose profile is not said."""


@dataclass(frozen=True, slots=True)
class MeterWish:
    """What a meter is to be; ``register`` is the total in kWh that it shows, ``profile`` a model of its language.

    ``ct`` and ``vt`` are the ratios of the transformers (互感器变比) before it, as on its `Plate`.
    """

    address: str
    protocol: Protocol = Protocol.DLT645
    household: Household = Household.FAMILY
    register: Decimal = Decimal("1234.56")
    profile: str = ""
    mean_watts: int = MEAN_WATTS
    ct: int = 1
    vt: int = 1


def make_meter(wish: MeterWish, now: datetime, *, seed: int = 1) -> Meter:
    """Make it as it is at ``now``, put up three days before, or later where it shows less than is used in three days.

    Raises:
        ScenarioError: the address has not 12 digits, there is no such model of its language, or a number of the wish is
            none of a meter.

    """
    address = wish.address
    if not address.isdecimal() or len(address) > DIGITS:
        raise ScenarioError(f"address {address!r} is not one of a meter: write its {DIGITS} digits")
    _check_numbers(wish)
    address = address.zfill(DIGITS)
    dialect = Dialect.DLT698 if wish.protocol is Protocol.DLT698 else Dialect.DLT645
    plate = Plate(address, address, dialect, profile=_profile(wish), ct=wish.ct, vt=wish.vt)
    load = Load(seed, address, wish.household, wish.mean_watts)
    wanted = int(wish.register * STEPS_PER_KWH)
    for days in range(DAYS_AGO, 0, -1):
        start = now - timedelta(days=days)
        used = Meter(plate, load, start=start, register=0).registers(now).total
        if used <= wanted:
            return _advanced(Meter(plate, load, start=start, register=wanted - used), now)
    return Meter(plate, load, start=now, register=wanted)


def _advanced(meter: Meter, now: datetime) -> Meter:
    meter.advance(now)
    return meter


def _check_numbers(wish: MeterWish) -> None:
    for name, ratio in (("ct", wish.ct), ("vt", wish.vt)):
        if not 1 <= ratio <= MOST_RATIO:
            raise ScenarioError(f"{name} {ratio} is no ratio of a transformer: give 1 to {MOST_RATIO}")
    if not 0 <= wish.register * STEPS_PER_KWH < ROLLOVER:
        raise ScenarioError(f"register {wish.register} is none: give 0 to {(ROLLOVER - 1) / STEPS_PER_KWH} kWh")


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
