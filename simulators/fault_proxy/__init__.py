"""A TCP proxy that misbehaves as asked: between devices and a head-end, or a head-end and a gateway that it dials."""

from simulators.fault_proxy.faults import (
    BOTH,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Flip,
    HalfOpen,
    Injected,
    Kind,
    Merge,
    Reset,
    Split,
    Stall,
    Way,
)
from simulators.fault_proxy.proxy import FaultProxy

__all__ = [
    "BOTH",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "FaultProxy",
    "Flip",
    "HalfOpen",
    "Injected",
    "Kind",
    "Merge",
    "Reset",
    "Split",
    "Stall",
    "Way",
]
