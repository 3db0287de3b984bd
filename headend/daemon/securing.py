"""The security module (加密机) that the settings name: what the drivers ask for orders to secured meters."""

from random import Random

from drivers.meter import SecurityModule
from drivers.meter.software_security import SoftwareModule
from headend.config import Module, Settings
from protocols.labcipher import ROOT_KEY


def security_module(settings: Settings) -> SecurityModule | None:
    """Build the module; None where none is configured.

    The laboratory's one draws its random numbers from a fixed seed, so that a run can be repeated byte by byte.
    """
    match settings.security.module:
        case Module.NONE:
            return None
        case Module.SOFTWARE:
            key = bytes.fromhex(settings.security.key.get_secret_value())
            return SoftwareModule(key or ROOT_KEY, Random("laboratory"))  # noqa: S311  it guards nothing


def is_secured(module: SecurityModule | None) -> bool:
    """Tell whether orders are made by an encryption machine; a laboratory's stand-in is none."""
    return module is not None and not module.laboratory
