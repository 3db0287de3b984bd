"""What can go wrong in a simulated world.

::

    SimulatorError
    ├── ScenarioError      the scenario file asks for something that does not exist or contradicts itself
    ├── FaultError         a fault of a proxy is asked for with numbers that make no sense
    ├── PortError          a port that a device is to speak at cannot be opened
    ├── ActError           something cannot be done to a meter or its wire, or not with these values
    ├── DeskError          the daemon refused a call of a scripted person (code and message are the daemon's)
    ├── FleetError         a fleet asks for more than the system or the numbers give
    └── DaemonError        the daemon could not be started, or it ended when it should not
"""

__all__ = [
    "ActError",
    "DaemonError",
    "DeskError",
    "FaultError",
    "FleetError",
    "PortError",
    "ScenarioError",
    "SimulatorError",
]


class SimulatorError(Exception):
    """Something in the simulated world that a person has to mend."""


class ScenarioError(SimulatorError):
    """A scenario that cannot be built; the message names the key and says what is expected."""


class FaultError(SimulatorError):
    """A fault that cannot be injected; the message names the number and says what is expected."""


class PortError(SimulatorError):
    """A port that cannot be opened; the message names it and what is in the way."""


class ActError(SimulatorError):
    """What was wanted of a device cannot be done; the message names act and argument and says what would do."""


class FleetError(SimulatorError):
    """A fleet that cannot be simulated as it is asked for; the message says what to change."""


class DeskError(SimulatorError):
    """The daemon's answer to a call was a refusal: ``code`` is its word, the text its sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class DaemonError(SimulatorError):
    """The daemon's process did not do what it was started for; the message carries its last words."""
