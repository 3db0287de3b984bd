"""The security module (加密机) that the settings name: what the drivers ask for orders to secured meters."""

from random import Random

from drivers.meter import Dialect, SecurityModule
from headend.config import Module, Settings
from headend.daemon.meters import Known
from protocols.dlt645.items.profile import Protection


def security_module(settings: Settings) -> SecurityModule | None:
    """Build the module; None where none is configured.

    The laboratory's one draws its random numbers from a fixed seed, so that a run can be repeated byte by byte.
    """
    match settings.security.module:
        case Module.NONE:
            return None
        case Module.SOFTWARE:
            from drivers.meter.software_security import SoftwareModule  # noqa: PLC0415 - for laboratories only
            from protocols.labcipher import ROOT_KEY  # noqa: PLC0415

            key = bytes.fromhex(settings.security.key.get_secret_value())
            return SoftwareModule(key or ROOT_KEY, Random("laboratory"))  # noqa: S311  it guards nothing


def secured_profiles(module: SecurityModule | None, known: Known) -> frozenset[tuple[str, str]]:
    """Give dialects and profiles of the meters whose orders an encryption machine makes; a stand-in is none."""
    if module is None or module.laboratory:
        return frozenset()
    of_645 = [name for name, profile in known.profiles.items() if profile.protection is Protection.SECURED]
    of_698 = [name for name, model in known.models.items() if model.is_secured]
    return frozenset(
        [(Dialect.DLT645.value, name) for name in of_645] + [(Dialect.DLT698.value, name) for name in of_698]
    )
