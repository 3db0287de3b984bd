"""The village that ships, as most tests of villages begin with it."""

import pickle
from functools import cache

from simulators.scenarios import VILLAGE
from simulators.village import Village, build_village, load_scenario

SCENARIO = load_scenario(VILLAGE)


def new_village() -> Village:
    """Give the village as it stands before its first day; it is built once and then copied."""
    village: Village = pickle.loads(_built())  # noqa: S301 - of our own making
    return village


@cache
def _built() -> bytes:
    return pickle.dumps(build_village(SCENARIO))
