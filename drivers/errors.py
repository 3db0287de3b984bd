"""Errors of the drivers.

Only a mistake of our own side is raised. What a device or the line does wrong is an outcome or an event.

    DriverError
    ├── UnknownLinkError    a question to a device that was never admitted
    ├── DriversClosedError  a question after the drivers were closed
    ├── EndpointError       a text that does not say how a device is reached
    ├── BrokerError         settings of a broker that can't be used
    ├── PlaceError          a meter that its road cannot reach in its dialect, or of an unknown profile
    ├── ReleaseError        a trip whose release is for another meter
    └── SecurityModuleError a security module that did not serve (`drivers.meter.security`)
"""


class DriverError(Exception):
    """Base of everything the drivers raise."""


class UnknownLinkError(DriverError):
    """A question named a link that nobody admitted."""

    def __init__(self, link: str) -> None:
        super().__init__(f"link {link} is not known: admit it from the archive before asking it anything")
        self.link = link


class DriversClosedError(DriverError):
    """A question came after the drivers were closed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was asked for after the drivers were closed: open new ones")


class EndpointError(DriverError, ValueError):
    """A text does not say how a device is reached."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(f"{text!r} does not say how a device is reached: {what}")


class BrokerError(DriverError, ValueError):
    """Settings of an MQTT broker can't be used; the message begins with the name of the field that is wrong."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field = field


class PlaceError(DriverError):
    """A place names a road that does not carry its dialect, or a profile that nobody knows."""

    def __init__(self, address: str, what: str) -> None:
        super().__init__(f"meter {address}: {what}; mend its archive entry")
        self.address = address


class ReleaseError(DriverError):
    """A trip was asked for with the release of another meter."""

    def __init__(self, release: int, released: str, asked: str) -> None:
        super().__init__(
            f"release {release} is for meter {released}, not for {asked}: nothing was sent, ask for a new release"
        )
        self.release = release
