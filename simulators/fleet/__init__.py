"""A fleet: thousands of concentrators and DTUs with a million meters, for load; nothing is kept of a meter.

::

    Plan, Orders       who is in it; where it calls, how fast, for how long
    run_fleet          in this process or in several, on the real clock → Figures
    Fleet              the share of one process, on any clock
    write_archive      what the head-end is told of it
"""

from simulators.fleet.archive import write_archive
from simulators.fleet.figures import Figures
from simulators.fleet.fleet import Fleet, Orders
from simulators.fleet.limits import Route, routes
from simulators.fleet.plan import Branch, Plan
from simulators.fleet.processes import run_fleet

__all__ = ["Branch", "Figures", "Fleet", "Orders", "Plan", "Route", "routes", "run_fleet", "write_archive"]
